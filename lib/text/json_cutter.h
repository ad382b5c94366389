// Finding the records of JSON that is not one object a line: objects that span lines, several on a line, and arrays of
// objects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "text/bracket_scan.h"
#include "text/element_search.h"
#include "text/record_cutter.h"

namespace ev {

/// The records are the objects at top level and the elements of arrays there, also of arrays in arrays. White space and
/// commas between them are nothing. Lines end with LF, CR LF or CR.
///
/// Of broken text as little as possible is lost:
/// - What stands between records is a record as far as its line goes, or until an object begins: it is for the parser
/// to
///   refuse.
/// - A record that is broken ends where its brackets close, as BracketScan counts them, or before a brace that JSON
/// does
///   not allow there and that looks like the beginning of the next one: it begins a line that is indented no further
///   than the record was, or goes on with the first key of the record or of one before it, or comes after another
///   object.
/// - A record that does not end, within kMaxLineBytes or at all, ends before the first brace that looks like the
///   beginning of the next one, allowed or not. If there is none, it is too long, or reaches to the end.
/// - An array that is not closed is refused, its elements are not.
class JsonCutter final : public RecordCutter {
 public:
  /// `each`: the records are the elements of the arrays at this path of each document (see ElementSearch). Where a
  /// document has none or does not end, that is one more reject, at its end. Empty: see above.
  explicit JsonCutter(std::string each = {}, uint64_t first_line = 1, uint64_t first_offset = 0);
  void scan(std::string_view text, std::size_t wanted, bool at_end) override;
  uint64_t take(std::size_t bytes) override;
  void describe(TextUnit& unit) override;
  bool has_more_to_tell() const override { return !refused_.empty(); }

  /// Whether JSON that begins like this is JSON lines or documents; nullopt: more has to be seen. `all`: there is no
  /// more.
  static std::optional<TextKind> layout(std::string_view head, bool all);

 private:
  enum class Mode : uint8_t { between, value, stray };
  enum class Answer : uint8_t { no, yes, unknown };  // unknown: depends on text that has not come
  struct ArrayStart {
    LineStart start;
    uint64_t line;
    std::size_t depth;  // of arrays in arrays
  };

  bool step();
  bool step_between();
  bool step_to_element();
  bool step_value();
  bool step_stray();
  /// Whether any bracket may open the next record: the one at hand will be refused.
  bool watchful() const {
    return too_long_ || again_ || (failures_ > kPatience && in_failed_text()) || text_[begin_] == '[';
  }
  bool in_failed_text() const { return begin_ < failed_until_; }
  Answer begins_array() const;
  Answer begins_object() const;
  Answer begins_next_record(bool& next_outside) const;
  std::string_view opening() const;
  void learn_opening();
  Answer begins_like_a_record() const;
  void begin_record();
  void fail();
  void refuse_too_long();
  void end_record(std::size_t end);
  void keep(const RecordSpan& record);
  /// Whether elements of an array come, which commas divide.
  bool among_elements() const { return array_ || (elements_ && elements_->in_document()); }
  void settle(std::size_t end);
  void refuse_outside();
  void refuse(std::size_t begin, std::string reason, std::string_view raw);
  uint64_t lines_before(std::size_t at);

  // The text at hand.
  std::string_view text_;
  bool at_end_ = false;
  uint64_t first_line_, first_offset_;
  bool continued_;  // an array may be open that began before

  // Where the reading is.
  Mode mode_ = Mode::between;
  std::size_t at_ = 0;
  LineStart line_;
  std::optional<ElementSearch> elements_;
  std::optional<ArrayStart> array_;  // the outermost that is open
  std::size_t counted_ = 0;          // lines up to here are counted
  uint64_t lines_ = 0;

  // The record at hand.
  BracketScan scan_;
  std::size_t begin_ = 0;
  uint64_t begin_line_ = 0;
  LineStart start_;
  bool too_long_ = false;         // refused already
  std::string too_long_opening_;  // of it
  bool quoted_ = false;           // stray text in a string
  bool again_ = false;            // it did not end, and is read once more
  // Where a record failed to end, and how many did that began before: each was read that far.
  static constexpr unsigned kPatience = 8;
  std::size_t failed_until_ = 0;
  unsigned failures_ = 0;

  std::vector<std::string> openings_;  // of records, the last first
  std::vector<RecordSpan> records_;
  std::optional<RecordSpan> held_;  // whole, but of the next unit
  std::vector<Reject> refused_;
};

}  // namespace ev

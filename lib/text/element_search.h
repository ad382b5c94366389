// Going through JSON documents to the elements of the arrays at a path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/bracket_scan.h"

namespace ev {

/// A path is keys with dots between: `Records`, `data.items`. A key that has dots itself is found, too. Arrays on the
/// way are gone through: each of their objects goes on with the path. Documents are objects at top level, or in arrays
/// there.
class ElementSearch {
 public:
  explicit ElementSearch(std::string path) : path_(std::move(path)) {}

  enum class Found : uint8_t {
    text_end,
    document,  // a bracket opens a document, or an array of them: enter() it
    element,   // of an array at the path
    stray,     // text that belongs to no document
    problem,   // with the document that just ended: problem()
    next,      // a document begins where the one at hand should have ended: leave() it
  };
  /// Goes on from `at` to what comes next.
  Found find(std::string_view text, std::size_t& at, LineStart& line, bool at_end);
  /// The bracket that opens a document, in this line of the input; find() goes on behind it.
  void enter(char bracket, const LineStart& start, uint64_t line);
  /// Whether find() would take the bracket at hand for a document that begins though the one at hand has not ended.
  bool begins_next(char bracket, const LineStart& line) const;
  void leave();
  bool in_document() const { return !levels_.empty(); }
  const std::string& problem() const { return problem_; }
  /// That the document at hand has not ended.
  std::string not_closed() const;

 private:
  enum class Match : uint8_t { none, step, target };
  struct Level {
    bool object;
    bool document = false;  // an object that is one
    bool target = false;    // an array whose elements are wanted
    std::size_t path_at;    // what of the path lies below it
    bool value_follows = false;
    Match match = Match::none;  // of the last key
    std::size_t step = 0;       // where the path goes on behind that key
  };

  Found pass_member(std::string_view text, std::size_t& at, LineStart& line);
  Found pass_in_array(std::string_view text, std::size_t& at);
  void begin_value(char first);
  Found leave_object();
  void push(const Level& level);
  void pop();
  void skip_value(char first);
  bool read_key(std::string_view text, std::size_t& at);
  void match_key();

  std::string path_;
  std::vector<Level> levels_;
  std::size_t objects_ = 0;  // among these
  bool found_ = false;       // the document at hand has the array
  uint64_t document_line_ = 0, outermost_line_ = 0;
  LineStart outermost_;  // how the line of the outermost bracket began
  char outermost_bracket_ = 0;
  std::string problem_;  // with the document at hand

  bool skipping_ = false;  // in a value that is not on the path
  BracketScan scan_;
  bool in_key_ = false, key_escaped_ = false;
  std::string key_;  // as it stands in the text
};

}  // namespace ev

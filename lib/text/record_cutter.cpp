#include "text/record_cutter.h"

#include <algorithm>

#include "text/directives.h"
#include "text/json_cutter.h"
#include "text/multiline.h"
#include "text/record_ends.h"
#include "text/utf8.h"

namespace ev {
namespace {

/// Of formats whose records end at the end of a line.
class LineCutter final : public RecordCutter {
 public:
  /// `at_begin`: of an input.
  LineCutter(const TextFormat& format, bool at_begin) : ends_(format), at_begin_(at_begin) {}

  void scan(std::string_view text, std::size_t wanted, bool at_end) override {
    // A byte order mark is no part of the first field, which may be quoted.
    if (at_begin_ && scanned_ == 0) {
      if (text.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(text) && !at_end) return;
      if (text.starts_with(kByteOrderMark)) scanned_ = kByteOrderMark.size();
    }
    const std::size_t end = std::min(text.size(), std::max(kUnitBytes, cut_.whole));
    while (scanned_ < end && cut_.records < wanted) {
      const RecordCut found = ends_.find(text.substr(scanned_, end - scanned_), wanted - cut_.records);
      if (found.records > 0) cut_.whole = scanned_ + found.end;
      cut_.records += found.records;
      cut_.lines += found.lines;
      scanned_ += found.scanned;
    }
    cut_.full = text.size() > kUnitBytes && cut_.records > 0;
    cut_.too_long = text.size() > kMaxLineBytes && cut_.records == 0;
  }
  uint64_t take(std::size_t bytes) override {
    const uint64_t lines = cut_.lines + (cut_.whole < bytes);
    scanned_ = 0;
    at_begin_ = false;
    cut_ = {};
    ends_.reset();
    return lines;
  }

 private:
  RecordEnds ends_;
  bool at_begin_;
  std::size_t scanned_ = 0;  // records up to here are counted
};

/// Of logs that describe their columns: a unit ends before a line that changes them, unless it begins with it.
class SectionCutter final : public RecordCutter {
 public:
  explicit SectionCutter(const TextFormat& format) : kind_(format.kind), lines_(format, false) {}

  void scan(std::string_view text, std::size_t wanted, bool at_end) override {
    const std::size_t end = section_end(text, at_end);
    lines_.scan(text.substr(0, end), wanted, at_end);
    cut_ = lines_.unit();
    cut_.full = cut_.full || (ends_ && cut_.whole == end);
  }
  uint64_t take(std::size_t bytes) override {
    cut_ = {};
    header_ = searched_ = 0;
    ends_ = false;
    return lines_.take(bytes);
  }

 private:
  static constexpr std::size_t kDirectiveBytes = 16;  // that tell what it is

  /// Where a line stands that ends the unit (then ends_), or may do so once it is there; or the end of the text.
  std::size_t section_end(std::string_view text, bool at_end) {
    while (!ends_) {
      const std::size_t newline = text.find("\n#", searched_);
      searched_ = newline == text.npos ? text.size() - std::min<std::size_t>(text.size(), 1) : newline;
      // The last newline may have a # behind it.
      if (newline == text.npos) return text.size();
      const std::size_t begin = newline + 1;
      if (text.size() - begin < kDirectiveBytes && text.find('\n', begin) == text.npos && !at_end) return begin;
      while (header_ < begin && (text[header_] == '#' || is_blank_line(text, header_))) header_ = text.find('\n', header_) + 1;
      ends_ = header_ < begin && changes_columns(kind_, text.substr(begin, kDirectiveBytes));
      if (!ends_) searched_ = begin;
    }
    return searched_ + 1;
  }
  /// As parsers see it: one carriage return belongs to the line's end, another one is text.
  static bool is_blank_line(std::string_view text, std::size_t at) {
    std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line.find_first_not_of(" \t") == line.npos;
  }

  TextKind kind_;
  LineCutter lines_;
  std::size_t header_ = 0;    // of the text: lines up to here are no records
  std::size_t searched_ = 0;  // up to here no line ends the unit
  bool ends_ = false;         // the newline at searched_ is the unit's last
};

}  // namespace

std::unique_ptr<RecordCutter> make_record_cutter(const TextFormat& format, uint64_t first_line, uint64_t first_offset) {
  if (format.kind == TextKind::json_documents) return std::make_unique<JsonCutter>(format.each, first_line, first_offset);
  if (has_directives(format.kind)) return std::make_unique<SectionCutter>(format);
  if (!format.record_start.empty()) return make_multiline_cutter(format.record_start, first_offset);
  return std::make_unique<LineCutter>(format, first_offset == 0);
}

}  // namespace ev

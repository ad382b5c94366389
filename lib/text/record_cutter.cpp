#include "text/record_cutter.h"

#include <algorithm>

#include "text/json_cutter.h"
#include "text/record_ends.h"

namespace ev {
namespace {

/// Of formats whose records end at the end of a line.
class LineCutter final : public RecordCutter {
 public:
  explicit LineCutter(const TextFormat& format) : ends_(format) {}

  void scan(std::string_view text, std::size_t wanted, bool) override {
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
    cut_ = {};
    ends_.reset();
    return lines;
  }

 private:
  RecordEnds ends_;
  std::size_t scanned_ = 0;  // records up to here are counted
};

}  // namespace

std::unique_ptr<RecordCutter> make_record_cutter(const TextFormat& format, uint64_t first_line, uint64_t first_offset) {
  if (format.kind == TextKind::json_documents) return std::make_unique<JsonCutter>(format.each, first_line, first_offset);
  return std::make_unique<LineCutter>(format);
}

}  // namespace ev

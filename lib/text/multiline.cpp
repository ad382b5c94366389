#include "text/multiline.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include <re2/re2.h>

#include "base/error.h"
#include "base/text.h"
#include "text/regex_lines.h"

namespace ev {
namespace {

std::unique_ptr<const RE2> compile(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_unique<const RE2>(with_python_groups(pattern), options);
  if (!regex->ok()) throw Error(ErrorKind::usage, "--multiline", regex->error(), "the syntax is that of RE2");
  return regex;
}

class MultilineCutter final : public RecordCutter {
 public:
  MultilineCutter(const std::string& pattern, uint64_t first_offset)
      : pattern_(compile(pattern)), goes_on_(first_offset > 0) {}

  void scan(std::string_view text, std::size_t wanted, bool at_end) override {
    while (cut_.records < wanted && look_at_line(text, at_end)) continue;
    if (at_end && scanned_ == text.size() && cut_.records < wanted) end_record();
    cut_.full = cut_.records > 0 && text.size() > kUnitBytes;
    cut_.open = open_lines_ > 0;
  }
  void end_record() override {
    if (open_lines_ > 0) end_record(scanned_);
  }
  uint64_t take(std::size_t) override {
    const uint64_t lines = cut_.lines;
    cut_ = {};
    records_.clear();
    scanned_ = searched_ = 0;
    open_lines_ = 0;
    goes_on_ = false;
    return lines;
  }
  void describe(TextUnit& unit) override {
    unit.records = std::exchange(records_, {});
    unit.goes_on = goes_on_;
  }

 private:
  /// Looks at the next line; false: it is not there yet, or does not belong to the unit.
  bool look_at_line(std::string_view text, bool at_end) {
    // A second record has to fit in.
    const std::size_t limit = cut_.records > 0 ? std::min(text.size(), kUnitBytes) : text.size();
    if (scanned_ >= limit) return false;
    const std::size_t from = std::max(scanned_, searched_);
    const void* newline = from < limit ? std::memchr(text.data() + from, '\n', limit - from) : nullptr;
    searched_ = newline ? static_cast<std::size_t>(static_cast<const char*>(newline) - text.data()) : limit;
    const bool too_long = searched_ - cut_.whole > kMaxLineBytes;
    if (too_long && open_lines_ == 0) {
      cut_.too_long = true;
      return false;
    }
    if (!newline) {
      // Where it does not fit into the record that is open, that is known before its end comes.
      if (limit < text.size() || !(at_end || too_long)) return false;
    }
    add_line(text.substr(scanned_, searched_ - scanned_), newline ? searched_ + 1 : searched_, too_long);
    return true;
  }
  /// `end`: where the next line begins. `too_long`: the record with it.
  void add_line(std::string_view line, std::size_t end, bool too_long) {
    if (open_lines_ > 0 && (too_long || open_lines_ == kMaxRecordLines || begins_record(line))) {
      end_record(scanned_);
      // It is looked at once more, as the first line of a record.
      return;
    }
    if (goes_on_ && scanned_ == 0) goes_on_ = !begins_record(line);
    open_lines_++;
    scanned_ = end;
  }
  bool begins_record(std::string_view line) const {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return pattern_->Match({line.data(), line.size()}, 0, line.size(), RE2::UNANCHORED, nullptr, 0);
  }
  void end_record(std::size_t end) {
    records_.push_back({static_cast<uint32_t>(cut_.whole), static_cast<uint32_t>(end - cut_.whole),
                        static_cast<uint32_t>(cut_.lines)});
    cut_.whole = end;
    cut_.records++;
    cut_.lines += open_lines_;
    cut_.open = false;
    open_lines_ = 0;
  }

  std::unique_ptr<const RE2> pattern_;
  std::vector<RecordSpan> records_;
  std::size_t scanned_ = 0;   // lines up to here are looked at
  std::size_t searched_ = 0;  // up to here the next line has no end
  uint64_t open_lines_ = 0;   // in [cut_.whole, scanned_)
  bool goes_on_;              // the first unit of a text of which something was taken before, in the middle of a record
};

}  // namespace

bool may_be_multiline(TextKind kind) {
  return kind == TextKind::lines || kind == TextKind::regex || kind == TextKind::syslog;
}

void check_multiline(const TextFormat& format) {
  if (!may_be_multiline(format.kind))
    throw Error(ErrorKind::usage, "--multiline", concat("means nothing to -f ", format_name(format)),
                "it goes with -f lines, regex:PATTERN and syslog");
  compile(format.record_start);
}

std::unique_ptr<RecordCutter> make_multiline_cutter(const std::string& pattern, uint64_t first_offset) {
  return std::make_unique<MultilineCutter>(pattern, first_offset);
}

}  // namespace ev

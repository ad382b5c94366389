#include "source/text_units.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
constexpr std::size_t kOversizedRawBytes = std::size_t{64} << 10;  // of an oversized line, kept in its reject
constexpr std::size_t kUnitBytes = kMaxBlockRawBytes;

}  // namespace

TextUnits::TextUnits(std::unique_ptr<Input> input, uint32_t block_rows, std::chrono::nanoseconds latency,
                     const TextFormat& format, TextStart start)
    : input_(std::move(input)),
      block_rows_(block_rows),
      latency_(latency),
      ends_(format),
      line_(start.line),
      taken_(std::move(start.taken)),
      hold_back_(start.hold_back) {}

TextUnits::~TextUnits() = default;

/// Reads once, as much as is there; false at the end.
bool TextUnits::fill() {
  std::size_t size = buffer_.size();
  buffer_.resize(size + kReadBytes);
  std::size_t got = 0;
  try {
    got = input_->read({reinterpret_cast<uint8_t*>(buffer_.data()) + size, kReadBytes});
  } catch (const Error&) {
    failure_ = std::current_exception();
  }
  buffer_.resize(size + got);
  if (got == 0) ended_ = true;
  if (got > 0 && !oldest_) oldest_ = std::chrono::steady_clock::now();
  return got > 0;
}

/// Nothing of the buffer was looked at yet.
void TextUnits::begin_unit() {
  scanned_ = whole_ = 0;
  records_ = lines_ = 0;
  ends_.reset();
}

/// Takes [0, end) out of the buffer; what is behind begins the next unit.
TextUnit TextUnits::cut(std::size_t end, uint64_t lines) {
  TextUnit unit;
  unit.first_line = line_;
  unit.first_offset = taken_.offset();
  PodVector<char> rest;
  // The next unit is likely to be as large: reserving once is cheaper than growing while it is read.
  rest.reserve(std::max(buffer_.size() - end, std::min(end, kUnitBytes)) + kReadBytes);
  rest.append(buffer_.data() + end, buffer_.size() - end);
  buffer_.resize(end);
  std::memset(buffer_.data() + end, 0, PodVector<char>::kSlack);
  unit.text = std::move(buffer_);
  buffer_ = std::move(rest);
  line_ += lines;
  taken_.add({unit.text.data(), unit.text.size()});
  begin_unit();
  oldest_.reset();
  if (!buffer_.empty()) oldest_ = std::chrono::steady_clock::now();
  return unit;
}

/// Drops a line that passes kMaxLineBytes, to its end, and says so. nullopt: its end has not come yet, and it is held
/// back.
std::optional<TextUnit> TextUnits::skip_oversized_line() {
  TextUnit unit;
  unit.first_line = line_;
  unit.first_offset = taken_.offset();
  unit.oversized.push_back({line_, taken_.offset(), concat("the line is longer than ", kMaxLineBytes, " bytes"), {}});
  unit.oversized[0].raw.assign(buffer_.data(), std::min(buffer_.size(), kOversizedRawBytes));
  TakenText taken = taken_;
  for (;;) {
    const void* newline = buffer_.empty() ? nullptr : std::memchr(buffer_.data(), '\n', buffer_.size());
    std::size_t end = newline ? static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1 : buffer_.size();
    taken.add({buffer_.data(), end});
    std::memmove(buffer_.data(), buffer_.data() + end, buffer_.size() - end);
    buffer_.resize(buffer_.size() - end);
    if (newline) break;
    if (ended_ || !fill()) {
      if (hold_back_) return std::nullopt;
      break;
    }
  }
  taken_ = std::move(taken);
  line_++;
  begin_unit();
  return unit;
}

std::optional<TextUnit> TextUnits::next() {
  for (;;) {
    // Whole lines of what was read and not yet counted, as far as the unit may go.
    std::size_t end = std::min(buffer_.size(), std::max(kUnitBytes, whole_));
    while (scanned_ < end && records_ < block_rows_) {
      const RecordCut found = ends_.find({buffer_.data() + scanned_, end - scanned_}, block_rows_ - records_);
      if (found.records > 0) whole_ = scanned_ + found.end;
      records_ += found.records;
      lines_ += found.lines;
      scanned_ += found.scanned;
    }
    if (records_ >= block_rows_ || (buffer_.size() > kUnitBytes && records_ > 0)) return cut(whole_, lines_);
    if (buffer_.size() > kMaxLineBytes) {
      // No newline in the first kMaxLineBytes; one right behind them still makes a line of legal length.
      if (buffer_[kMaxLineBytes] == '\n') return cut(kMaxLineBytes + 1, 1);
      std::optional<TextUnit> skipped = skip_oversized_line();
      if (!skipped && failure_) std::rethrow_exception(failure_);
      return skipped;
    }
    if (ended_) {
      if (failure_) {
        if (records_ > 0) return cut(whole_, lines_);
        std::rethrow_exception(failure_);
      }
      // A last line without a newline counts, unless a signal stopped the reading in the middle of it.
      if (input_->stopped() || hold_back_) buffer_.resize(whole_);
      if (buffer_.empty()) return std::nullopt;
      return cut(buffer_.size(), lines_ + (whole_ < buffer_.size()));
    }
    if (records_ > 0 && !input_->seekable()) {
      auto age = std::chrono::steady_clock::now() - *oldest_;
      if (!input_->ready(std::max(latency_ - age, std::chrono::nanoseconds(0)))) return cut(whole_, lines_);
    }
    fill();
  }
}

}  // namespace ev

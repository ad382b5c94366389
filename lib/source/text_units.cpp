#include "source/text_units.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
// Of each unit, however long it becomes: it is not touched before text comes, growing would copy, and sizes that are alike
// leave holes in the heap that the next ones fit into.
constexpr std::size_t kReservedBytes = kUnitBytes + 2 * kReadBytes;

}  // namespace

TextUnits::TextUnits(std::unique_ptr<Input> input, uint32_t block_rows, std::chrono::nanoseconds latency,
                     const TextFormat& format, TextStart start)
    : input_(std::move(input)),
      block_rows_(block_rows),
      latency_(latency),
      cutter_(make_record_cutter(format, start.line, start.taken.offset())),
      line_(start.line),
      taken_(std::move(start.taken)),
      hold_back_(start.hold_back),
      settled_(start.settled) {
  buffer_.reserve(kReservedBytes);
}

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
  if (got > 0) newest_ = std::chrono::steady_clock::now();
  if (got > 0 && !oldest_) oldest_ = newest_;
  return got > 0;
}

/// Takes [0, end) out of the buffer; what is behind begins the next unit.
TextUnit TextUnits::cut(std::size_t end) {
  TextUnit unit;
  cutter_->describe(unit);
  unit.first_line = line_;
  unit.first_offset = taken_.offset();
  line_ += cutter_->take(end);
  PodVector<char> rest;
  rest.reserve(std::max(buffer_.size() - end + kReadBytes, kReservedBytes));
  rest.append(buffer_.data() + end, buffer_.size() - end);
  buffer_.resize(end);
  std::memset(buffer_.data() + end, 0, PodVector<char>::kSlack);
  unit.text = std::move(buffer_);
  buffer_ = std::move(rest);
  taken_.add({unit.text.data(), unit.text.size()});
  oldest_.reset();
  if (!buffer_.empty()) oldest_ = std::chrono::steady_clock::now();
  return unit;
}

/// Forgets [0, end), which belongs to no record.
void TextUnits::drop(std::size_t end) {
  line_ += cutter_->take(end);
  taken_.add({buffer_.data(), end});
  buffer_.drop_front(end);
}

/// Drops a line that passes kMaxLineBytes, to its end, and says so. nullopt: its end has not come yet, and it is held
/// back.
std::optional<TextUnit> TextUnits::skip_oversized_line() {
  TextUnit unit;
  unit.first_line = line_;
  unit.first_offset = taken_.offset();
  unit.oversized.push_back({line_, taken_.offset(), concat("the line is longer than ", kMaxLineBytes, " bytes"), {}});
  unit.oversized[0].raw.assign(buffer_.data(), std::min(buffer_.size(), kRefusedRawBytes));
  TakenText taken = taken_;
  for (;;) {
    const void* newline = buffer_.empty() ? nullptr : std::memchr(buffer_.data(), '\n', buffer_.size());
    std::size_t end = newline ? static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1 : buffer_.size();
    taken.add({buffer_.data(), end});
    buffer_.drop_front(end);
    if (newline) break;
    if (ended_ || !fill()) {
      left_text_ = hold_back_;
      if (hold_back_) return std::nullopt;
      break;
    }
  }
  taken_ = std::move(taken);
  line_++;
  cutter_->take(0);
  return unit;
}

/// Whether no more comes until what is whole has to leave, or the record that is open has to end.
bool TextUnits::pauses() {
  const UnitCut& unit = cutter_->unit();
  if (input_->seekable() || !(unit.records > 0 || unit.open)) return false;
  const auto until = unit.records > 0 ? *oldest_ + latency_ : std::min(newest_ + kRecordRest, *oldest_ + kRecordAge);
  const std::chrono::nanoseconds left = until - std::chrono::steady_clock::now();
  return !input_->ready(std::max(left, std::chrono::nanoseconds(0)));
}

/// Whether nothing comes for as long as tell_idle() says.
bool TextUnits::stays_idle() {
  return idle_after_.count() > 0 && !input_->seekable() && !input_->ready(idle_after_);
}

/// Of a text that has ended: whether nobody goes on with its last record.
bool TextUnits::is_settled() const {
  return !hold_back_ || taken_.offset() + buffer_.size() <= settled_;
}

std::optional<TextUnit> TextUnits::next() {
  idle_ = false;
  for (;;) {
    const bool whole_input = ended_ && !failure_ && !input_->stopped() && !hold_back_;
    cutter_->scan({buffer_.data(), buffer_.size()}, block_rows_, whole_input);
    const UnitCut& unit = cutter_->unit();
    if (unit.records >= block_rows_ || unit.full) return cut(unit.whole);
    if (unit.too_long) {
      // No newline in the first kMaxLineBytes; one right behind them still makes a line of legal length.
      if (buffer_[kMaxLineBytes] == '\n') return cut(kMaxLineBytes + 1);
      std::optional<TextUnit> skipped = skip_oversized_line();
      if (!skipped && failure_) std::rethrow_exception(failure_);
      return skipped;
    }
    if (unit.idle > 0 && buffer_.size() > kUnitBytes) {
      drop(unit.idle);
      continue;
    }
    if (ended_) {
      if (unit.open && is_settled()) cutter_->end_record();
      if (failure_) {
        if (unit.records > 0) return cut(unit.whole);
        std::rethrow_exception(failure_);
      }
      // A last line without a newline counts, unless a signal stopped the reading in the middle of it.
      if (input_->stopped() || hold_back_) {
        left_text_ = left_text_ || buffer_.size() > unit.whole;
        buffer_.resize(unit.whole);
      }
      if (buffer_.empty() && !cutter_->has_more_to_tell()) return std::nullopt;
      return cut(buffer_.size());
    }
    if (pauses()) {
      if (unit.records == 0) cutter_->end_record();
      return cut(unit.whole);
    }
    if ((idle_ = stays_idle())) return std::nullopt;
    fill();
  }
}

}  // namespace ev

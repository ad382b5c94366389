// Cuts text into units of whole records: what one worker parses at a time, and what becomes one block.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "io/input.h"
#include "source/taken_text.h"
#include "text/record_cutter.h"
#include "text/text_unit.h"

namespace ev {

/// A record of several lines is whole when another one begins, or when nobody has written on for so long, or when it
/// has been going on for so long.
inline constexpr std::chrono::seconds kRecordRest{1};
inline constexpr std::chrono::seconds kRecordAge{10};

/// Where in its text an input stands when it is given to TextUnits, and whether that text may still grow.
struct TextStart {
  TakenText taken;            // the text before
  uint64_t line = 1;          // number of the first line that comes
  bool hold_back = false;     // a last record that is not whole (a line without newline) is not taken
  uint64_t settled = 0;       // with that: a last record of several lines is whole if the text ends by here
};

/// Cuts depend on the bytes alone (block_rows records, or kMaxBlockRawBytes of text, a longer record standing alone); on
/// inputs that may pause, also on `latency`: what is there leaves when no more comes and its first line is that old; and
/// on kRecordRest and kRecordAge.
/// One thread at a time.
class TextUnits {
 public:
  TextUnits(std::unique_ptr<Input> input, uint32_t block_rows, std::chrono::nanoseconds latency,
            const TextFormat& format, TextStart start = {});
  ~TextUnits();
  /// The next unit without its time path; nullopt at the end. What the input throws comes out after the whole lines
  /// before it; the line that it cut off is dropped.
  std::optional<TextUnit> next();
  /// From now on next() also returns nullopt where nothing came for so long (above 0) on an input that may pause.
  void tell_idle(std::chrono::nanoseconds after) { idle_after_ = after; }
  /// After next() returned nullopt: that it is for this, and goes on.
  bool idle() const { return idle_; }
  /// After next() returned nullopt: whether text was held back.
  bool left_text() const { return left_text_; }
  const Input& input() const { return *input_; }
  /// The text up to the end of the last unit, and the number of the line that comes next.
  const TakenText& taken() const { return taken_; }
  uint64_t line() const { return line_; }

 private:
  bool fill();
  TextUnit cut(std::size_t end);
  void drop(std::size_t end);
  std::optional<TextUnit> skip_oversized_line();
  bool pauses();
  bool stays_idle();
  bool is_settled() const;

  std::unique_ptr<Input> input_;
  uint32_t block_rows_;
  std::chrono::nanoseconds latency_;
  std::unique_ptr<RecordCutter> cutter_;
  PodVector<char> buffer_;  // the unit at hand, and what follows it
  uint64_t line_;
  TakenText taken_;
  bool hold_back_;
  uint64_t settled_;
  bool left_text_ = false;
  std::chrono::nanoseconds idle_after_{0};
  bool idle_ = false;
  bool ended_ = false;
  std::exception_ptr failure_;
  std::optional<std::chrono::steady_clock::time_point> oldest_;
  std::chrono::steady_clock::time_point newest_;
};

}  // namespace ev

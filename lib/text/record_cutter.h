// Finding the records of a text that comes piece by piece, and how many of them make a unit: what one worker parses at
// a time, and what becomes one block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/format.h"
#include "text/text_format.h"
#include "text/text_unit.h"

namespace ev {

inline constexpr std::size_t kUnitBytes = kMaxBlockRawBytes;  // a longer record stands alone

/// What is known of the unit at hand.
struct UnitCut {
  std::size_t whole = 0;  // end of the last whole record, and of what goes with it
  uint64_t records = 0;   // that end in [0, whole)
  uint64_t lines = 0;     // that end there
  bool full = false;      // the next record belongs to the next unit
  bool too_long = false;  // the line that the unit begins with passes kMaxLineBytes
  bool open = false;      // whole lines stand behind [0, whole), of a record that may go on
  std::size_t idle = 0;   // where there is no whole record: [0, idle) belongs to none
};

/// What it finds depends on the bytes alone, however they come and however they are made into units. One thread at a
/// time.
class RecordCutter {
 public:
  virtual ~RecordCutter() = default;
  /// Looks on at the unit, whose text is this by now, until `wanted` records are whole. 64 bytes behind it are
  /// readable. `at_end`: no more text comes.
  virtual void scan(std::string_view text, std::size_t wanted, bool at_end) = 0;
  const UnitCut& unit() const { return cut_; }
  /// The record that is open ends with its last whole line: it is one of the unit's.
  virtual void end_record() {}
  /// The first `bytes` of the text, which is still there, are taken, and a unit begins behind them: [0, whole), all of
  /// it, or what is idle. Returns how many lines they are.
  virtual uint64_t take(std::size_t bytes) = 0;
  /// Gives the unit that is about to be taken what the cutter knows of it beside its text.
  virtual void describe(TextUnit&) {}
  /// Whether it has something to tell of what was taken already.
  virtual bool has_more_to_tell() const { return false; }

 protected:
  UnitCut cut_;
};

/// For a text that begins, or goes on, with this line and this byte of its input.
std::unique_ptr<RecordCutter> make_record_cutter(const TextFormat& format, uint64_t first_line, uint64_t first_offset);

}  // namespace ev

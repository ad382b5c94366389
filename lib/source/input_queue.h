// Text inputs one after the other, each open where its reading begins: what Source reads in place of its own list.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "io/input.h"
#include "source/checkpoint.h"
#include "source/taken_text.h"

namespace ev {

struct QueuedInput {
  std::string path;
  std::unique_ptr<Input> input;  // at the end of `taken`
  TakenText taken;               // what of its text comes before
  uint64_t line = 1;
  TextReading reading;     // what is known of it already
  bool hold_back = false;  // its last record is not taken where it is not whole
  uint64_t settled = 0;    // with that: up to here the text has rested so long that its last record is whole
};

/// How far the input at hand was read: to the end of the unit that was just cut, which began at `from`.
struct ReadingProgress {
  uint64_t from = 0, from_line = 1;
  TextMark mark;
  uint64_t line = 1;
  TextReading reading;   // with which this unit is read
  bool goes_on = false;  // only because the text before was taken by itself does a record begin at `from`
};

/// Called by Source from the thread that reads: next(), took()..., closed(), next().
class InputQueue {
 public:
  virtual ~InputQueue() = default;
  /// nullopt: there is no more. May wait for more.
  virtual std::optional<QueuedInput> next() = 0;
  virtual void took(const ReadingProgress& progress) = 0;
  /// The input at hand was read to its end. `cut_short`: compressed data that ended early (Error(truncated)).
  /// `left`: there is text behind what was taken, which was held back.
  virtual void closed(const Error* cut_short, bool left) = 0;
};

}  // namespace ev

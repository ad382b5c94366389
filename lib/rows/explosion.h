// An event for each element of an array that a field holds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "event/batch.h"

namespace ev {

/// Some of the events that those of a batch became.
struct ExplodedRows {
  Batch batch;
  PodVector<uint32_t> firsts;  // rows that are the first of what their event became, ascending
};

/// The elements of an array stand one by one where the array stood, in events that are equal otherwise: scalars as
/// values, the fields of an object as fields below the name, arrays as arrays. An element with which the event would
/// have more than kMaxColumns fields, or a path that is too long, stays JSON text. An event with an empty array becomes
/// none; one without the field, or with another value in it, stays as it is. Requires layouts.
///
/// A few arrays may make much of a small batch, so events come in pieces that keep the caps of a block by their rows
/// and bytes.
class Explosion {
 public:
  /// `field` is a name as find_path() takes it. Throws Error(usage) where it means two fields.
  Explosion(Batch&& batch, const std::string& field);
  ~Explosion();
  Explosion(Explosion&&) noexcept;
  Explosion& operator=(Explosion&&) noexcept;

  /// At least one piece; only the last has the batch's watermark, and may be without rows.
  std::optional<ExplodedRows> next();
  /// Whether next() has no more to give.
  bool done() const;
  /// Events so far whose field was an array.
  uint64_t arrays() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ev

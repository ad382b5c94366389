// The keys of the events of a batch, as bytes and as fingerprints.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bitmap.h"
#include "base/pod_vector.h"
#include "dedup/fingerprint.h"
#include "event/batch.h"

namespace ev {

/// The values of one part of a key: columns of which at most one has a value in a row; a row without one is null there.
using KeyPart = std::vector<const Column*>;

/// Keys are equal where all values are: types matter (1, "1" and 1.0 differ), all NaNs are one value, and so are 0.0 and
/// -0.0, and the same instant however it is written. Null and missing are the same. One thread.
class EventKeys {
 public:
  /// `keep_bytes`: bytes() are wanted.
  EventKeys(const KeyedHash& hash, bool keep_bytes) : hash_(hash), keep_bytes_(keep_bytes) {}

  /// A key of so many parts; must not be none.
  void take_parts(uint32_t rows, std::span<const KeyPart> parts);
  /// The whole events: all fields with their names, in whatever order.
  void take_events(const Batch& batch);

  /// Of each row.
  std::span<const Fingerprint> fingerprints() const { return fingerprints_; }
  /// Rows whose whole key is null.
  const Bitmap& unkeyed() const { return unkeyed_; }
  /// Equal for rows of equal keys only. Good until the next keys are taken.
  std::string_view bytes(uint32_t row) const;

 private:
  /// A column, and which of its values comes next.
  struct Cursor {
    const Column* column;
    Buffer name;  // in whole events
    uint32_t next = 0;
  };
  void begin(uint32_t rows);
  void add(Cursor& cursor);
  void end_row(uint32_t row, bool keyed);
  void hash_waiting();

  KeyedHash hash_;
  bool keep_bytes_;
  PodVector<Fingerprint> fingerprints_;
  Bitmap unkeyed_;
  Buffer buffer_;                // of the rows that wait to be hashed, or of all
  PodVector<uint32_t> ends_;     // of each of those that wait, counted from the first one
  std::size_t waiting_at_ = 0;   // where the first one of them begins
  uint32_t hashed_ = 0;          // rows before them
  PodVector<uint64_t> all_ends_; // of all rows, where their bytes are kept
};

}  // namespace ev

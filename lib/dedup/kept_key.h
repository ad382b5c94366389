// A key that was kept: what dedup remembers of an event.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "dedup/fingerprint.h"

namespace ev {

/// What is remembered of all keys.
struct KeyShape {
  bool times = false;  // event times: keys count within a window
  bool bytes = false;  // the whole keys, to be compared where fingerprints are equal
  bool operator==(const KeyShape&) const = default;
};

struct KeptKey {
  Fingerprint print;
  int64_t time = 0;        // with KeyShape::times
  uint32_t batch = 0;      // number of the batch that the event came in
  std::string_view bytes;  // with KeyShape::bytes
};

/// In the order of fingerprints, those of one fingerprint by time.
inline bool operator<(const KeptKey& a, const KeptKey& b) {
  return a.print != b.print ? a.print < b.print : a.time < b.time;
}

/// An event that may repeat a kept one: the same key, within this range of times, both ends included.
struct KeyQuery {
  Fingerprint print;
  int64_t from = std::numeric_limits<int64_t>::min(), to = std::numeric_limits<int64_t>::max();
  std::string_view bytes;
};

}  // namespace ev

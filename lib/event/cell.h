// One value on its way into a batch.
#pragma once

#include <cstdint>

namespace ev {

/// A text is not copied until the row is appended; it must live until then.
struct Cell {
  uint32_t column = 0;  // number from BatchBuilder::column(), or kNull
  uint32_t length = 0;  // of a text; the packed form of a time
  uint64_t word = 0;    // a word, or the address of a text
  static constexpr uint32_t kNull = UINT32_MAX;
};

}  // namespace ev

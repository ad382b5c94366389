// The distinct texts of a column while it is built: an open-addressing table from text to number.
#pragma once

#include <cstdint>

#include "event/cell.h"
#include "event/column.h"
#include "event/short_text.h"

namespace ev {

/// Numbers texts by first appearance. The texts themselves live in the column's Texts; the table holds numbers and
/// keys. Its size never changes what comes out, so it is kept from one batch to the next.
class TextDictionary {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  /// Makes it empty. Comes before all else.
  void start();

  /// The number of the text in `texts`, or kAbsent.
  uint32_t find(const Texts& texts, const char* text, uint32_t length) const {
    const TextKey key = text_key(text, length);
    const uint32_t* const slots = slots_.data();
    const TextKey* const keys = keys_.data();
    for (uint64_t at = hash_of(key) & mask_;; at = (at + 1) & mask_) {
      const uint32_t slot = slots[at];
      if (slot == 0) return kAbsent;
      if (!(keys[slot - 1] == key)) continue;
      if (length <= TextKey::kExactLength || equal_texts(texts.data.data() + texts.offsets[slot - 1], text, length))
        return slot - 1;
    }
  }
  /// The numbers of texts, up to the first that is absent; returns how many.
  uint32_t find(const Texts& texts, const Cell* cells, uint32_t count, uint32_t* numbers) const {
    for (uint32_t i = 0; i < count; i++) {
      numbers[i] = find(texts, reinterpret_cast<const char*>(cells[i].word), cells[i].length);
      if (numbers[i] == kAbsent) [[unlikely]]
        return i;
    }
    return count;
  }
  /// Gives a text that find() did not find the next number.
  void insert(const char* text, uint32_t length);

 private:
  void grow();
  void place(uint32_t number);

  PodVector<uint32_t> slots_;  // number + 1; 0 is free; at least one always is
  PodVector<TextKey> keys_;    // per number
  uint64_t mask_ = 0;
};

}  // namespace ev

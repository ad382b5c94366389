// The distinct texts of a column while it is built: an open-addressing table from text to number.
#pragma once

#include <cstdint>

#include "event/column.h"
#include "event/short_text.h"

namespace ev {

/// Numbers texts by first appearance. The texts themselves live in the column's Texts; the table holds numbers and
/// keys. Its size never changes what comes out, so it is kept from one batch to the next.
class TextDictionary {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  /// The number of the text in `texts`, or kAbsent; then insert() may follow.
  uint32_t find(const Texts& texts, const char* text, uint32_t length) {
    if (slots_.empty()) grow();
    key_ = text_key(text, length);
    hash_ = hash_of(key_);
    for (at_ = hash_ & mask_;; at_ = (at_ + 1) & mask_) {
      if (slots_[at_] == 0) return kAbsent;
      const uint32_t number = slots_[at_] - 1;
      if (!(keys_[number] == key_)) continue;
      if (length <= TextKey::kExactLength || equal_texts(texts.data.data() + texts.offsets[number], text, length))
        return number;
    }
  }
  /// Gives the text that find() did not find the next number.
  void insert() {
    keys_.push_back(key_);
    slots_[at_] = static_cast<uint32_t>(keys_.size());
    if (keys_.size() * 2 > slots_.size()) grow();
  }
  void clear();

 private:
  void grow();

  PodVector<uint32_t> slots_;  // number + 1; 0 is free
  PodVector<TextKey> keys_;    // per number
  uint64_t mask_ = 0;
  // Of the last find().
  TextKey key_{};
  uint64_t hash_ = 0, at_ = 0;
};

}  // namespace ev

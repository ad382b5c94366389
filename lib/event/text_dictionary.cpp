#include "event/text_dictionary.h"

namespace ev {

namespace {
constexpr std::size_t kFirstSlots = 64;
}

void TextDictionary::clear() {
  if (keys_.empty()) return;
  std::memset(slots_.data(), 0, slots_.size() * sizeof(uint32_t));
  keys_.clear();
}

void TextDictionary::grow() {
  const std::size_t size = slots_.empty() ? kFirstSlots : slots_.size() * 4;
  slots_.assign(size, 0);
  mask_ = size - 1;
  for (std::size_t number = 0; number < keys_.size(); number++) {
    const uint64_t hash = hash_of(keys_[number]);
    uint64_t at = hash & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = static_cast<uint32_t>(number + 1);
  }
}

}  // namespace ev

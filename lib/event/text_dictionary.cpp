#include "event/text_dictionary.h"

namespace ev {

namespace {
constexpr std::size_t kFirstSlots = 64;
}

void TextDictionary::start() {
  if (slots_.empty()) grow();
  if (keys_.empty()) return;
  std::memset(slots_.data(), 0, slots_.size() * sizeof(uint32_t));
  keys_.clear();
}

void TextDictionary::insert(const char* text, uint32_t length) {
  keys_.push_back(text_key(text, length));
  if (keys_.size() * 2 > slots_.size())
    grow();
  else
    place(static_cast<uint32_t>(keys_.size() - 1));
}

void TextDictionary::place(uint32_t number) {
  uint64_t at = hash_of(keys_[number]) & mask_;
  while (slots_[at] != 0) at = (at + 1) & mask_;
  slots_[at] = number + 1;
}

void TextDictionary::grow() {
  const std::size_t size = slots_.empty() ? kFirstSlots : slots_.size() * 4;
  slots_.assign(size, 0);
  mask_ = size - 1;
  for (uint32_t number = 0; number < keys_.size(); number++) place(number);
}

}  // namespace ev

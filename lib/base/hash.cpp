#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ev {

uint64_t checksum64(std::span<const uint8_t> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct Checksum64::State {
  XXH3_state_t xxh;
};

Checksum64::Checksum64() : state_(std::make_unique<State>()) {
  reset();
}
Checksum64::~Checksum64() = default;
Checksum64::Checksum64(Checksum64&&) noexcept = default;
Checksum64& Checksum64::operator=(Checksum64&&) noexcept = default;

void Checksum64::update(std::span<const uint8_t> bytes) {
  if (!bytes.empty()) XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

uint64_t Checksum64::value() const {
  return XXH3_64bits_digest(&state_->xxh);
}

void Checksum64::reset() {
  XXH3_INITSTATE(&state_->xxh);
  XXH3_64bits_reset(&state_->xxh);
}

std::string Hash128::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(32, '0');
  for (int i = 0; i < 16; i++) {
    out[static_cast<std::size_t>(i)] = kDigits[hi >> (60 - 4 * i) & 15];
    out[static_cast<std::size_t>(16 + i)] = kDigits[lo >> (60 - 4 * i) & 15];
  }
  return out;
}

Hash128 hash128(std::span<const uint8_t> bytes, uint64_t seed) {
  XXH128_hash_t h = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {h.low64, h.high64};
}

}  // namespace ev

#include "dedup/fingerprint.h"

#include <sodium.h>

#include "base/bytes.h"
#include "base/error.h"
#include "dedup/siphash_lanes.h"

namespace ev {

HashKey random_hash_key() {
  // Chooses the generator of the system; may be called any number of times.
  if (sodium_init() < 0) throw Error(ErrorKind::io, "", "the system gives no random numbers");
  HashKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

KeyedHash::KeyedHash(const HashKey& key, unsigned bits) : key_(key) {
  mask_.lo = bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  mask_.hi = bits >= 128 ? ~uint64_t{0} : bits > 64 ? (uint64_t{1} << (bits - 64)) - 1 : 0;
}

Fingerprint KeyedHash::masked(uint64_t first, uint64_t second) const {
  Fingerprint print{first & mask_.hi, second & mask_.lo};
  if (print == Fingerprint{}) print.lo = 1;
  return print;
}

Fingerprint KeyedHash::operator()(std::span<const uint8_t> bytes) const {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == sizeof(HashKey));
  std::array<uint8_t, crypto_shorthash_siphashx24_BYTES> out;
  crypto_shorthash_siphashx24(out.data(), bytes.data(), bytes.size(), key_.data());
  return masked(load<uint64_t>(out.data()), load<uint64_t>(out.data() + 8));
}

void KeyedHash::operator()(std::span<const uint8_t> bytes, std::span<const uint32_t> ends, Fingerprint* out) const {
  const bool have_lanes = have_siphash_lanes();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size();) {
    const std::size_t size = ends[i] - begin;
    // Those of most logs have one size.
    const auto same_size = [&] {
      for (std::size_t lane = 1; lane < kSiphashLanes; lane++)
        if (ends[i + lane] != begin + (lane + 1) * size) return false;
      return true;
    };
    if (have_lanes && i + kSiphashLanes <= ends.size() && same_size()) {
      std::array<std::array<uint64_t, 2>, kSiphashLanes> words;
      siphash_lanes(key_, bytes.data() + begin, size, words);
      for (const auto& [first, second] : words) out[i++] = masked(first, second);
      begin += kSiphashLanes * size;
    } else {
      out[i++] = (*this)(bytes.subspan(begin, size));
      begin += size;
    }
  }
}

}  // namespace ev

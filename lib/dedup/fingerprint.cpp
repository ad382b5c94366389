#include "dedup/fingerprint.h"

#include <sodium.h>

#include "base/bytes.h"
#include "base/error.h"

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

Fingerprint KeyedHash::operator()(std::span<const uint8_t> bytes) const {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == sizeof(HashKey));
  std::array<uint8_t, crypto_shorthash_siphashx24_BYTES> out;
  crypto_shorthash_siphashx24(out.data(), bytes.data(), bytes.size(), key_.data());
  Fingerprint print{load<uint64_t>(out.data()) & mask_.hi, load<uint64_t>(out.data() + 8) & mask_.lo};
  if (print == Fingerprint{}) print.lo = 1;
  return print;
}

}  // namespace ev

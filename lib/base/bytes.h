// Little-endian reading and writing of untrusted bytes. Loads go by memcpy; every read is checked against the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/pod_vector.h"

namespace ev {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the stream format is little-endian and loaded by memcpy");

template <class T>
T load(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
void store(void* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

/// Reads fields in order from a span it does not own. Reading past the end throws Error(corrupt) that names `place`.
class ByteReader {
 public:
  ByteReader(std::span<const uint8_t> bytes, std::string_view place) : bytes_(bytes), place_(place) {}

  template <class T>
  T read() {
    need(sizeof(T));
    T value = load<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return value;
  }
  /// The next `n` bytes, not copied.
  std::span<const uint8_t> take(std::size_t n) {
    need(n);
    auto part = bytes_.subspan(at_, n);
    at_ += n;
    return part;
  }
  std::string_view text(std::size_t n) { return as_text(take(n)); }
  std::span<const uint8_t> rest() const { return bytes_.subspan(at_); }
  std::size_t left() const { return bytes_.size() - at_; }
  /// Throws Error(corrupt) if bytes are left over.
  void expect_end() const;
  /// Throws Error(corrupt): "PLACE: what".
  [[noreturn]] void fail(std::string_view what) const;

 private:
  void need(std::size_t n) const {
    if (n > bytes_.size() - at_) fail("ends early");
  }
  std::span<const uint8_t> bytes_;
  std::string_view place_;
  std::size_t at_ = 0;
};

template <class T>
void put(Buffer& out, T value) {
  store(out.extend(sizeof value), value);
}
inline void put_text(Buffer& out, std::string_view text) { out.append(as_bytes(text)); }

}  // namespace ev

#include "emit/value_text.h"

namespace ev {

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::size_t have = bytes.size() - i;
    auto byte = [&](std::size_t k) -> uint32_t { return k < have ? static_cast<uint8_t>(bytes[i + k]) : 0; };
    uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += have > 1 ? kDigits[group >> 6 & 63] : '=';
    out += have > 2 ? kDigits[group & 63] : '=';
  }
  return out;
}

std::string_view bytes_as_text(std::string_view bytes, std::string& storage) {
  if (valid_utf8(bytes)) return bytes;
  storage = "base64:" + base64(bytes);
  return storage;
}

ValueIndex::ValueIndex(const Bitmap& validity) {
  if (validity.empty()) return;
  validity_ = &validity;
  before_.resize(validity.word_count());
  uint32_t count = 0;
  for (std::size_t w = 0; w < validity.word_count(); w++) {
    before_[w] = count;
    count += static_cast<uint32_t>(std::popcount(validity.word(w)));
  }
}

}  // namespace ev

// Hex: texts of hexadecimal digits, all in one case and behind one prefix, in half the bytes.
#include <algorithm>

#include "codec/encodings.h"
#include "codec/hex_digits.h"

namespace ev::encodings {
namespace {

// Shorter ones do not gain enough to be worth the work.
constexpr std::size_t kLeastDigits = 8;

/// What texts must have in common.
struct Shape {
  std::string_view prefix;
  bool upper_case = false;
};

bool parse(std::string_view text, const HexDigits& digits, uint8_t* out) {
  const char* at = text.data();
  std::size_t bytes = text.size() / 2;
  __m128i faults = _mm_setzero_si128();
  for (; bytes >= 16; bytes -= 16, at += 32, out += 16) {
    const __m128i front = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i back = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), digits.parse(front, back, faults));
  }
  unsigned all = 0;
  for (; bytes > 0; bytes--, at += 2) {
    const unsigned high = digits.value(at[0]), low = digits.value(at[1]);
    all |= high | low;
    *out++ = static_cast<uint8_t>(high << 4 | low);
  }
  return !any_fault(faults) && all < 16;
}

void format(std::span<const uint8_t> bytes, const HexDigits& digits, char* out) {
  const uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 16; left -= 16, at += 16, out += 32) {
    __m128i front, back;
    digits.format(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), front, back);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), front);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16), back);
  }
  for (; left > 0; left--, at++) {
    *out++ = digits.digit(*at >> 4);
    *out++ = digits.digit(*at & 15);
  }
}

bool has_shape(std::string_view text, const Shape& shape) {
  if (!text.starts_with(shape.prefix) || (text.size() - shape.prefix.size()) % 2 != 0) return false;
  const HexDigits digits(shape.upper_case);
  text.remove_prefix(shape.prefix.size());
  return std::all_of(text.begin(), text.end(), [&](char c) { return digits.value(c) < 16; });
}

/// The shape of a sample of the texts. A prefix ends with the last character that is no digit.
bool find_shape(const Texts& texts, Shape& shape) {
  constexpr std::size_t kSample = 16;
  const std::string_view first = texts[0];
  const HexDigits lower(false), upper(true);
  std::size_t prefix = first.size();
  while (prefix > 0 && (lower.value(first[prefix - 1]) < 16 || upper.value(first[prefix - 1]) < 16)) prefix--;
  if (prefix > kMaxHexPrefix) return false;
  shape.prefix = first.substr(0, prefix);
  bool letters = false;
  for (std::size_t i = 0; i < texts.size(); i += texts.size() / kSample + 1) {
    if (!letters && texts[i].size() >= prefix) {
      const std::string_view rest = texts[i].substr(prefix);
      const auto letter = std::find_if(rest.begin(), rest.end(), [](char c) { return c >= 'A'; });
      letters = letter != rest.end();
      shape.upper_case = letters && *letter < 'a';
    }
    if (!has_shape(texts[i], shape)) return false;
  }
  return true;
}

/// The digits of all texts to bytes at `out`, their numbers to `lengths`.
bool parse_all(const Texts& texts, const Shape& shape, PodVector<uint32_t>& lengths, uint8_t* out) {
  const std::size_t count = texts.size(), prefix = shape.prefix.size();
  const HexDigits digits(shape.upper_case);
  uint32_t odd = 0;
  bool shorter = false;
  for (std::size_t i = 0; i < count; i++) {
    const uint32_t length = texts.offsets[i + 1] - texts.offsets[i];
    shorter |= length < prefix;
    lengths[i] = (length - static_cast<uint32_t>(prefix)) / 2;
    odd |= length ^ static_cast<uint32_t>(prefix);
  }
  if (shorter || odd & 1) return false;
  // Without a prefix all texts are one.
  if (prefix == 0) return parse({texts.data.data(), texts.offsets[count]}, digits, out);
  for (std::size_t i = 0; i < count; i++) {
    std::string_view text = texts[i];
    if (!text.starts_with(shape.prefix) || !parse(text.substr(prefix), digits, out)) return false;
    out += lengths[i];
  }
  return true;
}

}  // namespace

bool try_write_hex(Buffer& out, const Texts& texts) {
  const std::size_t count = texts.size();
  Shape shape;
  if (count == 0 || texts.offsets[count] > kMaxChunkBytes || !find_shape(texts, shape)) return false;
  const std::size_t prefixes = count * shape.prefix.size();
  if (texts.offsets[count] < prefixes + count * kLeastDigits) return false;
  const std::size_t together = (texts.offsets[count] - prefixes) / 2;

  PodVector<uint32_t> lengths(count);
  Buffer bytes(together);
  if (!parse_all(texts, shape, lengths, bytes.data())) return false;
  const std::size_t begin = begin_texts(out, Encoding::hex, shape.upper_case);
  put(out, static_cast<uint8_t>(shape.prefix.size()));
  put_text(out, shape.prefix);
  ev::write_sequence(out, lengths.span());
  put(out, static_cast<uint32_t>(together));
  out.append(bytes);
  end_texts(out, begin);
  return true;
}

void read_hex(ByteReader& in, unsigned flags, std::size_t count, Texts& texts) {
  const std::size_t prefix_bytes = in.read<uint8_t>();
  if (prefix_bytes > kMaxHexPrefix) in.fail("a prefix is over 16 bytes");
  const std::string_view prefix = in.text(prefix_bytes);
  PodVector<uint32_t>& lengths = texts.offsets;
  read_sequence(in, count, lengths);
  const std::size_t together = in.read<uint32_t>();
  uint64_t sum = 0;
  for (uint32_t length : lengths) sum += length;
  if (sum != together) in.fail("the lengths of the texts do not add up");
  auto stored = in.take(together);
  if (count * prefix_bytes + 2 * together > kMaxChunkBytes) in.fail("a list of texts is over its cap");

  texts.data.resize(count * prefix_bytes + 2 * together);
  lengths.resize(count + 1);
  const HexDigits digits(flags & kTextsUpperCase);
  uint32_t at = 0, from = 0;
  for (std::size_t i = 0; i < count; i++) {
    const uint32_t length = lengths[i];
    texts.offsets[i] = at;
    std::copy(prefix.begin(), prefix.end(), texts.data.data() + at);
    at += static_cast<uint32_t>(prefix_bytes);
    format(stored.subspan(from, length), digits, texts.data.data() + at);
    at += 2 * length;
    from += length;
  }
  texts.offsets[count] = at;
}

}  // namespace ev::encodings

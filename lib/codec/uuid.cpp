// UUID: texts of 8-4-4-4-12 hexadecimal digits, all in one case, as 16 bytes each.
#include <cstring>

#include "codec/encodings.h"
#include "codec/hex_digits.h"

namespace ev::encodings {
namespace {

constexpr std::size_t kTextBytes = 36, kUuidBytes = 16;
constexpr std::size_t kHyphens[] = {8, 13, 18, 23};

/// 16 characters from two places.
__m128i pair(uint64_t low, uint64_t high) {
  return _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
}
uint64_t join(const char* low, const char* high) {
  return load<uint32_t>(low) | uint64_t{load<uint32_t>(high)} << 32;
}

/// Writes the 16 bytes; faults are gathered in `faults` and `other`.
void parse(const char* text, const HexDigits& digits, uint8_t* out, __m128i& faults, unsigned& other) {
  const __m128i front = pair(load<uint64_t>(text), join(text + 9, text + 14));
  const __m128i back = pair(join(text + 19, text + 24), load<uint64_t>(text + 28));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), digits.parse(front, back, faults));
  for (std::size_t at : kHyphens) other |= static_cast<unsigned>(text[at] ^ '-');
}

void format(const uint8_t* uuid, const HexDigits& digits, char* out) {
  __m128i front, back;
  digits.format(_mm_loadu_si128(reinterpret_cast<const __m128i*>(uuid)), front, back);
  uint64_t part[4];
  std::memcpy(part, &front, sizeof front);
  std::memcpy(part + 2, &back, sizeof back);
  store(out, part[0]);
  store(out + 9, static_cast<uint32_t>(part[1]));
  store(out + 14, static_cast<uint32_t>(part[1] >> 32));
  store(out + 19, static_cast<uint32_t>(part[2]));
  store(out + 24, static_cast<uint32_t>(part[2] >> 32));
  store(out + 28, part[3]);
  for (std::size_t at : kHyphens) out[at] = '-';
}

bool parse_all(const char* text, std::size_t count, bool upper_case, uint8_t* out) {
  const HexDigits digits(upper_case);
  __m128i faults = _mm_setzero_si128();
  unsigned other = 0;
  for (std::size_t i = 0; i < count; i++) parse(text + i * kTextBytes, digits, out + i * kUuidBytes, faults, other);
  return !any_fault(faults) && other == 0;
}

/// The case of the first letter among the digits of some texts; lower if there is none.
bool seems_upper_case(const Texts& texts) {
  for (std::size_t i = 0; i < texts.size(); i++)
    for (char c : texts[i])
      if (c >= 'A') return c < 'a';
  return false;
}

bool parses(std::string_view text, bool upper_case) {
  uint8_t out[kUuidBytes];
  return text.size() == kTextBytes && parse_all(text.data(), 1, upper_case, out);
}

}  // namespace

bool try_write_uuids(Buffer& out, const Texts& texts) {
  const std::size_t count = texts.size();
  if (count == 0 || texts.offsets[count] != count * kTextBytes || texts[0].size() != kTextBytes) return false;
  const bool upper_case = seems_upper_case(texts);
  if (!parses(texts[0], upper_case) || !parses(texts[count / 2], upper_case)) return false;
  bool even = true;
  for (std::size_t i = 0; i < count; i++) even &= texts.offsets[i] == i * kTextBytes;
  if (!even) return false;

  const std::size_t before = out.size();
  const std::size_t begin = begin_texts(out, Encoding::uuid, upper_case);
  if (!parse_all(texts.data.data(), count, upper_case, out.extend(count * kUuidBytes))) {
    out.resize(before);
    return false;
  }
  end_texts(out, begin);
  return true;
}

void read_uuids(ByteReader& in, std::size_t bytes, unsigned flags, std::size_t count, Texts& texts) {
  if (bytes != count * kUuidBytes) in.fail("uuids have another length than they say");
  auto stored = in.take(bytes);
  texts.offsets.resize(count + 1);
  for (std::size_t i = 0; i <= count; i++) texts.offsets[i] = static_cast<uint32_t>(i * kTextBytes);
  texts.data.resize(count * kTextBytes);
  const HexDigits digits(flags & kTextsUpperCase);
  for (std::size_t i = 0; i < count; i++)
    format(stored.data() + i * kUuidBytes, digits, texts.data.data() + i * kTextBytes);
}

}  // namespace ev::encodings

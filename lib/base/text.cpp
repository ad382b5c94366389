#include "base/text.h"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/error.h"

namespace ev {

namespace {

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

/// Power of 1024 named by a size suffix, or -1.
int size_power(std::string_view suffix) {
  if (suffix.empty() || suffix == "B") return 0;
  std::string_view tail = suffix.substr(1);
  if (!tail.empty() && tail != "B" && tail != "iB") return -1;
  char letter = suffix[0] == 'k' ? 'K' : suffix[0];
  auto at = std::string_view("KMGTPE").find(letter);
  return at == std::string_view::npos ? -1 : static_cast<int>(at) + 1;
}

struct SizeOrReason {
  uint64_t bytes = 0;
  std::string_view reason;  // why it is none
};

SizeOrReason scan_size(std::string_view text) {
  auto bad = [](std::string_view why) { return SizeOrReason{0, why}; };
  __extension__ using uint128 = unsigned __int128;
  std::size_t i = 0;
  uint128 whole = 0, fraction = 0, scale = 1;
  bool digits = false;
  for (; i < text.size() && is_digit(text[i]); i++, digits = true)
    if ((whole = whole * 10 + static_cast<unsigned>(text[i] - '0')) > UINT64_MAX) return bad("too large");
  if (digits && i < text.size() && text[i] == '.') {
    std::size_t start = ++i;
    for (; i < text.size() && is_digit(text[i]); i++) {
      if (i - start >= 9) return bad("too many digits");
      fraction = fraction * 10 + static_cast<unsigned>(text[i] - '0');
      scale *= 10;
    }
    if (i == start) digits = false;
  }
  if (!digits) return bad("not a size");
  std::string_view suffix = text.substr(i);
  if (suffix.size() > 1 && suffix[0] == ' ') suffix.remove_prefix(1);
  int power = size_power(suffix);
  if (power < 0) return bad("unknown unit");
  if (power == 0 && scale != 1) return bad("not a whole number of bytes");
  uint128 bytes = (whole << (10 * power)) + (fraction << (10 * power)) / scale;
  if (bytes > UINT64_MAX) return bad("too large");
  return {static_cast<uint64_t>(bytes), {}};
}

}  // namespace

std::optional<uint64_t> read_size(std::string_view text) {
  const SizeOrReason size = scan_size(text);
  return size.reason.empty() ? std::optional(size.bytes) : std::nullopt;
}

uint64_t parse_size(std::string_view text) {
  const SizeOrReason size = scan_size(text);
  if (size.reason.empty()) return size.bytes;
  throw Error(ErrorKind::usage, concat("size '", escape_controls(text), "'"), std::string(size.reason),
              "write bytes or a multiple of 1024: 1073741824, 512k, 64M, 1.5G, 1GiB");
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1024) return concat(bytes, " B");
  static constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  // Tenths of the unit, rounded to nearest; a value that rounds up to 1024.0 moves on to the next unit.
  auto tenths = [&] {
    unsigned shift = static_cast<unsigned>(10 * (unit + 1));
    uint64_t whole = bytes >> shift, rest = bytes & ((uint64_t{1} << shift) - 1);
    if (shift > 40) rest >>= 20, shift -= 20;  // keeps rest * 10 within 64 bits
    return whole * 10 + (rest * 10 + (uint64_t{1} << (shift - 1))) / (uint64_t{1} << shift);
  };
  while (unit + 1 < std::size(kUnits) && tenths() >= 10240) unit++;
  uint64_t t = tenths();
  return concat(t / 10, '.', t % 10, ' ', kUnits[unit]);
}

std::string grouped(uint64_t n) {
  std::string digits = concat(n), out;
  for (std::size_t i = 0; i < digits.size(); i++) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string join(std::span<const std::string> parts, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); i++) {
    if (i > 0) out += between;
    out += parts[i];
  }
  return out;
}

namespace {

/// Length of the valid UTF-8 sequence that starts at `p`, 0 if there is none (Unicode 15, table 3-7).
std::size_t utf8_sequence(const unsigned char* p, const unsigned char* end) {
  auto tail = [&](int i, unsigned lo = 0x80, unsigned hi = 0xbf) { return p[i] >= lo && p[i] <= hi; };
  std::size_t left = static_cast<std::size_t>(end - p);
  unsigned c = p[0];
  if (c < 0x80) return 1;
  if (c < 0xc2) return 0;
  if (c < 0xe0) return left >= 2 && tail(1) ? 2 : 0;
  if (c < 0xf0) {
    if (left < 3) return 0;
    return tail(1, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
  }
  if (c > 0xf4 || left < 4) return 0;
  return tail(1, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  auto p = reinterpret_cast<const unsigned char*>(text.data()), end = p + text.size();
  while (p != end) {
    if (end - p >= 16 && _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) == 0) {
      p += 16;
      continue;
    }
    std::size_t n = utf8_sequence(p, end);
    if (n == 0) return false;
    p += n;
  }
  return true;
}

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  auto hex = [&](unsigned char c) {
    static constexpr char kDigits[] = "0123456789abcdef";
    out += {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
  };
  auto p = reinterpret_cast<const unsigned char*>(text.data()), end = p + text.size();
  while (p != end) {
    std::size_t n = utf8_sequence(p, end);
    if (n == 0 || (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)) {  // broken, or one of the C1 controls
      std::size_t bytes = std::max<std::size_t>(n, 1);
      for (std::size_t i = 0; i < bytes; i++) hex(*p++);
    } else if (n > 1 || (*p >= 0x20 && *p != 0x7f)) {
      out.append(reinterpret_cast<const char*>(p), n);
      p += n;
    } else {
      unsigned char c = *p++;
      if (c == '\n')
        out += "\\n";
      else if (c == '\t')
        out += "\\t";
      else if (c == '\r')
        out += "\\r";
      else
        hex(c);
    }
  }
  return out;
}

namespace {

/// Edit distance with swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); i++) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); j++) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  // A word of two letters is not "near" one that shares none of them.
  std::size_t limit = std::max<std::size_t>(2, word.size() / 3);
  std::size_t best = std::min(limit, word.empty() ? 0 : word.size() - 1) + 1;
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    std::size_t longer = std::max(candidate.size(), word.size()), shorter = std::min(candidate.size(), word.size());
    if (longer - shorter >= best || longer > 1000) continue;
    std::size_t distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      found = &candidate;
    }
  }
  return found ? std::optional(*found) : std::nullopt;
}

}  // namespace ev

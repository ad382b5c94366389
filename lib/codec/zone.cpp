#include "codec/zone.h"

#include <algorithm>

namespace ev {
namespace {

Zone exact_zone(uint64_t min, uint64_t max) {
  Zone zone;
  zone.present = zone.min_exact = zone.max_exact = true;
  store(zone.min.data(), min);
  store(zone.max.data(), max);
  return zone;
}

/// A uint column holds words above the range of int, which compare as int64 do; where it holds others, they do not.
Zone uint_zone(std::span<const uint64_t> words, const WordStats& stats) {
  if (stats.max < 0 || stats.min >= 0)
    return exact_zone(static_cast<uint64_t>(stats.min), static_cast<uint64_t>(stats.max));
  auto [min, max] = std::minmax_element(words.begin(), words.end());
  return exact_zone(*min, *max);
}

/// Doubles in the order of their values (-0.0 before 0.0) as integers; its own inverse.
int64_t float_order(uint64_t bits) {
  return static_cast<int64_t>(bits ^ (bits >> 63 ? ~uint64_t{0} >> 1 : 0));
}

Zone float_zone(std::span<const uint64_t> words) {
  constexpr int64_t kInfinity = 0x7ff0000000000000;
  int64_t min = INT64_MAX, max = INT64_MIN;
  for (uint64_t word : words) {
    int64_t order = float_order(word);
    min = std::min(min, order);
    max = std::max(max, order);
  }
  // NaNs lie beyond the infinities on both sides.
  if (max > kInfinity || min < float_order(static_cast<uint64_t>(kInfinity) | uint64_t{1} << 63)) return {};
  return exact_zone(static_cast<uint64_t>(float_order(static_cast<uint64_t>(min))),
                    static_cast<uint64_t>(float_order(static_cast<uint64_t>(max))));
}

/// The first 16 bytes of a text, filled up with zeros, as two numbers that compare like the bytes.
struct Prefix {
  uint64_t high, low;
  bool operator==(const Prefix&) const = default;
  bool operator<(const Prefix& o) const { return high != o.high ? high < o.high : low < o.low; }
};

uint64_t big_endian_64(const char* at) {
  return __builtin_bswap64(load<uint64_t>(at));
}
uint64_t big_endian_32(const char* at) {
  return __builtin_bswap32(load<uint32_t>(at));
}

/// Short texts are read by two loads that overlap: a copy of unknown length costs more than the comparison.
Prefix prefix_of(const char* text, std::size_t length) {
  static_assert(kZoneBytes == 16);
  if (length >= 16) return {big_endian_64(text), big_endian_64(text + 8)};
  if (length > 8) return {big_endian_64(text), big_endian_64(text + length - 8) << 8 * (16 - length)};
  if (length == 8) return {big_endian_64(text), 0};
  if (length >= 4) return {big_endian_32(text) << 32 | big_endian_32(text + length - 4) << 8 * (8 - length), 0};
  uint64_t high = 0;
  for (std::size_t i = 0; i < length; i++) high |= uint64_t{static_cast<uint8_t>(text[i])} << (56 - 8 * i);
  return {high, 0};
}

/// An end of the zone and the length of the text there. Texts with the prefix of the end are told apart by length
/// alone: the shortest that can have it is the prefix without its zeros, and only that one is exact.
struct End {
  Prefix prefix;
  std::size_t length;

  /// Writes the bytes; returns whether they are exact.
  bool write(std::array<uint8_t, kZoneBytes>& to) const {
    store(to.data(), __builtin_bswap64(prefix.high));
    store(to.data() + 8, __builtin_bswap64(prefix.low));
    std::size_t shortest = kZoneBytes;
    while (shortest > 0 && to[shortest - 1] == 0) shortest--;
    return length == shortest;
  }
};

}  // namespace

bool has_zone(Type type) {
  return type != Type::null && type != Type::json && type != Type::state;
}

Zone word_zone(const Column& column, const WordStats& stats) {
  if (column.type == Type::float64) return float_zone(column.words);
  if (column.type == Type::uint64) return uint_zone(column.words, stats);
  return exact_zone(static_cast<uint64_t>(stats.min), static_cast<uint64_t>(stats.max));
}

Zone text_zone(const Column& column) {
  const Texts& texts = column.texts;
  End min{prefix_of(texts[0].data(), texts[0].size()), texts[0].size()};
  End max = min;
  for (std::size_t i = 1; i < texts.size(); i++) {
    std::string_view text = texts[i];
    Prefix prefix = prefix_of(text.data(), text.size());
    if (min.prefix < prefix && prefix < max.prefix) continue;
    if (prefix < min.prefix) {
      min = {prefix, text.size()};
    } else if (prefix == min.prefix) {
      min.length = std::min(min.length, text.size());
    }
    if (max.prefix < prefix) {
      max = {prefix, text.size()};
    } else if (prefix == max.prefix) {
      max.length = std::max(max.length, text.size());
    }
  }
  Zone zone;
  zone.present = true;
  zone.min_exact = min.write(zone.min);
  zone.max_exact = max.write(zone.max);
  return zone;
}

}  // namespace ev

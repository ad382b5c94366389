#include "stream/zone_bounds.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

namespace ev {
namespace {

template <class T>
bool words_held(const Zone& zone, const Column& column) {
  T low = load<T>(zone.min.data()), high = load<T>(zone.max.data());
  bool low_seen = false, high_seen = false, inside = true;
  for (uint64_t word : column.words) {
    T value = std::bit_cast<T>(word);
    inside &= value >= low && value <= high;  // false for NaN: a zone with one must be absent
    low_seen |= value == low;
    high_seen |= value == high;
  }
  return inside && (low_seen || !zone.min_exact) && (high_seen || !zone.max_exact);
}

/// The first kZoneBytes of a text, filled up with zeros.
std::array<uint8_t, kZoneBytes> cut(std::string_view text) {
  std::array<uint8_t, kZoneBytes> bytes{};
  std::copy_n(text.begin(), std::min(text.size(), kZoneBytes), bytes.begin());  // an empty text may have no address
  return bytes;
}

bool texts_held(const Zone& zone, const Column& column) {
  bool low_exact = false, high_exact = false, inside = true;
  for (std::size_t i = 0; i < column.size(); i++) {
    std::string_view text = column.text(i);
    auto value = cut(text);
    inside &= value >= zone.min && value <= zone.max;
    bool whole = text.size() <= kZoneBytes;
    low_exact |= whole && value == zone.min;
    high_exact |= whole && value == zone.max;
  }
  return inside && (low_exact || !zone.min_exact) && (high_exact || !zone.max_exact);
}

}  // namespace

bool zone_holds(const Zone& zone, const Column& column) {
  if (!zone.present || column.size() == 0) return true;
  switch (column.type) {
    case Type::int64:
    case Type::time:
      return words_held<int64_t>(zone, column);
    case Type::boolean:
    case Type::uint64:
      return words_held<uint64_t>(zone, column);
    case Type::float64:
      return words_held<double>(zone, column);
    case Type::string:
    case Type::bytes:
      return texts_held(zone, column);
    default:
      return false;  // json and state have no order
  }
}

}  // namespace ev

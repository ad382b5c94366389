#include "rows/zone_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "event/value_order.h"

namespace ev {
namespace {

/// What the bounds of a column say of a test.
enum class Verdict : uint8_t {
  no_row,    // it is false or unknown for every value, without a word to say about it
  some_row,  // it may be true
  odd,       // the types do not fit: evaluation counts that
};

Value bound_value(Type type, const std::array<uint8_t, kZoneBytes>& bytes) {
  Value value;
  value.type = type;
  value.word = load<uint64_t>(bytes.data());
  return value;
}

bool by_orders(Comparison comparison, int low, int high) {
  // low, high: the order of the smallest and of the largest value to the constant.
  switch (comparison) {
    case Comparison::equal:
      return low <= 0 && high >= 0;
    case Comparison::unequal:
      return low != 0 || high != 0;
    case Comparison::less:
      return low < 0;
    case Comparison::at_most:
      return low <= 0;
    case Comparison::greater:
      return high > 0;
    case Comparison::at_least:
      return high >= 0;
  }
  return true;
}

/// The order of the 16 bytes that a bound keeps of a text to those of a constant, both filled up with zeros.
int order_of_prefix(const std::array<uint8_t, kZoneBytes>& bound, std::string_view constant) {
  std::array<uint8_t, kZoneBytes> prefix{};
  std::memcpy(prefix.data(), constant.data(), std::min(constant.size(), prefix.size()));
  return std::memcmp(bound.data(), prefix.data(), kZoneBytes);
}

/// What a bound whose prefix equals that of the constant is to it: an exact one is the prefix without its zeros.
std::string_view exact_text(const std::array<uint8_t, kZoneBytes>& bound) {
  std::string_view text(reinterpret_cast<const char*>(bound.data()), kZoneBytes);
  while (text.ends_with('\0')) text.remove_suffix(1);
  return text;
}

bool texts_may_hold(const FieldTest& test, const Zone& zone, std::string_view constant) {
  const int low_prefix = order_of_prefix(zone.min, constant), high_prefix = order_of_prefix(zone.max, constant);
  if (test.begins) {
    // Texts that begin with the constant lie between it and it followed by the largest bytes.
    const std::size_t size = std::min(constant.size(), kZoneBytes);
    return std::memcmp(zone.max.data(), constant.data(), size) >= 0 &&
           std::memcmp(zone.min.data(), constant.data(), size) <= 0;
  }
  // Where only the prefix is known to be equal, the text may be anything to the constant.
  auto order = [&](int by_prefix, bool exact, const std::array<uint8_t, kZoneBytes>& bound, int widest) {
    if (by_prefix != 0) return by_prefix;
    return exact ? exact_text(bound).compare(constant) : widest;
  };
  const int low = order(low_prefix, zone.min_exact, zone.min, -1);
  const int high = order(high_prefix, zone.max_exact, zone.max, 1);
  return by_orders(test.comparison, low, high);
}

bool words_may_hold(Comparison comparison, Type type, const Zone& zone, const Value& constant) {
  const Relation low = relate(bound_value(type, zone.min), constant);
  const Relation high = relate(bound_value(type, zone.max), constant);
  if (low.kind == Relation::unordered) return comparison == Comparison::unequal;
  return by_orders(comparison, low.order, high.order);
}

bool is_number(const Value& value) {
  return (mask_of(value.type) & kNumber) || (value.type == Type::json && is_json_number(value.text));
}

/// Whether values of a column can be compared with the constant at all.
bool fits(const FieldTest& test, Type type, std::size_t i) {
  const Value& constant = test.values[i];
  const TypeMask mask = mask_of(type);
  if (mask & kNumber) return is_number(constant) && !test.begins;
  if (mask & kAnyText) return (mask_of(constant.type) & kAnyText) != 0;
  if (type == Type::time) return test.times[i].has_value() && !test.begins;
  return type == Type::boolean && constant.type == Type::boolean && !test.begins;
}

Verdict judge(const FieldTest& test, Type type, const Zone& zone) {
  bool fitting = false, null = false;
  for (std::size_t i = 0; i < test.values.size(); i++) {
    const Value& constant = test.values[i];
    if (constant.type == Type::null) {
      null = true;
      continue;
    }
    if (!fits(test, type, i)) continue;
    fitting = true;
    if (!zone.present) return Verdict::some_row;
    if (mask_of(type) & kAnyText) {
      if (texts_may_hold(test, zone, constant.text)) return Verdict::some_row;
      continue;
    }
    Value wanted = constant;
    if (type == Type::time) {
      wanted.type = Type::time;
      wanted.word = static_cast<uint64_t>(*test.times[i]);
    }
    if (words_may_hold(test.comparison, type, zone, wanted)) return Verdict::some_row;
  }
  return fitting || null ? Verdict::no_row : Verdict::odd;
}

}  // namespace

ZoneFilter::ZoneFilter(const Expression& condition, std::vector<FieldTest> tests)
    : tests_(std::move(tests)), findings_(condition) {}

bool ZoneFilter::wants(std::span<const ColumnBounds> columns, bool complete) {
  asked_ = true;
  if (!findings_.all_found()) {
    std::vector<Path> paths;
    for (const ColumnBounds& column : columns) paths.push_back(*column.path);
    findings_.see_paths(paths);
  }
  for (const FieldTest& test : tests_) {
    const Path* path = nullptr;
    bool possible = false;
    for (const ColumnBounds& column : columns) {
      if (column.values == 0 || !may_mean(test.field, *column.path)) continue;
      if (path && !(*path == *column.path)) return true;  // the name is ambiguous, which evaluation refuses
      path = column.path;
      switch (judge(test, column.type, *column.zone)) {
        case Verdict::no_row:
          break;
        case Verdict::some_row:
          possible = true;
          break;
        case Verdict::odd:
          return true;
      }
    }
    if (!path && !complete) return true;
    // A field that no row has is null, and so is the test.
    if (!possible) return false;
  }
  return true;
}

}  // namespace ev

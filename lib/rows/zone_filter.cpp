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

/// Texts that begin with the constant lie between it and it followed by the largest bytes.
bool texts_may_begin(const Zone& zone, std::string_view constant) {
  const std::size_t size = std::min(constant.size(), kZoneBytes);
  return std::memcmp(zone.max.data(), constant.data(), size) >= 0 &&
         std::memcmp(zone.min.data(), constant.data(), size) <= 0;
}

/// Whether all texts begin with it: where the smallest and the largest do. Bounds are filled up with zeros.
bool texts_begin(const Zone& zone, std::string_view constant) {
  return constant.size() <= kZoneBytes && constant.find('\0') == constant.npos &&
         std::memcmp(zone.min.data(), constant.data(), constant.size()) == 0 &&
         std::memcmp(zone.max.data(), constant.data(), constant.size()) == 0;
}

bool texts_may_hold(Comparison comparison, const Zone& zone, std::string_view constant) {
  // Where only the prefix is known to be equal, the text may be anything to the constant.
  auto order = [&](bool exact, const std::array<uint8_t, kZoneBytes>& bound, int widest) {
    const int by_prefix = order_of_prefix(bound, constant);
    if (by_prefix != 0) return by_prefix;
    return exact ? exact_text(bound).compare(constant) : widest;
  };
  return by_orders(comparison, order(zone.min_exact, zone.min, -1), order(zone.max_exact, zone.max, 1));
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

/// Value i of the test as values of a column are compared with it. Requires that it fits.
Value constant_for(const FieldTest& test, Type type, std::size_t i) {
  Value constant = test.values[i];
  if (type != Type::time) return constant;
  constant.type = Type::time;
  constant.word = static_cast<uint64_t>(*test.times[i]);
  return constant;
}

Verdict judge(const FieldTest& test, Type type, const Zone& zone) {
  bool fitting = false, null = false;
  for (std::size_t i = 0; i < test.values.size(); i++) {
    if (test.values[i].type == Type::null) {
      null = true;
      continue;
    }
    if (!fits(test, type, i)) continue;
    fitting = true;
    if (!zone.present) return Verdict::some_row;
    const Value constant = constant_for(test, type, i);
    const bool may_hold = !(mask_of(type) & kAnyText) ? words_may_hold(test.comparison, type, zone, constant)
                          : test.begins               ? texts_may_begin(zone, constant.text)
                                                      : texts_may_hold(test.comparison, zone, constant.text);
    if (may_hold) return Verdict::some_row;
  }
  return fitting || null ? Verdict::no_row : Verdict::odd;
}

Comparison negated(Comparison comparison) {
  switch (comparison) {
    case Comparison::equal:
      return Comparison::unequal;
    case Comparison::unequal:
      return Comparison::equal;
    case Comparison::less:
      return Comparison::at_least;
    case Comparison::at_most:
      return Comparison::greater;
    case Comparison::greater:
      return Comparison::at_most;
    case Comparison::at_least:
      return Comparison::less;
  }
  return comparison;
}

/// Whether the test holds for every value: for one of its constants, the opposite holds for none.
bool proves(const FieldTest& test, Type type, const Zone& zone) {
  if (!zone.present) return false;
  for (std::size_t i = 0; i < test.values.size(); i++) {
    if (test.values[i].type == Type::null || !fits(test, type, i)) continue;
    const Value constant = constant_for(test, type, i);
    const bool proved = !(mask_of(type) & kAnyText) ? !words_may_hold(negated(test.comparison), type, zone, constant)
                        : test.begins               ? texts_begin(zone, constant.text)
                                                    : !texts_may_hold(negated(test.comparison), zone, constant.text);
    if (proved) return true;
  }
  return false;
}

/// The one column that has values of the field, and has them in every row; nullptr where it is otherwise.
const ColumnBounds* full_column(std::string_view field, std::span<const ColumnBounds> columns, uint32_t rows) {
  const ColumnBounds* found = nullptr;
  for (const ColumnBounds& column : columns) {
    if (column.values == 0 || !may_mean(field, *column.path)) continue;
    if (found || column.values != rows) return nullptr;
    found = &column;
  }
  return found;
}

}  // namespace

bool every_row_meets(std::span<const FieldTest> tests, std::span<const ColumnBounds> columns, uint32_t rows) {
  return std::all_of(tests.begin(), tests.end(), [&](const FieldTest& test) {
    const ColumnBounds* column = full_column(test.field, columns, rows);
    return column && proves(test, column->type, *column->zone);
  });
}

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

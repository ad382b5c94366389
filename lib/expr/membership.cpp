#include "expr/membership.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <vector>

#include "event/short_text.h"
#include "event/value_order.h"
#include "expr/compare.h"
#include "expr/elementwise.h"

namespace ev {
namespace {

struct TextHash {
  std::size_t operator()(std::string_view text) const { return quick_hash(text.data(), text.size()); }
};

/// The list, sorted by what its values can be equal to.
struct Members : Bound {
  std::unordered_set<std::string_view, TextHash> texts;
  std::vector<int128> integers;   // in order; whole floats among them
  std::vector<double> fractions;  // in order
  std::vector<int64_t> times;     // in order; those that texts and numbers mean
  std::vector<Value> others;
  TypeMask types = kNoType;
  bool null = false;
};

/// A float that is a whole number of a size that integers have.
bool is_whole(double d) {
  return std::fabs(d) < 0x1p65 && d == std::trunc(d);
}
bool is_json_kind(const Value& value) {
  return value.type == Type::json && is_json_number(value.text);
}

template <class T>
bool has(const std::vector<T>& sorted, T wanted) {
  return std::binary_search(sorted.begin(), sorted.end(), wanted);
}

bool holds_number(const Members& members, const Value& value) {
  if (mask_of(value.type) & kInteger) {
    if (has(members.integers, integer_of(value))) return true;
  } else if (value.type == Type::float64) {
    const double d = float_of(value);
    if (is_whole(d) ? has(members.integers, static_cast<int128>(d)) : has(members.fractions, d)) return true;
  }
  return std::any_of(members.others.begin(), members.others.end(),
                     [&](const Value& other) { return is_json_kind(other) && compare_numbers(other, value) == 0; });
}

/// Whether the list has something of the kind of the value at all, and the value.
struct Found {
  bool comparable, found;
};
Found find(const Members& members, const Value& value) {
  if ((mask_of(value.type) & kNumber) || is_json_kind(value)) {
    const bool json = std::any_of(members.others.begin(), members.others.end(), is_json_kind);
    return {(members.types & kNumber) || json, holds_number(members, value)};
  }
  switch (value.type) {
    case Type::string:
    case Type::bytes:
      return {(members.types & kAnyText) != 0, members.texts.contains(value.text)};
    case Type::time:
      return {!members.times.empty(), has(members.times, static_cast<int64_t>(value.word))};
    default:
      return {(members.types & mask_of(value.type)) != 0,
              std::any_of(members.others.begin(), members.others.end(), [&](const Value& other) {
                const Relation relation = relate(other, value);
                return relation.kind == Relation::ordered && relation.order == 0;
              })};
  }
}

void in(Call& call) {
  const auto& members = *static_cast<const Members*>(call.bound);
  const Alignment alignment(call);
  uint8_t* truth = call.result.make_truth();
  for_each_entry(
      call, alignment,
      [&](uint32_t entry, std::span<const Value> values) {
        const Found found = find(members, values[0]);
        if (!found.comparable && !members.null) call.issues.mark(entry, kAcrossTypes);
        truth[entry] = found.found ? kTrue : members.null ? kUnknown : kFalse;
      },
      [&](uint32_t entry) { truth[entry] = kUnknown; });
}

void negation(Call& call) {
  compute_truth(call, [](std::span<const Value> values) { return values[0].word == 0; });
}

constexpr std::array<Function, 2> kFunctions = {
    {{"in", {}, 1, 1, {kAnyType, kAnyType, kAnyType}, kBoolean, 0, in},
     {"not", {}, 1, 1, {kBoolean, kBoolean, kBoolean}, kBoolean, 0, negation}}};

}  // namespace

std::shared_ptr<const Bound> bind_members(std::span<const Value> values, const ExpressionOptions& options) {
  auto members = std::make_shared<Members>();
  for (const Value& value : values) {
    members->null |= value.type == Type::null;
    if (value.type != Type::null) members->types |= mask_of(value.type);
    if (auto time = time_meant(value, options)) members->times.push_back(*time);
    if (mask_of(value.type) & kAnyText) {
      members->texts.insert(value.text);
    } else if (mask_of(value.type) & kInteger) {
      members->integers.push_back(integer_of(value));
    } else if (value.type == Type::float64) {
      const double d = float_of(value);
      if (is_whole(d))
        members->integers.push_back(static_cast<int128>(d));
      else
        members->fractions.push_back(d);
    } else if (value.type != Type::null && value.type != Type::time) {
      members->others.push_back(value);
    }
  }
  std::sort(members->integers.begin(), members->integers.end());
  std::sort(members->fractions.begin(), members->fractions.end());
  std::sort(members->times.begin(), members->times.end());
  return members;
}

std::span<const Function> membership_functions() {
  return kFunctions;
}

}  // namespace ev

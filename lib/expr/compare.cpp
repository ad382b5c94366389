#include "expr/compare.h"

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "event/short_text.h"
#include "event/value_order.h"
#include "expr/elementwise.h"
#include "expr/expression.h"

namespace ev {
namespace {

/// The instants that constant operands mean to times.
struct TimesMeant : Bound {
  std::optional<int64_t> of[2];
};

std::shared_ptr<const Bound> bind_comparison(const BindContext& context) {
  auto meant = std::make_shared<TimesMeant>();
  for (std::size_t i = 0; i < 2; i++) meant->of[i] = time_meant(context.arguments[i], context.options);
  return meant;
}

bool is_number(const Value& value) {
  return (mask_of(value.type) & kNumber) || (value.type == Type::json && is_json_number(value.text));
}
bool is_nan(const Value& value) {
  return value.type == Type::float64 && std::isnan(float_of(value));
}

/// Calls f with a function object of the comparison, so that loops are made for each.
template <class F>
void with_test(Comparison comparison, F&& f) {
  switch (comparison) {
    case Comparison::equal:
      return f([](const auto& a, const auto& b) { return a == b; });
    case Comparison::unequal:
      return f([](const auto& a, const auto& b) { return a != b; });
    case Comparison::less:
      return f([](const auto& a, const auto& b) { return a < b; });
    case Comparison::at_most:
      return f([](const auto& a, const auto& b) { return a <= b; });
    case Comparison::greater:
      return f([](const auto& a, const auto& b) { return a > b; });
    case Comparison::at_least:
      return f([](const auto& a, const auto& b) { return a >= b; });
  }
}

template <class T>
void compare_words(Comparison comparison, const uint64_t* words, uint32_t count, T constant, uint8_t* truth) {
  with_test(comparison, [&](auto test) {
    for (uint32_t i = 0; i < count; i++) truth[i] = test(std::bit_cast<T>(words[i]), constant);
  });
}

/// Whole numbers against a constant that is none: the nearest whole number does as well, on the right side.
void compare_ints_with_float(Comparison comparison, const uint64_t* words, uint32_t count, double constant,
                             uint8_t* truth) {
  auto all = [&](bool value) { std::memset(truth, value, count); };
  if (std::isnan(constant)) return all(comparison == Comparison::unequal);
  if (constant >= 0x1p63) return all(holds(comparison, -1));
  if (constant < -0x1p63) return all(holds(comparison, 1));
  const double below = std::floor(constant);
  const bool whole = below == constant;
  if (whole) return compare_words<int64_t>(comparison, words, count, static_cast<int64_t>(constant), truth);
  switch (comparison) {
    case Comparison::equal:
    case Comparison::unequal:
      return all(comparison == Comparison::unequal);
    case Comparison::less:
    case Comparison::at_most:
      return compare_words<int64_t>(Comparison::at_most, words, count, static_cast<int64_t>(below), truth);
    default:
      return compare_words<int64_t>(Comparison::greater, words, count, static_cast<int64_t>(below), truth);
  }
}

void compare_texts(Comparison comparison, const std::string_view* texts, uint32_t count, std::string_view constant,
                   uint8_t* truth) {
  if (comparison == Comparison::equal || comparison == Comparison::unequal) {
    const bool if_equal = comparison == Comparison::equal;
    for (uint32_t i = 0; i < count; i++) {
      const std::string_view text = texts[i];
      const bool equal = text.size() == constant.size() && equal_texts(text.data(), constant.data(), text.size());
      truth[i] = equal == if_equal;
    }
    return;
  }
  for (uint32_t i = 0; i < count; i++) truth[i] = holds(comparison, texts[i].compare(constant));
}

constexpr int64_t kExactFloat = int64_t{1} << 53;  // whole numbers up to it are floats, too

/// Entries of one type against a constant. False where there is no loop for the two types.
bool compare_with_constant(Comparison comparison, const Vector& vector, const Value& constant,
                           const std::optional<int64_t>& time, uint8_t* truth) {
  const uint32_t count = vector.entries;
  const bool to_float = constant.type == Type::float64, to_int = constant.type == Type::int64;
  const int64_t integer = static_cast<int64_t>(constant.word);
  if (vector.uniform(Type::float64) && (to_float || (to_int && integer <= kExactFloat && integer >= -kExactFloat))) {
    compare_words<double>(comparison, vector.words, count, to_float ? float_of(constant) : static_cast<double>(integer),
                          truth);
  } else if (vector.uniform(Type::int64) && to_int) {
    compare_words<int64_t>(comparison, vector.words, count, integer, truth);
  } else if (vector.uniform(Type::int64) && to_float) {
    compare_ints_with_float(comparison, vector.words, count, float_of(constant), truth);
  } else if (vector.uniform(Type::time) && (time || constant.type == Type::time)) {
    compare_words<int64_t>(comparison, vector.words, count, constant.type == Type::time ? integer : *time, truth);
  } else if ((vector.uniform(Type::string) || vector.uniform(Type::bytes)) && (mask_of(constant.type) & kAnyText)) {
    compare_texts(comparison, vector.texts, count, constant.text, truth);
  } else {
    return false;
  }
  return true;
}

/// Entries of one type against entries of the same type.
bool compare_entries(Comparison comparison, const Vector& a, const Vector& b, uint8_t* truth) {
  auto loop = [&](auto of) {
    using T = decltype(of);
    with_test(comparison, [&](auto test) {
      for (uint32_t i = 0; i < a.entries; i++)
        truth[i] = test(std::bit_cast<T>(a.words[i]), std::bit_cast<T>(b.words[i]));
    });
    return true;
  };
  if (a.uniform(Type::float64) && b.uniform(Type::float64)) return loop(double{});
  for (Type type : {Type::int64, Type::time})
    if (a.uniform(type) && b.uniform(type)) return loop(int64_t{});
  return false;
}

template <Comparison comparison>
void compare(Call& call) {
  const Alignment alignment(call);
  const Vector &a = *call.arguments[0], &b = *call.arguments[1];
  const auto& times = static_cast<const TimesMeant*>(call.bound)->of;
  uint8_t* truth = call.result.make_truth();
  if (!alignment.by_position() && a.constant() != b.constant()) {
    const bool done = b.constant() ? compare_with_constant(comparison, a, b.value(0), times[1], truth)
                                   : compare_with_constant(mirrored(comparison), b, a.value(0), times[0], truth);
    if (done) return;
  }
  if (!alignment.by_position() && !a.constant() && !b.constant() && compare_entries(comparison, a, b, truth)) return;
  for_each_entry(
      call, alignment,
      [&](uint32_t entry, std::span<const Value> values) {
        Value left = values[0], right = values[1];
        if (left.type == Type::time && times[1]) right = time_value(*times[1], 0);
        if (right.type == Type::time && times[0]) left = time_value(*times[0], 0);
        const Relation relation = relate(left, right);
        if (relation.kind == Relation::across_types) call.issues.mark(entry, kAcrossTypes);
        truth[entry] = relation.kind == Relation::ordered
                           ? holds(comparison, relation.order)
                           : relation.kind == Relation::unordered && comparison == Comparison::unequal;
      },
      [&](uint32_t entry) { truth[entry] = kUnknown; });
}

template <Comparison comparison>
constexpr Function comparison_function(std::string_view symbol) {
  return {symbol, {}, 2, 2, {kAnyType, kAnyType, kAnyType}, kBoolean, 0, compare<comparison>, bind_comparison};
}
constexpr std::array<Function, 6> kFunctions = {
    comparison_function<Comparison::equal>("=="),  comparison_function<Comparison::unequal>("!="),
    comparison_function<Comparison::less>("<"),    comparison_function<Comparison::at_most>("<="),
    comparison_function<Comparison::greater>(">"), comparison_function<Comparison::at_least>(">=")};

}  // namespace

std::optional<Comparison> comparison_of(std::string_view symbol) {
  for (std::size_t i = 0; i < kFunctions.size(); i++)
    if (kFunctions[i].name == symbol) return static_cast<Comparison>(i);
  return std::nullopt;
}

Relation relate(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) {
    if (is_nan(a) || is_nan(b)) return {Relation::unordered};
    return {Relation::ordered, compare_numbers(a, b)};
  }
  const bool texts = (mask_of(a.type) & kAnyText) && (mask_of(b.type) & kAnyText);
  if (!texts && a.type != b.type) return {Relation::across_types};
  switch (a.type) {
    case Type::boolean:
      return {Relation::ordered, static_cast<int>(a.word) - static_cast<int>(b.word)};
    case Type::time: {
      const int64_t x = static_cast<int64_t>(a.word), y = static_cast<int64_t>(b.word);
      return {Relation::ordered, x < y ? -1 : x > y};
    }
    case Type::string:
    case Type::bytes:
    case Type::json:
      return {Relation::ordered, a.text.compare(b.text)};
    default:
      return {Relation::across_types};
  }
}

std::optional<int64_t> time_meant(const Value& constant, const ExpressionOptions& options) {
  std::optional<TimeValue> epoch;
  switch (constant.type) {
    case Type::string:
      try {
        return parse_time_option(constant.text, options.now_ns, options.timezone);
      } catch (const Error&) {
        return std::nullopt;  // a text that is no time, as most are
      }
    case Type::int64:
      epoch = parse_epoch_integer(static_cast<int64_t>(constant.word));
      break;
    case Type::float64:
      epoch = parse_epoch_decimal(float_text(float_of(constant)));
      break;
    case Type::time:
      return static_cast<int64_t>(constant.word);
    default:
      break;
  }
  return epoch ? std::optional(epoch->ns) : std::nullopt;
}

std::span<const Function> comparison_functions() {
  return kFunctions;
}

}  // namespace ev

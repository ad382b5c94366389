// Functions of numbers.
#include <cmath>

#include "base/hash.h"
#include "event/value_order.h"
#include "expr/spelling.h"

namespace ev {
namespace {

/// A whole float as an integer where one holds it; larger ones stay floats.
Value whole(double d) {
  if (!(std::fabs(d) < 0x1p64)) return float_value(d);
  const Value value = integer_value(static_cast<int128>(d));
  return value.type == Type::null ? float_value(d) : value;
}

template <double (*function)(double)>
void to_whole(Call& call) {
  compute_values(call, [](const Computing&, std::span<const Value> values) {
    return values[0].type == Type::float64 ? whole(function(float_of(values[0]))) : values[0];
  });
}

double as_float(const Computing& computing, const Value& value) {
  if (value.type == Type::float64) return float_of(value);
  const double d = static_cast<double>(integer_of(value));
  if (static_cast<int128>(d) != integer_of(value)) computing.call.issues.mark(computing.entry, kRounded);
  return d;
}
Value finite(const Computing& computing, double d) {
  return std::isfinite(d) ? float_value(d) : computing.fail(kOverflow);
}

template <double (*function)(double)>
void float_function(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    return finite(computing, function(as_float(computing, values[0])));
  });
}

void power(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    return finite(computing, std::pow(as_float(computing, values[0]), as_float(computing, values[1])));
  });
}

void absolute(Call& call) {
  compute_values(call, [](const Computing&, std::span<const Value> values) {
    if (values[0].type == Type::float64) return float_value(std::fabs(float_of(values[0])));
    const int128 i = integer_of(values[0]);
    return integer_value(i < 0 ? -i : i);
  });
}

void sign(Call& call) {
  compute_values(call, [](const Computing&, std::span<const Value> values) {
    if (values[0].type != Type::float64) return int_value((integer_of(values[0]) > 0) - (integer_of(values[0]) < 0));
    return int_value((float_of(values[0]) > 0) - (float_of(values[0]) < 0));
  });
}

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int64_t kMostDigits = 22;  // the powers of ten up to it are floats

/// Rounded half away from zero at `digits` behind the point: the float nearest to that decimal.
double rounded(double d, int64_t digits) {
  const double scale = kPowersOfTen[digits];
  const double scaled = d * scale;
  if (!(std::fabs(scaled) < 0x1p52)) return d;  // no digits are left to round
  double nearest = std::round(scaled);
  // The product was rounded itself: where that made it a tie, what was cut off decides.
  const double error = std::fma(d, scale, -scaled);
  if (std::fabs(scaled - std::trunc(scaled)) == 0.5 && error != 0 && (error > 0) != (scaled > 0))
    nearest = std::trunc(scaled);
  return nearest / scale;
}

void round_number(Call& call) {
  const bool has_digits = call.arguments.size() > 1;
  compute_values(call, [&](const Computing& computing, std::span<const Value> values) {
    if (values[0].type != Type::float64) return values[0];
    const double d = float_of(values[0]);
    if (!has_digits) return whole(std::round(d));
    const int128 digits = integer_of(values[1]);
    if (digits < 0 || digits > kMostDigits) return computing.fail(kOverflow);
    return float_value(rounded(d, static_cast<int64_t>(digits)));
  });
}

/// The smallest or the largest argument.
template <int sign>
void outermost(Call& call) {
  compute_values(call, [](const Computing&, std::span<const Value> values) {
    const Value* best = &values[0];
    for (const Value& value : values)
      if (compare_numbers(value, *best) * sign > 0) best = &value;
    return *best;
  });
}

void hash(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::string_view text = spelled(values[0], computing.call.arena);
    return int_value(static_cast<int64_t>(hash128(as_bytes(text), 0).lo & INT64_MAX));
  });
}

constexpr std::array<TypeMask, 3> kNumbers = {kNumber, kNumber, kNumber};
constexpr Function float_entry(std::string_view name, std::string_view usage, void (*evaluate)(Call&)) {
  return {name, usage, 1, 1, kNumbers, kFloat, 0, evaluate};
}
constexpr std::array<Function, 15> kFunctions = {
    {{"abs", "abs(number)", 1, 1, kNumbers, kNumber, 0, absolute},
     {"sign", "sign(number)", 1, 1, kNumbers, kInteger, 0, sign},
     {"floor", "floor(number)", 1, 1, kNumbers, kNumber, 0, to_whole<std::floor>},
     {"ceil", "ceil(number)", 1, 1, kNumbers, kNumber, 0, to_whole<std::ceil>},
     {"trunc", "trunc(number)", 1, 1, kNumbers, kNumber, 0, to_whole<std::trunc>},
     {"round", "round(number[, digits])", 1, 2, {kNumber, kInteger, kInteger}, kNumber, 0, round_number},
     float_entry("sqrt", "sqrt(number)", float_function<std::sqrt>),
     float_entry("exp", "exp(number)", float_function<std::exp>),
     float_entry("ln", "ln(number)", float_function<std::log>),
     float_entry("log2", "log2(number)", float_function<std::log2>),
     float_entry("log10", "log10(number)", float_function<std::log10>),
     {"pow", "pow(number, exponent)", 2, 2, kNumbers, kFloat, 0, power},
     {"least", "least(number, ...)", 1, kMaxArguments, kNumbers, kNumber, 0, outermost<-1>},
     {"greatest", "greatest(number, ...)", 1, kMaxArguments, kNumbers, kNumber, 0, outermost<1>},
     {"hash", "hash(value)", 1, 1, {kAnyType & ~mask_of(Type::state), kAnyType, kAnyType}, kInteger, 0, hash}}};

}  // namespace

std::span<const Function> number_functions() {
  return kFunctions;
}

}  // namespace ev

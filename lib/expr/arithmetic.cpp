// + - * / // % and unary minus. Integers are exact, floats those of IEEE 754; what has no result is null and counted.
#include <cmath>
#include <optional>

#include "base/time.h"
#include "expr/elementwise.h"
#include "expr/time_parts.h"

namespace ev {
namespace {

enum class Operator : uint8_t { add, subtract, multiply, divide, quotient, remainder };

constexpr int64_t kExactFloat = int64_t{1} << 53;  // whole numbers up to it are floats, too
bool is_exact(int64_t i) {
  return i >= -kExactFloat && i <= kExactFloat;
}

/// The nearest float to the quotient of two integers.
double divide_integers(int128 a, int128 b) {
  // A long double holds any integer of 64 bits; where doubles do, too, one rounding is better than two.
  if (a >= -kExactFloat && a <= kExactFloat && b >= -kExactFloat && b <= kExactFloat)
    return static_cast<double>(a) / static_cast<double>(b);
  return static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b));
}

/// a / b without its fraction. What is divided is a multiple of b, but for its own rounding, which the longer type
/// keeps below half of one: up to 2^62 the quotient is exact.
long double cut_quotient(double a, double b) {
  return std::round((static_cast<long double>(a) - std::fmod(a, b)) / b);
}

/// Not of a quotient, which is an integer.
template <Operator op>
double float_result(double a, double b) {
  switch (op) {
    case Operator::add:
      return a + b;
    case Operator::subtract:
      return a - b;
    case Operator::multiply:
      return a * b;
    case Operator::divide:
      return a / b;
    case Operator::quotient:
    case Operator::remainder:
      return std::fmod(a, b);
  }
}

template <Operator op>
constexpr bool divides = op == Operator::divide || op == Operator::quotient || op == Operator::remainder;

double as_float(const Computing& computing, const Value& value) {
  if (value.type == Type::float64) return float_of(value);
  const int128 i = integer_of(value);
  const double d = static_cast<double>(i);
  if (static_cast<int128>(d) != i) computing.call.issues.mark(computing.entry, kRounded);
  return d;
}

template <Operator op>
Value of_integers(const Computing& computing, const Value& x, const Value& y) {
  const int128 a = integer_of(x), b = integer_of(y);
  if (divides<op> && b == 0) return computing.fail(kZeroDivision);
  int128 result = 0;
  switch (op) {
    case Operator::add:
      result = a + b;
      break;
    case Operator::subtract:
      result = a - b;
      break;
    case Operator::multiply:
      if (__builtin_mul_overflow(a, b, &result)) return computing.fail(kOverflow);
      break;
    case Operator::divide:
      return float_value(divide_integers(a, b));
    case Operator::quotient:
      result = a / b;
      break;
    case Operator::remainder:
      result = a % b;
      break;
  }
  const Value value = integer_value(result);
  return value.type == Type::null ? computing.fail(kOverflow) : value;
}

template <Operator op>
Value of_floats(const Computing& computing, const Value& x, const Value& y) {
  const double a = as_float(computing, x), b = as_float(computing, y);
  if (divides<op> && b == 0) return computing.fail(kZeroDivision);
  if (op == Operator::quotient) {
    const long double quotient = cut_quotient(a, b);
    const bool small = std::fabs(quotient) < 0x1p64L;
    const Value value = small ? integer_value(static_cast<int128>(quotient)) : Value{};
    return value.type == Type::null ? computing.fail(kOverflow) : value;
  }
  const double result = float_result<op>(a, b);
  return std::isfinite(result) ? float_value(result) : computing.fail(kOverflow);
}

Value shifted(const Computing& computing, const Value& time, const Value& seconds, bool back) {
  const std::optional<int64_t> ns = ns_of_seconds(seconds);
  int64_t result;
  const int64_t at = static_cast<int64_t>(time.word);
  if (!ns || (back ? __builtin_sub_overflow(at, *ns, &result) : __builtin_add_overflow(at, *ns, &result)))
    return computing.fail(kOverflow);
  return time_value(result, form_after(time.form, *ns, result));
}

/// Nearest float to the seconds between two instants.
double seconds_between(const Value& from, const Value& to) {
  const int128 ns = static_cast<int128>(static_cast<int64_t>(to.word)) - static_cast<int64_t>(from.word);
  return static_cast<double>(static_cast<long double>(ns) / 1e9L);
}

Value joined(const Computing& computing, std::string_view a, std::string_view b) {
  char* at = computing.call.arena.allocate(a.size() + b.size());
  if (!a.empty()) std::memcpy(at, a.data(), a.size());
  if (!b.empty()) std::memcpy(at + a.size(), b.data(), b.size());
  return computing.text({at, a.size() + b.size()});
}

template <Operator op>
Value result_of(const Computing& computing, const Value& a, const Value& b) {
  const TypeMask x = mask_of(a.type), y = mask_of(b.type);
  if ((x & kInteger) && (y & kInteger)) return of_integers<op>(computing, a, b);
  if ((x & kNumber) && (y & kNumber)) return of_floats<op>(computing, a, b);
  if (op == Operator::add) {
    if ((x & kTime) && (y & kNumber)) return shifted(computing, a, b, false);
    if ((x & kNumber) && (y & kTime)) return shifted(computing, b, a, false);
    if ((x & kText) && (y & kText)) return joined(computing, a.text, b.text);
  }
  if (op == Operator::subtract) {
    if ((x & kTime) && (y & kTime)) return float_value(seconds_between(b, a));
    if ((x & kTime) && (y & kNumber)) return shifted(computing, a, b, true);
  }
  return computing.fail(kOperand);
}

/// Entries of a vector of one number type as floats, all of them exact. `f` gets a function from entry to float.
template <class F>
bool with_floats(const Vector& vector, PodVector<double>& room, F&& f) {
  if (vector.uniform(Type::float64)) {
    if (vector.constant()) return f([d = std::bit_cast<double>(vector.words[0])](uint32_t) { return d; });
    return f([words = vector.words](uint32_t i) { return std::bit_cast<double>(words[i]); });
  }
  if (!vector.uniform(Type::int64)) return false;
  room.resize(vector.entries);
  bool exact = true;
  for (uint32_t i = 0; i < vector.entries; i++) {
    const int64_t word = static_cast<int64_t>(vector.words[i]);
    exact &= is_exact(word);
    room[i] = static_cast<double>(word);
  }
  if (!exact) return false;
  if (vector.constant()) return f([d = room[0]](uint32_t) { return d; });
  return f([floats = room.data()](uint32_t i) { return floats[i]; });
}

/// The loop over floats; false where a result is to be null, or a type is another one.
template <Operator op>
bool float_loop(const Vector& a, const Vector& b, Vector& result) {
  PodVector<double> a_room, b_room;
  return with_floats(a, a_room, [&](auto x) {
    return with_floats(b, b_room, [&](auto y) {
      uint64_t* words = result.make_words(Type::float64);
      bool finite = true;
      for (uint32_t i = 0; i < result.entries; i++) {
        const double d = float_result<op>(x(i), y(i));
        finite &= std::fabs(d) <= std::numeric_limits<double>::max();
        words[i] = std::bit_cast<uint64_t>(d);
      }
      return finite;
    });
  });
}

template <class F>
bool with_ints(const Vector& vector, F&& f) {
  if (vector.constant()) return f([i = static_cast<int64_t>(vector.words[0])](uint32_t) { return i; });
  return f([words = vector.words](uint32_t i) { return static_cast<int64_t>(words[i]); });
}

template <Operator op>
bool int_loop(const Vector& a, const Vector& b, Vector& result) {
  return with_ints(a, [&](auto x) {
    return with_ints(b, [&](auto y) {
      uint64_t* words = result.make_words(Type::int64);
      bool overflow = false;
      for (uint32_t i = 0; i < result.entries; i++) {
        int64_t sum = 0;
        if (op == Operator::add) overflow |= __builtin_add_overflow(x(i), y(i), &sum);
        if (op == Operator::subtract) overflow |= __builtin_sub_overflow(x(i), y(i), &sum);
        if (op == Operator::multiply) overflow |= __builtin_mul_overflow(x(i), y(i), &sum);
        words[i] = static_cast<uint64_t>(sum);
      }
      return !overflow;
    });
  });
}

/// The usual case in one loop without a branch; false where it is not that, or some row has a problem.
template <Operator op>
bool plain_loop(const Vector& a, const Vector& b, Vector& result) {
  const bool ints = a.uniform(Type::int64) && b.uniform(Type::int64);
  if constexpr (op == Operator::add || op == Operator::subtract || op == Operator::multiply) {
    return ints ? int_loop<op>(a, b, result) : float_loop<op>(a, b, result);
  } else if constexpr (op == Operator::divide) {
    return float_loop<op>(a, b, result);
  } else {
    return false;
  }
}

template <Operator op>
void arithmetic(Call& call) {
  const Alignment alignment(call);
  if (!alignment.by_position() && plain_loop<op>(*call.arguments[0], *call.arguments[1], call.result)) return;
  EntryWriter writer(call.result);
  for_each_entry(
      call, alignment,
      [&](uint32_t entry, std::span<const Value> values) {
        writer.set(entry, result_of<op>(Computing{call, entry}, values[0], values[1]));
      },
      [&](uint32_t entry) { writer.set_null(entry); });
  writer.finish();
}

void negate(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    if (values[0].type == Type::float64) return float_value(-float_of(values[0]));
    const Value value = integer_value(-integer_of(values[0]));
    return value.type == Type::null ? computing.fail(kOverflow) : value;
  });
}

constexpr TypeMask kSummands = kNumber | kTime | kText, kMinuends = kNumber | kTime;
constexpr std::array<Function, 7> kFunctions = {
    {{"+", {}, 2, 2, {kSummands, kSummands, kSummands}, kSummands, 0, arithmetic<Operator::add>},
     {"-", {}, 2, 2, {kMinuends, kMinuends, kMinuends}, kMinuends, 0, arithmetic<Operator::subtract>},
     {"*", {}, 2, 2, {kNumber, kNumber, kNumber}, kNumber, 0, arithmetic<Operator::multiply>},
     {"/", {}, 2, 2, {kNumber, kNumber, kNumber}, kFloat, 0, arithmetic<Operator::divide>},
     {"//", {}, 2, 2, {kNumber, kNumber, kNumber}, kInteger, 0, arithmetic<Operator::quotient>},
     {"%", {}, 2, 2, {kNumber, kNumber, kNumber}, kNumber, 0, arithmetic<Operator::remainder>},
     {"negate", {}, 1, 1, {kNumber, kNumber, kNumber}, kNumber, 0, negate}}};

}  // namespace

std::span<const Function> arithmetic_functions() {
  return kFunctions;
}

}  // namespace ev

// int(), float(), string(), bool(), time() and type().
#include <charconv>
#include <cmath>

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/time_format.h"
#include "base/time_zone.h"
#include "event/value_order.h"
#include "expr/compare.h"
#include "expr/expression.h"
#include "expr/spelling.h"

namespace ev {

std::string_view spelled(const Value& value, Arena& arena) {
  constexpr std::size_t kLongestNumber = 32;
  char* at = nullptr;
  auto made = [&](std::size_t room, char* end) {
    arena.shrink(room - static_cast<std::size_t>(end - at));
    return std::string_view(at, static_cast<std::size_t>(end - at));
  };
  switch (value.type) {
    case Type::boolean:
      return value.word ? "true" : "false";
    case Type::int64:
      at = arena.allocate(kLongestNumber);
      return made(kLongestNumber, print_int(at, static_cast<int64_t>(value.word)));
    case Type::uint64:
      at = arena.allocate(kLongestNumber);
      return made(kLongestNumber, print_uint(at, value.word));
    case Type::float64:
      at = arena.allocate(kLongestNumber);
      return made(kLongestNumber, print_float(at, float_of(value)));
    case Type::time:
      at = arena.allocate(kMaxTimeText);
      return made(kMaxTimeText, print_time(at, static_cast<int64_t>(value.word), value.form));
    default:
      return value.text;
  }
}

Value read_integer(std::string_view text, bool& overflow) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  overflow = false;
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return {};
  int128 integer = 0;
  for (char c : text) {
    integer = integer * 10 + (c - '0');
    if (integer > static_cast<int128>(UINT64_MAX)) overflow = true, integer = UINT64_MAX;
  }
  if (overflow) return {};
  const Value value = integer_value(minus ? -integer : integer);
  overflow = value.type == Type::null;
  return value;
}

std::optional<double> read_float(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != text.npos) return std::nullopt;
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool take_as_floats(std::span<Value> values, std::span<const TypeMask> takes, bool& rounded) {
  for (std::size_t i = 0; i < values.size(); i++) {
    Value& value = values[i];
    if (takes[i] & mask_of(value.type)) continue;
    if (value.type != Type::json || !(takes[i] & kFloat) || !is_json_number(value.text)) return false;
    const std::optional<double> d = read_float(value.text);
    if (!d) return false;
    const Value nearest = float_value(*d);
    rounded |= compare_numbers(value, nearest) != 0;
    value = nearest;
  }
  return true;
}

namespace {

Value int_of_float(const Computing& computing, double d) {
  if (!(std::fabs(d) < 0x1p64)) return computing.fail(kOverflow);
  const Value value = integer_value(static_cast<int128>(d));
  return value.type == Type::null ? computing.fail(kOverflow) : value;
}

/// A json number is one that int and uint do not hold, or one with many digits or an exponent.
Value int_of_json(const Computing& computing, std::string_view text) {
  if (!is_json_number(text)) return computing.fail(kOperand);
  if (text.find_first_of("eE") != text.npos) {
    const std::optional<double> d = read_float(text);
    return d ? int_of_float(computing, *d) : computing.fail(kOverflow);
  }
  bool overflow = false;
  const Value value = read_integer(text.substr(0, text.find('.')), overflow);
  return overflow ? computing.fail(kOverflow) : value;
}

void to_int(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const Value& value = values[0];
    bool overflow = false;
    Value read;
    switch (value.type) {
      case Type::boolean:
        return int_value(static_cast<int64_t>(value.word));
      case Type::float64:
        return int_of_float(computing, float_of(value));
      case Type::time:
        return int_value(floor_div(static_cast<int64_t>(value.word), kSecond));
      case Type::json:
        return int_of_json(computing, value.text);
      case Type::string:
      case Type::bytes:
        read = read_integer(value.text, overflow);
        if (read.type == Type::null) return computing.fail(overflow ? kOverflow : kUnreadable);
        return read;
      default:
        return value;
    }
  });
}

void to_float(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const Value& value = values[0];
    switch (value.type) {
      case Type::boolean:
        return float_value(static_cast<double>(value.word));
      case Type::int64:
      case Type::uint64:
        return float_value(static_cast<double>(integer_of(value)));
      case Type::time:
        return float_value(static_cast<double>(static_cast<long double>(static_cast<int64_t>(value.word)) / 1e9L));
      case Type::json:
        if (!is_json_number(value.text)) return computing.fail(kOperand);
        [[fallthrough]];
      case Type::string:
      case Type::bytes: {
        const std::optional<double> read = read_float(value.text);
        return read ? float_value(*read) : computing.fail(kUnreadable);
      }
      default:
        return value;
    }
  });
}

void to_string(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    if (values[0].type == Type::bytes && !valid_utf8(values[0].text)) return computing.fail(kUnreadable);
    return computing.text(spelled(values[0], computing.call.arena));
  });
}

void to_bool(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const Value& value = values[0];
    if (value.type == Type::float64) return truth_value(float_of(value) != 0);
    if (value.type != Type::string) return truth_value(value.word != 0);
    if (value.text != "true" && value.text != "false") return computing.fail(kUnreadable);
    return truth_value(value.text == "true");
  });
}

struct TimeBound : Bound {
  std::shared_ptr<const TimeZone> zone;
  std::optional<TimeFormat> format;
  std::optional<int64_t> constant;  // what a constant argument means
};

std::shared_ptr<const Bound> bind_time(const BindContext& context) {
  auto bound = std::make_shared<TimeBound>();
  if (!TimeZone::is_utc(context.options.timezone)) bound->zone = TimeZone::load(context.options.timezone);
  if (context.arguments.size() > 1) {
    try {
      bound->format.emplace(context.arguments[1].text);
    } catch (const Error& error) {
      context.fail(1, error.reason(), error.remedy());
    }
  } else if (context.arguments[0].type == Type::string) {
    bound->constant = time_meant(context.arguments[0], context.options);
    if (!bound->constant)
      context.fail(
          0, concat("\"", context.arguments[0].text, "\" is no time"),
          "write 2024-06-01, 2024-06-01T10:30:00, 2024-06-01T10:30:00Z, today, yesterday, now-1h or @1717200000");
  }
  return bound;
}

std::optional<TimeValue> read_time(const TimeBound& bound, const Value& value) {
  switch (value.type) {
    case Type::int64:
      return parse_epoch_integer(static_cast<int64_t>(value.word));
    case Type::float64:
      return parse_epoch_decimal(float_text(float_of(value)));
    case Type::string:
      if (bound.format) {
        const std::optional<int64_t> ns = bound.format->parse(value.text, bound.zone.get());
        return ns ? std::optional(TimeValue{*ns, default_form(*ns)}) : std::nullopt;
      }
      return parse_time_text(value.text, bound.zone.get());
    default:
      return std::nullopt;
  }
}

void to_time(Call& call) {
  const auto& bound = *static_cast<const TimeBound*>(call.bound);
  compute_values(call, [&](const Computing& computing, std::span<const Value> values) {
    if (values[0].type == Type::time) return values[0];
    if (bound.constant) return time_value(*bound.constant, default_form(*bound.constant));
    const std::optional<TimeValue> time = read_time(bound, values[0]);
    return time ? time_value(time->ns, time->form) : computing.fail(kUnreadable);
  });
}

void type_of(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    return computing.text(type_name(values[0].type));
  });
}

constexpr TypeMask kFromTexts = kAnyText | kJson;
constexpr std::array<Function, 6> kFunctions = {
    {{"int", "int(value)", 1, 1, {kBoolean | kNumber | kTime | kFromTexts, kAnyType, kAnyType}, kInteger, 0, to_int},
     {"float",
      "float(value)",
      1,
      1,
      {kBoolean | kNumber | kTime | kFromTexts, kAnyType, kAnyType},
      kFloat,
      0,
      to_float},
     {"string", "string(value)", 1, 1, {kAnyType & ~mask_of(Type::state), kAnyType, kAnyType}, kText, 0, to_string},
     {"bool", "bool(value)", 1, 1, {kBoolean | kNumber | kText, kAnyType, kAnyType}, kBoolean, 0, to_bool},
     {"time", "time(value[, format])", 1, 2, {kTime | kNumber | kText, kText, kText}, kTime, 0b10, to_time, bind_time},
     {"type", "type(value)", 1, 1, {kAnyType, kAnyType, kAnyType}, kText, 0, type_of}}};

}  // namespace

std::span<const Function> cast_functions() {
  return kFunctions;
}

}  // namespace ev

#include "text/schema_values.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/time.h"
#include "text/json_number.h"
#include "text/time_field.h"

namespace ev {
namespace {

constexpr std::size_t kShownBytes = 100;  // of a value or a list of choices in a reason

enum class Fault : uint8_t { none, type, choice, below, above, pattern, too_short, too_long };

uint64_t characters(std::string_view text) {
  return static_cast<uint64_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

long double number_of(std::string_view text) {
  long double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}
Scalar text_scalar(Type type, std::string_view text) {
  return {type, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
}
bool is_whole(std::string_view number) {
  return number.find_first_of(".eE") == number.npos;
}

/// Holds single values against a field.
class Judge {
 public:
  Judge(const SchemaField& field, const TimeRules& rules)
      : field_(field),
        rules_(rules),
        string_(field.allows(SchemaType::string)),
        int_(field.allows(SchemaType::integer)),
        uint_(field.allows(SchemaType::unsigned_integer)),
        real_(field.allows(SchemaType::real)),
        time_(field.allows(SchemaType::time)),
        numeric_bounds_((field.min && !field.min->is_time) || (field.max && !field.max->is_time)) {}

  Fault boolean(bool value) const {
    if (!field_.allows(SchemaType::boolean)) return Fault::type;
    return chosen(
        [&](const SchemaChoice& choice) { return choice.type == Type::boolean && (choice.number != 0) == value; });
  }

  /// `instant()` gives the time that the value stands for, if there is one.
  template <class Instant>
  Fault number(long double value, bool whole, Instant&& instant) const {
    const bool allowed = real_ || (whole && (int_ || (uint_ && value >= 0)));
    if (!allowed)
      if (Fault fault = as_time(instant); fault != Fault::none) return fault;
    if (Fault fault =
            chosen([&](const SchemaChoice& choice) { return choice.type == Type::float64 && choice.number == value; });
        fault != Fault::none)
      return fault;
    if (!numeric_bounds_) return Fault::none;
    if (field_.min && value < field_.min->number) return Fault::below;
    return field_.max && value > field_.max->number ? Fault::above : Fault::none;
  }

  template <class Instant>
  Fault text(std::string_view value, Instant&& instant) const {
    if (!string_)
      if (Fault fault = as_time(instant); fault != Fault::none) return fault;
    if (Fault fault =
            chosen([&](const SchemaChoice& choice) { return choice.type == Type::string && choice.text == value; });
        fault != Fault::none)
      return fault;
    if (field_.pattern && !field_.pattern->matches(value)) return Fault::pattern;
    if (!field_.min_length && !field_.max_length) return Fault::none;
    const uint64_t length = characters(value);
    if (field_.min_length && length < *field_.min_length) return Fault::too_short;
    return field_.max_length && length > *field_.max_length ? Fault::too_long : Fault::none;
  }
  Fault text(std::string_view value) const {
    return text(value, [&] { return instant_of(text_scalar(Type::string, value), value); });
  }

  Fault json(std::string_view value) const {
    if (value.starts_with('[') || value.starts_with('{')) {
      if (!field_.allows(value[0] == '[' ? SchemaType::array : SchemaType::object)) return Fault::type;
      return field_.choices ? Fault::choice : Fault::none;
    }
    return number(number_of(value), is_whole(value), [&] { return instant_of(text_scalar(Type::json, value), value); });
  }

  /// An event time is an instant, and also what it was written as, which only some constraints ask for.
  Fault time(int64_t ns, uint32_t form) const {
    auto instant = [&] { return std::optional(ns); };
    const bool as_text = form_is_string(form);
    if (!field_.choices && !field_.pattern && !field_.min_length && !field_.max_length && !numeric_bounds_) {
      if (as_text ? string_ : real_) return Fault::none;
      if (as_text || !(int_ || uint_)) return as_time(instant);
    }
    char buffer[kMaxTimeText];
    const std::string_view written(buffer, static_cast<std::size_t>(print_time(buffer, ns, form) - buffer));
    return as_text ? text(written, instant) : number(number_of(written), is_whole(written), instant);
  }

  std::optional<int64_t> instant_of(const Scalar& value, std::string_view raw) const {
    TimeValue time;
    if (!read_time(value, raw, rules_, time)) return std::nullopt;
    return time.ns;
  }

 private:
  template <class Matches>
  Fault chosen(Matches&& matches) const {
    return !field_.choices || std::any_of(field_.choices->begin(), field_.choices->end(), matches) ? Fault::none
                                                                                                   : Fault::choice;
  }
  Fault within(int64_t ns) const {
    if (field_.min && field_.min->is_time && ns < field_.min->ns) return Fault::below;
    return field_.max && field_.max->is_time && ns > field_.max->ns ? Fault::above : Fault::none;
  }
  /// Of a value that may be a time, and nothing else.
  template <class Instant>
  Fault as_time(Instant&& instant) const {
    if (!time_) return Fault::type;
    const std::optional<int64_t> ns = instant();
    return ns ? within(*ns) : Fault::type;
  }

  const SchemaField& field_;
  const TimeRules& rules_;
  bool string_, int_, uint_, real_, time_, numeric_bounds_;
};

/// What is wrong with a value, for people: the value comes last.
class Reason {
 public:
  Reason(const SchemaField& field, const Column& column) : field_(field), column_(column) {}

  std::string operator()(Fault fault, std::size_t i) const {
    return concat(field_.name, " ", what(fault, i), ": ", value(i));
  }

 private:
  std::string what(Fault fault, std::size_t i) const {
    switch (fault) {
      case Fault::type:
        return concat("is ", type_of(i), ", not ", field_.type_names());
      case Fault::choice:
        return concat("is none of ", choices());
      case Fault::below:
        return concat("is below ", field_.min->words);
      case Fault::above:
        return concat("is above ", field_.max->words);
      case Fault::pattern:
        return concat("does not match ", cut(field_.pattern->text()));
      case Fault::too_short:
        return concat("has fewer than ", *field_.min_length, " characters");
      case Fault::too_long:
        return concat("has more than ", *field_.max_length, " characters");
      case Fault::none:
        break;
    }
    return {};
  }
  static std::string cut(std::string text) {
    if (text.size() > kShownBytes) {
      std::size_t end = kShownBytes;
      while (end > 0 && (text[end] & 0xc0) == 0x80) end--;
      text.resize(end);
      text += "...";
    }
    return escape_controls(text);
  }
  std::string choices() const {
    std::vector<std::string> words;
    for (const SchemaChoice& choice : *field_.choices) words.push_back(choice.words);
    return cut(join(words, ", "));
  }
  std::string type_of(std::size_t i) const {
    if (column_.type == Type::json) {
      const std::string_view text = column_.text(i);
      return text.starts_with('[') ? "array" : text.starts_with('{') ? "object" : is_whole(text) ? "int" : "float";
    }
    if (column_.type == Type::time) return form_is_string(column_.form_at(i)) ? "string" : "a number";
    return std::string(column_.type == Type::uint64 ? type_name(Type::int64) : type_name(column_.type));
  }
  std::string value(std::size_t i) const {
    char buffer[kMaxTimeText];
    switch (column_.type) {
      case Type::boolean:
        return column_.words[i] ? "true" : "false";
      case Type::int64:
        return concat(column_.integer(i));
      case Type::uint64:
        return concat(column_.words[i]);
      case Type::float64:
        return float_text(column_.real(i));
      case Type::time:
        return std::string(buffer, print_time(buffer, column_.integer(i), column_.form_at(i)));
      case Type::json:
        return cut(std::string(column_.text(i)));
      default:
        return concat("\"", cut(std::string(column_.text(i))), "\"");
    }
  }

  const SchemaField& field_;
  const Column& column_;
};

Fault judge_word(const Judge& judge, const Column& column, std::size_t i) {
  auto instant = [&] {
    const std::string raw = column.type == Type::float64 ? float_text(column.real(i)) : std::string();
    return judge.instant_of({column.type, 0, column.words[i]}, raw);
  };
  switch (column.type) {
    case Type::boolean:
      return judge.boolean(column.words[i] != 0);
    case Type::int64:
      return judge.number(static_cast<long double>(column.integer(i)), true, instant);
    case Type::uint64:
      return judge.number(static_cast<long double>(column.words[i]), true, instant);
    case Type::float64:
      return judge.number(static_cast<long double>(column.real(i)), false, instant);
    case Type::time:
      return judge.time(column.integer(i), column.form_at(i));
    default:
      return Fault::type;
  }
}

}  // namespace

void check_values(const SchemaField& field, const Column& column, uint32_t rows, const TimeRules& rules,
                  RefusedRows& refused) {
  const Judge judge(field, rules);
  const Reason reason(field, column);
  auto settle = [&](Fault fault, std::size_t row, std::size_t i) {
    if (fault != Fault::none) refused.refuse(row, [&] { return reason(fault, i); });
  };
  if (!is_text_type(column.type)) {
    for_each_value(column, rows, [&](std::size_t row, std::size_t i) { settle(judge_word(judge, column, i), row, i); });
    return;
  }
  auto judge_text = [&](std::string_view text) {
    return column.type == Type::json ? judge.json(text) : judge.text(text);
  };
  if (column.codes.empty()) {
    for_each_value(column, rows, [&](std::size_t row, std::size_t i) { settle(judge_text(column.texts[i]), row, i); });
    return;
  }
  std::vector<Fault> faults(column.texts.size());
  bool any = false;
  for (std::size_t code = 0; code < faults.size(); code++) {
    faults[code] = judge_text(column.texts[code]);
    any |= faults[code] != Fault::none;
  }
  if (any)
    for_each_value(column, rows, [&](std::size_t row, std::size_t i) { settle(faults[column.codes[i]], row, i); });
}

}  // namespace ev

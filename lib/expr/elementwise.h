// Evaluation of functions value by value: which entries a call has to compute, and the loop over them.
#pragma once

#include <algorithm>

#include "expr/function.h"

namespace ev {

/// How the arguments of a call line up. Where at most one of them varies (or those that vary are of one field), the
/// call is computed once for each of its entries, else for each position.
class Alignment {
 public:
  explicit Alignment(const Call& call) : arguments_(call.arguments) {
    const Vector* leader = nullptr;
    for (const Vector* argument : arguments_) {
      if (argument->constant()) continue;
      if (!leader) {
        leader = argument;
      } else if (!together(*leader, *argument)) {
        by_position_ = true;
      }
    }
    Vector& result = call.result;
    // A large dictionary of which few values are asked for is not worth its whole length.
    if (leader && leader->map == Vector::Map::coded && leader->entries > result.positions) by_position_ = true;
    if (by_position_) {
      result.entries = result.positions;
    } else if (leader) {
      result.map_as(*leader);
    } else {
      result.map = Vector::Map::constant;
      result.entries = 1;
    }
    call.issues.reset(result.entries);
  }

  bool by_position() const { return by_position_; }
  /// Value of an argument at an entry of the result.
  Value value(std::size_t argument, uint32_t entry) const {
    const Vector& vector = *arguments_[argument];
    if (vector.constant()) return vector.value(0);
    return by_position_ ? vector.value_at(entry) : vector.value(entry);
  }

 private:
  static bool together(const Vector& a, const Vector& b) {
    return a.map == b.map && a.codes == b.codes && a.entries == b.entries;
  }

  std::span<const Vector* const> arguments_;
  bool by_position_ = false;
};

/// Makes arguments that are numbers in json text the nearest floats where a function takes floats and no json. False
/// where one is of a wrong type still. `rounded` where a float is not the same number.
bool take_as_floats(std::span<Value> values, std::span<const TypeMask> takes, bool& rounded);

/// Calls f(entry, arguments) for each entry of the result whose arguments are of types that the function takes;
/// `skip(entry)` for the others, which are null. A number in json text is the nearest float. An operand of a wrong type
/// is marked, unless another one is null.
template <class F, class Skip>
void for_each_entry(Call& call, const Alignment& alignment, F&& f, Skip&& skip) {
  const std::size_t count = call.arguments.size();
  Value values[kMaxArguments], floats[kMaxArguments];
  std::array<TypeMask, kMaxArguments> takes;
  for (std::size_t i = 0; i < count; i++) {
    takes[i] = call.function.takes_at(i);
    if (call.arguments[i]->constant()) values[i] = call.arguments[i]->value(0);
  }
  for (uint32_t entry = 0; entry < call.result.entries; entry++) {
    bool null = false, wrong = false;
    for (std::size_t i = 0; i < count; i++) {
      if (!call.arguments[i]->constant()) values[i] = alignment.value(i, entry);
      null |= values[i].type == Type::null;
      wrong |= values[i].type != Type::null && !(takes[i] & mask_of(values[i].type));
    }
    const Value* arguments = values;
    if (wrong && !null) [[unlikely]] {
      std::copy_n(values, count, floats);  // those that are constant come again
      arguments = floats;
      bool rounded = false;
      wrong = !take_as_floats({floats, count}, {takes.data(), count}, rounded);
      if (wrong || rounded) call.issues.mark(entry, wrong ? kOperand : kRounded);
    }
    if (null || wrong)
      skip(entry);
    else
      f(entry, std::span<const Value>(arguments, count));
  }
}

/// What a function computes a value with.
struct Computing {
  Call& call;
  uint32_t entry;

  /// Marks an issue; gives null.
  Value fail(Issue issue) const {
    call.issues.mark(entry, issue);
    return {};
  }
  Value text(std::string_view text) const {
    Value value;
    value.type = Type::string;
    value.text = text;
    return value;
  }
  /// Copies the text.
  Value new_text(std::string_view made) const { return text(call.arena.keep(made)); }
};

inline Value int_value(int64_t i) {
  Value value;
  value.type = Type::int64;
  value.word = static_cast<uint64_t>(i);
  return value;
}
inline Value float_value(double d) {
  Value value;
  value.type = Type::float64;
  value.word = std::bit_cast<uint64_t>(d);
  return value;
}
inline Value time_value(int64_t ns, uint32_t form) {
  Value value;
  value.type = Type::time;
  value.word = static_cast<uint64_t>(ns);
  value.form = form;
  return value;
}
inline Value truth_value(bool b) {
  Value value;
  value.type = Type::boolean;
  value.word = b;
  return value;
}
/// As int where it fits, else as uint; null for what neither holds.
__extension__ using int128 = __int128;
inline Value integer_value(int128 i) {
  if (i >= INT64_MIN && i <= INT64_MAX) return int_value(static_cast<int64_t>(i));
  Value value;
  if (i < 0 || i > static_cast<int128>(UINT64_MAX)) return value;
  value.type = Type::uint64;
  value.word = static_cast<uint64_t>(i);
  return value;
}
inline int128 integer_of(const Value& value) {
  return value.type == Type::int64 ? static_cast<int128>(static_cast<int64_t>(value.word))
                                   : static_cast<int128>(value.word);
}
inline double float_of(const Value& value) {
  return std::bit_cast<double>(value.word);
}

/// Evaluates f(computing, arguments), which gives a Value, for each entry.
template <class F>
void compute_values(Call& call, F&& f) {
  const Alignment alignment(call);
  EntryWriter writer(call.result);
  for_each_entry(
      call, alignment,
      [&](uint32_t entry, std::span<const Value> arguments) {
        writer.set(entry, f(Computing{call, entry}, arguments));
      },
      [&](uint32_t entry) { writer.set_null(entry); });
  writer.finish();
}

/// Evaluates f(arguments), which gives a bool, for each entry.
template <class F>
void compute_truth(Call& call, F&& f) {
  const Alignment alignment(call);
  uint8_t* truth = call.result.make_truth();
  for_each_entry(
      call, alignment, [&](uint32_t entry, std::span<const Value> arguments) { truth[entry] = f(arguments); },
      [&](uint32_t entry) { truth[entry] = kUnknown; });
}

}  // namespace ev

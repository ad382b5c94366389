// json(), len(), any() and steps into arrays.
#include "expr/json_functions.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "expr/elementwise.h"

namespace ev {
namespace {

void element(Call& call) {
  const auto& steps = static_cast<const JsonSteps*>(call.bound)->steps;
  compute_values(call, [&](const Computing& computing, std::span<const Value> values) {
    const auto found = find_json(values[0].text, steps);
    return found ? json_value(*found, computing.call.arena) : Value{};
  });
}

/// "$.a[0]['b c']" as steps; false where it is none.
bool read_path(std::string_view path, std::vector<JsonStep>& steps) {
  if (!path.starts_with('$')) return false;
  path.remove_prefix(1);
  while (!path.empty()) {
    const bool dot = path.front() == '.';
    if (!dot && path.front() != '[') return false;
    path.remove_prefix(1);
    if (dot) {
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      if (end == 0) return false;
      steps.push_back({std::string(path.substr(0, end)), std::nullopt});
      path.remove_prefix(end);
      continue;
    }
    const bool quoted = path.starts_with('\'') || path.starts_with('"');
    const std::size_t end = path.find(quoted ? concat(path.substr(0, 1), "]") : std::string("]"), quoted ? 1 : 0);
    if (end == path.npos) return false;
    if (quoted) {
      steps.push_back({std::string(path.substr(1, end - 1)), std::nullopt});
    } else {
      int64_t index = 0;
      auto [at, error] = std::from_chars(path.data(), path.data() + end, index);
      if (error != std::errc() || at != path.data() + end) return false;
      steps.push_back({{}, index});
    }
    path.remove_prefix(end + (quoted ? 2 : 1));
  }
  return true;
}

std::shared_ptr<const Bound> bind_json(const BindContext& context) {
  auto bound = std::make_shared<JsonSteps>();
  const std::string_view path = context.arguments[1].text;
  if (!read_path(path, bound->steps))
    context.fail(
        1, concat("\"", path, "\" is no path into JSON"),
        "write \"$.key\", \"$.list[0]\" or \"$['a key']\", in single quotes: the shell takes $NAME within double ones");
  return bound;
}

void json(Call& call) {
  const auto& steps = static_cast<const JsonSteps*>(call.bound)->steps;
  compute_values(call, [&](const Computing& computing, std::span<const Value> values) {
    if (values[0].type != Type::json && !is_json(values[0].text)) return computing.fail(kUnreadable);
    const auto found = find_json(values[0].text, steps);
    return found ? json_value(*found, computing.call.arena) : Value{};
  });
}

void len(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::string_view text = values[0].text;
    int64_t count = 0;
    if (values[0].type == Type::string) {
      for (char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      return int_value(count);
    }
    if (values[0].type == Type::bytes) return int_value(static_cast<int64_t>(text.size()));
    JsonElements elements(text);
    if (!elements.is_array() && !elements.is_object()) return computing.fail(kOperand);
    while (elements.next()) count++;
    return int_value(count);
  });
}

/// Whether the comparison holds for a value that the steps lead to; every array is gone through.
class Search {
 public:
  Search(Comparison comparison, const Value& wanted, Arena& arena)
      : comparison_(comparison), wanted_(wanted), arena_(arena) {}

  bool finds(std::string_view text, std::span<const JsonStep> steps) const {
    JsonElements elements(text);
    if (elements.is_array()) {
      while (elements.next())
        if (finds(elements.element(), steps)) return true;
      return false;
    }
    if (!steps.empty()) {
      const auto found = find_json(text, steps.first(1));
      return found && finds(*found, steps.subspan(1));
    }
    return matches(json_value(text, arena_));
  }
  bool matches(const Value& value) const {
    if (value.type == Type::null) return false;
    const Relation relation = relate(value, wanted_);
    if (relation.kind == Relation::unordered) return comparison_ == Comparison::unequal;
    return relation.kind == Relation::ordered && holds(comparison_, relation.order);
  }

 private:
  Comparison comparison_;
  const Value& wanted_;
  Arena& arena_;
};

/// Of each row, the field of the longest name that has a value is searched.
void any(Call& call) {
  const auto& bound = *static_cast<const AnyElement*>(call.bound);
  const Alignment alignment(call);
  const std::size_t fields = bound.steps.size();
  uint8_t* truth = call.result.make_truth();
  for (uint32_t entry = 0; entry < call.result.entries; entry++) {
    const Value wanted = alignment.value(fields, entry);
    truth[entry] = kUnknown;
    if (wanted.type == Type::null) continue;
    const Search search(bound.comparison, wanted, call.arena);
    for (std::size_t i = 0; i < fields && truth[entry] == kUnknown; i++) {
      const Value value = alignment.value(i, entry);
      if (value.type == Type::json) {
        truth[entry] = search.finds(value.text, bound.steps[i]);
      } else if (value.type != Type::null) {
        truth[entry] = bound.steps[i].empty() && search.matches(value);
      }
    }
  }
}

constexpr TypeMask kSized = kAnyText | kJson;
constexpr std::array<Function, 4> kFunctions = {
    {{"[]", {}, 1, 1, {kJson, kJson, kJson}, kAnyType, 0, element},
     {"json", "json(text, \"$.path\")", 2, 2, {kJson | kText, kText, kText}, kAnyType, 0b10, json, bind_json},
     {"len", "len(array or text)", 1, 1, {kSized, kSized, kSized}, kInteger, 0, len},
     {"any", "any(field, \"==\", value)", 3, 3, {kAnyType, kAnyType, kAnyType}, kBoolean, 0, any}}};

}  // namespace

std::span<const Function> json_functions() {
  return kFunctions;
}

}  // namespace ev

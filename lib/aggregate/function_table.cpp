#include "aggregate/states.h"
#include "base/error.h"
#include "base/text.h"

namespace ev {

// Each is defined in the file of its name; a new function is such a file and a line in the table.
AggregateFunction count_function();
AggregateFunction sum_function();
AggregateFunction min_function();
AggregateFunction max_function();
AggregateFunction mean_function();
AggregateFunction quantile_function();
AggregateFunction distinct_function();
AggregateFunction distinct_exact_function();
AggregateFunction var_function();
AggregateFunction stddev_function();
AggregateFunction first_function();
AggregateFunction last_function();
AggregateFunction formula_function();
AggregateFunction rate_function();
AggregateFunction share_function();
AggregateFunction top_function();

std::span<const AggregateFunction> aggregate_functions() {
  static const AggregateFunction kFunctions[] = {
      count_function(),   sum_function(),      min_function(),      max_function(),
      mean_function(),    quantile_function(), distinct_function(), distinct_exact_function(),
      var_function(),     stddev_function(),   first_function(),    last_function(),
      formula_function(), rate_function(),     share_function(),    top_function(),
  };
  return kFunctions;
}

const AggregateFunction* find_function(std::string_view name) {
  for (const AggregateFunction& f : aggregate_functions())
    if (f.canonical ? !f.canonical(name).empty() : f.name == name) return &f;
  return nullptr;
}

std::string function_name(std::string_view state) {
  const AggregateFunction& function = function_of(state);
  return function.spell ? function.spell(state_payload(state)) : std::string(function.name);
}

const AggregateFunction* find_function(uint8_t code) {
  for (const AggregateFunction& f : aggregate_functions())
    if (f.code == code) return &f;
  return nullptr;
}

const AggregateFunction& function_of(std::string_view state) {
  if (state.size() < kStateHeadBytes) throw Error(ErrorKind::corrupt, "aggregate state", "ends early");
  uint8_t code = static_cast<uint8_t>(state[0]), version = static_cast<uint8_t>(state[1]);
  const AggregateFunction* function = find_function(code);
  if (!function)
    throw Error(ErrorKind::corrupt, "aggregate state", concat("unknown function ", code), "a newer evkit may read it");
  if (version != function->version)
    throw Error(ErrorKind::corrupt, concat("state of ", function->name), concat("unknown version ", version),
                "a newer evkit may read it");
  return *function;
}

}  // namespace ev

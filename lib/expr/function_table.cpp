#include <algorithm>
#include <map>
#include <vector>

#include "expr/function.h"

namespace ev {
namespace {

struct Table {
  Table() {
    for (auto family :
         {arithmetic_functions, comparison_functions, membership_functions, matching_functions, cast_functions,
          text_functions, number_functions, time_functions, json_functions, network_functions})
      for (const Function& function : family()) {
        by_name.emplace(function.name, &function);
        if (!function.usage.empty()) names.emplace_back(function.name);
      }
    // What the binder makes of its own is written as a function, too.
    for (std::string_view name : {"if", "coalesce", "has", "field"}) names.emplace_back(name);
    std::sort(names.begin(), names.end());
  }
  std::map<std::string_view, const Function*> by_name;
  std::vector<std::string> names;
};

const Table& table() {
  static const Table table;
  return table;
}

}  // namespace

const Function* find_expression_function(std::string_view name) {
  const auto found = table().by_name.find(name);
  return found == table().by_name.end() ? nullptr : found->second;
}

std::span<const std::string> expression_function_names() {
  return table().names;
}

}  // namespace ev

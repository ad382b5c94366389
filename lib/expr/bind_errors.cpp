#include "expr/bind_errors.h"

#include <vector>

#include "base/text.h"

namespace ev {

/// "a number", "text or bytes".
std::string types_text(TypeMask types) {
  struct Kind {
    TypeMask mask;
    std::string_view name;
  };
  static constexpr std::array<Kind, 8> kKinds = {{{kBoolean, "true or false"},
                                                  {kNumber, "a number"},
                                                  {kText, "text"},
                                                  {mask_of(Type::bytes), "bytes"},
                                                  {kTime, "a time"},
                                                  {kJson, "an array"},
                                                  {mask_of(Type::state), "a state"}}};
  std::vector<std::string> names;
  for (const Kind& kind : kKinds)
    if (kind.mask && (types & kind.mask)) names.emplace_back(kind.name);
  return join(names, " or ");
}

std::string function_instead_of(std::string_view name) {
  struct Foreign {
    std::string_view name, remedy;
  };
  static constexpr std::array<Foreign, 12> kForeign = {{{"now", "compare with \"now\", \"now-1h\" or \"today\""},
                                                        {"ifnull", "write coalesce(a, b)"},
                                                        {"nvl", "write coalesce(a, b)"},
                                                        {"iif", "write if(condition, a, b)"},
                                                        {"tolower", "write lower(text)"},
                                                        {"toupper", "write upper(text)"},
                                                        {"strlen", "write length(text)"},
                                                        {"substring", "write substr(text, start[, length])"},
                                                        {"date_trunc", "write bucket(time, \"1h\")"},
                                                        {"regexp_extract", "write extract(text, pattern[, group])"},
                                                        {"log", "write ln(number), log10(number) or log2(number)"},
                                                        {"cast", "write int(value), float(value) or string(value)"}}};
  for (const Foreign& foreign : kForeign)
    if (foreign.name == name) return std::string(foreign.remedy);
  const auto near = nearest(name, expression_function_names());
  return near ? concat("did you mean ", *near, "?")
              : concat("the functions are ", join(expression_function_names(), ", "));
}

}  // namespace ev

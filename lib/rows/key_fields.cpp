#include "rows/key_fields.h"

#include <string_view>

#include "base/error.h"
#include "base/of_option.h"
#include "base/text.h"
#include "event/path.h"
#include "rows/key_text.h"

namespace ev {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// Where the last " as " stands, or npos.
std::size_t find_as(std::string_view key) {
  std::size_t found = key.npos;
  for_each_outer(key, [&](std::size_t at) {
    const std::string_view word = key.substr(at, 4);
    if (word.size() == 4 && word[0] == ' ' && word[3] == ' ' && (word[1] | 0x20) == 'a' && (word[2] | 0x20) == 's')
      found = at;
  });
  return found;
}

std::string name_in(std::string_view key, std::string_view name) {
  name = trim(name);
  if (name.size() > 2 && name.starts_with('`') && name.find('`', 1) == name.size() - 1)
    return std::string(name.substr(1, name.size() - 2));
  if (name.empty() || name.find_first_of(" `\"'()") != name.npos)
    throw Error(ErrorKind::usage, concat("-b ", key), concat("\"", name, "\" is no name"),
                "write for example 'lower(path) as p'");
  return std::string(name);
}

}  // namespace

std::vector<Setting> add_keys(const std::vector<std::string>& keys, const ExpressionOptions& options,
                              AggregateQuery& query) {
  std::vector<Setting> settings;
  for (const std::string& key : keys) {
    const std::size_t as = find_as(key);
    const std::string value(trim(std::string_view(key).substr(0, as)));
    if (as == key.npos) {
      // What is no expression may still be the name of a field, as strange as it looks.
      if (is_key_expression(key, options))
        throw Error(ErrorKind::usage, concat("-b ", key), "an expression needs a name",
                    concat("write '", key, " as NAME'; a field of this name stands in backquotes"));
      query.by.push_back(key);
      query.key_names.emplace_back();
      continue;
    }
    const std::string name = name_in(key, std::string_view(key).substr(as + 4));
    query.key_names.push_back(query.merge ? std::string() : name);
    if (query.merge) {
      query.by.push_back(quoted_name(Path::key(name)));
    } else if (!has_operators(value)) {
      query.by.push_back(value);
    } else {
      std::string hidden = key;
      std::erase(hidden, '`');
      query.by.push_back(quoted_name(Path::key(hidden)));
      settings.push_back(
          {query.by.back(), of_option("-b", [&] { return Expression::parse(value, options); }), concat("-b ", value)});
    }
  }
  return settings;
}

}  // namespace ev

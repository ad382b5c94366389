#include "text/field_types.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

constexpr const char* kOption = "--types";

struct KindName {
  ValueKind kind;
  std::string_view name;
};
constexpr KindName kNames[] = {
    {ValueKind::string, "string"}, {ValueKind::integer, "int"},    {ValueKind::unsigned_integer, "uint"},
    {ValueKind::real, "float"},    {ValueKind::boolean, "bool"},   {ValueKind::time, "time"},
    {ValueKind::json, "json"},     {ValueKind::automatic, "auto"},
};

/// Whether value i of a column is of the kind.
bool has_kind(const Column& column, std::size_t i, ValueKind kind) {
  switch (kind) {
    case ValueKind::string:
      return column.type == Type::string;
    case ValueKind::integer:
      return column.type == Type::int64 || column.type == Type::uint64;
    case ValueKind::unsigned_integer:
      return column.type == Type::uint64 || (column.type == Type::int64 && column.integer(i) >= 0);
    case ValueKind::real:
      return column.type == Type::float64;
    case ValueKind::boolean:
      return column.type == Type::boolean;
    case ValueKind::time:
      return column.type == Type::time;
    case ValueKind::json:
      return column.type == Type::json && (column.text(i).starts_with('[') || column.text(i).starts_with('{'));
    case ValueKind::automatic:
      return true;
  }
  return false;
}

}  // namespace

std::string_view kind_name(ValueKind kind) {
  return std::find_if(std::begin(kNames), std::end(kNames), [&](const KindName& known) { return known.kind == kind; })
      ->name;
}

ValueKind parse_value_kind(std::string_view name) {
  std::vector<std::string> names;
  for (const KindName& known : kNames) {
    if (known.name == name) return known.kind;
    names.emplace_back(known.name);
  }
  auto near = nearest(name, names);
  throw Error(ErrorKind::usage, kOption, concat("there is no type \"", name, "\""),
              near ? concat("did you mean ", *near, "?") : concat("there are ", join(names, ", ")));
}

const FieldType* FieldTypes::find(const Path& path, bool json) const {
  for (const FieldType& field : fields_)
    if (!(json && field.text_formats_only) && may_mean(field.name, path)) return &field;
  return nullptr;
}

bool FieldTypes::excludes_time(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const FieldType& field) {
    return !field.text_formats_only && field.name == name &&
           std::none_of(field.kinds.begin(), field.kinds.end(),
                        [](ValueKind kind) { return kind == ValueKind::time || kind == ValueKind::automatic; });
  });
}

std::vector<TypeCount> FieldTypes::count(const Batch& batch, bool json) const {
  std::vector<TypeCount> counts(fields_.size());
  for (const Column& column : batch.columns) {
    const FieldType* field = find(batch.paths[column.path], json);
    if (!field) continue;
    TypeCount& count = counts[static_cast<std::size_t>(field - fields_.data())];
    count.values += column.size();
    for (std::size_t i = 0; i < column.size(); i++)
      count.unchanged += std::none_of(field->kinds.begin(), field->kinds.end(),
                                      [&](ValueKind kind) { return has_kind(column, i, kind); });
  }
  return counts;
}

std::vector<FieldType> parse_field_types(std::span<const std::string> definitions) {
  std::vector<FieldType> fields;
  for (const std::string& definition : definitions) {
    const std::size_t at = definition.rfind('=');
    if (at == definition.npos || at == 0)
      throw Error(ErrorKind::usage, kOption, concat("\"", definition, "\" is no NAME=TYPE"), "for example zip=string");
    std::string name = definition.substr(0, at);
    if (std::any_of(fields.begin(), fields.end(), [&](const FieldType& field) { return field.name == name; }))
      throw Error(ErrorKind::usage, kOption, concat("names ", name, " twice"));
    fields.push_back({std::move(name), {parse_value_kind(std::string_view(definition).substr(at + 1))}});
  }
  return fields;
}

}  // namespace ev

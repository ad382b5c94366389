#include "text/schema_check.h"

#include <algorithm>

#include "base/text.h"
#include "text/schema_values.h"

namespace ev {
namespace {

/// Which layouts of the batch have one of the paths.
std::vector<bool> layouts_with(const Batch& batch, const std::vector<uint16_t>& paths) {
  std::vector<bool> wanted(batch.paths.size()), has(batch.layouts.size());
  for (uint16_t path : paths) wanted[path] = true;
  for (std::size_t i = 0; i < batch.layouts.size(); i++)
    has[i] = std::any_of(batch.layouts[i].begin(), batch.layouts[i].end(), [&](uint16_t path) { return wanted[path]; });
  return has;
}

/// The beginnings of a path of so many steps, from one step to all.
std::vector<Path> beginnings(const Path& path) {
  std::vector<Path> paths;
  for (std::string_view step : path.steps())
    paths.push_back(paths.empty() ? Path::key(step) : paths.back().child(step));
  return paths;
}

}  // namespace

SchemaCheck::SchemaCheck(Schema schema, TimeRules rules) : schema_(std::move(schema)), rules_(std::move(rules)) {
  rules_.plausible_only = false;
  for (uint32_t i = 0; i < schema_.fields.size(); i++) {
    const std::string& name = schema_.fields[i].name;
    if (name.find('`') == name.npos)
      by_name_[name].push_back(i);
    else
      quoted_.push_back(i);
  }
}

/// Calls f(number) for the fields of the schema that mean the path, whose name is `name`.
template <class F>
void SchemaCheck::for_each_field(std::string_view name, const Path& path, F&& f) const {
  if (auto found = by_name_.find(std::string(name)); found != by_name_.end())
    for (uint32_t field : found->second) f(field);
  for (uint32_t field : quoted_)
    if (may_mean(schema_.fields[field].name, path)) f(field);
}

std::vector<SchemaCheck::Found> SchemaCheck::find_fields(const Batch& batch) const {
  std::vector<Found> found(schema_.fields.size());
  for (uint16_t i = 0; i < batch.paths.size(); i++) {
    const std::vector<Path> paths = beginnings(batch.paths[i]);
    for (const Path& path : paths)
      for_each_field(path.name(), path, [&](uint32_t field) {
        (path == batch.paths[i] ? found[field].paths : found[field].below).push_back(i);
      });
  }
  return found;
}

void SchemaCheck::check(const Batch& batch, RefusedRows& refused) const {
  if (batch.rows == 0) return;
  const std::vector<Found> found = find_fields(batch);
  for (std::size_t i = 0; i < schema_.fields.size(); i++) {
    const SchemaField& field = schema_.fields[i];
    check_presence(batch, field, found[i], refused);
    check_objects(batch, field, found[i], refused);
    for (const Column& column : batch.columns)
      if (std::find(found[i].paths.begin(), found[i].paths.end(), column.path) != found[i].paths.end())
        check_values(field, column, batch.rows, rules_, refused);
  }
  check_closed(batch, refused);
}

void SchemaCheck::check_presence(const Batch& batch, const SchemaField& field, const Found& found,
                                 RefusedRows& refused) const {
  if (!field.required) return;
  auto is_of_field = [&](const Column& column) {
    return std::find(found.paths.begin(), found.paths.end(), column.path) != found.paths.end();
  };
  Bitmap present(batch.rows, false);
  for (const Column& column : batch.columns) {
    if (!is_of_field(column)) continue;
    if (column.validity.empty()) return;
    for (std::size_t w = 0; w < present.word_count(); w++) present.word(w) |= column.validity.word(w);
  }
  const bool null_will_do = !field.types.empty() && field.allows(SchemaType::null);
  const std::vector<bool> objects = layouts_with(batch, found.below), nulls = layouts_with(batch, found.paths);
  for (uint32_t row = 0; row < batch.rows; row++) {
    if (present.get(row)) continue;
    const uint32_t layout = batch.layout_of(row);
    if (objects[layout] || (null_will_do && nulls[layout])) continue;
    refused.refuse(row, [&] { return concat(field.name, nulls[layout] ? " is null, but required" : " is missing"); });
  }
}

/// An object has no value of its own, only fields below it.
void SchemaCheck::check_objects(const Batch& batch, const SchemaField& field, const Found& found,
                                RefusedRows& refused) const {
  const bool allowed = field.allows(SchemaType::object);
  if (found.below.empty() || (allowed && !field.choices)) return;
  const std::vector<bool> objects = layouts_with(batch, found.below);
  for (uint32_t row = 0; row < batch.rows; row++)
    if (objects[batch.layout_of(row)])
      refused.refuse(row, [&] {
        return allowed ? concat(field.name, " is an object, not one of the values of enum")
                       : concat(field.name, " is object, not ", field.type_names());
      });
}

/// Whether the schema knows the path, as far as objects are closed.
bool SchemaCheck::is_covered(const Path& path) const {
  const std::vector<Path> paths = beginnings(path);
  bool known = false;
  for (std::size_t steps = paths.size(); steps > 0; steps--) {
    for_each_field(paths[steps - 1].name(), paths[steps - 1], [&](uint32_t) { known = true; });
    if (known) continue;
    const bool closed = std::any_of(schema_.closed.begin(), schema_.closed.end(), [&](const std::string& name) {
      return steps == 1 ? name.empty() : !name.empty() && may_mean(name, paths[steps - 2]);
    });
    if (closed) return false;
  }
  return true;
}

void SchemaCheck::check_closed(const Batch& batch, RefusedRows& refused) const {
  if (schema_.closed.empty()) return;
  std::vector<bool> unknown(batch.paths.size());
  for (std::size_t i = 0; i < batch.paths.size(); i++) unknown[i] = !is_covered(batch.paths[i]);
  std::vector<const Path*> first_unknown(batch.layouts.size());
  for (std::size_t i = 0; i < batch.layouts.size(); i++) {
    auto found =
        std::find_if(batch.layouts[i].begin(), batch.layouts[i].end(), [&](uint16_t path) { return unknown[path]; });
    if (found != batch.layouts[i].end()) first_unknown[i] = &batch.paths[*found];
  }
  for (uint32_t row = 0; row < batch.rows; row++)
    if (const Path* path = first_unknown[batch.layout_of(row)])
      refused.refuse(row, [&] { return concat(path->name(), " is no field of the schema"); });
}

}  // namespace ev

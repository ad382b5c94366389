#include <algorithm>

#include "aggregate/aggregator.h"
#include "aggregate/states.h"
#include "base/error.h"
#include "base/text.h"

namespace ev {

namespace {

/// A name that find_path() takes for this path alone.
std::string name_of(const Batch& batch, const Path& path) {
  std::string plain = path.name();
  auto same_name = [&](const Path& other) { return other.name() == plain; };
  if (std::count_if(batch.paths.begin(), batch.paths.end(), same_name) <= 1 && plain.find('`') == plain.npos)
    return plain;
  std::string quoted;
  for (std::string_view step : path.steps()) {
    quoted += quoted.empty() ? "`" : ".`";
    for (char c : step) quoted.append(c == '`' ? 2 : 1, c);
    quoted += '`';
  }
  return quoted;
}

std::optional<AggregateCall> call_of(const Batch& batch, uint16_t path) {
  const Column* states = batch.find(path, Type::state);
  if (!states || states->size() == 0) return std::nullopt;
  AggregateCall call{function_name(states->text(0)), {}, batch.paths[path].name()};
  if (function_of(states->text(0)).field == AggregateFunction::Field::formula)
    call.formula = state_payload(states->text(0));
  return call;
}

}  // namespace

const std::string& key_name(const AggregateQuery& query, std::size_t k) {
  return k < query.key_names.size() && !query.key_names[k].empty() ? query.key_names[k] : query.by[k];
}

std::vector<std::string> fields_of(const AggregateQuery& query) {
  std::vector<std::string> fields;
  auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(fields.begin(), fields.end(), name) == fields.end()) fields.push_back(name);
  };
  for (const std::string& name : query.by) add(name);
  for (const AggregateCall& call : query.calls) add(query.merge ? call.name : call.field);
  return fields;
}

bool needs_event_time(const AggregateQuery& query) {
  if (query.merge) return query.every.has_value();  // functions find what they need in their states
  return query.every || std::any_of(query.calls.begin(), query.calls.end(), [](const AggregateCall& call) {
           const AggregateFunction* function = find_function(call.function);
           return function && function->by_time;
         });
}

bool needs_all_groups(const AggregateCall& call) {
  const AggregateFunction* function = find_function(call.function);
  return function && function->by_total;
}

AggregateQuery query_from(const Batch& batch, std::optional<Buckets> every) {
  AggregateQuery query;
  query.every = std::move(every);
  query.merge = true;
  for (std::size_t path = 0; path < batch.paths.size(); path++) {
    if (std::optional<AggregateCall> call = call_of(batch, static_cast<uint16_t>(path)))
      query.calls.push_back(std::move(*call));
    else if (!query.every || static_cast<int>(path) != batch.time_path)
      query.by.push_back(name_of(batch, batch.paths[path]));
  }
  if (query.calls.empty())
    throw Error(ErrorKind::usage, "merge", "the input holds no aggregate states",
                "merge what ev aggregate wrote to a file or pipe, before ev export");
  return query;
}

}  // namespace ev

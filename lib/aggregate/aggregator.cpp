#include "aggregate/aggregator.h"

#include <algorithm>
#include <numeric>

#include "aggregate/aggregator_state.h"
#include "base/error.h"
#include "base/text.h"

namespace ev {

namespace {

/// A key's name as people see it, for comparing with the names of results.
std::string bare(std::string_view name) {
  std::string result;
  for (char c : name)
    if (c != '`') result += c;
  return result;
}

void check_names(const AggregateQuery& query) {
  std::vector<std::string> taken;
  if (query.every) taken.emplace_back("time");
  for (std::size_t k = 0; k < query.by.size(); k++) {
    const std::string name = key_name(query, k);
    if (query.every && bare(name) == "time")
      throw Error(ErrorKind::usage, "key time", "the result already has a field of this name: the bucket",
                  "leave it out, or give it another name: time as NAME");
    if (std::find(taken.begin(), taken.end(), bare(name)) != taken.end())
      throw Error(ErrorKind::usage, concat("key ", name), "is named twice");
    taken.push_back(bare(name));
  }
  for (const AggregateCall& call : query.calls) {
    if (std::find(taken.begin(), taken.end(), call.name) != taken.end())
      throw Error(ErrorKind::usage, concat("result ", call.name), "the result already has a field of this name",
                  "give it another name: ... as NAME");
    taken.push_back(call.name);
  }
}

}  // namespace

Aggregator::State::State(const AggregateQuery& q) : query(q), table(q.by.size() + q.every.has_value()) {
  check_names(query);
  for (const AggregateCall& call : query.calls) {
    const AggregateFunction* function = find_function(call.function);
    if (!function) throw Error(ErrorKind::usage, "aggregates", concat("there is no function ", call.function));
    functions.push_back(function);
    if (function->needs_every && !query.every && !query.merge)
      throw Error(ErrorKind::usage, concat("result ", call.name), concat(call.function, " needs buckets of time"),
                  "add --every 1m");
    by_time |= function->by_time && !query.merge;
    states.push_back(function->make(call));
  }
  key_paths.resize(query.by.size());
  for (std::size_t k = 0; k < query.key_names.size(); k++)
    if (!query.key_names[k].empty()) key_paths[k] = Path::key(query.key_names[k]);
  skipped.resize(query.calls.size());
  resize();
}

void Aggregator::State::forget_groups() {
  for (std::size_t c = 0; c < states.size(); c++) {
    skipped[c] += states[c]->skipped();
    states[c] = functions[c]->make(query.calls[c]);
  }
  table = GroupTable(table.key_count());
  resize();
}

void Aggregator::State::resize() {
  for (auto& s : states) s->resize(group_count());
}

uint32_t Aggregator::State::group_count() const {
  return has_keys() ? table.size() : 1;
}

/// Finds the fields of the query in the batch, unless they are where they were in the batch before.
void Aggregator::State::bind(const Batch& batch) {
  if (bound_paths && *bound_paths == batch.paths) return;
  bound_paths.reset();
  key_path.clear();
  if (query.every) key_path.push_back(-1);
  for (const std::string& name : query.by) key_path.push_back(find_path(batch.paths, name));
  for (std::size_t k = 0; k < query.by.size(); k++) {
    int at = key_path[k + query.every.has_value()];
    if (at < 0) continue;
    if (std::count(key_path.begin(), key_path.end(), at) > 1)
      throw Error(ErrorKind::usage, concat("key ", query.by[k]), "is named twice");
    // Streams may hold the field under several paths: the result has the smallest, in whatever order they come.
    const Path& path = batch.paths[static_cast<std::size_t>(at)];
    const bool named = &key_name(query, k) != &query.by[k];
    if (!named && (!key_paths[k] || path < *key_paths[k])) key_paths[k] = path;
  }
  field_path.clear();
  for (const AggregateCall& call : query.calls) {
    if (query.merge) {
      auto at = std::find(batch.paths.begin(), batch.paths.end(), Path::key(call.name));
      field_path.push_back(at == batch.paths.end() ? -1 : static_cast<int>(at - batch.paths.begin()));
    } else {
      field_path.push_back(call.field.empty() ? -1 : find_path(batch.paths, call.field));
    }
  }
  bound_paths = batch.paths;
}

/// The groups of the rows in which the column has a value, and the times of these rows.
ValueGroups Aggregator::State::groups_of(const Column& column) {
  bool one_group = !has_keys();
  if (column.validity.empty()) return {groups, one_group, times, timed};
  of_values.resize(column.size());
  if (one_group)
    of_values.assign(column.size(), 0);
  else
    for_each_value(column, groups.size(), [&](std::size_t row, std::size_t i) { of_values[i] = groups[row]; });
  if (!by_time) return {of_values, one_group};
  times_of_values.resize(column.size());
  timed_of_values.resize(column.size());
  for_each_value(column, groups.size(), [&](std::size_t row, std::size_t i) {
    times_of_values[i] = times[row];
    timed_of_values[i] = timed[row];
  });
  return {of_values, one_group, times_of_values, timed_of_values};
}

/// The event time of each row.
void Aggregator::State::note_times(const Batch& batch) {
  times.assign(batch.rows, 0);
  timed.assign(batch.rows, 0);
  const Column* column = batch.time_column();
  if (!column) return;
  for_each_value(*column, batch.rows, [&](std::size_t row, std::size_t i) {
    times[row] = column->integer(i);
    timed[row] = 1;
  });
}

void Aggregator::State::update(const Batch& batch) {
  if (by_time) note_times(batch);
  for (std::size_t c = 0; c < states.size(); c++)
    if (query.calls[c].field.empty()) states[c]->update_rows({groups, !has_keys()});
  for (const Column& column : batch.columns) {
    std::optional<ValueGroups> of_column;
    for (std::size_t c = 0; c < states.size(); c++) {
      if (field_path[c] != column.path) continue;
      if (!of_column) of_column = groups_of(column);
      states[c]->update(column, *of_column);
    }
  }
}

void Aggregator::State::merge_rows(const Batch& batch) {
  for (std::size_t c = 0; c < states.size(); c++) {
    const Column* column = wanted_states(batch, c);
    if (column && column->size()) states[c]->merge_states(*column, groups_of(*column));
  }
}

/// Checked before any state changes. nullptr for a formula that the input does not have: it needs no state.
const Column* Aggregator::State::wanted_states(const Batch& batch, std::size_t call) const {
  const AggregateCall& wanted = query.calls[call];
  const Column* column =
      field_path[call] < 0 ? nullptr : batch.find(static_cast<uint16_t>(field_path[call]), Type::state);
  if (!column && !wanted.formula.empty()) return nullptr;
  if (!column)
    throw Error(ErrorKind::usage, "merge", concat("the input has no states named ", wanted.name),
                "name those that it has with -a, or leave -a out to merge all");
  for (std::size_t i = 0; i < column->texts.size(); i++) {
    const std::string_view state = column->texts[i];
    const AggregateFunction& found = function_of(state);
    if (&found != functions[call] || (found.spell && found.spell(state_payload(state)) != wanted.function))
      throw Error(ErrorKind::usage, "merge",
                  concat(wanted.name, " holds states of ", function_name(state), ", not of ", wanted.function));
    if (!wanted.formula.empty() && state_payload(state) != wanted.formula)
      throw Error(
          ErrorKind::usage, "merge",
          concat(wanted.name, " is ", wanted.formula, " in one place and ", state_payload(state), " in another"),
          "name the results to merge with -a, and this one otherwise");
  }
  return column;
}

void Aggregator::State::add(const Batch& batch) {
  if (batch.rows == 0) return;
  bind(batch);
  if (query.merge)
    for (std::size_t c = 0; c < states.size(); c++) wanted_states(batch, c);
  if (has_keys()) {
    table.number_rows(batch, key_path, query.every ? &*query.every : nullptr, groups);
    resize();
  } else {
    groups.assign(batch.rows, 0);
  }
  for (std::size_t k = 0; k < query.by.size(); k++)
    if (batch.time_column() && key_path[k + query.every.has_value()] == batch.time_path) time_key = static_cast<int>(k);
  if (query.merge)
    merge_rows(batch);
  else
    update(batch);
}

bool Aggregator::State::reads_states(const Batch& batch) const {
  return std::any_of(batch.columns.begin(), batch.columns.end(), [](const Column& c) { return c.type == Type::state; });
}

void Aggregator::State::merge(State& other) {
  // Queries taken from batches of one stream need not agree.
  if (query.by != other.query.by || query.key_names != other.query.key_names || functions != other.functions ||
      !std::equal(query.calls.begin(), query.calls.end(), other.query.calls.begin(),
                  [](const AggregateCall& a, const AggregateCall& b) {
                    return a.name == b.name && a.field == b.field && a.function == b.function && a.formula == b.formula;
                  }))
    throw Error(ErrorKind::usage, "merge", "the input holds results of different aggregations",
                "name the keys with -b and the results with -a");
  PodVector<uint32_t> at;
  if (has_keys())
    at = table.merge(other.table);
  else
    at.assign(1, 0);
  resize();
  for (std::size_t c = 0; c < states.size(); c++) {
    states[c]->merge(*other.states[c], at);
    skipped[c] += other.skipped[c];
  }
  for (std::size_t k = 0; k < key_paths.size(); k++)
    if (other.key_paths[k] && (!key_paths[k] || *other.key_paths[k] < *key_paths[k])) key_paths[k] = other.key_paths[k];
  time_key = std::max(time_key, other.time_key);
}

Aggregator::Aggregator(const AggregateQuery& query) : state_(std::make_unique<State>(query)) {}
Aggregator::~Aggregator() = default;
Aggregator::Aggregator(Aggregator&&) noexcept = default;
Aggregator& Aggregator::operator=(Aggregator&&) noexcept = default;

void Aggregator::add(const Batch& batch) {
  if (!state_->query.merge && state_->reads_states(batch))
    state_->add(finalize_states(Batch(batch)));
  else
    state_->add(batch);
}

void Aggregator::merge(Aggregator&& other) {
  // The larger takes in the smaller.
  if (other.groups() > groups()) std::swap(state_, other.state_);
  state_->merge(*other.state_);
}

std::vector<Path> Aggregator::key_fields() const {
  return state_->key_fields();
}

void Aggregator::forget_groups() {
  state_->forget_groups();
}

void Aggregator::add_key_forms(KeyForms& forms) const {
  forms.resize(state_->query.by.size());
  for (std::size_t k = 0; k < forms.size(); k++)
    state_->table.key(k + state_->query.every.has_value()).add_forms(forms[k]);
}

void Aggregator::lower_key_forms(const KeyForms& forms) {
  for (std::size_t k = 0; k < forms.size(); k++)
    state_->table.key(k + state_->query.every.has_value()).lower_forms(forms[k]);
}

void Aggregator::take_names(const Aggregator& other) {
  state_->key_paths = other.state_->key_paths;
  state_->time_key = other.state_->time_key;
}

void Aggregator::name_keys(std::span<const Path> paths) {
  for (std::size_t k = 0; k < paths.size(); k++) state_->key_paths[k] = paths[k];
}

uint64_t Aggregator::groups() const {
  return state_->group_count();
}

uint64_t Aggregator::memory() const {
  return std::accumulate(state_->states.begin(), state_->states.end(), state_->table.memory(),
                         [](uint64_t sum, const auto& states) { return sum + states->memory(); });
}

std::vector<std::string> Aggregator::warnings() const {
  std::vector<std::string> warnings;
  for (std::size_t c = 0; c < state_->states.size(); c++) {
    const uint64_t skipped = state_->skipped[c] + state_->states[c]->skipped();
    if (skipped == 0) continue;
    const AggregateCall& call = state_->query.calls[c];
    const AggregateFunction& function = *state_->functions[c];
    warnings.push_back(concat(call.function, "(", call.field, "): ", skipped,
                              skipped == 1 ? " value is " : " values are ",
                              skipped == 1 ? function.skip : function.skips));
  }
  return warnings;
}

}  // namespace ev

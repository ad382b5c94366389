// The groups of an Aggregator as batches.
#include <algorithm>

#include "aggregate/aggregator_state.h"
#include "aggregate/result_fields.h"
#include "event/batch_builder.h"

namespace ev {

namespace {

/// Whether they are so long on average that hardly two of them are equal: nothing is gained by looking for those.
bool are_long(const Texts& states) {
  constexpr std::size_t kLong = 512;
  return states.size() > 0 && states.data.size() / states.size() >= kLong;
}

/// Puts a column of states in its place, one for each row.
void put_column(Batch& batch, const Path& path, Texts&& states) {
  const auto of_path = std::find(batch.paths.begin(), batch.paths.end(), path);
  Column column;
  column.path = static_cast<uint16_t>(of_path - batch.paths.begin());
  column.type = Type::state;
  column.texts = std::move(states);
  const auto at = std::find_if(batch.columns.begin(), batch.columns.end(),
                               [&](const Column& other) { return other.path > column.path; });
  batch.columns.insert(at, std::move(column));
}

}  // namespace

GroupBuckets Aggregator::State::buckets() const {
  GroupBuckets result;
  result.of_group.assign(group_count(), 0);
  // Merged by a key that was the event time, groups of one time are one bucket.
  const int key = query.every ? 0 : query.merge ? time_key : -1;
  if (key < 0) {
    result.buckets.emplace_back();
    return result;
  }
  result.have_ends = query.every.has_value();
  const KeyValues& bucket_times = table.key(static_cast<std::size_t>(key));
  for (uint32_t number = 0; number < bucket_times.size(); number++) {
    const Value time = bucket_times.value(number);
    GroupBuckets::Bucket& bucket = result.buckets.emplace_back();
    bucket.timed = time.type == Type::time;
    if (!bucket.timed || !query.every) continue;
    bucket.begin = static_cast<int64_t>(time.word);
    bucket.end = query.every->next(bucket.begin);
  }
  std::vector<uint32_t> values(table.key_count());
  for (uint32_t group = 0; group < group_count(); group++) {
    table.split(group, values.data());
    result.of_group[group] = values[static_cast<std::size_t>(key)];
  }
  return result;
}

std::vector<Path> Aggregator::State::key_fields() const {
  std::vector<Path> fields;
  if (query.every) fields.push_back(Path::key("time"));
  for (std::size_t k = 0; k < query.by.size(); k++)
    fields.push_back(key_paths[k] ? *key_paths[k] : path_of_name(query.by[k]));
  return fields;
}

AggregateResult::AggregateResult(const Aggregator& aggregator, uint32_t rows) : aggregator_(aggregator), rows_(rows) {
  const Aggregator::State& s = *aggregator.state_;
  if (s.has_keys())
    order_ = s.table.sorted();
  else
    order_.assign(1, 0);
  std::optional<GroupBuckets> buckets;
  for (std::size_t c = 0; c < s.states.size(); c++) {
    if (!s.functions[c]->by_bucket) continue;
    if (!buckets) buckets = s.buckets();
    s.states[c]->see_buckets(*buckets);
  }
  constexpr uint32_t kRowsOfLargeStates = 1024;
  if (std::any_of(s.functions.begin(), s.functions.end(), [](const AggregateFunction* f) { return f->large; }))
    rows_ = std::min(rows_, kRowsOfLargeStates);
}

std::size_t AggregateResult::batches() const {
  return (order_.size() + rows_ - 1) / rows_;
}

Batch AggregateResult::batch(std::size_t at) const {
  const Aggregator::State& s = *aggregator_.state_;
  std::vector<Path> paths = s.key_fields();
  for (const AggregateCall& call : s.query.calls) paths.push_back(Path::key(call.name));

  BatchBuilder builder;
  ResultFields fields(builder, paths);

  const std::size_t begin = at * rows_;
  const std::span<const uint32_t> part =
      order_.span().subspan(begin, std::min<std::size_t>(rows_, order_.size() - begin));
  std::vector<Texts> states(s.states.size());
  for (std::size_t c = 0; c < states.size(); c++) s.states[c]->write_states(part, states[c]);
  const std::size_t keys = s.table.key_count();
  PodVector<uint32_t> values(keys);
  std::vector<Cell> cells(paths.size());
  for (std::size_t i = 0; i < part.size(); i++) {
    if (keys) s.table.split(part[i], values.data());
    for (std::size_t k = 0; k < keys; k++) cells[k] = fields.cell(k, s.table.key(k).value(values[k]));
    for (std::size_t c = 0; c < states.size(); c++) {
      Value state;
      if (!are_long(states[c])) {
        state.type = Type::state;
        state.text = states[c][i];
      }
      cells[keys + c] = fields.cell(keys + c, state);
    }
    builder.append(fields.layout(), cells);
  }
  Batch batch = builder.finish(s.query.every ? 0 : s.time_key);
  for (std::size_t c = 0; c < states.size(); c++)
    if (are_long(states[c])) put_column(batch, paths[keys + c], std::move(states[c]));
  return batch;
}

AggregateResult Aggregator::result(uint32_t rows) const {
  return {*this, rows};
}

std::vector<Batch> Aggregator::finish(uint32_t rows) const {
  const AggregateResult all = result(rows);
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < all.batches(); i++) batches.push_back(all.batch(i));
  return batches;
}

}  // namespace ev

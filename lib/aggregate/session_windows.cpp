#include "aggregate/session_windows.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "aggregate/result_fields.h"
#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

// The number of an interval as a key; no field of an event is called so by accident.
constexpr std::string_view kNumber = "\x01interval";
constexpr uint64_t kFewIntervals = 65536;  // are not worth joining

AggregateQuery by_number(const AggregateQuery& query, bool merge) {
  AggregateQuery numbered;
  numbered.by = {std::string(kNumber)};
  numbered.calls = query.calls;
  numbered.merge = merge;
  return numbered;
}

/// Refuses what an Aggregator by the keys themselves would, and names of ours.
const AggregateQuery& checked(const AggregateQuery& query) {
  const Aggregator check(query);
  auto is_ours = [](std::string name) {
    std::erase(name, '`');
    return name == SessionWindows::kStart || name == SessionWindows::kEnd || name == SessionWindows::kLength;
  };
  for (std::size_t k = 0; k < query.by.size(); k++)
    if (const std::string& key = key_name(query, k); is_ours(key))
      throw Error(ErrorKind::usage, concat("key ", key), "a session has a field of this name",
                  concat("give it another name: ", key, " as NAME"));
  for (const AggregateCall& call : query.calls)
    if (is_ours(call.name))
      throw Error(ErrorKind::usage, concat("result ", call.name), "a session has a field of this name",
                  "give it another name: ... as NAME");
  return query;
}

Value time_value(int64_t ns, uint32_t form) {
  Value value;
  value.type = Type::time;
  value.word = static_cast<uint64_t>(ns);
  value.form = form;
  return value;
}

/// As a time less a time in expressions.
Value seconds_between(int64_t start, int64_t end) {
  const uint64_t ns = static_cast<uint64_t>(end) - static_cast<uint64_t>(start);
  Value value;
  value.type = Type::float64;
  value.word = std::bit_cast<uint64_t>(static_cast<double>(static_cast<long double>(ns) / 1e9L));
  return value;
}

uint16_t number_path(const Batch& batch) {
  return static_cast<uint16_t>(std::find(batch.paths.begin(), batch.paths.end(), Path::key(kNumber)) -
                               batch.paths.begin());
}

/// All groups of `from` into `into`, under other numbers.
void pour(const Aggregator& from, const std::vector<uint32_t>& numbers, Aggregator& into) {
  const AggregateResult result = from.result(65536);
  for (std::size_t i = 0; i < result.batches(); i++) {
    Batch batch = result.batch(i);
    for (Column& column : batch.columns)
      if (column.path == number_path(batch))
        for (uint64_t& word : column.words) word = numbers[word];
    into.add(batch);
  }
}

}  // namespace

SessionWindows::SessionWindows(const AggregateQuery& query, int64_t gap)
    : query_(checked(query)),
      gap_(gap),
      keys_(query.by.size()),
      key_paths_(query.by.size()),
      fresh_(by_number(query, false)),
      joined_states_(by_number(query, true)) {
  for (std::size_t k = 0; k < query_.key_names.size(); k++)
    if (!query_.key_names[k].empty()) key_paths_[k] = Path::key(query_.key_names[k]);
}

void SessionWindows::bind(const Batch& batch) {
  key_path_.clear();
  for (std::size_t k = 0; k < query_.by.size(); k++) {
    const int at = key_path_.emplace_back(find_path(batch.paths, query_.by[k]));
    if (at < 0) continue;
    if (std::count(key_path_.begin(), key_path_.end(), at) > 1)
      throw Error(ErrorKind::usage, concat("key ", query_.by[k]), "is named twice");
    const Path& path = batch.paths[static_cast<std::size_t>(at)];
    const bool named = &key_name(query_, k) != &query_.by[k];
    if (!named && (!key_paths_[k] || path < *key_paths_[k])) key_paths_[k] = path;
  }
}

bool SessionWindows::far(int64_t end, int64_t start) const {
  int64_t distance;
  return __builtin_sub_overflow(start, end, &distance) ? start > end : distance > gap_;
}

/// Of equal instants that were written differently, the smallest form stays.
void SessionWindows::extend(Interval& interval, const Interval& by) {
  if (by.start < interval.start || (by.start == interval.start && by.start_form < interval.start_form)) {
    interval.start = by.start;
    interval.start_form = by.start_form;
  }
  if (by.end > interval.end || (by.end == interval.end && by.end_form < interval.end_form)) {
    interval.end = by.end;
    interval.end_form = by.end_form;
  }
}

void SessionWindows::number_keys(const Batch& batch) {
  bind(batch);
  if (query_.by.empty())
    groups_.assign(batch.rows, 0);
  else
    keys_.number_rows(batch, key_path_, nullptr, groups_);
}

/// New intervals for the rows of a batch, all of them timed; the number of that of each row.
PodVector<uint64_t> SessionWindows::number_intervals(const Batch& batch) {
  const Column& times = *batch.time_column();
  events_.clear();
  for (uint32_t row = 0; row < batch.rows; row++)
    events_.push_back({groups_[row], row, times.form_at(row), times.integer(row)});
  std::sort(events_.begin(), events_.end(),
            [](const Event& a, const Event& b) { return a.keys != b.keys ? a.keys < b.keys : a.time < b.time; });
  PodVector<uint64_t> numbers(batch.rows);
  for (std::size_t i = 0; i < events_.size(); i++) {
    const Event& event = events_[i];
    earliest_start_ = std::min(earliest_start_, event.time);
    earliest_end_ = std::min(earliest_end_, event.time);
    const Interval alone{event.keys, event.time, event.time, event.form, event.form};
    if (i == 0 || events_[i - 1].keys != event.keys || far(intervals_.back().end, event.time))
      intervals_.push_back(alone);
    else
      extend(intervals_.back(), alone);
    numbers[event.row] = intervals_.size() - 1;
  }
  return numbers;
}

uint64_t SessionWindows::add(Batch&& batch) {
  const Column* times = batch.time_column();
  const uint64_t untimed = batch.rows - (times ? times->size() : 0);
  if (untimed == batch.rows) return untimed;
  if (untimed > 0) {
    Selection timed;
    for_each_value(*times, batch.rows,
                   [&](std::size_t row, std::size_t) { timed.push_back(static_cast<uint32_t>(row)); });
    batch = take(batch, timed.span());
  }
  number_keys(batch);
  Column numbers;
  numbers.path = static_cast<uint16_t>(batch.paths.size());
  numbers.type = Type::int64;
  numbers.words = number_intervals(batch);
  batch.paths.push_back(Path::key(kNumber));
  batch.columns.push_back(std::move(numbers));
  fresh_.add(batch);
  if (intervals_.size() > kFewIntervals && intervals_.size() > 2 * joined_) join();
  return untimed;
}

/// Intervals of one session become one.
void SessionWindows::join() {
  std::vector<uint32_t> order(intervals_.size()), numbers(intervals_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const Interval &x = intervals_[a], &y = intervals_[b];
    return x.keys != y.keys ? x.keys < y.keys : x.start < y.start;
  });
  std::vector<Interval> joined;
  for (uint32_t number : order) {
    const Interval& next = intervals_[number];
    if (joined.empty() || joined.back().keys != next.keys || far(joined.back().end, next.start))
      joined.push_back(next);
    else
      extend(joined.back(), next);
    numbers[number] = static_cast<uint32_t>(joined.size() - 1);
  }
  intervals_ = std::move(joined);
  joined_ = intervals_.size();
  renumber(numbers);
}

/// All states get new numbers; equal ones are merged.
void SessionWindows::renumber(const std::vector<uint32_t>& numbers) {
  Aggregator states(by_number(query_, true));
  pour(joined_states_, numbers, states);
  pour(fresh_, numbers, states);
  joined_states_ = std::move(states);
  fresh_.forget_groups();
}

void SessionWindows::merge(SessionWindows&& other) {
  PodVector<uint32_t> keys;
  if (query_.by.empty())
    keys.assign(1, 0);
  else
    keys = keys_.merge(other.keys_);
  std::vector<uint32_t> numbers;
  for (Interval interval : other.intervals_) {
    interval.keys = keys[interval.keys];
    numbers.push_back(static_cast<uint32_t>(intervals_.size()));
    intervals_.push_back(interval);
  }
  earliest_start_ = std::min(earliest_start_, other.earliest_start_);
  earliest_end_ = std::min(earliest_end_, other.earliest_end_);
  pour(other.joined_states_, numbers, joined_states_);
  pour(other.fresh_, numbers, joined_states_);
  other.fresh_.forget_groups();
  fresh_.merge(std::move(other.fresh_));  // what it has to warn of
  for (std::size_t k = 0; k < key_paths_.size(); k++)
    if (other.key_paths_[k] && (!key_paths_[k] || *other.key_paths_[k] < *key_paths_[k]))
      key_paths_[k] = other.key_paths_[k];
  join();
}

uint64_t SessionWindows::memory() const {
  return keys_.memory() + fresh_.memory() + joined_states_.memory() + intervals_.capacity() * sizeof(Interval);
}

std::vector<std::string> SessionWindows::warnings() const {
  return fresh_.warnings();
}

/// The place of each group of keys in their order.
std::vector<uint32_t> SessionWindows::key_ranks() const {
  if (query_.by.empty()) return {0};
  const PodVector<uint32_t> sorted = keys_.sorted();
  std::vector<uint32_t> ranks(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); i++) ranks[sorted[i]] = static_cast<uint32_t>(i);
  return ranks;
}

std::vector<Batch> SessionWindows::finish(uint32_t rows) {
  join();
  const std::vector<uint32_t> ranks = key_ranks();
  std::vector<uint32_t> order(intervals_.size()), numbers(intervals_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const Interval &x = intervals_[a], &y = intervals_[b];
    return x.start != y.start ? x.start < y.start : ranks[x.keys] < ranks[y.keys];
  });
  std::vector<Interval> sorted;
  for (uint32_t number : order) {
    numbers[number] = static_cast<uint32_t>(sorted.size());
    sorted.push_back(intervals_[number]);
  }
  intervals_ = std::move(sorted);
  renumber(numbers);
  const AggregateResult result = joined_states_.result(rows);
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < result.batches(); i++) batches.push_back(rows_of(result.batch(i), intervals_));
  return batches;
}

std::vector<Batch> SessionWindows::take_closed(std::optional<int64_t> watermark, uint32_t rows) {
  if (intervals_.empty() || (watermark && !far(earliest_end_, *watermark))) return {};
  join();
  const std::vector<uint32_t> ranks = key_ranks();
  std::vector<uint32_t> order(intervals_.size()), numbers(intervals_.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto closed_end = std::partition(order.begin(), order.end(), [&](uint32_t number) {
    return !watermark || far(intervals_[number].end, *watermark);
  });
  std::sort(order.begin(), closed_end, [&](uint32_t a, uint32_t b) {
    const Interval &x = intervals_[a], &y = intervals_[b];
    if (x.end != y.end) return x.end < y.end;
    return x.start != y.start ? x.start < y.start : ranks[x.keys] < ranks[y.keys];
  });
  const auto closed = static_cast<std::size_t>(closed_end - order.begin());
  std::vector<Interval> gone, staying;
  earliest_start_ = earliest_end_ = INT64_MAX;
  for (std::size_t i = 0; i < order.size(); i++) {
    numbers[order[i]] = static_cast<uint32_t>(i);
    const Interval& interval = intervals_[order[i]];
    (i < closed ? gone : staying).push_back(interval);
    if (i < closed) continue;
    earliest_start_ = std::min(earliest_start_, interval.start);
    earliest_end_ = std::min(earliest_end_, interval.end);
  }
  if (closed == 0) return {};
  Aggregator gone_states(by_number(query_, true)), staying_states(by_number(query_, true));
  part_states(numbers, closed, gone_states, staying_states);
  joined_states_ = std::move(staying_states);
  std::vector<Batch> batches;
  const AggregateResult result = gone_states.result(rows);
  for (std::size_t i = 0; i < result.batches(); i++) batches.push_back(rows_of(result.batch(i), gone));
  intervals_ = std::move(staying);
  joined_ = intervals_.size();
  forget_keys();
  return batches;
}

/// States that get a number below `closed` go to `gone`, the others to `staying`, with numbers from 0 on. Requires that
/// nothing is fresh.
void SessionWindows::part_states(const std::vector<uint32_t>& numbers, std::size_t closed, Aggregator& gone,
                                 Aggregator& staying) const {
  const AggregateResult result = joined_states_.result(65536);
  for (std::size_t i = 0; i < result.batches(); i++) {
    Batch batch = result.batch(i);
    Selection rows[2];
    for (Column& column : batch.columns) {
      if (column.path != number_path(batch)) continue;
      for (std::size_t row = 0; row < column.words.size(); row++) {
        const uint32_t number = numbers[column.words[row]];
        rows[number >= closed].push_back(static_cast<uint32_t>(row));
        column.words[row] = number < closed ? number : number - closed;
      }
    }
    if (!rows[0].empty()) gone.add(take(batch, rows[0].span()));
    if (!rows[1].empty()) staying.add(take(batch, rows[1].span()));
  }
}

/// Keys of sessions that are gone take no memory for ever.
void SessionWindows::forget_keys() {
  constexpr std::size_t kFewKeys = 1024;
  if (query_.by.empty() || keys_.size() <= kFewKeys || keys_.size() <= 4 * intervals_.size()) return;
  GroupTable kept(query_.by.size());
  std::vector<uint32_t> values(query_.by.size());
  for (Interval& interval : intervals_) {
    keys_.split(interval.keys, values.data());
    for (std::size_t k = 0; k < values.size(); k++) values[k] = kept.number_value(k, keys_.key(k).value(values[k]));
    interval.keys = kept.number_group(values);
  }
  keys_ = std::move(kept);
}

/// States by number as sessions.
Batch SessionWindows::rows_of(const Batch& numbered, const std::vector<Interval>& intervals) const {
  const std::size_t keys = query_.by.size(), calls = query_.calls.size();
  std::vector<Path> paths;
  for (std::size_t k = 0; k < keys; k++) paths.push_back(key_paths_[k] ? *key_paths_[k] : path_of_name(query_.by[k]));
  for (std::string_view name : {kStart, kEnd, kLength}) paths.push_back(Path::key(name));
  for (const AggregateCall& call : query_.calls) paths.push_back(Path::key(call.name));
  BatchBuilder builder;
  ResultFields fields(builder, paths);
  std::vector<Cell> cells(paths.size());
  std::vector<uint32_t> values(keys);
  RowReader reader(numbered);
  for (uint32_t row = 0; row < numbered.rows; row++) {
    reader.next();
    const Interval& interval = intervals[reader.value(0).word];
    if (keys > 0) keys_.split(interval.keys, values.data());
    for (std::size_t k = 0; k < keys; k++) cells[k] = fields.cell(k, keys_.key(k).value(values[k]));
    cells[keys] = fields.cell(keys, time_value(interval.start, interval.start_form));
    cells[keys + 1] = fields.cell(keys + 1, time_value(interval.end, interval.end_form));
    cells[keys + 2] = fields.cell(keys + 2, seconds_between(interval.start, interval.end));
    for (std::size_t c = 0; c < calls; c++)
      cells[keys + 3 + c] = fields.cell(keys + 3 + c, reader.value(static_cast<uint16_t>(1 + c)));
    builder.append(fields.layout(), cells);
  }
  return builder.finish(static_cast<int>(keys));
}

}  // namespace ev

#include "aggregate/arrangement.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "event/batch_builder.h"
#include "event/value_order.h"
#include "expr/evaluator.h"

namespace ev {
namespace {

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// A group, with what it is sorted by. Texts are those of the batches.
struct Row {
  uint32_t batch, row;
  std::vector<Value> keys;
};

[[noreturn]] void fail_no_field(std::string_view option, const std::string& field,
                                const std::vector<std::string>& names) {
  throw Error(ErrorKind::usage, std::string(option), concat("the result has no field ", field),
              concat("it has ", join(names, ", ")));
}

uint16_t path_of(const Batch& batch, const std::string& field, std::string_view option) {
  const int path = find_path(batch.paths, field);
  if (path >= 0) return static_cast<uint16_t>(path);
  std::vector<std::string> names;
  for (const Path& known : batch.paths) names.push_back(known.name());
  fail_no_field(option, field, names);
}

std::string without_backquotes(std::string name) {
  std::erase(name, '`');
  return name;
}

/// The rows of a batch, with their keys: the bucket first where that counts.
void take_rows(const Batch& batch, uint32_t number, const Arrangement& arrangement, std::vector<Row>& rows) {
  std::vector<uint16_t> paths;
  if (arrangement.per_time) paths.push_back(path_of(batch, "time", "--per time"));
  for (const SortKey& key : arrangement.sort) paths.push_back(path_of(batch, key.field, "--sort"));
  for (RowReader reader(batch); reader.next();) {
    Row& taken = rows.emplace_back(Row{number, reader.row(), {}});
    for (uint16_t path : paths) taken.keys.push_back(reader.value(path));
  }
}

void sort_rows(std::vector<Row>& rows, const Arrangement& arrangement) {
  std::vector<bool> descending(arrangement.per_time, false);
  for (const SortKey& key : arrangement.sort) descending.push_back(key.descending);
  // Stable: what is equal stays in the order of the groups' keys.
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    for (std::size_t k = 0; k < descending.size(); k++)
      if (const int order = compare_values(a.keys[k], b.keys[k])) return descending[k] ? order > 0 : order < 0;
    return false;
  });
}

void keep_top(std::vector<Row>& rows, const Arrangement& arrangement) {
  if (!arrangement.per_time) {
    if (rows.size() > *arrangement.top) rows.resize(*arrangement.top);
    return;
  }
  uint64_t kept = 0;  // of the bucket at hand
  std::optional<Value> bucket;
  std::vector<Row> top;
  for (Row& row : rows) {
    if (!bucket || compare_values(*bucket, row.keys[0]) != 0) kept = 0;
    bucket = row.keys[0];
    if (kept++ < *arrangement.top) top.push_back(std::move(row));
  }
  rows = std::move(top);
}

std::vector<Batch> gather(std::vector<Batch>&& batches, const std::vector<Row>& rows, uint32_t rows_per_batch) {
  std::vector<RankedBatch> ranked;
  for (Batch& batch : batches) ranked.emplace_back(std::move(batch));
  std::vector<Batch> gathered;
  BatchBuilder builder;
  for (std::size_t begin = 0; begin < rows.size(); begin += rows_per_batch) {
    std::vector<BatchBuilder::Translation> translations(ranked.size());
    const std::size_t end = std::min<std::size_t>(rows.size(), begin + rows_per_batch);
    for (std::size_t i = begin; i < end; i++)
      builder.append(ranked[rows[i].batch], translations[rows[i].batch], rows[i].row, rows[i].row + 1);
    const Batch& first = ranked[rows[begin].batch].batch();
    const int time_path = first.time_path < 0
                              ? -1
                              : static_cast<int>(builder.path(first.paths[static_cast<std::size_t>(first.time_path)]));
    gathered.push_back(builder.finish(time_path));
  }
  return gathered;
}

}  // namespace

std::vector<SortKey> parse_sort(std::string_view text) {
  std::vector<SortKey> keys;
  for (bool more = true; more;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view key = trim(text.substr(0, comma));
    more = comma < text.size();
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t space = key.rfind(' ');
    const std::string_view word = space == key.npos ? std::string_view() : key.substr(space + 1);
    const bool descending = word == "desc" || word == "DESC";
    if (descending || word == "asc" || word == "ASC") key = trim(key.substr(0, space));
    if (key.empty()) throw Error(ErrorKind::usage, "", "a field is missing", "write for example 'count desc, country'");
    keys.push_back({std::string(key), descending});
  }
  return keys;
}

void check_sort(const Arrangement& arrangement, const AggregateQuery& query) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < query.by.size(); k++) names.push_back(key_name(query, k));
  if (query.every) names.insert(names.begin(), "time");
  for (const AggregateCall& call : query.calls) names.push_back(call.name);
  for (const SortKey& key : arrangement.sort)
    if (std::ranges::none_of(
            names, [&](const std::string& name) { return without_backquotes(name) == without_backquotes(key.field); }))
      fail_no_field("--sort", key.field, names);
}

void Arrangement::complete(const AggregateQuery& query) {
  if (top && sort.empty() && !query.calls.empty()) sort = {{query.calls[0].name, true}};
}

Arranger::Arranger(const Arrangement& arrangement)
    : arrangement_(arrangement),
      having_(arrangement.having ? std::make_unique<Evaluator>(*arrangement.having) : nullptr) {}
Arranger::~Arranger() = default;

Batch Arranger::keep(Batch&& batch) {
  if (!having_) return std::move(batch);
  groups_ += batch.rows;
  const Selection selection = having_->select(finalize_states(Batch(batch)));
  return selection.size() == batch.rows ? std::move(batch) : take(batch, selection.span());
}

std::vector<Batch> Arranger::sort(std::vector<Batch>&& batches, uint32_t rows_per_batch) const {
  std::vector<Batch> finals;  // stay until the end, as the keys' texts are theirs
  finals.reserve(batches.size());
  std::vector<Row> rows;
  std::erase_if(batches, [](const Batch& batch) { return batch.rows == 0; });
  for (const Batch& batch : batches) {
    const auto number = static_cast<uint32_t>(finals.size());
    take_rows(finals.emplace_back(finalize_states(Batch(batch))), number, arrangement_, rows);
  }
  sort_rows(rows, arrangement_);
  if (arrangement_.top) keep_top(rows, arrangement_);
  return gather(std::move(batches), rows, rows_per_batch);
}

std::vector<Batch> Arranger::arrange(std::vector<Batch>&& batches, uint32_t rows) {
  for (Batch& batch : batches) batch = keep(std::move(batch));
  std::erase_if(batches, [](const Batch& batch) { return batch.rows == 0; });
  return arrangement_.sorts() ? sort(std::move(batches), rows) : std::move(batches);
}

std::vector<std::string> Arranger::warnings() const {
  return having_ ? having_->findings().warnings(*arrangement_.having, groups_) : std::vector<std::string>();
}

}  // namespace ev

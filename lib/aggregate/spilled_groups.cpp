#include "aggregate/spilled_groups.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "event/ranked_batch.h"
#include "event/value_order.h"
#include "stream/reader.h"
#include "stream/writer.h"

namespace ev {

namespace {

// Of what is read at a time of a run: runs are read beside each other.
constexpr uint32_t kPieceRows = 4096;
constexpr uint64_t kPieceBytes = uint64_t{256} << 10;

class RunWriter {
 public:
  explicit RunWriter(Output& output) : writer_(output) {}

  void write(const Aggregator& groups) {
    const AggregateResult result = groups.result(kPieceRows);
    for (std::size_t i = 0; i < result.batches(); i++) {
      const Batch batch = result.batch(i);
      const uint64_t pieces = std::min<uint64_t>(raw_bytes(batch) / kPieceBytes + 1, batch.rows);
      const auto rows = static_cast<uint32_t>((batch.rows + pieces - 1) / pieces);
      for (uint32_t begin = 0; begin < batch.rows; begin += rows)
        for (const Batch& piece : split_to_caps(slice(batch, begin, std::min(begin + rows, batch.rows)), rows)) {
          Ledger ledger;
          ledger.created = ledger.out = piece.rows;
          writer_.write(encode_block(piece, {Codec::none, 0}), ledger);
        }
    }
  }
  void finish() { writer_.finish(0); }

 private:
  StreamWriter writer_;
};

/// The rows of a run, which has each combination of keys once, in order.
class RunReader {
 public:
  using Keys = std::vector<Value>;

  RunReader(std::unique_ptr<Input> input, const std::vector<Path>& keys) : reader_(std::move(input), {}), keys_(keys) {}

  /// Reads on where all rows were taken; false at the end.
  bool load() {
    while (!batch_ || at_ == rows()) {
      const std::optional<RawBlock> block = reader_.next();
      if (!block) return false;
      batch_.emplace(decode_block(*block, {}));
      at_ = 0;
      columns_.assign(keys_.size(), {});
      const Batch& batch = batch_->batch();
      for (std::size_t c = 0; c < batch.columns.size(); c++)
        for (std::size_t k = 0; k < keys_.size(); k++)
          if (batch.paths[batch.columns[c].path] == keys_[k]) columns_[k].push_back(c);
    }
    return true;
  }
  /// Texts are good until the next load().
  Keys last_keys() const { return keys(rows() - 1); }
  /// Takes the rows whose keys are not behind these.
  std::optional<Batch> take_until(const Keys& last) {
    uint32_t begin = at_, end = rows();
    while (begin < end) {
      const uint32_t middle = begin + (end - begin) / 2;
      if (compare(keys(middle), last) <= 0)
        begin = middle + 1;
      else
        end = middle;
    }
    if (begin == at_) return std::nullopt;
    return slice(batch_->batch(), std::exchange(at_, begin), begin);
  }

  /// Equal where they are one group.
  static int compare(const Keys& a, const Keys& b) {
    for (std::size_t k = 0; k < a.size(); k++)
      if (const int order = compare_values(a[k], b[k])) return order;
    return 0;
  }

 private:
  uint32_t rows() const { return batch_->batch().rows; }
  Keys keys(uint32_t row) const {
    Keys keys(keys_.size());
    for (std::size_t k = 0; k < keys.size(); k++)
      for (std::size_t c : columns_[k]) {
        const Column& column = batch_->batch().columns[c];
        if (!column.valid(row)) continue;
        keys[k] = value_at(column, batch_->values_before(c, row));
        keys[k].form = 0;  // equal instants are one key
      }
    return keys;
  }

  StreamReader reader_;
  std::vector<Path> keys_;
  std::optional<RankedBatch> batch_;
  std::vector<std::vector<std::size_t>> columns_;  // per key
  uint32_t at_ = 0;                                // the first row that was not taken
};

}  // namespace

class SpilledGroups::Readers {
 public:
  void add(Run&& run) { readers_.push_back(std::make_unique<RunReader>(std::move(run.file.input), run.keys)); }
  std::optional<Range> next_range() {
    std::erase_if(readers_, [](const auto& reader) { return !reader->load(); });
    if (readers_.empty()) return std::nullopt;
    // No run has rows behind the last of those at hand whose keys are before these.
    RunReader::Keys last = readers_[0]->last_keys();
    for (const auto& reader : readers_)
      if (RunReader::Keys keys = reader->last_keys(); RunReader::compare(keys, last) < 0) last = std::move(keys);
    Range range;
    for (const auto& reader : readers_)
      if (std::optional<Batch> rows = reader->take_until(last)) range.push_back(std::move(*rows));
    return range;
  }

 private:
  std::vector<std::unique_ptr<RunReader>> readers_;
};

SpilledGroups::SpilledGroups(const AggregateQuery& query) : query_(query) {
  query_.merge = true;
  // In the runs, keys have the names that they have in the result.
  for (std::size_t k = 0; k < query_.key_names.size(); k++)
    if (!query_.key_names[k].empty()) query_.by[k] = quoted_name(Path::key(query_.key_names[k]));
  query_.key_names.clear();
}
SpilledGroups::~SpilledGroups() = default;

void SpilledGroups::spill(Aggregator& aggregator) {
  Run run = write(aggregator);
  const std::lock_guard lock(mutex_);
  note_forms(aggregator);
  aggregator.forget_groups();
  add(std::move(run), 0);
}

void SpilledGroups::note_forms(const Aggregator& groups) {
  Aggregator::KeyForms all;
  groups.add_key_forms(all);
  forms_.resize(all.size());
  for (std::size_t k = 0; k < all.size(); k++)
    for (const auto& [instant, form] : all[k]) forms_[k].insert(form);
}

SpilledGroups::Run SpilledGroups::write(const Aggregator& groups) const {
  Run run{open_temporary_file(), groups.key_fields()};
  RunWriter writer(*run.file.output);
  writer.write(groups);
  writer.finish();
  return run;
}

void SpilledGroups::add(Run&& run, std::size_t level) {
  bytes_ += run.file.output->written();
  run.file.output.reset();
  if (level == levels_.size()) levels_.emplace_back();
  levels_[level].push_back(std::move(run));
  if (levels_[level].size() == kMostRuns) add(merge(std::exchange(levels_[level], {})), level + 1);
}

SpilledGroups::Run SpilledGroups::merge(std::vector<Run>&& runs, Aggregator::KeyForms* forms) const {
  Aggregator names(query_);
  Run merged{open_temporary_file(), names.key_fields()};
  Readers readers;
  for (Run& run : runs) readers.add(std::move(run));
  RunWriter writer(*merged.file.output);
  while (const std::optional<Range> range = readers.next_range()) {
    const Aggregator groups = this->merged(*range, names);
    if (forms) groups.add_key_forms(*forms);
    writer.write(groups);
  }
  writer.finish();
  return merged;
}

std::optional<SpilledGroups::Range> SpilledGroups::next_range() {
  if (!readers_) {
    readers_ = std::make_unique<Readers>();
    std::vector<Run> runs;
    for (std::vector<Run>& level : levels_) std::move(level.begin(), level.end(), std::back_inserter(runs));
    // An instant is written in one form in all groups, so all have to be seen first.
    if (std::ranges::any_of(forms_, [](const auto& forms) { return forms.size() > 1; })) {
      Run run = merge(std::exchange(runs, {}), &key_forms_);
      runs.push_back(std::move(run));
    }
    for (Run& run : runs) readers_->add(std::move(run));
  }
  return readers_->next_range();
}

Aggregator SpilledGroups::merged(const Range& range, const Aggregator& names) const {
  Aggregator groups(query_);
  for (const Batch& batch : range) groups.add(batch);
  groups.lower_key_forms(key_forms_);
  groups.take_names(names);
  return groups;
}

}  // namespace ev

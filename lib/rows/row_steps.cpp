#include "rows/row_steps.h"

#include <algorithm>
#include <limits>

#include "aggregate/aggregator.h"
#include "base/error.h"
#include "base/text.h"
#include "event/edit.h"
#include "expr/evaluator.h"
#include "rows/zone_filter.h"

namespace ev {
namespace {

/// Whether one of the names means the other, or an object that holds it.
bool are_related(std::string_view a, std::string_view b) {
  const Path x = parse_path(a), y = parse_path(b);
  const std::string p = x.name() + ".", q = y.name() + ".";
  return p.starts_with(q) || q.starts_with(p);
}

/// The tests that hold for rows as they are read, before any field is set.
std::vector<FieldTest> tests_of_read_fields(const RowPlan& plan) {
  std::vector<FieldTest> tests = leading_tests(*plan.where, plan.options);
  std::vector<std::string> changed_names;
  if (plan.lookup) changed_names = plan.lookup->added_fields();
  for (const Setting& setting : plan.settings) changed_names.push_back(setting.name);
  auto changed = std::find_if(tests.begin(), tests.end(), [&](const FieldTest& test) {
    return std::any_of(changed_names.begin(), changed_names.end(),
                       [&](const std::string& name) { return are_related(name, test.field); });
  });
  tests.erase(changed, tests.end());
  return tests;
}

/// The path of the batch that a name means; where it has none, the one that the name makes.
Path path_named(const Batch& batch, const std::string& name) {
  const int known = find_path(batch.paths, name);
  return known >= 0 ? batch.paths[static_cast<std::size_t>(known)] : parse_path(name);
}

/// The rows that are not in `rows`.
Selection all_but(const Selection& rows, uint32_t count) {
  Selection others;
  others.reserve(count - rows.size());
  std::size_t at = 0;
  for (uint32_t row = 0; row < count; row++) {
    if (at < rows.size() && rows[at] == row)
      at++;
    else
      others.push_back(row);
  }
  return others;
}

std::optional<int64_t> watermark_of(const RawBlock& block) {
  if (!(block.header.flags & kBlockHasWatermark)) return std::nullopt;
  return block.header.watermark;
}

Batch no_rows(std::optional<int64_t> watermark) {
  Batch batch;
  batch.watermark = watermark;
  return batch;
}

void add_names(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// The rows that meet a condition, to which states are their final values.
const Selection& select_final(Evaluator& condition, const Batch& batch) {
  const std::optional<Batch> final = final_fields(batch, condition.expression().fields());
  return condition.select(final ? *final : batch);
}

}  // namespace

struct RowSteps::State {
  /// What one thread evaluates with.
  struct Worker {
    std::vector<Evaluator> settings;
    std::optional<Evaluator> where, sample;
    Selection picked;
    std::vector<uint8_t> found;  // per name of select, drop and renames, in that order
    uint64_t rows = 0, shaped_rows = 0;
    LookupCount looked_up;
  };

  RowPlan plan;
  std::vector<Worker> workers;
  std::shared_ptr<ZoneFilter> filter;
  Projection wanted;                       // of the result
  Projection of_conditions;                // what the conditions alone look at
  std::vector<FieldTest> whole_condition;  // where bounds can prove it for all rows
  bool pass_blocks = false;                // the command takes blocks unopened

  bool conditional() const { return plan.where || plan.sample; }
  bool shapes() const { return !plan.select.empty() || !plan.drop.empty() || !plan.renames.empty(); }
  /// Whether rows that pass may change then.
  bool changes() const { return shapes() || plan.explode; }
  const Selection& pick(const Batch& batch, Worker& worker) const;
  FilteredRows open_block(SourceItem& item, Worker& worker);
  FilteredRows apply_to_batch(SourceItem& item, Worker& worker);
  void set_fields(Batch& batch, Worker& worker) const;
  void choose_fields(Batch& batch, Worker& worker) const;
  void rename_fields(Batch& batch, Worker& worker) const;
  bool covered_by_conditions(const RawBlock& block) const;
  bool proved_for_all(const RawBlock& block) const;
  void see_paths(const RawBlock& block, Worker& worker) const;
  void drop_unwanted(Batch& batch) const;
};

RowSteps::RowSteps(RowPlan plan, unsigned workers) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.plan = std::move(plan);
  s.workers.resize(workers);
  for (State::Worker& worker : s.workers) {
    for (const Setting& setting : s.plan.settings) worker.settings.emplace_back(setting.expression);
    if (s.plan.where) worker.where.emplace(*s.plan.where);
    if (s.plan.sample) worker.sample.emplace(*s.plan.sample);
    worker.found.assign(s.plan.select.size() + s.plan.drop.size() + s.plan.renames.size(), 0);
  }
}

RowSteps::~RowSteps() = default;

void RowSteps::prepare(SourceOptions& options) {
  State& s = *state_;
  const bool ranged =
      options.since != std::numeric_limits<int64_t>::min() || options.until != std::numeric_limits<int64_t>::max();
  s.pass_blocks = options.pass_blocks;
  s.wanted = Projection{options.fields.all, options.fields.names, ranged || options.event_time};
  if (s.conditional()) {
    s.of_conditions = Projection{false, {}, false};
    for (const std::optional<Expression>* condition : {&s.plan.where, &s.plan.sample}) {
      if (!*condition) continue;
      s.of_conditions.all |= (*condition)->needs_layouts();
      add_names(s.of_conditions.names, (*condition)->fields());
    }
    // The conditions look at their own fields first.
    options.pass_blocks = true;
  }
  if (s.plan.where) {
    std::vector<FieldTest> tests = tests_of_read_fields(s.plan);
    if (!s.plan.sample && are_all_tests(*s.plan.where, tests.size())) s.whole_condition = tests;
    if (!s.plan.split && !tests.empty())
      options.filter = s.filter = std::make_shared<ZoneFilter>(*s.plan.where, std::move(tests));
  }
  if (s.plan.lookup || !s.plan.settings.empty()) options.pass_blocks = false;
  if (s.changes() && !s.conditional()) options.pass_blocks = false;
  // The other fields need not be read, unless they are checked or parsed, or rows that are filtered come out with them.
  if (!s.plan.select.empty() && options.fields.all && !options.check && options.field_formats.empty() &&
      !s.plan.split) {
    std::vector<std::string> names = s.plan.select;
    if (s.plan.explode) add_names(names, {*s.plan.explode});
    options.fields = FieldChoice{false, names, ranged, true};
    s.wanted = Projection{false, std::move(names), ranged, true};
  }
  auto look_at = [&](const Expression& expression) {
    if (expression.needs_layouts()) options.fields = FieldChoice{};
    if (!options.fields.all) add_names(options.fields.names, expression.fields());
  };
  if (s.plan.lookup && !options.fields.all) add_names(options.fields.names, s.plan.lookup->key_fields());
  for (const Setting& setting : s.plan.settings) look_at(setting.expression);
  if (s.plan.where) look_at(*s.plan.where);
  if (s.plan.sample) look_at(*s.plan.sample);
}

FilteredRows RowSteps::apply(SourceItem& item, unsigned worker) {
  State& s = *state_;
  State::Worker& w = s.workers[worker];
  if (item.block && !s.conditional()) return {};
  FilteredRows filtered = item.block ? s.open_block(item, w) : s.apply_to_batch(item, w);
  if (!item.batch) return filtered;
  item.block.reset();
  if (!s.plan.explode) shape(*item.batch, worker);
  return filtered;
}

void RowSteps::shape(Batch& batch, unsigned worker) {
  State& s = *state_;
  if (batch.rows == 0 || !s.shapes()) return;
  State::Worker& w = s.workers[worker];
  w.shaped_rows += batch.rows;
  s.choose_fields(batch, w);
  s.rename_fields(batch, w);
}

/// Whether all that is wanted of the block is among what the condition looks at.
bool RowSteps::State::covered_by_conditions(const RawBlock& block) const {
  if (of_conditions.all) return true;
  if (wanted.all || wanted.events) return false;
  return std::all_of(block.meta->paths.begin(), block.meta->paths.end(), [&](const Path& path) {
    const bool is_time = wanted.time && block.time_path && path == *block.time_path;
    return !(wanted.wants(path) || is_time) || of_conditions.wants(path);
  });
}

/// Takes columns away that only the condition looked at. Where a state is wanted all stay: it may be a formula over them.
void RowSteps::State::drop_unwanted(Batch& batch) const {
  if (wanted.all) return;
  const auto is_wanted = [&](const Column& column) { return wanted.wants(batch.paths[column.path]); };
  const bool states = std::any_of(batch.columns.begin(), batch.columns.end(), [&](const Column& column) {
    return column.type == Type::state && is_wanted(column);
  });
  std::erase_if(batch.columns, [&](const Column& column) {
    const bool is_time = wanted.time && batch.time_path == column.path;
    return !is_wanted(column) && !is_time && !(states && column.type == Type::state);
  });
}

/// The rows that meet all conditions.
const Selection& RowSteps::State::pick(const Batch& batch, Worker& w) const {
  if (!plan.sample) return select_final(*w.where, batch);
  const Selection& sampled = select_final(*w.sample, batch);
  if (!plan.where) return sampled;
  const Selection& rows = select_final(*w.where, batch);
  w.picked.clear();
  w.picked.reserve(std::min(rows.size(), sampled.size()));
  std::size_t at = 0;
  for (uint32_t row : rows) {
    while (at < sampled.size() && sampled[at] < row) at++;
    if (at < sampled.size() && sampled[at] == row) w.picked.push_back(row);
  }
  return w.picked;
}

/// Whether the bounds of its columns say that all rows meet the condition.
bool RowSteps::State::proved_for_all(const RawBlock& block) const {
  if (whole_condition.empty()) return false;
  std::vector<ColumnBounds> columns;
  for (std::size_t i = 1; i < block.meta->chunks.size(); i++) {
    const ChunkEntry& chunk = block.meta->chunks[i];
    columns.push_back({&block.meta->paths[chunk.path], chunk.type, chunk.values, &chunk.zone});
  }
  return every_row_meets(whole_condition, columns, block.header.rows);
}

void RowSteps::State::see_paths(const RawBlock& block, Worker& w) const {
  for (std::optional<Evaluator>* condition : {&w.where, &w.sample})
    if (*condition && !(*condition)->findings().all_found()) (*condition)->findings().see_paths(block.meta->paths);
}

FilteredRows RowSteps::State::open_block(SourceItem& item, Worker& w) {
  const RawBlock& block = *item.block;
  see_paths(block, w);
  w.rows += block.header.rows;
  FilteredRows filtered;
  if (pass_blocks && !changes() && proved_for_all(block)) {
    if (plan.split) filtered.batch = no_rows(watermark_of(block));
    return filtered;
  }
  Batch looked_at = decode_block(block, of_conditions);
  const Selection& rows = pick(looked_at, w);
  item.ledger.filtered += looked_at.rows - rows.size();
  const bool every = rows.size() == looked_at.rows;
  if (plan.split && every) filtered.batch = no_rows(looked_at.watermark);
  if (every && pass_blocks && !changes()) return filtered;
  if (plan.split && rows.empty()) {
    item.batch = no_rows(looked_at.watermark);
    filtered.block = std::move(item.block);
  } else if (rows.empty() || (covered_by_conditions(block) && !plan.split)) {
    drop_unwanted(looked_at);
    item.batch = take(looked_at, rows);
  } else {
    const Batch all = decode_block(block, wanted);
    if (plan.split && !every) filtered.batch = take(all, all_but(rows, all.rows));
    item.batch = take(all, rows);
  }
  return filtered;
}

void RowSteps::State::set_fields(Batch& batch, Worker& w) const {
  if (plan.lookup) {
    const LookupCount count = plan.lookup->apply(batch);
    w.looked_up.matches += count.matches;
    w.looked_up.misses += count.misses;
  }
  for (std::size_t i = 0; i < plan.settings.size(); i++) {
    const std::string& name = plan.settings[i].name;
    const std::optional<Batch> final = final_fields(batch, plan.settings[i].expression.fields());
    std::vector<Column> values = w.settings[i].evaluate(final ? *final : batch);
    set_path(batch, path_named(batch, name), std::move(values));
  }
}

FilteredRows RowSteps::State::apply_to_batch(SourceItem& item, Worker& w) {
  Batch& batch = *item.batch;
  w.rows += batch.rows;
  set_fields(batch, w);
  FilteredRows filtered;
  if (!conditional()) return filtered;
  const Selection& rows = pick(batch, w);
  item.ledger.filtered += batch.rows - rows.size();
  if (plan.split) filtered.batch = take(batch, all_but(rows, batch.rows));
  if (rows.size() == batch.rows) return filtered;
  drop_unwanted(batch);
  batch = take(batch, rows);
  return filtered;
}

/// --select, and --drop of what that leaves.
void RowSteps::State::choose_fields(Batch& batch, Worker& w) const {
  std::vector<uint8_t> keep(batch.paths.size(), plan.select.empty());
  for (std::size_t i = 0; i < keep.size(); i++) {
    uint8_t* found = w.found.data();
    for (const std::string& name : plan.select) {
      if (may_hold(name, batch.paths[i])) keep[i] = *found = 1;
      found++;
    }
    const bool selected = keep[i];
    for (const std::string& name : plan.drop) {
      if (selected && may_hold(name, batch.paths[i])) {
        keep[i] = 0;
        *found = 1;
      }
      found++;
    }
  }
  keep_paths(batch, keep);
}

void RowSteps::State::rename_fields(Batch& batch, Worker& w) const {
  uint8_t* found = w.found.data() + plan.select.size() + plan.drop.size();
  for (const Renaming& renaming : plan.renames) {
    const Path from = path_named(batch, renaming.from);
    for (const Path& path : batch.paths) *found |= path == from || lies_below(path, from);
    found++;
    if (!rename_path(batch, from, parse_path(renaming.to)))
      throw Error(ErrorKind::usage, concat("--rename ", renaming.from, "=", renaming.to),
                  concat("an event has another field ", renaming.to),
                  concat("leave that out with --drop ", renaming.to));
  }
}

LookupCount RowSteps::looked_up() const {
  LookupCount sum;
  for (const State::Worker& worker : state_->workers) {
    sum.matches += worker.looked_up.matches;
    sum.misses += worker.looked_up.misses;
  }
  return sum;
}

std::vector<std::string> RowSteps::warnings() const {
  const State& s = *state_;
  std::vector<std::string> out;
  uint64_t rows = s.filter && s.filter->asked() ? 1 : 0, shaped_rows = 0;
  for (const State::Worker& worker : s.workers) {
    rows += worker.rows;
    shaped_rows += worker.shaped_rows;
  }
  auto say = [&](const std::string& option, const Expression& expression, const auto& evaluator_of,
                 const ZoneFilter* filter) {
    Findings all(expression);
    for (const State::Worker& worker : s.workers) all.merge(evaluator_of(worker).findings());
    if (filter) all.merge(filter->findings());
    for (std::string& warning : all.warnings(expression, rows)) out.push_back(concat(option, ": ", warning));
  };
  using Worker = State::Worker;
  for (std::size_t i = 0; i < s.plan.settings.size(); i++)
    say(
        s.plan.settings[i].from, s.plan.settings[i].expression,
        [i](const Worker& w) -> const Evaluator& { return w.settings[i]; }, nullptr);
  if (s.plan.where)
    say(
        "--where", *s.plan.where, [](const Worker& w) -> const Evaluator& { return *w.where; }, s.filter.get());
  if (s.plan.sample)
    say(
        "--key", *s.plan.sample, [](const Worker& w) -> const Evaluator& { return *w.sample; }, nullptr);
  if (shaped_rows == 0) return out;
  std::size_t place = 0;
  auto miss = [&](std::string_view option, const std::string& name) {
    if (std::none_of(s.workers.begin(), s.workers.end(), [&](const Worker& w) { return w.found[place]; }))
      out.push_back(concat(option, ": none of the events has a field ", name));
    place++;
  };
  for (const std::string& name : s.plan.select) miss("--select", name);
  for (const std::string& name : s.plan.drop) miss("--drop", name);
  for (const Renaming& renaming : s.plan.renames) miss("--rename", renaming.from);
  return out;
}

}  // namespace ev

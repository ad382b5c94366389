#include "rows/row_steps.h"

#include <algorithm>
#include <limits>

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

void add_names(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

struct RowSteps::State {
  /// What one thread evaluates with.
  struct Worker {
    std::vector<Evaluator> settings;
    std::optional<Evaluator> where;
    std::vector<uint8_t> selected_found;  // per name of the selection
    uint64_t rows = 0, selected_rows = 0;
    LookupCount looked_up;
  };

  RowPlan plan;
  std::vector<Worker> workers;
  std::shared_ptr<ZoneFilter> filter;
  Projection wanted;         // of the result
  Projection of_where;       // what the condition alone looks at
  bool pass_blocks = false;  // the command takes blocks unopened

  Worker& worker(unsigned number);
  void open_block(SourceItem& item, Worker& worker);
  void apply_to_batch(SourceItem& item, Worker& worker);
  void select_fields(Batch& batch, Worker& worker) const;
  bool covered_by_where(const RawBlock& block) const;
  void drop_unwanted(Batch& batch) const;
};

RowSteps::RowSteps(RowPlan plan, unsigned workers) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.plan = std::move(plan);
  s.workers.resize(workers);
  for (State::Worker& worker : s.workers) {
    for (const Setting& setting : s.plan.settings) worker.settings.emplace_back(setting.expression);
    if (s.plan.where) worker.where.emplace(*s.plan.where);
    worker.selected_found.assign(s.plan.select.size(), 0);
  }
}

RowSteps::~RowSteps() = default;

void RowSteps::prepare(SourceOptions& options) {
  State& s = *state_;
  const bool ranged =
      options.since != std::numeric_limits<int64_t>::min() || options.until != std::numeric_limits<int64_t>::max();
  s.pass_blocks = options.pass_blocks;
  s.wanted = Projection{options.fields.all, options.fields.names, ranged || options.event_time};
  if (s.plan.where) {
    s.of_where = Projection{s.plan.where->needs_layouts(), s.plan.where->fields(), false};
    std::vector<FieldTest> tests = tests_of_read_fields(s.plan);
    if (!tests.empty()) options.filter = s.filter = std::make_shared<ZoneFilter>(*s.plan.where, std::move(tests));
    // The condition looks at its own fields first.
    options.pass_blocks = true;
  }
  if (s.plan.lookup || !s.plan.settings.empty()) options.pass_blocks = false;
  if (!s.plan.select.empty()) {
    // Of a text, the other fields need not be built, unless they are checked or parsed; of a stream, layouts say how
    // events go on.
    const bool by_itself = options.text_only && !options.check && options.field_formats.empty();
    if (by_itself) options.fields = FieldChoice{false, s.plan.select, ranged, true};
    if (s.plan.settings.empty() && !s.plan.where) options.pass_blocks = false;
  }
  auto look_at = [&](const Expression& expression) {
    if (expression.needs_layouts()) options.fields = FieldChoice{};
    if (!options.fields.all) add_names(options.fields.names, expression.fields());
  };
  if (s.plan.lookup && !options.fields.all) add_names(options.fields.names, s.plan.lookup->key_fields());
  for (const Setting& setting : s.plan.settings) look_at(setting.expression);
  if (s.plan.where) look_at(*s.plan.where);
}

void RowSteps::apply(SourceItem& item, unsigned worker) {
  State& s = *state_;
  State::Worker& w = s.workers[worker];
  if (item.block && !s.plan.where) {
    if (!s.pass_blocks) item.batch = decode_block(*item.block, s.wanted);
  } else if (item.block) {
    s.open_block(item, w);
  } else {
    s.apply_to_batch(item, w);
  }
  if (item.batch) {
    item.block.reset();
    if (!s.plan.select.empty()) s.select_fields(*item.batch, w);
  }
}

/// Whether all that is wanted of the block is among what the condition looks at.
bool RowSteps::State::covered_by_where(const RawBlock& block) const {
  if (of_where.all) return true;
  if (wanted.all) return false;
  return std::all_of(block.meta->paths.begin(), block.meta->paths.end(), [&](const Path& path) {
    const bool is_time = wanted.time && block.time_path && path == *block.time_path;
    return !(wanted.wants(path) || is_time) || of_where.wants(path);
  });
}

/// Takes columns away that only the condition looked at.
void RowSteps::State::drop_unwanted(Batch& batch) const {
  if (wanted.all) return;
  std::erase_if(batch.columns, [&](const Column& column) {
    const bool is_time = wanted.time && batch.time_path == column.path;
    return !wanted.wants(batch.paths[column.path]) && !is_time;
  });
}

void RowSteps::State::open_block(SourceItem& item, Worker& w) {
  const RawBlock& block = *item.block;
  Batch looked_at = decode_block(block, of_where);
  w.rows += looked_at.rows;
  if (!w.where->findings().all_found()) w.where->findings().see_paths(block.meta->paths);
  const Selection& rows = w.where->select(looked_at);
  item.ledger.filtered += looked_at.rows - rows.size();
  const bool every = rows.size() == looked_at.rows;
  if (every && pass_blocks && plan.select.empty()) return;
  if (rows.empty() || covered_by_where(block)) {
    drop_unwanted(looked_at);
    item.batch = take(looked_at, rows);
  } else {
    const Batch all = decode_block(block, wanted);
    item.batch = take(all, rows);
  }
}

void RowSteps::State::apply_to_batch(SourceItem& item, Worker& w) {
  Batch& batch = *item.batch;
  w.rows += batch.rows;
  if (plan.lookup) {
    const LookupCount count = plan.lookup->apply(batch);
    w.looked_up.matches += count.matches;
    w.looked_up.misses += count.misses;
  }
  for (std::size_t i = 0; i < plan.settings.size(); i++) {
    const std::string& name = plan.settings[i].name;
    std::vector<Column> values = w.settings[i].evaluate(batch);
    const int known = find_path(batch.paths, name);
    set_path(batch, known >= 0 ? batch.paths[static_cast<std::size_t>(known)] : parse_path(name), std::move(values));
  }
  if (!plan.where) return;
  const Selection& rows = w.where->select(batch);
  if (rows.size() == batch.rows) return;
  item.ledger.filtered += batch.rows - rows.size();
  drop_unwanted(batch);
  batch = take(batch, rows);
}

void RowSteps::State::select_fields(Batch& batch, Worker& w) const {
  w.selected_rows += batch.rows;
  std::vector<uint8_t> keep(batch.paths.size());
  for (std::size_t i = 0; i < keep.size(); i++)
    for (std::size_t k = 0; k < plan.select.size(); k++)
      if (may_hold(plan.select[k], batch.paths[i])) keep[i] = w.selected_found[k] = 1;
  keep_paths(batch, keep);
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
  uint64_t rows = s.filter && s.filter->asked() ? 1 : 0, selected_rows = 0;
  for (const State::Worker& worker : s.workers) {
    rows += worker.rows;
    selected_rows += worker.selected_rows;
  }
  auto say = [&](const std::string& option, const Expression& expression, Findings findings) {
    for (std::string& warning : findings.warnings(expression, rows)) out.push_back(concat(option, ": ", warning));
  };
  for (std::size_t i = 0; i < s.plan.settings.size(); i++) {
    Findings all(s.plan.settings[i].expression);
    for (const State::Worker& worker : s.workers) all.merge(worker.settings[i].findings());
    say(concat("--set ", s.plan.settings[i].name), s.plan.settings[i].expression, std::move(all));
  }
  if (s.plan.where) {
    Findings all(*s.plan.where);
    for (const State::Worker& worker : s.workers) all.merge(worker.where->findings());
    if (s.filter) all.merge(s.filter->findings());
    say("--where", *s.plan.where, std::move(all));
  }
  for (std::size_t k = 0; k < s.plan.select.size(); k++)
    if (selected_rows > 0 &&
        std::none_of(s.workers.begin(), s.workers.end(), [&](const auto& w) { return w.selected_found[k]; }))
      out.push_back(concat("--select: none of the events has a field ", s.plan.select[k]));
  return out;
}

}  // namespace ev

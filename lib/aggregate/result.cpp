// The groups of an Aggregator as batches.
#include <algorithm>
#include <array>

#include "aggregate/aggregator_state.h"
#include "event/batch_builder.h"

namespace ev {

namespace {

/// The path that a name means in a stream which never had the field: steps in backquotes, or one key as it is.
Path path_of_name(std::string_view name) {
  if (!name.starts_with('`')) return Path::key(name);
  Path path;
  while (name.starts_with('`')) {
    std::string step;
    std::size_t at = 1;
    for (; at < name.size(); at++) {
      if (name[at] == '`' && (at + 1 == name.size() || name[at + 1] != '`')) break;
      at += name[at] == '`';
      step += name[at];
    }
    path = path.child(step);
    name = name.substr(std::min(at + 1, name.size()));
    if (name.starts_with('.')) name.remove_prefix(1);
  }
  return path;
}

std::size_t shared_steps(const Path& a, const Path& b) {
  std::vector<std::string_view> x = a.steps(), y = b.steps();
  return static_cast<std::size_t>(std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin());
}

/// Fields in their order, except that a field follows the one with which it shares the longest nesting.
std::vector<uint32_t> layout_order(const std::vector<Path>& paths) {
  std::vector<uint32_t> order;
  for (uint32_t p = 0; p < paths.size(); p++) {
    std::size_t at = order.size(), longest = 0;
    for (std::size_t i = 0; i < order.size(); i++) {
      std::size_t shared = shared_steps(paths[order[i]], paths[p]);
      if (shared && shared >= longest) {
        longest = shared;
        at = i + 1;
      }
    }
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(at), p);
  }
  return order;
}

/// One field of the result and its columns, by type.
struct Field {
  static constexpr uint32_t kUnset = UINT32_MAX;
  uint32_t path;
  std::array<uint32_t, kLastType + 1> columns;

  Cell cell(BatchBuilder& builder, const Value& value) {
    Cell cell;
    if (value.type == Type::null) {
      cell.column = Cell::kNull;
      return cell;
    }
    uint32_t& column = columns[static_cast<std::size_t>(value.type)];
    if (column == kUnset) column = builder.column(path, value.type);
    cell.column = column;
    cell.word = value.word;
    if (is_text_type(value.type)) {
      cell.word = reinterpret_cast<uint64_t>(value.text.data());
      cell.length = static_cast<uint32_t>(value.text.size());
    } else if (value.type == Type::time) {
      cell.length = value.form;
    }
    return cell;
  }
};

}  // namespace

AggregateResult::AggregateResult(const Aggregator& aggregator, uint32_t rows) : aggregator_(aggregator), rows_(rows) {
  const Aggregator::State& s = *aggregator.state_;
  if (s.has_keys())
    order_ = s.table.sorted();
  else
    order_.assign(1, 0);
  constexpr uint32_t kRowsOfLargeStates = 1024;
  if (std::any_of(s.functions.begin(), s.functions.end(), [](const AggregateFunction* f) { return f->large; }))
    rows_ = std::min(rows_, kRowsOfLargeStates);
}

std::size_t AggregateResult::batches() const {
  return (order_.size() + rows_ - 1) / rows_;
}

Batch AggregateResult::batch(std::size_t at) const {
  const Aggregator::State& s = *aggregator_.state_;
  std::vector<Path> paths;
  if (s.query.every) paths.push_back(Path::key("time"));
  for (std::size_t k = 0; k < s.query.by.size(); k++)
    paths.push_back(s.key_paths[k] ? *s.key_paths[k] : path_of_name(s.query.by[k]));
  for (const AggregateCall& call : s.query.calls) paths.push_back(Path::key(call.name));

  BatchBuilder builder;
  std::vector<Field> fields;
  for (const Path& path : paths) {
    fields.push_back({builder.path(path), {}});
    fields.back().columns.fill(Field::kUnset);
  }
  std::vector<uint32_t> layout_paths;
  for (uint32_t p : layout_order(paths)) layout_paths.push_back(fields[p].path);
  const uint32_t layout = builder.layout(layout_paths);

  const std::size_t begin = at * rows_;
  const std::span<const uint32_t> part =
      order_.span().subspan(begin, std::min<std::size_t>(rows_, order_.size() - begin));
  std::vector<Texts> states(s.states.size());
  for (std::size_t c = 0; c < states.size(); c++) s.states[c]->write_states(part, states[c]);
  const std::size_t keys = s.table.key_count();
  PodVector<uint32_t> values(keys);
  std::vector<Cell> cells(fields.size());
  for (std::size_t i = 0; i < part.size(); i++) {
    if (keys) s.table.split(part[i], values.data());
    for (std::size_t k = 0; k < keys; k++) cells[k] = fields[k].cell(builder, s.table.key(k).value(values[k]));
    for (std::size_t c = 0; c < states.size(); c++) {
      Value state;
      state.type = Type::state;
      state.text = states[c][i];
      cells[keys + c] = fields[keys + c].cell(builder, state);
    }
    builder.append(layout, cells);
  }
  return builder.finish(s.query.every ? 0 : s.time_key);
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

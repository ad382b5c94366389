#include "event/batch_builder.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "event/column_builder.h"

namespace ev {

namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr std::size_t kTypes = kLastType + 1;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return quick_hash(text.data(), text.size()); }
};
using Numbers = std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>>;

std::string_view bytes_of(std::span<const uint32_t> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}

}  // namespace

struct BatchBuilder::State {
  // Known for all batches until reset().
  std::vector<Path> paths;
  Numbers path_numbers;
  std::vector<std::array<uint32_t, kTypes>> columns_of;  // per path and type
  std::vector<ColumnBuilder> columns;
  std::vector<std::vector<uint32_t>> layouts;
  Numbers layout_numbers;

  // Of the rows since the last finish().
  uint32_t rows = 0;
  uint32_t first_layout = 0;
  bool several_layouts = false;
  PodVector<uint32_t> row_layouts;  // where there are several
  std::vector<uint32_t> used_columns;

  // From the builder's numbers to the batch's, kNone where unused; back to kNone after each finish().
  std::vector<uint32_t> new_layouts, new_paths;
  std::vector<uint32_t> used_layouts, used_paths;

  void note_layout(uint32_t layout) {
    if (rows == 0) first_layout = layout;
    if (!several_layouts) {
      if (layout == first_layout) return;
      several_layouts = true;
      row_layouts.assign(rows, first_layout);
    }
    row_layouts.push_back(layout);
  }
  void use_layout(uint32_t layout);
  void renumber_layouts(Batch& batch);
  void finish_columns(Batch& batch);
  void forget_rows();
};

BatchBuilder::BatchBuilder() : state_(std::make_unique<State>()) {}
BatchBuilder::~BatchBuilder() = default;
BatchBuilder::BatchBuilder(BatchBuilder&&) noexcept = default;
BatchBuilder& BatchBuilder::operator=(BatchBuilder&&) noexcept = default;

uint32_t BatchBuilder::path(const Path& path) {
  State& s = *state_;
  if (auto known = s.path_numbers.find(std::string_view(path.encoded())); known != s.path_numbers.end())
    return known->second;
  uint32_t number = static_cast<uint32_t>(s.paths.size());
  s.path_numbers.emplace(path.encoded(), number);
  s.paths.push_back(path);
  s.columns_of.emplace_back().fill(kNone);
  s.new_paths.push_back(kNone);
  return number;
}

uint32_t BatchBuilder::column(uint32_t path, Type type) {
  State& s = *state_;
  assert(path < s.paths.size() && type != Type::null && static_cast<uint8_t>(type) <= kLastType);
  uint32_t& number = s.columns_of[path][static_cast<std::size_t>(type)];
  if (number == kNone) {
    number = static_cast<uint32_t>(s.columns.size());
    s.columns.emplace_back(path, type);
  }
  return number;
}

uint32_t BatchBuilder::layout(std::span<const uint32_t> paths) {
  State& s = *state_;
  if (auto known = s.layout_numbers.find(bytes_of(paths)); known != s.layout_numbers.end()) return known->second;
  uint32_t number = static_cast<uint32_t>(s.layouts.size());
  s.layout_numbers.emplace(bytes_of(paths), number);
  s.layouts.emplace_back(paths.begin(), paths.end());
  s.new_layouts.push_back(kNone);
  return number;
}

void BatchBuilder::append(uint32_t layout, std::span<const Cell> cells) {
  State& s = *state_;
  assert(layout < s.layouts.size());
  const uint32_t row = s.rows;
  s.note_layout(layout);
  ColumnBuilder* columns = s.columns.data();
  for (const Cell& cell : cells) {
    if (cell.column == Cell::kNull) continue;
    ColumnBuilder& column = columns[cell.column];
    column.mark(row, [&] { s.used_columns.push_back(cell.column); });
    column.push(cell.word, cell.length);
  }
  s.rows = row + 1;
}

void BatchBuilder::append(const RowGroup& group) {
  State& s = *state_;
  const uint32_t first = s.rows, rows = group.rows();
  for (; s.rows < first + rows; s.rows++) s.note_layout(group.layout());
  for (std::size_t place = 0; rows > 0 && place < group.row_cells(); place++) {
    const Cell* cells = group.column(place);
    uint32_t differs = 0;
    for (uint32_t row = 1; row < rows; row++) differs |= cells[row].column ^ cells[0].column;
    const uint32_t one_by_one = differs ? 1 : rows;
    for (uint32_t row = 0; row < rows; row += one_by_one) {
      const uint32_t number = cells[row].column;
      if (number == Cell::kNull) continue;
      ColumnBuilder& column = s.columns[number];
      column.mark(first + row, one_by_one, [&] { s.used_columns.push_back(number); });
      column.push(cells + row, one_by_one);
    }
  }
}

void BatchBuilder::append(const RankedBatch& from, Translation& translation, uint32_t begin, uint32_t end) {
  State& s = *state_;
  const Batch& batch = from.batch();
  assert(begin <= end && end <= batch.rows && !batch.layouts.empty());
  translation.layouts_.resize(batch.layouts.size(), kNone);
  translation.columns_.resize(batch.columns.size());
  const uint32_t first_row = s.rows;
  for (uint32_t row = begin; row < end; row++, s.rows++) {
    uint32_t& known = translation.layouts_[batch.layout_of(row)];
    if (known == kNone) known = known_layout(batch, batch.layout_of(row));
    s.note_layout(known);
  }
  for (std::size_t i = 0; i < batch.columns.size(); i++) {
    const uint32_t first = from.values_before(i, begin), values = from.values_before(i, end) - first;
    if (values == 0) continue;
    const Column& column = batch.columns[i];
    Translation::KnownColumn& known = translation.columns_[i];
    if (known.number == kNone) known.number = this->column(path(batch.paths[column.path]), column.type);
    ColumnBuilder& to = s.columns[known.number];
    auto on_first = [&] { s.used_columns.push_back(known.number); };
    if (values == end - begin) {
      to.mark(first_row, values, on_first);
    } else {
      for (uint32_t row = begin; row < end; row++)
        if (column.validity.get(row)) to.mark(first_row + row - begin, on_first);
    }
    to.push(column, first, values, known.texts);
  }
}

/// The builder's number of a layout of the batch.
uint32_t BatchBuilder::known_layout(const Batch& batch, uint32_t number) {
  std::vector<uint32_t> paths;
  paths.reserve(batch.layouts[number].size());
  for (uint16_t each : batch.layouts[number]) paths.push_back(path(batch.paths[each]));
  return layout(paths);
}

uint32_t BatchBuilder::rows() const {
  return state_->rows;
}
std::size_t BatchBuilder::path_count() const {
  return state_->paths.size();
}
std::size_t BatchBuilder::layout_count() const {
  return state_->layouts.size();
}
void BatchBuilder::reset() {
  *state_ = State();
}

void BatchBuilder::State::use_layout(uint32_t layout) {
  if (new_layouts[layout] != kNone) return;
  new_layouts[layout] = static_cast<uint32_t>(used_layouts.size());
  used_layouts.push_back(layout);
  for (uint32_t path : layouts[layout]) {
    if (new_paths[path] != kNone) continue;
    new_paths[path] = static_cast<uint32_t>(used_paths.size());
    used_paths.push_back(path);
  }
}

void BatchBuilder::State::renumber_layouts(Batch& batch) {
  if (rows > 0) use_layout(first_layout);
  for (uint32_t& layout : row_layouts) {
    use_layout(layout);
    layout = new_layouts[layout];
  }
  if (used_paths.size() > kLayoutChunkPath)
    throw Error(ErrorKind::corrupt, "", concat("over a limit: ", used_paths.size(), " different fields in one batch"));
  batch.row_layouts = std::exchange(row_layouts, {});
  batch.paths.reserve(used_paths.size());
  for (uint32_t path : used_paths) batch.paths.push_back(paths[path]);
  batch.layouts.reserve(used_layouts.size());
  for (uint32_t layout : used_layouts) {
    Layout& to = batch.layouts.emplace_back();
    to.reserve(layouts[layout].size());
    for (uint32_t path : layouts[layout]) to.push_back(static_cast<uint16_t>(new_paths[path]));
  }
}

void BatchBuilder::State::finish_columns(Batch& batch) {
  auto place = [&](uint32_t column) { return std::pair(new_paths[columns[column].path()], columns[column].type()); };
  std::sort(used_columns.begin(), used_columns.end(), [&](uint32_t a, uint32_t b) { return place(a) < place(b); });
  batch.columns.reserve(used_columns.size());
  for (uint32_t number : used_columns) {
    uint32_t path = place(number).first;
    if (path == kNone)
      throw Error(ErrorKind::bug, "", "a value was appended to a field that is not in its row's layout");
    batch.columns.push_back(columns[number].finish(rows, static_cast<uint16_t>(path)));
  }
}

void BatchBuilder::State::forget_rows() {
  for (uint32_t column : used_columns) columns[column].abandon();
  for (uint32_t layout : used_layouts) new_layouts[layout] = kNone;
  for (uint32_t path : used_paths) new_paths[path] = kNone;
  used_columns.clear();
  used_layouts.clear();
  used_paths.clear();
  row_layouts.clear();
  several_layouts = false;
  rows = 0;
}

Batch BatchBuilder::finish(int time_path) {
  State& s = *state_;
  Batch batch;
  batch.rows = s.rows;
  // Whatever happens, the builder is empty afterwards.
  struct Forget {
    State& state;
    ~Forget() { state.forget_rows(); }
  } forget{s};
  s.renumber_layouts(batch);
  s.finish_columns(batch);
  if (time_path >= 0 && s.new_paths[static_cast<std::size_t>(time_path)] != kNone)
    batch.time_path = static_cast<int>(s.new_paths[static_cast<std::size_t>(time_path)]);
  return batch;
}

}  // namespace ev

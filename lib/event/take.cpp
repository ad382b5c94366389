#include "event/take.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "event/short_text.h"

namespace ev {

namespace {

constexpr uint32_t kUnused = UINT32_MAX;

bool is_everything(const Batch& batch, std::span<const uint32_t> rows) {
  if (rows.size() != batch.rows) return false;
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < batch.rows; i++) wrong |= rows[i] ^ i;
  return wrong == 0;
}

/// The value numbers of the selected rows in a column, and which of the selected rows have one.
struct Picked {
  PodVector<uint32_t> values;
  Bitmap validity;  // empty: all
};

/// The words of a bitmap that the selected rows lie in.
struct WordRange {
  explicit WordRange(std::span<const uint32_t> rows) {
    const auto [first, last] = std::minmax_element(rows.begin(), rows.end());
    begin = *first >> 6;
    end = (*last >> 6) + 1;
  }
  bool any(const Bitmap& bitmap) const {
    uint64_t bits = 0;
    for (std::size_t w = begin; w < end; w++) bits |= bitmap.word(w);
    return bits != 0;
  }
  std::size_t begin, end;
};

Picked pick(const Column& column, std::span<const uint32_t> rows, WordRange words) {
  Picked picked;
  const Bitmap& valid = column.validity;
  // Columns that the rows do not touch at all are common where a batch is cut because it has too many of them.
  if (!words.any(valid)) return picked;
  PodVector<uint32_t> before(valid.word_count());  // values in the words of the bitmap before this one
  uint32_t values = 0;
  for (std::size_t w = 0; w < valid.word_count(); w++) {
    before[w] = values;
    values += static_cast<uint32_t>(std::popcount(valid.word(w)));
  }
  picked.validity.assign(rows.size(), false);
  picked.values.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); i++) {
    const uint32_t row = rows[i];
    if (!valid.get(row)) continue;
    const uint64_t below = valid.word(row >> 6) & ((uint64_t{1} << (row & 63)) - 1);
    picked.values.push_back(before[row >> 6] + static_cast<uint32_t>(std::popcount(below)));
    picked.validity.set(i);
  }
  if (picked.values.size() == rows.size()) picked.validity.clear();
  return picked;
}

void take_forms(const Column& from, std::span<const uint32_t> values, Column& to) {
  if (from.forms.empty()) {
    to.form = from.form;
    return;
  }
  to.form = from.forms[values[0]];
  bool differ = false;
  for (uint32_t value : values) differ |= from.forms[value] != to.form;
  if (!differ) return;
  to.form = 0;
  to.forms.resize(values.size());
  for (std::size_t i = 0; i < values.size(); i++) to.forms[i] = from.forms[values[i]];
}

void take_plain(const Texts& from, std::span<const uint32_t> numbers, Texts& to) {
  const uint32_t* offsets = from.offsets.data();
  std::size_t bytes = 0;
  for (uint32_t number : numbers) bytes += offsets[number + 1] - offsets[number];
  to.offsets.resize(numbers.size() + 1);
  to.offsets[0] = 0;
  to.data.resize(bytes);
  uint32_t at = 0;
  for (std::size_t i = 0; i < numbers.size(); i++) {
    const uint32_t begin = offsets[numbers[i]], length = offsets[numbers[i] + 1] - begin;
    copy_text(to.data.data() + at, from.data.data() + begin, length);
    at += length;
    to.offsets[i + 1] = at;
  }
}

void take_coded(const Column& from, std::span<const uint32_t> values, Column& to) {
  PodVector<uint32_t> renumbered(from.texts.size(), kUnused);
  PodVector<uint32_t> used;
  to.codes.resize(values.size());
  for (std::size_t i = 0; i < values.size(); i++) {
    const uint32_t code = from.codes[values[i]];
    if (renumbered[code] == kUnused) {
      renumbered[code] = static_cast<uint32_t>(used.size());
      used.push_back(code);
    }
    to.codes[i] = renumbered[code];
  }
  take_plain(from.texts, used, to.texts);
  // All different: the numbers count up from 0 and say nothing.
  if (used.size() == values.size()) to.codes = PodVector<uint32_t>();
}

/// Requires at least one value.
Column take_values(const Column& from, std::span<const uint32_t> values) {
  Column to;
  to.path = from.path;
  to.type = from.type;
  if (is_text_type(from.type)) {
    if (from.codes.empty()) {
      take_plain(from.texts, values, to.texts);
    } else {
      take_coded(from, values, to);
    }
    return to;
  }
  to.words.resize(values.size());
  for (std::size_t i = 0; i < values.size(); i++) to.words[i] = from.words[values[i]];
  if (from.type == Type::time) take_forms(from, values, to);
  return to;
}

void take_columns(const Batch& from, std::span<const uint32_t> rows, Batch& to) {
  if (rows.empty()) return;
  const WordRange words(rows);
  for (const Column& column : from.columns) {
    if (column.validity.empty()) {
      to.columns.push_back(take_values(column, rows));
      continue;
    }
    Picked picked = pick(column, rows, words);
    if (picked.values.empty()) continue;
    to.columns.push_back(take_values(column, picked.values));
    to.columns.back().validity = std::move(picked.validity);
  }
}

/// New numbers of the batch's paths, by first use.
struct PathNumbers {
  explicit PathNumbers(const Batch& from) : numbers(from.paths.size(), kUnused) {}
  uint16_t use(uint16_t path, const Batch& from, Batch& to) {
    if (numbers[path] == kUnused) {
      numbers[path] = static_cast<uint32_t>(to.paths.size());
      to.paths.push_back(from.paths[path]);
    }
    return static_cast<uint16_t>(numbers[path]);
  }
  std::vector<uint32_t> numbers;
};

void take_layouts(const Batch& from, std::span<const uint32_t> rows, Batch& to, PathNumbers& paths) {
  if (from.layouts.empty() || rows.empty()) return;
  std::vector<uint32_t> numbers(from.layouts.size(), kUnused);
  auto use = [&](uint32_t layout) {
    if (numbers[layout] != kUnused) return numbers[layout];
    numbers[layout] = static_cast<uint32_t>(to.layouts.size());
    Layout renumbered;
    renumbered.reserve(from.layouts[layout].size());
    for (uint16_t path : from.layouts[layout]) renumbered.push_back(paths.use(path, from, to));
    to.layouts.push_back(std::move(renumbered));
    return numbers[layout];
  };
  if (from.row_layouts.empty()) {
    use(0);
    return;
  }
  to.row_layouts.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); i++) to.row_layouts[i] = use(from.row_layouts[rows[i]]);
  if (to.layouts.size() == 1) to.row_layouts = PodVector<uint32_t>();
}

void renumber_columns(const Batch& from, Batch& to, PathNumbers& paths) {
  // Without layouts (a projected read) the paths in use are those of the columns, in their old order.
  if (from.layouts.empty()) {
    std::vector<bool> used(from.paths.size());
    for (const Column& column : to.columns) used[column.path] = true;
    for (std::size_t path = 0; path < used.size(); path++)
      if (used[path]) paths.use(static_cast<uint16_t>(path), from, to);
  }
  for (Column& column : to.columns) column.path = paths.use(column.path, from, to);
  std::sort(to.columns.begin(), to.columns.end(),
            [](const Column& a, const Column& b) { return a.path != b.path ? a.path < b.path : a.type < b.type; });
}

}  // namespace

Batch gather_rows(const Batch& batch, std::span<const uint32_t> selection) {
  Batch taken;
  taken.rows = static_cast<uint32_t>(selection.size());
  taken.watermark = batch.watermark;
  PathNumbers paths(batch);
  take_layouts(batch, selection, taken, paths);
  take_columns(batch, selection, taken);
  renumber_columns(batch, taken, paths);
  if (batch.time_path >= 0) {
    uint32_t path = paths.numbers[static_cast<std::size_t>(batch.time_path)];
    if (path != kUnused) taken.time_path = static_cast<int>(path);
  }
  return taken;
}

Batch take(const Batch& batch, std::span<const uint32_t> selection) {
  return is_everything(batch, selection) ? batch : gather_rows(batch, selection);
}

Batch slice(const Batch& batch, uint32_t begin, uint32_t end) {
  assert(begin <= end && end <= batch.rows);
  return begin == 0 && end == batch.rows ? batch : gather_range(batch, begin, end);
}

Batch gather_range(const Batch& batch, uint32_t begin, uint32_t end) {
  PodVector<uint32_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), begin);
  Batch part = gather_rows(batch, rows);
  if (end < batch.rows) part.watermark.reset();
  return part;
}

}  // namespace ev

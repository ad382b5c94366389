#include "event/replace_field.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/format.h"
#include "event/column_builder.h"
#include "event/merge_columns.h"

namespace ev {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

/// What rows of one layout become with parts of one layout.
struct Combination {
  std::vector<uint32_t> layout;   // of paths in the numbers of Replacing
  std::vector<uint16_t> dropped;  // paths of the whole
  bool fits = true;
  uint64_t rows = 0;
};

class Replacing {
 public:
  Replacing(Batch& whole, uint16_t field, Batch& parts, std::span<const uint32_t> rows)
      : whole_(whole), field_(field), parts_(parts), rows_(rows) {
    for (const Path& path : whole.paths) number_path(path);
    for (const Path& path : parts.paths) part_paths_.push_back(number_path(path));
    counted_.assign(paths_.size(), false);
    std::fill_n(counted_.begin(), whole.paths.size(), true);
    paths_in_use_ = whole.paths.size();
    combine_rows();
  }

  /// Numbers of the parts that go in.
  PodVector<uint32_t> fitting() const {
    PodVector<uint32_t> numbers;
    for (uint32_t i = 0; i < parts_.rows; i++)
      if (combinations_[combination_of_[rows_[i]]].fits) numbers.push_back(i);
    return numbers;
  }
  /// Requires that all fit.
  FieldReplacement run() {
    FieldReplacement out;
    out.batch.rows = whole_.rows;
    out.batch.watermark = whole_.watermark;
    for (const Combination& combination : combinations_) {
      out.replaced += combination.rows;
      // The field itself is one of those that are dropped.
      if (combination.dropped.size() > 1) out.overridden += combination.rows;
    }
    make_layouts(out.batch);
    make_columns(out.batch);
    // It is the same path in both, as far as they have it.
    if (whole_.time_path >= 0) set_time(static_cast<uint32_t>(whole_.time_path), out.batch);
    if (parts_.time_path >= 0) set_time(part_paths_[static_cast<std::size_t>(parts_.time_path)], out.batch);
    return out;
  }

 private:
  void set_time(uint32_t path, Batch& out) const {
    if (new_numbers_[path] != kNone) out.time_path = static_cast<int>(new_numbers_[path]);
  }
  uint32_t number_path(const Path& path) {
    const auto [known, fresh] = path_numbers_.emplace(path.encoded(), static_cast<uint32_t>(paths_.size()));
    if (fresh) {
      paths_.push_back(&path);
      const std::string key(path.steps()[0]);
      first_steps_.push_back(step_numbers_.emplace(key, static_cast<uint32_t>(step_numbers_.size())).first->second);
    }
    return known->second;
  }

  void combine_rows() {
    combination_of_.assign(whole_.rows, kNone);
    std::unordered_map<uint64_t, uint32_t> known;
    uint64_t last_key = UINT64_MAX;
    uint32_t last = 0;
    for (uint32_t i = 0; i < parts_.rows; i++) {
      const uint32_t of_whole = whole_.layout_of(rows_[i]), of_part = parts_.layout_of(i);
      const uint64_t key = uint64_t{of_whole} << 32 | of_part;
      if (key != last_key) {
        const auto [at, fresh] = known.emplace(key, static_cast<uint32_t>(combinations_.size()));
        if (fresh) combinations_.push_back(combine(whole_.layouts[of_whole], parts_.layouts[of_part]));
        last_key = key;
        last = at->second;
      }
      combination_of_[rows_[i]] = last;
      combinations_[last].rows++;
    }
  }

  Combination combine(const Layout& whole, const Layout& part) {
    Combination made;
    step_seen_.resize(step_numbers_.size(), 0);
    combine_number_++;
    for (uint16_t path : part) step_seen_[first_steps_[part_paths_[path]]] = combine_number_;
    for (uint16_t path : whole) {
      if (path == field_)
        for (uint16_t part_path : part) made.layout.push_back(part_paths_[part_path]);
      if (path == field_ || step_seen_[first_steps_[path]] == combine_number_)
        made.dropped.push_back(path);
      else
        made.layout.push_back(path);
    }
    std::size_t fresh = 0;
    for (uint32_t path : made.layout) fresh += !counted_[path];
    made.fits = made.layout.size() <= kMaxColumns && paths_in_use_ + fresh <= kMaxBatchPaths;
    if (!made.fits) return made;
    paths_in_use_ += fresh;
    for (uint32_t path : made.layout) counted_[path] = true;
    return made;
  }

  /// Layouts and paths by first use, as a builder numbers them.
  void make_layouts(Batch& out) {
    new_numbers_.assign(paths_.size(), kNone);
    std::vector<uint32_t> of_whole(whole_.layouts.size(), kNone), of_combination(combinations_.size(), kNone);
    std::map<Layout, uint32_t> known;
    out.row_layouts.resize(whole_.rows);
    auto number_layout = [&](uint32_t& number, const auto& paths) {
      if (number != kNone) return number;
      Layout layout;
      layout.reserve(paths.size());
      for (uint32_t path : paths) layout.push_back(use_path(path, out));
      const auto [at, fresh] = known.emplace(std::move(layout), static_cast<uint32_t>(out.layouts.size()));
      if (fresh) out.layouts.push_back(at->first);
      return number = at->second;
    };
    for (uint32_t row = 0; row < whole_.rows; row++) {
      const uint32_t combination = combination_of_[row], layout = whole_.layout_of(row);
      out.row_layouts[row] = combination == kNone
                                 ? number_layout(of_whole[layout], whole_.layouts[layout])
                                 : number_layout(of_combination[combination], combinations_[combination].layout);
    }
    if (out.layouts.size() == 1) out.row_layouts = PodVector<uint32_t>();
  }
  uint16_t use_path(uint32_t path, Batch& out) {
    if (new_numbers_[path] == kNone) {
      new_numbers_[path] = static_cast<uint32_t>(out.paths.size());
      out.paths.push_back(*paths_[path]);
    }
    return static_cast<uint16_t>(new_numbers_[path]);
  }

  void make_columns(Batch& out) {
    // Per path of the whole, by combination: whether its values are dropped.
    std::vector<std::vector<bool>> drops(whole_.paths.size());
    for (std::size_t i = 0; i < combinations_.size(); i++)
      for (uint16_t path : combinations_[i].dropped) {
        drops[path].resize(combinations_.size(), false);
        drops[path][i] = true;
      }
    std::map<std::pair<uint32_t, Type>, Column> columns;  // in the order of a batch
    for (Column& column : whole_.columns) {
      if (!drops[column.path].empty()) column = kept_values(column, drops[column.path]);
      if (column.size() == 0) continue;
      const uint32_t path = new_numbers_[column.path];
      columns.emplace(std::pair(path, column.type), std::move(column));
    }
    for (Column& column : parts_.columns) {
      spread(column);
      const std::pair key(new_numbers_[part_paths_[column.path]], column.type);
      const auto [at, fresh] = columns.try_emplace(key);
      at->second = fresh ? std::move(column) : merge_columns(at->second, column, whole_.rows);
    }
    for (auto& [key, column] : columns) {
      column.path = static_cast<uint16_t>(key.first);
      out.columns.push_back(std::move(column));
    }
  }

  Column kept_values(const Column& column, const std::vector<bool>& dropped) const {
    ColumnBuilder kept(column.path, column.type);
    PodVector<uint32_t> known;
    bool any = false;
    for_each_value(column, whole_.rows, [&](std::size_t row, std::size_t i) {
      const uint32_t combination = combination_of_[row];
      if (combination != kNone && dropped[combination]) return;
      kept.mark(static_cast<uint32_t>(row), [] {});
      kept.push(column, i, 1, known);
      any = true;
    });
    if (any) return kept.finish(whole_.rows, column.path);
    Column none;
    none.path = column.path;
    none.type = column.type;
    return none;
  }

  /// A column of the parts becomes one over the rows of the whole: its values stay as they are.
  void spread(Column& column) const {
    if (parts_.rows == whole_.rows) return;
    Bitmap validity(whole_.rows, false);
    for_each_value(column, parts_.rows, [&](std::size_t i, std::size_t) { validity.set(rows_[i]); });
    column.validity = std::move(validity);
  }

  Batch& whole_;
  const uint16_t field_;
  Batch& parts_;
  std::span<const uint32_t> rows_;

  // Paths of both: those of the whole keep their numbers.
  std::vector<const Path*> paths_;
  std::unordered_map<std::string, uint32_t> path_numbers_, step_numbers_;
  std::vector<uint32_t> first_steps_;  // number of each path's first step
  std::vector<uint32_t> part_paths_;   // numbers of the parts' paths
  std::vector<uint32_t> new_numbers_;  // in what comes out

  std::vector<Combination> combinations_;
  PodVector<uint32_t> combination_of_;  // each row; kNone: it stays
  std::vector<uint32_t> step_seen_;     // the combination that has it in its part
  uint32_t combine_number_ = 0;
  std::vector<bool> counted_;  // the paths that are in use
  std::size_t paths_in_use_ = 0;
};

}  // namespace

FieldReplacement replace_field(Batch&& whole, uint16_t field, Batch&& parts, std::span<const uint32_t> rows) {
  Replacing replacing(whole, field, parts, rows);
  const PodVector<uint32_t> fitting = replacing.fitting();
  if (fitting.empty()) return {std::move(whole)};
  if (fitting.size() == parts.rows) return replacing.run();
  Batch fitting_parts = take(parts, fitting.span());
  PodVector<uint32_t> fitting_rows;
  for (uint32_t i : fitting) fitting_rows.push_back(rows[i]);
  return Replacing(whole, field, fitting_parts, fitting_rows.span()).run();
}

}  // namespace ev

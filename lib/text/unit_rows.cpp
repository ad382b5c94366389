#include "text/unit_rows.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace ev {
namespace {

// What is remembered from unit to unit; beyond it, a unit begins afresh.
constexpr std::size_t kMaxRememberedFields = 1 << 14;
constexpr std::size_t kMaxRememberedLayouts = 1 << 12;
constexpr std::size_t kMaxRememberedLayoutPaths = 1 << 20;

}  // namespace

bool FieldChoice::wants(const Path& path) const {
  return all || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return below ? may_hold(name, path) : may_mean(name, path);
         });
}

UnitRows::UnitRows(FieldChoice wanted) : choice_(std::move(wanted)) {}

bool UnitRows::start(const TextUnit& unit) {
  const bool json = !unit.format || is_json(unit.format->kind);
  FieldTree::Reading reading{unit.time_path, unit.time_rules, unit.types, json};
  const bool afresh = !(reading == reading_) || builder_.path_count() > kMaxRememberedFields ||
                      fields_.size() > kMaxRememberedFields || layout_paths_.size() > kMaxRememberedLayouts ||
                      layout_path_count_ > kMaxRememberedLayoutPaths;
  if (afresh) {
    reading_ = std::move(reading);
    builder_.reset();
    forget_fields();
    path_used_in_.clear();
    layout_used_in_.clear();
    layout_paths_.clear();
    layout_path_count_ = 0;
  }
  fields_.start_unit();
  rejects_.clear();
  waiting_.clear();
  text_begin_ = unit.text.data();
  text_offset_ = unit.first_offset;
  unit_ = &unit;
  check_ = unit.check.get();
  wants_places_ = check_ || unit.keep_row_lines;
  places_.clear();
  oversized_ = unit.oversized;
  oversized_bytes_ = 0;
  unit_number_++;
  paths_in_use_ = 0;
  return afresh;
}

uint32_t UnitRows::layout(std::span<const uint32_t> paths) {
  const uint32_t layout = builder_.layout(paths);
  if (layout >= layout_paths_.size()) {
    layout_paths_.resize(layout + 1);
    layout_used_in_.resize(layout + 1, 0);
  }
  if (layout_paths_[layout].empty()) {
    layout_paths_[layout].assign(paths.begin(), paths.end());
    layout_path_count_ += paths.size();
  }
  return layout;
}

/// Counts the paths of a layout that is new to the batch; false where they would be too many.
bool UnitRows::admit_layout(uint32_t layout) {
  uint32_t fresh = 0;
  path_used_in_.resize(std::max(path_used_in_.size(), builder_.path_count()), 0);
  for (uint32_t path : layout_paths_[layout]) fresh += path_used_in_[path] != unit_number_;
  if (paths_in_use_ + fresh > kMaxBatchPaths) return false;
  paths_in_use_ += fresh;
  for (uint32_t path : layout_paths_[layout]) path_used_in_[path] = unit_number_;
  layout_used_in_[layout] = unit_number_;
  return true;
}

void UnitRows::reject(uint64_t line, const char* begin, std::size_t size, std::string reason) {
  const uint64_t offset = text_offset_ + static_cast<uint64_t>(begin - text_begin_) + oversized_bytes_;
  rejects_.push_back({line, offset, std::move(reason), std::string(begin, size)});
}

void UnitRows::note_place(uint64_t line, const char* begin, std::size_t size) {
  const uint64_t offset = text_offset_ + static_cast<uint64_t>(begin - text_begin_) + oversized_bytes_;
  places_.push_back({line, offset, offset - oversized_bytes_ - unit_->first_offset, size});
}

/// Makes rejects of the rows that the check refuses.
void UnitRows::apply_check(ParsedText& parsed) {
  if (places_.size() != parsed.batch.rows) throw Error(ErrorKind::bug, "", "not every row has its place in the text");
  RefusedRows refused(parsed.batch.rows);
  check_->check(parsed.batch, refused);
  if (!refused.any()) return;
  PodVector<uint32_t> kept;
  for (uint32_t row = 0; row < parsed.batch.rows; row++)
    if (!refused.has(row)) kept.push_back(row);
  const std::size_t parsers_own = parsed.rejects.size();
  for (auto& [row, reason] : refused.take_reasons()) {
    const Place& place = places_[row];
    parsed.rejects.push_back(
        {place.line, place.offset, std::move(reason), std::string(unit_->text.data() + place.at, place.size)});
  }
  std::inplace_merge(parsed.rejects.begin(), parsed.rejects.begin() + static_cast<std::ptrdiff_t>(parsers_own),
                     parsed.rejects.end(), [](const Reject& a, const Reject& b) { return a.offset < b.offset; });
  parsed.batch = take(parsed.batch, kept.span());
}

void UnitRows::take_one_oversized(uint64_t& line) {
  rejects_.push_back(oversized_.front());
  oversized_bytes_ += oversized_.front().raw.size() + 1;
  oversized_ = oversized_.subspan(1);
  line++;
}

void UnitRows::read_from_copy(const char* original, const char* copy) {
  text_offset_ += static_cast<uint64_t>(original - text_begin_);
  text_begin_ = copy;
}

ParsedText UnitRows::finish(uint64_t duplicate_keys) {
  uint64_t line = UINT64_MAX;
  while (!oversized_.empty()) take_one_oversized(line);
  settle();
  ParsedText out;
  out.batch = builder_.finish(reading_.time_path ? static_cast<int>(builder_.path(*reading_.time_path)) : -1);
  out.rejects = std::exchange(rejects_, {});
  if (unit_->keep_row_lines)
    for (const Place& place : places_) out.row_lines.push_back(place.line);
  if (unit_->change) unit_->change->change(out.batch);
  if (check_) apply_check(out);
  if (reading_.types) out.type_counts = reading_.types->count(out.batch, reading_.json);
  out.records = out.batch.rows + out.rejects.size();
  out.duplicate_keys = duplicate_keys;
  return out;
}

}  // namespace ev

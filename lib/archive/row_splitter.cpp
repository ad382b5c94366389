#include "archive/row_splitter.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "archive/field_groups.h"
#include "event/take.h"

namespace ev {

namespace {

constexpr uint32_t kNone = UINT32_MAX;
// Destinations with so many rows of a batch get a batch of their own.
constexpr uint32_t kOwnBatchRows = 256;

/// The rows of a batch by the names of all fields.
struct RowGroups {
  PodVector<uint32_t> of_row;                 // per row its group, numbered by first rows
  std::vector<PodVector<uint32_t>> names_of;  // per field, per group the number of the name
  uint32_t count = 1;
};

/// Parts the groups further by the names of one more field.
void refine(RowGroups& groups, const FieldGroups& field) {
  PodVector<uint32_t> field_names;
  if (field.of_row.empty()) {
    groups.names_of.emplace_back(groups.count, 0);
    return;
  }
  std::unordered_map<uint64_t, uint32_t> known;
  std::vector<PodVector<uint32_t>> refined(groups.names_of.size());
  uint64_t last_pair = UINT64_MAX;
  uint32_t last_number = 0, count = 0;
  for (std::size_t row = 0; row < field.of_row.size(); row++) {
    const uint32_t group = groups.of_row[row], name = field.of_row[row];
    const uint64_t pair = uint64_t{group} << 32 | name;
    if (pair != last_pair) {
      auto [at, fresh] = known.emplace(pair, count);
      if (fresh) {
        for (std::size_t i = 0; i < refined.size(); i++) refined[i].push_back(groups.names_of[i][group]);
        field_names.push_back(name);
        count++;
      }
      last_pair = pair;
      last_number = at->second;
    }
    groups.of_row[row] = last_number;
  }
  refined.push_back(std::move(field_names));
  groups.names_of = std::move(refined);
  groups.count = count;
}

/// Row numbers by group, each group in its order.
struct GroupedRows {
  PodVector<uint32_t> rows, begins;  // begins[g] to begins[g + 1] are the rows of group g
};

GroupedRows sort_by_group(const RowGroups& groups) {
  GroupedRows sorted;
  sorted.begins.assign(groups.count + 1, 0);
  for (uint32_t group : groups.of_row) sorted.begins[group + 1]++;
  for (uint32_t group = 0; group < groups.count; group++) sorted.begins[group + 1] += sorted.begins[group];
  PodVector<uint32_t> next(sorted.begins);
  sorted.rows.resize(groups.of_row.size());
  for (uint32_t row = 0; row < groups.of_row.size(); row++) sorted.rows[next[groups.of_row[row]]++] = row;
  return sorted;
}

RowRange whole(Batch&& batch) {
  const uint32_t rows = batch.rows;
  return {std::make_shared<const RankedBatch>(std::move(batch)), 0, rows};
}

/// Gives the pieces of fewer than kOwnBatchRows rows one batch together.
void share_batch(const Batch& batch, const GroupedRows& sorted, SplitBatch& split) {
  PodVector<uint32_t> rows;
  for (uint32_t group = 0; group < split.pieces.size(); group++) {
    const uint32_t begin = sorted.begins[group], count = sorted.begins[group + 1] - begin;
    if (count < kOwnBatchRows) rows.append(sorted.rows.data() + begin, count);
  }
  if (rows.empty()) return;
  const RowRange shared = whole(gather_rows(batch, rows.span()));
  const std::vector<uint64_t> bytes = raw_bytes_by_row(shared.rows->batch());
  uint32_t at = 0;
  for (uint32_t group = 0; group < split.pieces.size(); group++) {
    const uint32_t count = sorted.begins[group + 1] - sorted.begins[group];
    if (count >= kOwnBatchRows) continue;
    Piece& piece = split.pieces[group];
    piece.range = {shared.rows, at, at + count};
    piece.raw_bytes = std::accumulate(bytes.begin() + at, bytes.begin() + at + count, uint64_t{0});
    at += count;
  }
}

}  // namespace

SplitBatch split_rows(const PathTemplate& where, Batch&& batch, uint32_t first_created) {
  SplitBatch split;
  if (batch.rows == 0) return split;
  if (batch.time_path >= 0) split.time_path = batch.paths[static_cast<std::size_t>(batch.time_path)];
  batch.watermark.reset();  // what is still to come of a stream does not matter to a file

  std::vector<FieldGroups> fields;
  RowGroups groups;
  groups.of_row.assign(batch.rows, 0);
  for (const TemplateField& field : where.fields()) {
    fields.push_back(group_rows(batch, field));
    split.present.push_back(fields.back().present);
    refine(groups, fields.back());
  }
  split.pieces.resize(groups.count);
  std::vector<std::string_view> names(fields.size());
  for (uint32_t group = 0; group < groups.count; group++) {
    for (std::size_t i = 0; i < fields.size(); i++) names[i] = fields[i].names[groups.names_of[i][group]];
    split.pieces[group].destination = where.destination(names);
  }
  if (groups.count == 1) {
    Piece& piece = split.pieces[0];
    piece.raw_bytes = raw_bytes(batch);
    piece.created = batch.rows - std::min(first_created, batch.rows);
    piece.range = whole(std::move(batch));
    return split;
  }
  const GroupedRows sorted = sort_by_group(groups);
  for (uint32_t group = 0; group < groups.count; group++) {
    Piece& piece = split.pieces[group];
    const std::span<const uint32_t> rows =
        sorted.rows.span().subspan(sorted.begins[group], sorted.begins[group + 1] - sorted.begins[group]);
    piece.created = static_cast<uint32_t>(rows.end() - std::lower_bound(rows.begin(), rows.end(), first_created));
    if (rows.size() < kOwnBatchRows) continue;
    piece.range = whole(gather_rows(batch, rows));
    piece.raw_bytes = raw_bytes(piece.range.rows->batch());
  }
  share_batch(batch, sorted, split);
  return split;
}

uint64_t memory_of(const Batch& batch) {
  uint64_t bytes = sizeof batch + batch.row_layouts.size() * sizeof(uint32_t);
  for (const Path& path : batch.paths) bytes += sizeof path + path.encoded().size();
  for (const Layout& layout : batch.layouts) bytes += sizeof layout + layout.size() * sizeof(uint16_t);
  for (const Column& column : batch.columns) {
    bytes += sizeof column + column.validity.word_count() * 2 * sizeof(uint64_t) +
             column.words.size() * sizeof(uint64_t) + column.texts.data.size() +
             (column.texts.offsets.size() + column.codes.size() + column.forms.size()) * sizeof(uint32_t);
  }
  return bytes;
}

}  // namespace ev

#include "source/source_field.h"

#include <algorithm>

#include "base/format.h"
#include "event/merge_columns.h"
#include "text/utf8.h"

namespace ev {
namespace {

/// Number of the path in the batch, which gets it where it has not.
uint16_t number_of(const Path& path, Batch& batch) {
  const auto found = std::find(batch.paths.begin(), batch.paths.end(), path);
  const auto number = static_cast<uint16_t>(found - batch.paths.begin());
  if (found == batch.paths.end()) batch.paths.push_back(path);
  return number;
}

}  // namespace

/// The input's name in these rows; an empty bitmap stands for all.
Column SourceField::column(uint16_t path, const Bitmap& rows) const {
  Column column;
  column.path = path;
  column.type = is_utf8(input_) ? Type::string : Type::bytes;
  column.validity = rows;
  column.texts.push_back(input_);
  return column;
}

void SourceField::change(Batch& batch) {
  if (batch.rows == 0) return;
  // A nested field below the name clashes as well: its object would stand twice.
  std::vector<bool> clashes(batch.paths.size());
  for (std::size_t i = 0; i < batch.paths.size(); i++) clashes[i] = batch.paths[i].steps()[0] == name_;
  std::vector<bool> stays(batch.layouts.size());
  bool any_stays = false;
  for (std::size_t i = 0; i < batch.layouts.size(); i++) {
    const Layout& layout = batch.layouts[i];
    stays[i] = layout.size() >= kMaxColumns ||
               std::any_of(layout.begin(), layout.end(), [&](uint16_t path) { return clashes[path]; });
    any_stays |= stays[i];
  }
  Bitmap rows;
  uint32_t stamped = batch.rows;
  if (any_stays) {
    rows.assign(batch.rows, false);
    for (uint32_t row = 0; row < batch.rows; row++)
      if (!stays[batch.layout_of(row)]) rows.set(row);
    stamped = static_cast<uint32_t>(rows.count());
    unchanged_ += batch.rows - stamped;
    if (stamped == 0) return;
  }
  const uint16_t path = number_of(Path::key(name_), batch);
  for (std::size_t i = 0; i < batch.layouts.size(); i++)
    if (!stays[i]) batch.layouts[i].push_back(path);
  Column added = column(path, rows);
  if (stamped > 1) added.codes.assign(stamped, 0);
  // Columns are in the order of path and type.
  const auto place = std::lower_bound(
      batch.columns.begin(), batch.columns.end(), added,
      [](const Column& a, const Column& b) { return a.path != b.path ? a.path < b.path : a.type < b.type; });
  if (place != batch.columns.end() && place->path == path && place->type == added.type)
    *place = merge_columns(*place, added, batch.rows);
  else
    batch.columns.insert(place, std::move(added));
}

}  // namespace ev

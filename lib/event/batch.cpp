#include "event/batch.h"

#include <algorithm>

namespace ev {

namespace {

constexpr uint64_t kTextLengthBytes = 4;

uint64_t word_bytes(Type type) {
  return type == Type::boolean ? 1 : 8;
}

uint64_t text_bytes(const Column& column) {
  if (column.codes.empty()) return column.texts.data.size() + kTextLengthBytes * column.texts.size();
  PodVector<uint32_t> lengths(column.texts.size());
  for (std::size_t i = 0; i < lengths.size(); i++) lengths[i] = static_cast<uint32_t>(column.texts[i].size());
  uint64_t bytes = kTextLengthBytes * column.codes.size();
  for (uint32_t code : column.codes) bytes += lengths[code];
  return bytes;
}

}  // namespace

const Column* Batch::find(uint16_t path, Type type) const {
  for (const Column& column : columns)
    if (column.path == path && column.type == type) return &column;
  return nullptr;
}

uint64_t raw_bytes(const Batch& batch) {
  uint64_t bytes = 0;
  for (const Column& column : batch.columns)
    bytes += is_text_type(column.type) ? text_bytes(column) : word_bytes(column.type) * column.words.size();
  return bytes;
}

std::vector<uint64_t> raw_bytes_by_row(const Batch& batch) {
  std::vector<uint64_t> bytes(batch.rows);
  for (const Column& column : batch.columns) {
    if (is_text_type(column.type)) {
      for_each_value(column, batch.rows,
                     [&](std::size_t row, std::size_t i) { bytes[row] += kTextLengthBytes + column.text(i).size(); });
    } else {
      const uint64_t width = word_bytes(column.type);
      for_each_value(column, batch.rows, [&](std::size_t row, std::size_t) { bytes[row] += width; });
    }
  }
  return bytes;
}

TimeRange time_range(const Batch& batch) {
  TimeRange range;
  const Column* column = batch.time_column();
  if (!column || column->words.empty()) return range;
  range.timed = static_cast<uint32_t>(column->size());
  range.min = range.max = column->integer(0);
  int64_t before = range.min;
  bool descent = false;
  for (uint64_t word : column->words) {
    int64_t ns = static_cast<int64_t>(word);
    range.min = std::min(range.min, ns);
    range.max = std::max(range.max, ns);
    descent |= ns < before;
    before = ns;
  }
  range.sorted = !descent;
  return range;
}

}  // namespace ev

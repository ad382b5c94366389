#include "event/batch.h"

namespace ev {

RowReader::RowReader(const Batch& batch)
    : batch_(batch), next_value_(batch.columns.size()), by_path_(batch.paths.size()) {
  for (std::size_t i = 0; i < batch.columns.size(); i++)
    by_path_[batch.columns[i].path].push_back(static_cast<uint32_t>(i));
}

bool RowReader::next() {
  if (row_ == batch_.rows) return false;
  if (row_ != UINT32_MAX) {
    for (std::size_t i = 0; i < next_value_.size(); i++) next_value_[i] += batch_.columns[i].valid(row_);
  }
  row_++;
  return row_ < batch_.rows;
}

Value RowReader::value(uint16_t path) const {
  for (uint32_t number : by_path_[path]) {
    const Column& column = batch_.columns[number];
    if (!column.valid(row_)) continue;
    return value_at(column, next_value_[number]);
  }
  return {};
}

}  // namespace ev

#include "emit/row_template.h"

namespace ev {
namespace {

// Far more than logs have; keeps a batch in which every event has its own layout from holding all of them as text.
constexpr std::size_t kKeepBytes = std::size_t{4} << 20;

}  // namespace

RowTemplates::RowTemplates(const Batch& batch, MakeTemplate make) : batch_(batch), make_(std::move(make)) {
  by_layout_.resize(batch.layouts.size());
  if (!batch.layouts.empty()) return;
  columns_of_path_.resize(batch.paths.size());
  for (const Column& column : batch.columns) columns_of_path_[column.path].push_back(&column);
}

const RowTemplate& RowTemplates::make_for_layout(uint32_t layout) {
  if (kept_bytes_ > kKeepBytes) {
    for (auto& kept : by_layout_) kept.reset();
    kept_bytes_ = 0;
  }
  by_layout_[layout] = std::make_unique<RowTemplate>(make_(batch_.layouts[layout]));
  kept_bytes_ += by_layout_[layout]->bytes();
  return *by_layout_[layout];
}

const RowTemplate& RowTemplates::of_values(std::size_t row) {
  present_.clear();
  for (std::size_t path = 0; path < columns_of_path_.size(); path++)
    for (const Column* column : columns_of_path_[path])
      if (column->valid(row)) {
        present_.push_back(static_cast<uint16_t>(path));
        break;
      }
  if (last_ != by_values_.end() && last_->first == present_) return last_->second;
  last_ = by_values_.find(present_);
  if (last_ != by_values_.end()) return last_->second;
  if (kept_bytes_ > kKeepBytes) {
    by_values_.clear();
    kept_bytes_ = 0;
  }
  last_ = by_values_.emplace(present_, make_(present_)).first;
  kept_bytes_ += last_->second.bytes() + present_.size() * sizeof(uint16_t);
  return last_->second;
}

}  // namespace ev

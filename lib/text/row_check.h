// Checks of rows once they are parsed: those that a check refuses become rejects, as if the parser had refused them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "event/batch.h"

namespace ev {

/// The rows of a batch that were refused so far, each with the first reason given.
class RefusedRows {
 public:
  explicit RefusedRows(uint32_t rows) : refused_(rows, false) {}

  bool has(std::size_t row) const { return refused_.get(row); }
  bool any() const { return !reasons_.empty(); }
  /// `reason()` gives the text, for people; it is called only where the row was not refused yet.
  template <class Reason>
  void refuse(std::size_t row, Reason&& reason) {
    if (refused_.get(row)) return;
    refused_.set(row);
    reasons_.emplace_back(static_cast<uint32_t>(row), reason());
  }
  /// Row and reason, in row order.
  std::vector<std::pair<uint32_t, std::string>> take_reasons();

 private:
  Bitmap refused_;
  std::vector<std::pair<uint32_t, std::string>> reasons_;
};

/// Immutable: any number of threads may use it. What it says of a row depends on that row alone.
class RowCheck {
 public:
  virtual ~RowCheck() = default;
  virtual void check(const Batch& batch, RefusedRows& refused) const = 0;
};

/// Several checks, one after the other: the first that refuses a row gives the reason.
class RowChecks final : public RowCheck {
 public:
  void add(std::shared_ptr<const RowCheck> check) { checks_.push_back(std::move(check)); }
  bool empty() const { return checks_.empty(); }
  void check(const Batch& batch, RefusedRows& refused) const override {
    for (const auto& each : checks_) each->check(batch, refused);
  }

 private:
  std::vector<std::shared_ptr<const RowCheck>> checks_;
};

}  // namespace ev

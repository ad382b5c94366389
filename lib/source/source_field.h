// The field that says which input an event comes from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "text/batch_change.h"

namespace ev {

/// Adds a field of the top level as the last one of each event: the name of its input, a string (bytes where the name
/// is not UTF-8). An event that has a field of that name keeps its own, and so does one that has as many fields as an
/// event may have.
class SourceField final : public BatchChange {
 public:
  explicit SourceField(std::string name) : name_(std::move(name)) {}
  /// Comes before the batches of an input.
  void set_input(std::string_view input) { input_ = input; }
  void change(Batch& batch) override;
  /// Events since the last call that were left as they are.
  uint64_t take_unchanged() { return std::exchange(unchanged_, 0); }

 private:
  Column column(uint16_t path, const Bitmap& rows) const;

  std::string name_, input_;
  uint64_t unchanged_ = 0;
};

}  // namespace ev

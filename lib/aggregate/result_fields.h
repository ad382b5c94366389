// The fields of a result, on the way into its batches.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "event/batch_builder.h"
#include "event/cell.h"
#include "event/path.h"

namespace ev {

/// The path that a name means in a stream which never had the field: steps in backquotes, or one key as it is.
Path path_of_name(std::string_view name);

/// Refers to the builder, which must not be reset meanwhile.
class ResultFields {
 public:
  ResultFields(BatchBuilder& builder, const std::vector<Path>& paths);
  /// All fields in their order, except that a field follows the one with which it shares the longest nesting.
  uint32_t layout() const { return layout_; }
  /// For a value of the field with this number. A text must live until the row is appended.
  Cell cell(std::size_t field, const Value& value);

 private:
  static constexpr uint32_t kUnset = UINT32_MAX;
  struct Field {
    uint32_t path;
    std::array<uint32_t, kLastType + 1> columns;  // by type
  };

  BatchBuilder& builder_;
  std::vector<Field> fields_;
  uint32_t layout_;
};

}  // namespace ev

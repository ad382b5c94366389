// The fields of an expression in a batch: which columns hold them, and their values as vectors.
#pragma once

#include <vector>

#include "event/batch.h"
#include "expr/expression.h"
#include "expr/vector.h"

namespace ev {

/// Rows of a batch: all of them, or those listed, in order.
struct RowSet {
  const uint32_t* rows = nullptr;  // nullptr: the first `count`, which are all
  uint32_t count = 0;
  uint32_t operator[](uint32_t position) const { return rows ? rows[position] : position; }
};

class FieldColumns {
 public:
  explicit FieldColumns(const Program& program);

  /// Looks the names up. Throws Error(usage) where one means two fields.
  void begin(const Batch& batch);
  bool found(uint32_t field) const { return places_[field].path >= 0 || places_[field].holds_others; }
  /// Fills a vector that was reset to the number of rows.
  void load(uint32_t field, const RowSet& rows, Vector& out) const;
  /// Whether the row has the field, or one below it.
  void present(uint32_t field, const RowSet& rows, uint8_t* truth) const;

 private:
  struct Place {
    int path = -1;
    bool holds_others = false;  // it is an object
    std::vector<const Column*> columns;
  };

  const Program& program_;
  std::vector<Place> places_;
  const Batch* batch_ = nullptr;
};

}  // namespace ev

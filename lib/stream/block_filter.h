// Decides by bounds alone whether a block is worth opening.
#pragma once

#include <cstdint>
#include <span>

#include "codec/chunk.h"
#include "event/path.h"

namespace ev {

/// A column of a block, as its directory or the INDEX describes it.
struct ColumnBounds {
  const Path* path = nullptr;
  Type type = Type::null;
  uint32_t values = 0;
  const Zone* zone = nullptr;
};

class BlockFilter {
 public:
  virtual ~BlockFilter() = default;
  /// False only if no row of the block is wanted. `columns` are all that have values in the block, or, unless
  /// `complete`, some of them. One thread at a time.
  virtual bool wants(std::span<const ColumnBounds> columns, bool complete) = 0;
};

}  // namespace ev

// What is done to the rows of a unit once they are parsed, before they are checked.
#pragma once

#include "event/batch.h"

namespace ev {

/// One per thread. The rows stay as many and in their order: each keeps its place in the text. What becomes of a row
/// depends on that row alone.
class BatchChange {
 public:
  virtual ~BatchChange() = default;
  virtual void change(Batch& batch) = 0;
};

}  // namespace ev

// What `ev info` prints.
#pragma once

#include <string>

#include "info/summary.h"
#include "stream/reader.h"

namespace ev {

/// What the ENDs, or a text reader, said beside the blocks.
struct InputCounts {
  std::string name;
  bool text = false;        // JSON lines read on the fly
  uint64_t segments = 0, input_bytes = 0;
  uint32_t flags = 0;
  Ledger ledger;
};

std::string info_table(const Summary& summary, const InputCounts& counts, unsigned width);
std::string info_json(const Summary& summary, const InputCounts& counts);

}  // namespace ev

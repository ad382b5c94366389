// Files without a name, for what does not fit into memory.
#pragma once

#include <memory>
#include <string>

#include "io/input.h"
#include "io/output.h"

namespace ev {

/// A file in $EV_TMPDIR, else $TMPDIR, else /tmp. It has no name: its space is free again when both ends are gone,
/// however the program ends. `input` reads from the first byte, is seekable, and sees what was written so far.
struct TemporaryFile {
  std::unique_ptr<Output> output;
  std::unique_ptr<Input> input;
};
/// Throws Error(cannot_create).
TemporaryFile open_temporary_file();

}  // namespace ev

// Giving the files of a run their final names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/path_template.h"
#include "archive/staging.h"
#include "base/hash.h"

namespace ev {

/// A whole event stream in a staging folder.
struct StagedPart {
  std::string staged;       // its path
  std::string destination;  // below the root of the template
  uint64_t rows = 0;
  Hash128 digest;
  uint64_t bytes = 0;
  bool equal = false;  // set by commit_parts(): the archive has it already
};

/// The name of a part in its folder: part-DIGEST.ev.
std::string part_name(Hash128 digest);

/// Makes the files durable, then gives them their names, then makes these durable. Until the first file has its name
/// nothing but missing folders was made; from then on a failure leaves whole files, and the same run, made again, does
/// the rest. In folders an equal part that is there already stays, and ours is dropped. A file for each value replaces
/// the old one, unless `no_clobber`. Throws Error(io), Error(cannot_create); Error(corrupt) where a file has the name
/// of a part but is not that part.
void commit_parts(const PathTemplate& where, const Staging& staging, std::vector<StagedPart>& parts, bool no_clobber);

}  // namespace ev

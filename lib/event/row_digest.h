// The content digest of ev-stream(5): the 128-bit sum of the hashes of all rows, independent of row and key order, of
// cuts, encoding, compression and time forms.
#pragma once

#include "base/hash.h"
#include "event/batch.h"

namespace ev {

/// Sum over the rows of the batch.
Hash128 content_digest(const Batch& batch);

}  // namespace ev

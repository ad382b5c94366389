// Files of a store: event streams, written once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/input.h"
#include "io/output.h"
#include "rollup/rollup_manifest.h"
#include "stream/writer.h"

namespace ev {

/// Rows of a block: few, so that little is decoded for a few buckets.
inline constexpr uint32_t kStoreBlockRows = 8192;
inline constexpr Compression kStoreCompression{Codec::zstd, 1};

/// Blocks come encoded, in the order of their rows.
class StoreFileWriter {
 public:
  StoreFileWriter(const std::string& folder, std::string name);

  void write(EncodedBlock&& block);
  /// The file is durable, and has its name. Throws Error(io).
  StoreFile finish();

 private:
  StoreFile file_;
  std::unique_ptr<Output> output_;
  StreamWriter writer_;
};

/// A file that a manifest names. Throws Error(no_input) where it has no name any more, and Error(corrupt) where it is
/// not as large as the manifest says.
std::unique_ptr<Input> open_store_file(const std::string& folder, const StoreFile& file);

}  // namespace ev

// What a reader sees of a store: one version, whatever writers do meanwhile.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "rollup/rollup_store.h"

namespace ev {

/// Calls `open` with a manifest, to open all files that it needs; where one of them is gone because another manifest
/// counts meanwhile, with that one. Gives what `open` gave.
template <class Open>
auto open_snapshot(const std::string& store, Open&& open) {
  RollupManifest manifest = read_rollup(store);
  for (;;) {
    try {
      return open(manifest);
    } catch (const Error& error) {
      std::error_code ec;
      if (error.kind() != ErrorKind::no_input || std::filesystem::exists(error.place(), ec)) throw;
      const uint64_t seen = manifest.next_file;
      manifest = read_rollup(store);
      if (manifest.next_file == seen)
        throw Error(ErrorKind::corrupt, error.place(), "is missing, though the store names it", "put back a copy of it");
    }
  }
}

}  // namespace ev

// Which segments and names a store has already.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rollup/rollup_manifest.h"

namespace ev {

/// Keys that the manifest itself holds at most; more go into a file, so that a commit writes as little after a million
/// segments as after a hundred.
inline constexpr std::size_t kMaxManifestKeys = 1000;
/// What the names of their files begin with.
inline constexpr std::string_view kAppliedStem = "applied";

/// The key of a batch's name.
AppliedKey applied_name(std::string_view name, Hash128 content);

/// The content of a key; nullopt where it is not known. Reads a block of each file. Throws Error(corrupt),
/// Error(no_input).
std::optional<Hash128> find_applied(const std::string& folder, const RollupManifest& manifest, Hash128 key);

/// All keys of these files.
std::vector<AppliedKey> read_applied(const std::string& folder, const std::vector<StoreFile>& files);
/// Writes a file of them, in order of the keys.
StoreFile write_applied(const std::string& folder, std::string name, std::vector<AppliedKey> keys);

}  // namespace ev

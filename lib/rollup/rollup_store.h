// A folder in which rollups are kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/state_file.h"
#include "rollup/rollup_manifest.h"

namespace ev {

/// Makes a store; false where there is one with an equal definition. Throws Error(usage) where that is another one,
/// Error(cannot_create), Error(locked).
bool create_rollup(const std::string& path, const RollupDefinition& definition, StateFileOptions options);

/// The manifest that counts now, read without a lock. Files that it names may go when the next one counts: they are to
/// be opened at once, and one that is gone means that the manifest must be read again. Throws Error(no_input),
/// Error(corrupt).
RollupManifest read_rollup(const std::string& path);

/// For writers: locked as long as this lives. What a run changes is a new manifest, which names new files, and counts
/// from one moment on:
///
///   new_file()  names a file that nobody knows yet; it is written and made durable
///   commit()    the manifest counts; files that only the old one named go
///
/// One thread. Throws Error(locked), Error(no_input), Error(corrupt), Error(io).
class RollupStore {
 public:
  /// What a run that died left behind is removed.
  RollupStore(const std::string& path, StateFileOptions options);

  const std::string& folder() const { return folder_; }
  /// The committed manifest with what was changed since.
  const RollupManifest& manifest() const { return next_; }
  RollupManifest& manifest() { return next_; }
  std::string new_file(std::string_view stem);
  void commit();

 private:
  void remove_unknown_files() const;
  bool is_ours(std::string_view name) const;

  std::string folder_;
  std::unique_ptr<StateFile> file_;
  RollupManifest next_;
};

/// Files of about one size that are to be merged into one, so that there are few; empty: there are few already. Each
/// row is written again as often as its file rises to the next size, and never more once that is kSealedBytes: an add
/// never waits for more than so much.
std::vector<StoreFile> files_to_merge(const std::vector<StoreFile>& files);
inline constexpr uint64_t kSealedBytes = uint64_t{32} << 20;

/// The file takes the place of those that it was merged from.
void replace_files(std::vector<StoreFile>& files, const std::vector<StoreFile>& merged, StoreFile by);

}  // namespace ev

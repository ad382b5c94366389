#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cli/inputs.h"
#include "io/output.h"
#include "pipeline/ordered.h"
#include "rollup/rollup.h"
#include "rollup/snapshot.h"
#include "rollup/store_file.h"
#include "stream/check.h"

namespace ev {
namespace {

struct OpenFile {
  StoreFile file;
  std::unique_ptr<Input> input;
};

struct StoreFiles {
  std::size_t levels = 0;
  std::vector<OpenFile> open;
  std::vector<Error> damaged;  // those that could not be opened as they should be
};

StoreFiles open_all(const std::string& store, const RollupManifest& manifest) {
  StoreFiles files;
  files.levels = manifest.levels.size();
  const auto open = [&](const StoreFile& file) {
    try {
      files.open.push_back({file, open_store_file(store, file)});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::no_input) throw;
      files.damaged.push_back(error);
    }
  };
  for (const std::vector<StoreFile>& level : manifest.levels)
    for (const StoreFile& file : level) open(file);
  for (const StoreFile& file : manifest.applied_files) open(file);
  return files;
}

/// What is wrong with a file, if anything is.
std::optional<Error> check_file(OpenFile&& file) {
  const std::string name = file.input->name();
  try {
    const StreamTotals totals = check_stream(std::move(file.input), false);
    if (totals.rows != file.file.rows || totals.digest != file.file.digest)
      return Error(ErrorKind::corrupt, name, "holds other rows than the store says", "put back a copy of it");
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace

void check_store(const RollupSettings& settings, Session& session) {
  StoreFiles files =
      open_snapshot(settings.store, [&](const RollupManifest& manifest) { return open_all(settings.store, manifest); });
  const std::size_t count = files.open.size();
  uint64_t rows = 0;
  for (const OpenFile& file : files.open) rows += file.file.rows;
  std::size_t next = 0;
  run_ordered<OpenFile, std::optional<Error>>(
      pipeline_options(session),
      [&] { return next < count ? std::optional(std::move(files.open[next++])) : std::nullopt; },
      [](OpenFile&& file, unsigned) { return check_file(std::move(file)); },
      [&](std::optional<Error>&& error) {
        if (error) files.damaged.push_back(std::move(*error));
      });
  if (!files.damaged.empty()) {
    for (std::size_t i = 1; i < files.damaged.size(); i++) session.warn(files.damaged[i].what());
    throw files.damaged[0];
  }
  const std::unique_ptr<Output> out = standard_output();
  out->write(as_bytes(concat(escape_controls(settings.store), ": ok, ", files.levels,
                             files.levels == 1 ? " level, " : " levels, ", count, count == 1 ? " file, " : " files, ",
                             rows, rows == 1 ? " row\n" : " rows\n")));
  out->finish();
}

}  // namespace ev

// Events written through an archive output, and read back from its files.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "archive/archive_output.h"
#include "event/random_rows.h"
#include "stream/check.h"
#include "stream/reader.h"

namespace ev::test {

/// How a run is made: all of it may change but the files.
struct RunStyle {
  uint32_t batch_rows = 1000;
  ArchiveOptions options;
  uint64_t seed = 0;  // of the order in which jobs are run and put; 0: at once
  uint32_t end_flags = 0;
};

inline Batch build_timed(const std::vector<Event>& events, const std::optional<Path>& time) {
  BatchBuilder builder;
  for (const Event& event : events) append_event(builder, event);
  const int number = time ? static_cast<int>(builder.path(*time)) : -1;
  return builder.finish(number);
}

/// Adds the events and runs all jobs; finish() is left to the caller.
inline void route(ArchiveOutput& out, const std::vector<Event>& events, const std::optional<Path>& time,
                  const RunStyle& style) {
  std::mt19937_64 random(style.seed);
  std::vector<BlockJob> jobs;
  std::vector<FinishedBlock> done;
  auto work = [&](bool all) {
    for (;;) {
      if (auto job = out.next_job()) {
        jobs.push_back(std::move(*job));
      } else if (all && jobs.empty() && done.empty()) {
        return;
      }
      // Some jobs wait, and so does what was done; what is taken next is anybody's guess.
      while (!jobs.empty() && (style.seed == 0 || all || random() % 3 == 0)) {
        const std::size_t i = style.seed == 0 ? 0 : random() % jobs.size();
        done.push_back(out.run(std::move(jobs[i])));
        jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(i));
      }
      while (!done.empty() && (style.seed == 0 || all || random() % 3 == 0)) {
        const std::size_t i = style.seed == 0 ? 0 : random() % done.size();
        out.put(std::move(done[i]));
        done.erase(done.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (!all) return;
    }
  };
  for (std::size_t begin = 0; begin < events.size(); begin += style.batch_rows) {
    const std::size_t end = std::min<std::size_t>(events.size(), begin + style.batch_rows);
    const std::vector<Event> some(events.begin() + static_cast<std::ptrdiff_t>(begin),
                                  events.begin() + static_cast<std::ptrdiff_t>(end));
    out.add(out.split(build_timed(some, time), static_cast<uint32_t>(some.size())));
    work(false);
  }
  out.close(style.end_flags);
  work(true);
}

/// The events of a file, each checked as `ev check` does.
inline std::vector<Event> read_file(const std::string& path, StreamTotals* totals = nullptr) {
  check_stream(open_input(path), false);
  StreamReader reader(open_input(path), {});
  std::vector<Event> events;
  while (auto block = reader.next())
    for (Event& event : read_events(decode_block(*block, {}))) events.push_back(std::move(event));
  if (totals) *totals = reader.totals();
  return events;
}

/// The files below a folder that readers of folders see, by their paths in it.
inline std::vector<std::string> list_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(std::filesystem::relative(entry.path(), folder).string());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace ev::test

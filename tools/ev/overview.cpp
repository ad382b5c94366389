#include "ev/overview.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cli/programs.h"
#include "ev/manual.h"

namespace ev {
namespace {

/// Where a program stands. One that is not named here comes under the last heading: nothing gets lost.
struct Heading {
  std::string_view title;
  std::vector<std::string_view> programs;
};
std::vector<Heading> headings() {
  return {{"Bring events in", {"ingest"}},
          {"Choose and order", {"filter", "dedup", "sort"}},
          {"Sum up", {"aggregate", "rollup"}},
          {"Bring answers out", {"export", "replay"}},
          {"Look after streams", {"cat", "info", "check", "archive", "commit"}},
          {"Others", {}}};
}

/// A program without a summary is none of the toolkit.
void add_program(std::string& out, const std::string& name) {
  auto path = find_program(concat("ev-", name));
  std::string summary = path ? output_of(*path, {"--summary"}) : std::string();
  summary.resize(std::min(summary.find('\n'), summary.size()));
  if (summary.empty()) return;
  std::string left = concat("  ", name);
  out += concat(left, std::string(left.size() < 14 ? 14 - left.size() : 1, ' '), escape_controls(summary), "\n");
}

}  // namespace

std::string overview() {
  std::string out = "evkit: small programs for event logs\n\nUsage: ev PROGRAM [OPTION...] [FILE...]\n";
  std::vector<std::string> left = list_programs();
  for (const Heading& heading : headings()) {
    std::vector<std::string> here;
    for (std::string_view name : heading.programs)
      if (auto at = std::find(left.begin(), left.end(), name); at != left.end()) {
        here.push_back(*at);
        left.erase(at);
      }
    if (heading.programs.empty()) here.swap(left);
    if (here.empty()) continue;
    std::string programs;
    for (const std::string& name : here) add_program(programs, name);
    if (!programs.empty()) out += concat("\n", heading.title, ":\n", programs);
  }
  out +=
      "\nExample:\n"
      "  ev ingest access.jsonl | ev aggregate -b status -a count\n\n"
      "ev help PROGRAM shows its manual, ev PROGRAM --help its options in short.\n"
      "eval \"$(ev --completion bash)\" completes them in the shell.\n";
  return out;
}

}  // namespace ev

#include "aggregate/running_table.h"

#include <algorithm>
#include <string>

#include "aggregate/aggregator.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/terminal.h"
#include "emit/emitter.h"

namespace ev {
namespace {

constexpr unsigned kMostRows = 40;   // as of every table on a terminal
constexpr unsigned kOtherLines = 5;  // names, rule, count of the rest, progress, and where the cursor stands
constexpr int kPauseFactor = 4;      // times what drawing took are left for the work itself

unsigned rows_that_fit() {
  const unsigned height = terminal_height();
  return std::clamp(height > kOtherLines ? height - kOtherLines : 1, 1u, kMostRows);
}

}  // namespace

RunningTable::RunningTable(const Session& session, std::chrono::nanoseconds every)
    : terminal_(standard_output()), every_(every), next_(std::chrono::steady_clock::now() + every) {
  if (session.options().to || session.options().output != "-" || !terminal_->is_terminal())
    throw Error(ErrorKind::usage, "--refresh", "draws on a terminal, which the output is not", "leave it out");
}

void RunningTable::draw(std::vector<Batch>&& groups, std::chrono::steady_clock::time_point since) {
  EmitOptions options;
  options.max_rows = rows_that_fit();
  options.width = terminal_width();
  options.color = color_wanted();
  const std::unique_ptr<Emitter> emitter = make_emitter("table", options);
  std::string table;
  for (Batch& group : groups) {
    const Batch batch = finalize_states(std::move(group));
    if (batch.rows == 0) continue;
    emitter->announce(batch);
    if (table.empty()) table = emitter->begin();
    table += emitter->format(batch);
  }
  table += emitter->end();
  put(table);
  const auto now = std::chrono::steady_clock::now();
  next_ = now + std::max<std::chrono::nanoseconds>(every_, kPauseFactor * (now - since));
}

void RunningTable::clear() {
  put("");
}

/// In one write, so that nothing is seen in between.
void RunningTable::put(const std::string& table) {
  std::string text = lines_ > 0 ? concat("\r\x1b[", lines_, "A\x1b[J") : "";
  text += table;
  lines_ = static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n'));
  if (!text.empty()) terminal_->write(as_bytes(text));
}

}  // namespace ev

#include <algorithm>
#include <array>
#include <span>

#include "base/of_option.h"
#include "base/text.h"
#include "base/time.h"
#include "rollup/rollup.h"

namespace ev {
namespace {

struct RollupCommand {
  std::string_view name;
  void (*run)(const RollupSettings& settings, Session& session);
  std::vector<std::string_view> options;  // beside those that say how a program runs
  bool takes_files = false;
};

const std::vector<RollupCommand>& commands() {
  static const std::vector<RollupCommand> all = {
      {"create", create_store, {"--every", "--by", "--agg", "--timezone", "--where", "--wait"}},
      {"add", add_events, {"--batch", "--max-future", "--time", "--latency", "--wait"}, true},
      {"read",
       read_store,
       {"--level", "--since", "--until", "--timezone", "--where", "--by", "--agg", "--output", "--no-clobber",
        "--compress", "--to"}},
      {"status", print_status, {"--json"}},
      {"check", check_store, {}}};
  return all;
}

const RollupCommand* find_command(std::string_view name) {
  const auto at = std::find_if(commands().begin(), commands().end(), [&](const auto& c) { return c.name == name; });
  return at == commands().end() ? nullptr : &*at;
}

[[noreturn]] void fail_command(const std::string& word) {
  std::vector<std::string> names;
  for (const RollupCommand& command : commands()) names.emplace_back(command.name);
  const auto near = nearest(word, names);
  const std::string remedy = near ? concat("did you mean ", *near, "?") : concat("there are ", join(names, ", "));
  throw Error(ErrorKind::usage, word.empty() ? "" : concat("'", word, "'"),
              word.empty() ? "needs a command and a store" : "is no command of ev rollup", remedy);
}

/// Throws Error(usage) for options of other commands.
void check_options(const RollupCommand& command, const Session& session) {
  for (const auto& [option, value] : session.options().given) {
    const auto has = [&](const RollupCommand& c) { return std::ranges::count(c.options, option) > 0; };
    if (has(command) || std::ranges::none_of(commands(), has)) continue;
    const auto other = std::ranges::find_if(commands(), has);
    throw Error(ErrorKind::usage, option, concat("does not go with ", command.name),
                concat("it is for ev rollup ", other->name));
  }
}

}  // namespace

std::vector<std::string> RollupTool::examples() const {
  return {"ev rollup create sales --every 1m,1h,1d -b country -a 'count, sum(value), p99(value)'",
          "ev ingest app.jsonl | ev rollup add sales",
          "ev rollup read sales --since 2024-06-01 --until 2024-07-01 | ev aggregate --merge -b country -a count"};
}

SharedOptionSet RollupTool::shared() const {
  SharedOptionSet set;
  set.inputs = set.rows = false;
  set.locks = true;
  return set;
}

void RollupTool::declare(Command& command) {
  command.list("--every", "DURATIONS", settings_.every,
               "create: widths of the levels, each divides the next: 1m,1h,1d,1mo");
  command.list("-b,--by", "FIELDS", settings_.by,
               "create: keys, as of ev aggregate; read: only these keys; `time` for none");
  command.text("-a,--agg", "CALLS", settings_.calls,
               "create: results, as of ev aggregate (default: count); read: only these");
  command.text("-w,--where", "EXPR", settings_.where, "create: only such events; read: only groups with such keys");
  command.text("--timezone", "ZONE", settings_.timezone,
               "create: of the buckets (UTC); read: of times without a zone in options (that of the store)");
  command.text("--batch", "NAME", batch_, "add: a name for what is added: it cannot come with other events again");
  command.text("--max-future", "DURATION", max_future_,
               "add: reject events whose time is further ahead of now: 1h, or 0");
  command.text("--level", "DURATION", settings_.level,
               "read: buckets of this level (auto: the coarsest, with finer ones at the edges)");
  command.text("--since", "TIME", settings_.since, "read: from this time on: 2024-06-01, 2024-06-01T12:00, yesterday");
  command.text("--until", "TIME", settings_.until, "read: up to this time, without it");
  command.flag("--json", settings_.json, "status: as a line of JSON");
  command.files(words_, "a command, a store, and for add event streams or logs; - or nothing: standard input");
}

void RollupTool::validate() {
  settings_.command = words_.empty() ? "" : words_[0];
  const RollupCommand* command = find_command(settings_.command);
  if (!command) fail_command(settings_.command);
  if (words_.size() < 2)
    throw Error(ErrorKind::usage, settings_.command, "needs a store",
                concat("for example ev rollup ", settings_.command, " STORE"));
  settings_.store = words_[1];
  settings_.files.assign(words_.begin() + 2, words_.end());
  if (!command->takes_files && !settings_.files.empty())
    throw Error(ErrorKind::usage, concat("'", settings_.files[0], "'"),
                concat("unexpected: ", settings_.command, " takes no files"));
  if (batch_ && batch_->empty()) throw Error(ErrorKind::usage, "--batch", "needs a name");
  settings_.batch = batch_.value_or("");
  if (max_future_)
    settings_.max_future =
        *max_future_ == "0" ? 0 : of_option("--max-future", [&] { return parse_duration(*max_future_); });
}

int RollupTool::run(Session& session) {
  const RollupCommand& command = *find_command(settings_.command);
  check_options(command, session);
  command.run(settings_, session);
  return 0;
}

StateFileOptions lock_options(Session& session) {
  StateFileOptions options;
  options.wait = session.options().wait;
  options.stop = session.stop_check();
  return options;
}

}  // namespace ev

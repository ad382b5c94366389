#include "cli/shared_options.h"

#include <algorithm>
#include <charconv>

#include "archive/path_template.h"
#include "base/format.h"
#include "base/of_option.h"
#include "base/text.h"
#include "base/time.h"
#include "emit/emitter.h"
#include "io/process_memory.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

constexpr uint64_t kMaxThreads = 256;
constexpr uint64_t kLeastMemory = uint64_t{1} << 20;
constexpr uint64_t kMostDefaultMemory = uint64_t{1} << 30;

Error bad_value(std::string_view name, std::string_view value, std::string what, std::string remedy = {}) {
  return Error(ErrorKind::usage, concat(name, ": '", value, "'"), std::move(what), std::move(remedy));
}

std::optional<Compression> parse_compression(std::string_view text) {
  if (text == "auto") return std::nullopt;
  if (text == "none") return Compression{Codec::none, 0};
  Compression compression{Codec::zstd, Compression{}.level};
  if (text == "zstd") return compression;
  if (text.starts_with("zstd:")) {
    std::string_view level = text.substr(5);
    auto [end, error] = std::from_chars(level.data(), level.data() + level.size(), compression.level);
    bool number = error == std::errc() && end == level.data() + level.size();
    if (!number || compression.level < 1 || compression.level > 19)
      throw bad_value("--compress", text, "no such level", "zstd levels go from 1 to 19");
    return compression;
  }
  throw bad_value("--compress", text, "unknown", "use auto, none, zstd or zstd:LEVEL");
}

/// "0" needs no unit.
std::chrono::nanoseconds duration(std::string_view name, const std::string& text) {
  return std::chrono::nanoseconds(text == "0" ? 0 : of_option(name, [&] { return parse_duration(text); }));
}

void check_format(const std::string& format) {
  auto known = emit_formats();
  if (std::find(known.begin(), known.end(), format) != known.end()) return;
  std::vector<std::string> names(known.begin(), known.end());
  auto near = nearest(format, names);
  throw bad_value("--to", format, "unknown format",
                  near ? concat("did you mean ", *near, "?") : concat("there are ", join(names, ", ")));
}

/// In [least, most].
uint64_t in_range(std::string_view name, uint64_t n, uint64_t least, uint64_t most) {
  if (n >= least && n <= most) return n;
  throw bad_value(name, concat(n), "out of range", concat("it goes from ", least, " to ", most));
}

void check_times(const SharedText& text, int64_t now_ns, SharedOptions& options) {
  if (text.timezone && *text.timezone != "UTC") options.timezone = *text.timezone;
  // Any time will do: it is the zone that is looked up.
  if (text.timezone) of_option("--timezone", [&] { return parse_time_option("2000-01-01", now_ns, *text.timezone); });
  auto instant = [&](std::string_view name, const std::string& value) {
    return of_option(name, [&] { return parse_time_option(value, now_ns, options.timezone); });
  };
  if (text.since) options.since = instant("--since", *text.since);
  if (text.until) options.until = instant("--until", *text.until);
  if (text.since && text.until && options.since >= options.until) {
    throw Error(ErrorKind::usage, "--since, --until", "no time lies between them",
                concat("--since ", time_text(options.since), " must be before --until ", time_text(options.until)));
  }
}

/// -o as a template.
void check_output(const SharedText& text, SharedOptions& options) {
  if (!PathTemplate::is_one(options.output)) return;
  const std::string shown = concat("--output: '", options.output, "'");
  auto where = of_option(shown, [&] { return std::make_shared<const PathTemplate>(options.output, options.timezone); });
  if (where->one_file()) {
    options.output = where->destination({});
    return;
  }
  if (!text.set.stream_out) {
    throw Error(ErrorKind::usage, shown, "this program writes one text, not a file for each value or part",
                "name a file; {{ and }} stand for braces in its name");
  }
  if (text.to) {
    throw Error(ErrorKind::usage, "--to", "does not go with a template or folder in -o, whose files are event streams",
                concat("leave it out, and then: ev export -f ", *text.to, " FILE"));
  }
  of_option(shown, [&] { where->check_ending(); });
  options.route = std::move(where);
}

}  // namespace

void declare_shared(Command::State& state, SharedText& into) {
  state.declaring_shared = true;
  Command command(state);
  const SharedOptionSet& set = into.set;
  if (set.output) {
    command.text("-o,--output", "FILE", into.output, "write to FILE, complete or not at all; - is standard output; DIR/ and templates: see ev(1)");
    command.flag("--no-clobber", into.no_clobber, "never replace an existing file");
  }
  if (set.inputs) {
    command.files(into.files, "event streams, JSON lines, folders of *.ev; - or nothing: standard input");
  }
  if (set.rows) {
    command.text("--since", "TIME", into.since,
                 "drop events before TIME: 2024-06-01, 2024-06-01T12:00, yesterday, -1h");
    command.text("--until", "TIME", into.until, "drop events at TIME and after");
    command.text("--timezone", "ZONE", into.timezone,
                 "of times without a zone in options, and of buckets: Europe/Berlin (UTC)");
    if (set.where)
      command.text("-w,--where", "EXPR", into.where,
                   "only events for which the expression is true: 'status >= 500 and path =~ \"^/api\"' (ev-expr(7))");
    command.flag("--accept-partial", into.accept_partial, "take what is intact of truncated input; exit status 3");
  }
  if (set.text_in) {
    command.list("-t,--time", "FIELD[,FIELD]", into.time_fields,
                 "event time of logs: the first of these that is there");
    command.text("--latency", "DURATION", into.latency,
                 "pass events on at the latest after this, where input is live (20ms)");
  }
  if (set.stream_out) {
    command.text("--compress", "HOW", into.compress, "auto, none, zstd or zstd:LEVEL (auto: zstd:1 into files)");
    command.text("--to", "FORMAT", into.to, "write text instead, as `ev export -f FORMAT` does");
  }
  command.number("-j,--threads", "N", into.threads, "threads (as many as there are cores)");
  if (set.memory)
    command.text("--memory", "SIZE", into.memory, "memory to keep to, 512M (a quarter of all, at most 1G)");
  if (set.locks)
    command.text("--wait", "DURATION", into.wait, "wait as long as this for what another process has locked (0)");
  state.flag_or_text("--stats", "[=FILE]", into.stats, "at the end, counts and rates as a line of JSON");
  command.text("--stats-every", "DURATION", into.stats_every, "and as often as this");
  command.flag("--progress", into.progress, "show progress on standard error, also where it is no terminal");
  command.flag("--no-progress", into.no_progress, "never show progress");
  command.flag("-q,--quiet", into.quiet, "errors only, no warnings");
  command.flag("-v,--verbose", into.verbose, "notices, too: which format, which event time");
  command.flag("-h,--help", into.help, "this text");
  command.flag("--version", into.version, "the version");
  command.flag("--list-options", into.list_options, "names of all options");
  command.hide_last();
  command.flag("--summary", into.summary, "what this program does, in a line");
  command.hide_last();
  command.number("--block-rows", "N", into.block_rows, "rows of a block");
  command.hide_last();
  state.declaring_shared = false;
}

SharedOptions check_shared(const SharedText& text, int64_t now_ns) {
  SharedOptions options;
  options.files = text.files;
  options.output = text.output.value_or("-");
  if (options.output.empty()) throw Error(ErrorKind::usage, "--output", "an empty file name");
  options.no_clobber = text.no_clobber;
  options.now_ns = now_ns;
  options.given = text.given;
  check_times(text, now_ns, options);
  check_output(text, options);
  options.threads = default_threads();
  if (text.threads) options.threads = static_cast<unsigned>(in_range("--threads", *text.threads, 1, kMaxThreads));
  options.memory = std::min(usable_memory() / 4, kMostDefaultMemory);
  if (text.memory) {
    options.memory = of_option("--memory", [&] { return parse_size(*text.memory); });
    if (options.memory < kLeastMemory) throw bad_value("--memory", *text.memory, "too little", "give at least 1M");
  }
  if (text.compress) options.compression = parse_compression(*text.compress);
  if (text.latency) options.latency = duration("--latency", *text.latency);
  if (text.wait) options.wait = duration("--wait", *text.wait);
  options.time_fields = text.time_fields;
  if (text.where) {
    options.where = of_option("--where", [&] {
      return Expression::parse_condition(*text.where, {options.timezone, now_ns});
    });
  }
  if (text.to) check_format(*text.to);
  options.to = text.to;
  options.accept_partial = text.accept_partial;
  if (text.quiet && text.verbose) throw Error(ErrorKind::usage, "-q, -v", "contradict each other");
  options.quiet = text.quiet;
  options.verbose = text.verbose;
  if (text.block_rows) {
    options.block_rows = static_cast<uint32_t>(in_range("--block-rows", *text.block_rows, 1, kMaxBlockRows));
  }
  return options;
}

ReportOptions check_report(const SharedText& text) {
  ReportOptions report;
  report.stats = text.stats;
  if (report.stats && report.stats->empty()) throw Error(ErrorKind::usage, "--stats", "an empty file name");
  if (text.stats_every) {
    report.stats_every = of_option("--stats-every", [&] { return parse_duration(*text.stats_every); });
    if (!report.stats) report.stats = "-";
  }
  if (text.progress && text.no_progress)
    throw Error(ErrorKind::usage, "--progress, --no-progress", "contradict each other");
  if (text.progress) report.progress = true;
  if (text.no_progress || text.quiet) report.progress = text.progress;
  return report;
}

}  // namespace ev

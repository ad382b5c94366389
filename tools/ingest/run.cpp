#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/time_zone.h"
#include "cli/inputs.h"
#include "cli/stream_output.h"
#include "ingest/ingest.h"
#include "ingest/reject_stream.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// What one unit of text became.
struct Ingested {
  OutgoingBlock block;
  std::vector<Reject> rejects;
  uint64_t records = 0, duplicate_keys = 0;
  uint32_t input = 0;
};

[[noreturn]] void fail_too_many(const RejectCount& rejects, std::string_view what) {
  throw Error(ErrorKind::corrupt, rejects.first(), concat(what, "; --max-rejects allows no more"),
              "look at them with --rejects FILE");
}

char parse_delimiter(const std::string& text) {
  if (text == "\\t") return '\t';
  if (text.size() == 1 && std::string_view("\"\r\n").find(text[0]) == std::string_view::npos && static_cast<unsigned char>(text[0]) < 0x80)
    return text[0];
  throw Error(ErrorKind::usage, "--delimiter", concat("takes one character or \\t, not \"", text, "\""),
              "for example --delimiter ';'");
}

int32_t parse_year(const std::string& text) {
  int32_t year = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), year);
  if (error != std::errc() || at != text.data() + text.size() || year < 1678 || year > 2261)
    throw Error(ErrorKind::usage, "--year", concat("takes a year from 1678 to 2261, not \"", text, "\""));
  return year;
}

void check_columns(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); i++) {
    if (names[i].empty()) throw Error(ErrorKind::usage, "--columns", "has a name that is empty");
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) != names.begin() + static_cast<std::ptrdiff_t>(i))
      throw Error(ErrorKind::usage, "--columns", concat("names ", names[i], " twice"));
  }
}

}  // namespace

RejectLimit parse_reject_limit(const std::string& text) {
  RejectLimit limit;
  const char* end = text.data() + text.size();
  bool percent = text.ends_with('%');
  auto [at, error] = percent ? std::from_chars(text.data(), end, limit.percent) : std::from_chars(text.data(), end, limit.count);
  bool whole = at == end - (percent ? 1 : 0);
  if (error != std::errc() || !whole || !(limit.percent >= 0 && limit.percent <= 100))
    throw Error(ErrorKind::usage, "--max-rejects", concat("takes a number or a percentage, not \"", text, "\""), "for example 100 or 0.5%");
  return limit;
}

std::vector<std::string> IngestTool::examples() const {
  return {"ev ingest access.jsonl.gz -o access.ev", "tail -f app.jsonl | ev ingest | ev export",
          "ev ingest logs/ --rejects bad.ev -o logs.ev"};
}

void IngestTool::declare(Command& command) {
  command.text("-f,--format", "FORMAT", format_, "format of the input: jsonl, csv, tsv, logfmt, combined, common, syslog, cri, nginx:FORMAT, regex:PATTERN, lines "
               "(default: told by its first bytes)");
  command.text("--delimiter", "CHARACTER", delimiter_, "what stands between the fields of csv, one character or \\t");
  command.list("--columns", "NAMES", columns_, "names of the columns of csv or tsv, whose first record is then an event");
  command.list("--time-format", "FORMAT[,FORMAT]", time_formats_,
               "read the event time by these strptime formats first: %d/%m/%Y %H:%M:%S");
  command.text("--assume-timezone", "ZONE", assumed_zone_, "zone of event times that name none: Europe/Berlin (UTC)");
  command.text("--year", "YEAR", year_, "year of times in syslog that have none");
  command.text("--rejects", "FILE", rejects_, "write records that are not accepted to FILE, an event stream");
  command.text("--max-rejects", "N|P%", max_rejects_, "bear this many rejects; beyond it stop with exit status 65");
}

void IngestTool::validate() {
  if (delimiter_ || !columns_.empty()) {
    if (!format_) format_ = "csv";
    if (*format_ != "csv" && *format_ != "tsv")
      throw Error(ErrorKind::usage, delimiter_ ? "--delimiter" : "--columns", concat("means nothing to -f ", *format_),
                  "it goes with -f csv");
  }
  if (format_) text_format_ = parse_text_format(*format_);
  if (delimiter_) text_format_->separator = parse_delimiter(*delimiter_);
  if (!columns_.empty()) {
    check_columns(columns_);
    text_format_->columns = columns_;
  }
  if (year_) year_number_ = parse_year(*year_);
  if (assumed_zone_ && !TimeZone::is_utc(*assumed_zone_)) time_rules_.assumed = TimeZone::load(*assumed_zone_);
  for (const std::string& format : time_formats_)
    time_rules_.formats.emplace_back(format, year_ ? std::optional(year_number_) : std::nullopt);
  if (max_rejects_) limit_ = parse_reject_limit(*max_rejects_);
}

int IngestTool::run(Session& session) {
  SourceOptions options = source_options(session);
  options.text_only = true;
  options.format = text_format_;
  options.year = year_number_;
  options.time_rules = time_rules_;
  Source source(options);
  StreamOutput out(session);
  std::unique_ptr<RejectStream> kept;
  if (rejects_) kept = std::make_unique<RejectStream>(*rejects_, session.options().no_clobber, Compression{Codec::zstd, 1});
  RejectCount rejects;
  uint64_t records = 0, duplicate_keys = 0;

  run_with_abort(out, [&] {
    run_ordered<SourceUnit, Ingested>(
        pipeline_options(session), [&] { return source.next(); },
        [&](SourceUnit&& unit, unsigned worker) {
          SourceItem item = source.open(std::move(unit), worker);
          item.ledger.passed = item.batch->rows;
          uint64_t seen = item.ledger.in;
          return Ingested{out.encode(std::move(*item.batch), item.ledger), std::move(item.rejects), seen,
                          item.duplicate_keys, item.input};
        },
        [&](Ingested&& done) {
          records += done.records;
          duplicate_keys += done.duplicate_keys;
          const std::string& input = source.input_name(done.input);
          rejects.add(input, done.rejects);
          if (kept) kept->add(input, done.rejects);
          // How many more there were by then depends on how the input was cut, so it is not said.
          if (limit_ && rejects.count() > limit_->count)
            fail_too_many(rejects, concat("more than ", limit_->count, " records rejected"));
          out.write(std::move(done.block));
          session.progress(progress_of(source));
        });
    if (limit_ && static_cast<double>(rejects.count()) * 100 > limit_->percent * static_cast<double>(records))
      fail_too_many(rejects, concat(rejects.count(), " of ", records, " records rejected"));
    if (kept) kept->finish(source.end_flags());
    out.finish(source.end_flags());
  });

  if (source.time_path()) session.notice(concat("event time: ", source.time_path()->name()));
  else if (records > 0) session.notice("no event time found; name its field with -t FIELD");
  if (duplicate_keys > 0) session.notice(concat(duplicate_keys, " keys stood twice in one object; the last value counts"));
  report_accepted(session, source);
  if (rejects.count() > 0 && !kept && !limit_) {
    session.warn(concat(rejects.first(), "; ", rejects.count(), " of ", records,
                        " records rejected; keep them with --rejects FILE or bear them with --max-rejects"));
    session.exit_at_least(3);
  }
  return 0;
}

}  // namespace ev

#include "ingest/format_options.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "base/time_zone.h"
#include "text/multiline.h"

namespace ev {
namespace {

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

void FormatOptions::declare(Command& command) {
  command.text("-f,--format", "FORMAT", format_, "format of the input: jsonl, json, csv, tsv, tsv:escaped, w3c, zeek, logfmt, combined, common, syslog, cri, nginx:FORMAT, regex:PATTERN, lines "
               "(default: told by its first bytes)");
  command.flag("--from-rejects", from_rejects_, "read the records again that a run with --rejects kept");
  command.text("--each", "PATH", each_, "of JSON documents: an event for each element of the array at this path: Records");
  command.text("--multiline", "REGEX", multiline_,
               "start an event at each line that matches; other lines belong to the one before: '^\\d{4}-'");
  command.text("--delimiter", "CHARACTER", delimiter_, "what stands between the fields of csv, one character or \\t");
  command.list("--columns", "NAMES", columns_, "names of the columns of csv or tsv, whose first record is then an event");
  command.list("--types", "NAME=TYPE,...", types_, "types of fields: string, int, uint, float, bool, time, json, auto");
  command.list("--time-format", "FORMAT[,FORMAT]", time_formats_,
               "read the event time by these strptime formats first: %d/%m/%Y %H:%M:%S");
  command.text("--assume-timezone", "ZONE", assumed_zone_, "zone of event times that name none: Europe/Berlin (UTC)");
  command.text("--year", "YEAR", year_, "year of times in syslog that have none");
}

void FormatOptions::validate() {
  if (delimiter_ || !columns_.empty()) {
    if (!format_) format_ = "csv";
    if (*format_ != "csv" && *format_ != "tsv" && *format_ != "tsv:escaped")
      throw Error(ErrorKind::usage, delimiter_ ? "--delimiter" : "--columns", concat("means nothing to -f ", *format_),
                  "it goes with -f csv");
  }
  if (each_ && !format_) format_ = "json";
  if (multiline_ && !format_) format_ = "lines";
  if (format_) text_format_ = parse_text_format(*format_);
  if (each_) {
    if (each_->empty()) throw Error(ErrorKind::usage, "--each", "needs a path", "for example --each Records");
    if (!is_json(text_format_->kind))
      throw Error(ErrorKind::usage, "--each", concat("means nothing to -f ", *format_), "it goes with -f json");
    text_format_->kind = TextKind::json_documents;
    text_format_->each = *each_;
  }
  if (multiline_) {
    if (multiline_->empty())
      throw Error(ErrorKind::usage, "--multiline", "needs a pattern", "for example --multiline '^\\d{4}-'");
    if (from_rejects_)
      throw Error(ErrorKind::usage, "--multiline", "does not go with --from-rejects, whose records are cut already");
    text_format_->record_start = *multiline_;
    check_multiline(*text_format_);
  }
  if (delimiter_) text_format_->separator = parse_delimiter(*delimiter_);
  if (!columns_.empty()) {
    check_columns(columns_);
    text_format_->columns = columns_;
  }
  if (year_) year_number_ = parse_year(*year_);
  if (assumed_zone_ && !TimeZone::is_utc(*assumed_zone_)) time_rules_.assumed = TimeZone::load(*assumed_zone_);
  for (const std::string& format : time_formats_)
    time_rules_.formats.emplace_back(format, year_ ? std::optional(year_number_) : std::nullopt);
  field_types_ = parse_field_types(types_);
}

void FormatOptions::apply(SourceOptions& options) const {
  options.text_only = true;
  options.from_rejects = from_rejects_;
  options.format = text_format_;
  options.year = year_number_;
  options.time_rules = time_rules_;
  if (field_types_.empty()) return;
  options.types = std::make_shared<const FieldTypes>(field_types_);
  for (const std::string& name : options.time_fields)
    if (options.types->excludes_time(name))
      throw Error(ErrorKind::usage, "--types", concat(name, " cannot be the event time that -t names"),
                  concat("leave it out of one of the two, or choose ", name, "=time"));
}

}  // namespace ev

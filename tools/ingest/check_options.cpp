#include "ingest/check_options.h"

#include "base/error.h"
#include "base/of_option.h"
#include "base/text.h"
#include "base/time.h"
#include "io/input.h"
#include "text/schema_check.h"

namespace ev {
namespace {

int64_t later(int64_t ns, int64_t duration) {
  int64_t sum;
  return __builtin_add_overflow(ns, duration, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

/// The text of a schema: one byte more than it may have is enough to tell that it is too long.
std::string read_schema(const std::string& path) {
  if (path == "-") throw Error(ErrorKind::usage, "--schema", "takes a file, not standard input");
  const auto input = open_input(path);
  std::string text(kMaxSchemaBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t got = input->read({reinterpret_cast<uint8_t*>(text.data()) + size, text.size() - size});
    if (got == 0) break;
    size += got;
  }
  text.resize(size);
  return text;
}

/// The types chosen so far, and behind them what the schema asks of formats that know no types.
std::shared_ptr<const FieldTypes> with_schema_types(const FieldTypes* chosen, const Schema& schema) {
  std::vector<FieldType> fields;
  if (chosen) fields.assign(chosen->fields().begin(), chosen->fields().end());
  for (FieldType& field : schema.text_types()) fields.push_back(std::move(field));
  return fields.empty() ? nullptr : std::make_shared<const FieldTypes>(std::move(fields));
}

}  // namespace

void CheckOptions::declare(Command& command) {
  command.text("--schema", "FILE", schema_, "reject records that are not as this schema wants them (ev-schema(5))");
  command.text("--min-time", "TIME", min_time_, "reject events whose time is before TIME: 2015-01-01, -30d");
  command.text("--max-future", "DURATION", max_future_, "reject events whose time is further ahead of now: 1h, or 0");
}

ClockBounds CheckOptions::clock_bounds(const SharedOptions& shared) const {
  ClockBounds bounds;
  if (min_time_) {
    bounds.earliest =
        of_option("--min-time", [&] { return parse_time_option(*min_time_, shared.now_ns, shared.timezone); });
    bounds.earliest_words = *min_time_;
  }
  if (max_future_) {
    const int64_t ahead =
        *max_future_ == "0" ? 0 : of_option("--max-future", [&] { return parse_duration(*max_future_); });
    bounds.latest = later(shared.now_ns, ahead);
    bounds.latest_words = *max_future_;
  }
  return bounds;
}

void CheckOptions::apply(const Session& session, SourceOptions& options) const {
  auto checks = std::make_shared<RowChecks>();
  if (schema_) {
    Schema schema = parse_schema(read_schema(*schema_), *schema_);
    options.types = with_schema_types(options.types.get(), schema);
    checks->add(std::make_shared<const SchemaCheck>(std::move(schema), options.time_rules));
  }
  if (min_time_ || max_future_) {
    // Where a bound says what is absurd, a time beyond it is a time and refused, not a number in an untimed event.
    options.time_rules.any_past = min_time_.has_value();
    options.time_rules.any_future = max_future_.has_value();
    checks->add(std::make_shared<const ClockCheck>(clock_bounds(session.options())));
  }
  if (!checks->empty()) options.check = std::move(checks);
}

}  // namespace ev

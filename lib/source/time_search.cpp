#include "source/time_search.h"

#include <span>
#include <utility>

#include "text/json_lines.h"
#include "text/text_parser.h"

namespace ev {
namespace {

/// Not those that are to be something else.
std::vector<std::string> time_candidates(const SourceOptions& options) {
  std::vector<std::string> names = options.time_fields;
  if (names.empty()) names.assign(default_time_fields().begin(), default_time_fields().end());
  if (options.types) std::erase_if(names, [&](const std::string& name) { return options.types->excludes_time(name); });
  return names;
}

}  // namespace

TimeSearch::TimeSearch(const SourceOptions& options, std::shared_ptr<const TimeRules> rules)
    : candidates_(time_candidates(options)), named_(!options.time_fields.empty()), rules_(std::move(rules)) {
  for (const FieldFormat& field : options.field_formats) field_parsers_.emplace_back(field, FieldChoice{});
}

std::optional<Path> TimeSearch::find(const TextUnit& unit, const TextFormat& format, uint32_t& left) {
  const std::span<const std::string> candidates = candidates_;
  if (format.kind == TextKind::json_lines && field_parsers_.empty())
    return find_time_field({unit.text.data(), unit.text.size()}, candidates, named_, *rules_, left);
  Batch batch = make_text_parser(format, FieldChoice{})->parse(unit).batch;
  std::optional<FoundTimeField> found;
  uint32_t left_for_parsed = left;
  // What does not stand in a text that may fail to be parsed is there more often, so of one record it comes first.
  if (!named_ || field_parsers_.empty()) found = find_time_field(batch, candidates, named_, *rules_, left);
  if (!field_parsers_.empty()) {
    for (FieldParser& field : field_parsers_) {
      field.set_unit(unit);
      field.change(batch);
    }
    const auto parsed = find_time_field(batch, candidates, named_, *rules_, left_for_parsed);
    if (parsed && !(found && found->row <= parsed->row)) found = parsed;
    left = left_for_parsed;
  }
  return found ? std::optional(found->path) : std::nullopt;
}

}  // namespace ev

#include "rollup/rollup_definition.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace ev {

namespace {

constexpr int64_t kDay = 86'400 * kSecond, kWeek = 7 * kDay;
constexpr int64_t kMonday = 4 * kDay;  // 1970-01-05, where the grid of weeks begins

int64_t grid_begin(int64_t width) {
  return width % kWeek == 0 ? kMonday : 0;
}

/// Whether each bucket of `coarse` is made up of whole ones of `fine`.
bool nests(const BucketWidth& fine, const BucketWidth& coarse) {
  if (fine.months > 0) return coarse.months > 0 && coarse.months % fine.months == 0;
  if (coarse.months > 0) return kDay % fine.ns == 0;
  return coarse.ns % fine.ns == 0 && (grid_begin(coarse.ns) - grid_begin(fine.ns)) % fine.ns == 0;
}

bool same(const AggregateCall& a, const AggregateCall& b) {
  return a.function == b.function && a.field == b.field && a.name == b.name && a.argument == b.argument &&
         a.where == b.where && a.formula == b.formula;
}

std::string other(std::string_view option, std::string_view made, std::string_view wanted) {
  const auto shown = [](std::string_view text) { return text.empty() ? std::string("none") : concat("'", text, "'"); };
  return concat(option, " is ", shown(made), ", not ", shown(wanted));
}

}  // namespace

void order_widths(std::vector<std::string>& every) {
  std::vector<std::pair<BucketWidth, std::string>> widths;
  for (const std::string& text : every) widths.emplace_back(parse_bucket_width(text), text);
  std::stable_sort(widths.begin(), widths.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.months, a.first.ns) < std::pair(b.first.months, b.first.ns);
  });
  every.clear();
  for (std::size_t i = 0; i < widths.size(); i++) {
    const auto& [width, text] = widths[i];
    every.push_back(text);
    if (i == 0) continue;
    const auto& [finer, finer_text] = widths[i - 1];
    if (finer.ns == width.ns && finer.months == width.months)
      throw Error(ErrorKind::usage, text, concat("is as wide as ", finer_text), "name each level once");
    if (!nests(finer, width))
      throw Error(ErrorKind::usage, text, concat("is not made up of whole buckets of ", finer_text),
                  "take levels of which each one divides the next: 1m,1h,1d,1mo");
  }
}

std::vector<RollupLevel> levels_of(const RollupDefinition& definition) {
  std::vector<RollupLevel> levels;
  for (const std::string& text : definition.every)
    levels.push_back({text, Buckets(parse_bucket_width(text), definition.timezone)});
  return levels;
}

std::optional<std::string> difference(const RollupDefinition& made, const RollupDefinition& wanted) {
  const auto same_width = [](const std::string& a, const std::string& b) {
    const BucketWidth x = parse_bucket_width(a), y = parse_bucket_width(b);
    return x.ns == y.ns && x.months == y.months;
  };
  if (!std::equal(made.every.begin(), made.every.end(), wanted.every.begin(), wanted.every.end(), same_width))
    return other("--every", join(made.every, ","), join(wanted.every, ","));
  if (made.by != wanted.by) return other("-b", join(made.by, ", "), join(wanted.by, ", "));
  const std::vector<AggregateCall> calls = parse_aggregates(made.calls), others = parse_aggregates(wanted.calls);
  if (!std::equal(calls.begin(), calls.end(), others.begin(), others.end(), same))
    return other("-a", made.calls, wanted.calls);
  if (made.timezone != wanted.timezone)
    return other("--timezone", made.timezone.empty() ? "UTC" : made.timezone,
                 wanted.timezone.empty() ? "UTC" : wanted.timezone);
  if (made.where != wanted.where) return other("-w", made.where, wanted.where);
  return std::nullopt;
}

AggregateQuery merging_query(const AggregateQuery& of_events, const Buckets& buckets) {
  AggregateQuery query = of_events;
  query.merge = true;
  query.every = buckets;
  for (std::size_t k = 0; k < query.key_names.size(); k++)
    if (!query.key_names[k].empty()) query.by[k] = quoted_name(Path::key(query.key_names[k]));
  query.key_names.clear();
  return query;
}

}  // namespace ev

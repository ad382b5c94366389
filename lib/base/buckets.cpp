#include <algorithm>

#include "base/civil.h"
#include "base/error.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace ev {

namespace {

constexpr int64_t kWeek = 7 * kDay;
constexpr int64_t kWholeMonths = 28 * kDay;  // stands for any number of them: whole days, and whole seconds
constexpr int64_t kFirstMonday = 4 * kDay;   // 1970-01-05
// More than the clock of any zone was ever set back or forward at once.
constexpr int64_t kLongestChange = 52 * 3600 * kSecond;

/// Of the first day of a month, counted from January 1970, saturating at the ends of time.
int64_t begin_of_month(int64_t month) {
  const int64_t year = floor_div(month, 12);
  const int64_t days =
      days_from_civil({static_cast<int32_t>(1970 + year), static_cast<uint32_t>(month - 12 * year) + 1, 1});
  int64_t ns;
  if (__builtin_mul_overflow(days, kDay, &ns)) return days < 0 ? INT64_MIN : INT64_MAX;
  return ns;
}

int64_t month_of(int64_t local_ns) {
  const CivilDate date = civil_from_days(floor_div(local_ns, kDay));
  return (int64_t{date.year} - 1970) * 12 + date.month - 1;
}

}  // namespace

Buckets::Buckets(BucketWidth width, const std::string& zone)
    : months_(width.months), every_(width.months > 0 ? kWholeMonths : width.ns) {
  if (every_ <= 0 || months_ < 0) throw Error(ErrorKind::bug, "Buckets", "a width that is not positive");
  if (every_ % kWeek == 0 && months_ == 0) anchor_ = kFirstMonday;
  if (!TimeZone::is_utc(zone)) zone_ = TimeZone::load(zone);
}

int64_t Buckets::month_floor(int64_t local_ns) const {
  return begin_of_month(floor_div(month_of(local_ns), months_) * months_);
}

/// The grid points around `ns`, for widths of a day or more. Before it was set back, the local clock may have reached a
/// later one than it shows.
std::pair<int64_t, int64_t> Buckets::calendar_grid(int64_t ns) const {
  TimeZone::Period p = zone_->period_at(ns);
  int64_t local = saturating_add(ns, p.offset), begin = grid_floor(local), end = grid_point_after(local);
  bool settled = p.begin == INT64_MIN || saturating_add(p.begin, kLongestChange) < ns || end == INT64_MAX;
  if (!settled && zone_->first_instant(end) <= ns) return {end, grid_point_after(end)};
  return {begin, end};
}

int64_t Buckets::grid_point_after(int64_t local_ns) const {
  if (months_ > 0) return begin_of_month((floor_div(month_of(local_ns), months_) + 1) * months_);
  return saturating_add(local_ns, every_ - past_grid(local_ns));
}

int64_t Buckets::zoned_floor(int64_t ns) const {
  if (every_ >= kDay) return std::min(ns, zone_->first_instant(calendar_grid(ns).first));
  for (;;) {
    TimeZone::Period p = zone_->period_at(ns);
    int64_t label = grid_floor(saturating_add(ns, p.offset));
    int64_t start = saturating_add(label, -p.offset);
    if (start >= p.begin) return start;
    // The grid point would lie before the last change of the clock. It was jumped over there, and the change begins
    // the bucket, or the clock had passed it before, and the bucket open at that moment goes on.
    int64_t before = zone_->offset_at(p.begin - 1);
    if (saturating_add(label, -before) >= p.begin) return p.begin;
    ns = p.begin - 1;
  }
}

int64_t Buckets::next(int64_t ns) const {
  if (!zone_) return grid_point_after(ns);
  if (every_ >= kDay) return zone_->first_instant(calendar_grid(ns).second);
  int64_t start = zoned_floor(ns);
  for (int64_t at = ns;;) {
    TimeZone::Period p = zone_->period_at(at);
    int64_t end = saturating_add(grid_point_after(saturating_add(at, p.offset)), -p.offset);
    if (end < p.end || p.end == INT64_MAX) return end;
    if (zoned_floor(p.end) != start) return p.end;
    at = p.end;
  }
}

uint32_t Buckets::form(int64_t ns) const {
  TimeForm form;
  form.digits = every_ % kSecond == 0 ? 0 : every_ % 1'000'000 == 0 ? 3 : every_ % 1'000 == 0 ? 6 : 9;
  if (zone_) {
    // Offsets of the days of local mean time have seconds, which no form can say; the instant stays right.
    form.zone = TimeForm::colon;
    form.offset = static_cast<int16_t>(zone_->offset_at(ns) / (60 * kSecond));
  }
  return form.pack();
}

}  // namespace ev

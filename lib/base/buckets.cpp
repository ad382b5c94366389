#include <algorithm>

#include "base/error.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace ev {

namespace {

constexpr int64_t kWeek = 7 * kDay;
constexpr int64_t kFirstMonday = 4 * kDay;  // 1970-01-05
// More than the clock of any zone was ever set back or forward at once.
constexpr int64_t kLongestChange = 52 * 3600 * kSecond;

}  // namespace

Buckets::Buckets(int64_t every_ns, std::string zone) : every_(every_ns) {
  if (every_ <= 0) throw Error(ErrorKind::bug, "Buckets", "a width that is not positive");
  if (every_ % kWeek == 0) anchor_ = kFirstMonday;
  if (!TimeZone::is_utc(zone)) zone_ = TimeZone::load(zone);
}

/// The grid points around `ns`, for widths of a day or more. Before it was set back, the local clock may have reached a
/// later one than it shows.
std::pair<int64_t, int64_t> Buckets::calendar_grid(int64_t ns) const {
  TimeZone::Period p = zone_->period_at(ns);
  int64_t local = saturating_add(ns, p.offset), begin = utc_floor(local), end = grid_point_after(local);
  bool settled = p.begin == INT64_MIN || saturating_add(p.begin, kLongestChange) < ns || end == INT64_MAX;
  if (!settled && zone_->first_instant(end) <= ns) return {end, saturating_add(end, every_)};
  return {begin, end};
}

int64_t Buckets::grid_point_after(int64_t local_ns) const {
  return saturating_add(local_ns, every_ - past_grid(local_ns));
}

int64_t Buckets::zoned_floor(int64_t ns) const {
  if (every_ >= kDay) return std::min(ns, zone_->first_instant(calendar_grid(ns).first));
  for (;;) {
    TimeZone::Period p = zone_->period_at(ns);
    int64_t label = utc_floor(saturating_add(ns, p.offset));
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

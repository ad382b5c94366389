// rate: events of the group per second of its bucket of time.
#include <algorithm>

#include "aggregate/group_states.h"
#include "base/bytes.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 14, kVersion = 1;

/// A count and the time that it stands for: from the begin of the earliest bucket to the end of the latest. Of events
/// without a time there is none, and they are not counted.
struct Rate {
  uint64_t count = 0;
  int64_t begin = 0, end = 0;  // both 0: no time

  bool timed() const { return begin != end; }
  void cover(int64_t from, int64_t to) {
    begin = timed() ? std::min(begin, from) : from;
    end = std::max(end, to);
  }
  void merge(const Rate& other) {
    count += other.count;
    if (!other.timed()) return;
    if (timed())
      cover(other.begin, other.end);
    else
      begin = other.begin, end = other.end;
  }
};

Rate read_payload(std::string_view payload) {
  ByteReader in(as_bytes(payload), "state of rate");
  Rate rate;
  rate.count = in.read<uint64_t>();
  rate.begin = in.read<int64_t>();
  rate.end = in.read<int64_t>();
  in.expect_end();
  if (rate.end < rate.begin) in.fail("a bucket that ends before it begins");
  if (!rate.timed() && (rate.begin != 0 || rate.count != 0)) in.fail("a count of no time");
  return rate;
}

class RateStates : public GroupStates<RateStates> {
 public:
  RateStates() : GroupStates(kCode, kVersion) {}

  void resize(std::size_t groups) override {
    rates_.reserve(groups);
    while (rates_.size() < groups) rates_.push_back(Rate{});
  }
  void update_rows(const ValueGroups& groups) override {
    for (uint32_t g : groups.ids) rates_[g].count++;
  }
  void update(const Column&, const ValueGroups& groups) override { update_rows(groups); }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const RateStates&>(other).rates_;
    for (std::size_t g = 0; g < groups.size(); g++) rates_[groups[g]].merge(theirs[g]);
  }
  void merge_payload(uint32_t group, std::string_view payload) { rates_[group].merge(read_payload(payload)); }
  void see_buckets(const GroupBuckets& buckets) override {
    if (!buckets.have_ends) return;  // merged states tell their time themselves
    for (std::size_t g = 0; g < rates_.size(); g++) {
      const GroupBuckets::Bucket& bucket = buckets.buckets[buckets.of_group[g]];
      if (!bucket.timed)
        rates_[g] = {};
      else if (Rate& rate = rates_[g]; rate.timed())
        rate.cover(bucket.begin, bucket.end);
      else
        rate.begin = bucket.begin, rate.end = bucket.end;
    }
  }
  void write_payload(uint32_t group, std::string& out) const {
    const Rate& rate = rates_[group];
    char bytes[24];
    store(bytes, rate.count);
    store(bytes + 8, rate.begin);
    store(bytes + 16, rate.end);
    out.append(bytes, sizeof bytes);
  }
  uint64_t memory() const override { return rates_.capacity() * sizeof(Rate); }

 private:
  PodVector<Rate> rates_;  // per group
};

Value finalize(std::string_view payload, std::string&) {
  const Rate rate = read_payload(payload);
  Value value;
  if (!rate.timed()) return value;
  const uint64_t ns = static_cast<uint64_t>(rate.end) - static_cast<uint64_t>(rate.begin);
  // 64 bits of precision hold both sides exactly, so that one rounding to 64 bits and one to 53 remain.
  const long double per_second = static_cast<long double>(rate.count) * 1e9L / static_cast<long double>(ns);
  value.type = Type::float64;
  value.word = std::bit_cast<uint64_t>(static_cast<double>(per_second));
  return value;
}

std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<RateStates>();
}

}  // namespace

AggregateFunction rate_function() {
  AggregateFunction function{"rate", kCode, kVersion, AggregateFunction::Field::none, {}, {}, make, finalize};
  function.by_bucket = function.needs_every = true;
  return function;
}

}  // namespace ev

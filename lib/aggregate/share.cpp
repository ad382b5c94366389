// share(count): the part that the group has of all events of its bucket of time, or of the result where it has none.
#include <algorithm>
#include <vector>

#include "aggregate/group_states.h"
#include "base/bytes.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 15, kVersion = 1;

struct Share {
  uint64_t count = 0, total = 0;
};

Share read_payload(std::string_view payload) {
  ByteReader in(as_bytes(payload), "state of share");
  Share share;
  share.count = in.read<uint64_t>();
  share.total = in.read<uint64_t>();
  in.expect_end();
  if (share.count > share.total) in.fail("a part that is more than the whole");
  return share;
}

/// Totals are those of the groups that are there when states are written: those that were read do not count.
class ShareStates : public GroupStates<ShareStates> {
 public:
  ShareStates() : GroupStates(kCode, kVersion) {}

  void resize(std::size_t groups) override {
    shares_.reserve(groups);
    while (shares_.size() < groups) shares_.push_back(Share{});
  }
  void update_rows(const ValueGroups& groups) override {
    for (uint32_t g : groups.ids) shares_[g].count++;
  }
  void update(const Column&, const ValueGroups& groups) override { update_rows(groups); }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const ShareStates&>(other).shares_;
    for (std::size_t g = 0; g < groups.size(); g++) shares_[groups[g]].count += theirs[g].count;
  }
  void merge_payload(uint32_t group, std::string_view payload) { shares_[group].count += read_payload(payload).count; }
  void see_buckets(const GroupBuckets& buckets) override {
    std::vector<uint64_t> totals(buckets.buckets.size());
    for (std::size_t g = 0; g < shares_.size(); g++) totals[buckets.of_group[g]] += shares_[g].count;
    for (std::size_t g = 0; g < shares_.size(); g++) shares_[g].total = totals[buckets.of_group[g]];
  }
  void write_payload(uint32_t group, std::string& out) const {
    char bytes[16];
    store(bytes, shares_[group].count);
    store(bytes + 8, shares_[group].total);
    out.append(bytes, sizeof bytes);
  }
  uint64_t memory() const override { return shares_.capacity() * sizeof(Share); }

 private:
  PodVector<Share> shares_;  // per group
};

Value finalize(std::string_view payload, std::string&) {
  const Share share = read_payload(payload);
  Value value;
  if (share.total == 0) return value;
  value.type = Type::float64;
  value.word = std::bit_cast<uint64_t>(static_cast<double>(share.count) / static_cast<double>(share.total));
  return value;
}

std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<ShareStates>();
}

}  // namespace

AggregateFunction share_function() {
  AggregateFunction function{"share", kCode, kVersion, AggregateFunction::Field::count, {}, {}, make, finalize};
  function.by_bucket = true;
  function.by_total = true;
  return function;
}

}  // namespace ev

// count, count(f): rows, or values that are not null.
#include <algorithm>
#include <array>

#include "aggregate/group_states.h"
#include "base/bytes.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 1, kVersion = 1;

class CountStates : public GroupStates<CountStates> {
 public:
  CountStates() : GroupStates(kCode, kVersion) {}

  void resize(std::size_t groups) override {
    std::size_t old = counts_.size();
    counts_.resize(groups);
    std::fill(counts_.begin() + old, counts_.end(), 0);
  }
  void update_rows(const ValueGroups& groups) override { add(groups); }
  void update(const Column&, const ValueGroups& groups) override { add(groups); }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const CountStates&>(other).counts_;
    for (std::size_t g = 0; g < groups.size(); g++) counts_[groups[g]] += theirs[g];
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    ByteReader in(as_bytes(payload), "state of count");
    counts_[group] += in.read<uint64_t>();
    in.expect_end();
  }
  void write_payload(uint32_t group, std::string& out) const {
    char bytes[8];
    store(bytes, counts_[group]);
    out.append(bytes, sizeof bytes);
  }
  uint64_t memory() const override { return counts_.capacity() * sizeof(uint64_t); }

 private:
  void add(const ValueGroups& groups) {
    if (groups.one_group) {
      counts_[0] += groups.ids.size();
    } else if (counts_.size() <= kFewGroups && groups.ids.size() >= 4 * kFewGroups) {
      add_few(groups.ids);
    } else {
      for (uint32_t g : groups.ids) counts_[g]++;
    }
  }
  // Runs of one group would make each increment wait for the one before: four counters take turns.
  void add_few(std::span<const uint32_t> ids) {
    std::array<std::array<uint32_t, kFewGroups>, 4> part{};
    std::size_t i = 0;
    for (; i + 4 <= ids.size(); i += 4) {
      part[0][ids[i]]++;
      part[1][ids[i + 1]]++;
      part[2][ids[i + 2]]++;
      part[3][ids[i + 3]]++;
    }
    for (; i < ids.size(); i++) part[0][ids[i]]++;
    for (std::size_t g = 0; g < counts_.size(); g++)
      counts_[g] += uint64_t{part[0][g]} + part[1][g] + part[2][g] + part[3][g];
  }
  static constexpr std::size_t kFewGroups = 256;
  PodVector<uint64_t> counts_;
};

Value finalize(std::string_view payload, std::string&) {
  ByteReader in(as_bytes(payload), "state of count");
  Value value;
  value.type = Type::int64;
  value.word = in.read<uint64_t>();
  in.expect_end();
  return value;
}

std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<CountStates>();
}

}  // namespace

AggregateFunction count_function() {
  return {"count", kCode, kVersion, AggregateFunction::Field::optional, {}, {}, make, finalize};
}

}  // namespace ev

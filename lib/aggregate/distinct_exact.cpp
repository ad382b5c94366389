// distinct_exact(f): how many different values there are, by all their hashes of 128 bits.
#include "aggregate/group_sets.h"
#include "aggregate/group_states.h"
#include "aggregate/value_hashes.h"
#include "base/bytes.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 8, kVersion = 1;
constexpr std::size_t kHashBytes = 16;

/// f(hash) for each of the payload; returns how many.
template <class F>
std::size_t read_hashes(std::string_view payload, F&& f) {
  ByteReader in(as_bytes(payload), "state of distinct_exact");
  if (in.left() % kHashBytes != 0) in.fail("has no whole number of hashes");
  const std::size_t count = in.left() / kHashBytes;
  Hash128 before;
  for (std::size_t i = 0; i < count; i++) {
    Hash128 hash;
    hash.hi = in.read<uint64_t>();
    hash.lo = in.read<uint64_t>();
    if (i > 0 && (hash.hi != before.hi ? hash.hi < before.hi : hash.lo <= before.lo))
      in.fail("its hashes are not in order");
    f(before = hash);
  }
  return count;
}

class DistinctExactStates : public GroupStates<DistinctExactStates> {
 public:
  DistinctExactStates() : GroupStates(kCode, kVersion) {}

  void resize(std::size_t groups) override { hashes_.resize(groups); }
  void update(const Column& column, const ValueGroups& groups) override {
    add_hashes(column, groups, hashes_, [&](uint32_t group, const Hash128& hash) { hashes_.add(group, hash); });
  }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const DistinctExactStates&>(other).hashes_;
    for (uint32_t g = 0; g < groups.size(); g++)
      theirs.for_each(g, [&](const Hash128& hash) { hashes_.add(groups[g], hash); });
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    read_hashes(payload, [&](const Hash128& hash) { hashes_.add(group, hash); });
  }
  void write_payload(uint32_t group, std::string& out) const {
    PodVector<Hash128> hashes;
    hashes_.write_sorted(group, hashes);
    for (const Hash128& hash : hashes) {
      char bytes[kHashBytes];
      store(bytes, hash.hi);
      store(bytes + 8, hash.lo);
      out.append(bytes, sizeof bytes);
    }
  }
  uint64_t memory() const override { return hashes_.memory(); }

 private:
  GroupSets hashes_;
};

Value finalize(std::string_view payload, std::string&) {
  Value value;
  value.type = Type::int64;
  value.word = read_hashes(payload, [](const Hash128&) {});
  return value;
}

std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<DistinctExactStates>();
}

}  // namespace

AggregateFunction distinct_exact_function() {
  AggregateFunction function{"distinct_exact", kCode, kVersion, AggregateFunction::Field::required, {}, {}, make,
                             finalize};
  function.large = true;
  return function;
}

}  // namespace ev

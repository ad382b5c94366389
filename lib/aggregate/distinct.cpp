// distinct(f): how many different values there are; exact for few, a HyperLogLog beyond.
#include <algorithm>
#include <bit>
#include <cmath>

#include "aggregate/group_sets.h"
#include "aggregate/group_states.h"
#include "aggregate/value_hashes.h"
#include "base/bytes.h"
#include "sketch/hyperloglog.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 7, kVersion = 1;
/// As many hashes are kept as they are. More are registers, which take twice as much.
constexpr std::size_t kMostExact = 1024;
enum class Form : uint8_t { hashes = 0, registers = 1 };

std::span<const uint8_t> read_registers(ByteReader& in) {
  const std::span<const uint8_t> registers = in.take(kHllRegisters);
  if (std::any_of(registers.begin(), registers.end(), [](uint8_t value) { return value > kHllLargest; }))
    in.fail("a register that is too large");
  in.expect_end();
  return registers;
}

/// f(hash) for each of the payload.
template <class F>
std::size_t read_hashes(ByteReader& in, F&& f) {
  if (in.left() % sizeof(uint64_t) != 0 || in.left() > kMostExact * sizeof(uint64_t))
    in.fail("has no whole number of hashes, or too many");
  const std::size_t count = in.left() / sizeof(uint64_t);
  uint64_t before = 0;
  for (std::size_t i = 0; i < count; i++) {
    const auto hash = in.read<uint64_t>();
    if (i > 0 && hash <= before) in.fail("its hashes are not in order");
    f(before = hash);
  }
  return count;
}

Form read_form(ByteReader& in) {
  const auto form = in.read<uint8_t>();
  if (form > static_cast<uint8_t>(Form::registers)) in.fail("unknown form");
  return static_cast<Form>(form);
}

class DistinctStates : public GroupStates<DistinctStates> {
 public:
  DistinctStates() : GroupStates(kCode, kVersion) {}

  void resize(std::size_t groups) override {
    hashes_.resize(groups);
    const std::size_t before = registers_.size();
    registers_.resize(groups);
    std::fill(registers_.begin() + before, registers_.end(), nullptr);
  }
  void update(const Column& column, const ValueGroups& groups) override {
    add_hashes<uint64_t>(column, groups, hashes_, [&](uint32_t group, uint64_t hash) { add(group, hash); });
  }
  void merge(const AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const DistinctStates&>(other);
    for (uint32_t g = 0; g < groups.size(); g++) {
      if (theirs.registers_[g])
        merge_registers(groups[g], theirs.registers(g));
      else
        theirs.hashes_.for_each(g, [&](uint64_t hash) { add(groups[g], hash); });
    }
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    ByteReader in(as_bytes(payload), "state of distinct");
    if (read_form(in) == Form::registers)
      merge_registers(group, read_registers(in));
    else
      read_hashes(in, [&](uint64_t hash) { add(group, hash); });
  }
  void write_payload(uint32_t group, std::string& out) const {
    if (registers_[group]) {
      out += static_cast<char>(Form::registers);
      out += as_text(registers(group));
      return;
    }
    out += static_cast<char>(Form::hashes);
    PodVector<uint64_t> hashes;
    hashes_.write_sorted(group, hashes);
    for (uint64_t hash : hashes) {
      char bytes[8];
      store(bytes, hash);
      out.append(bytes, sizeof bytes);
    }
  }
  uint64_t memory() const override {
    return hashes_.memory() + registers_.capacity() * sizeof(uint8_t*) + register_pool_.memory();
  }

 private:
  std::span<uint8_t> registers(uint32_t group) const { return {registers_[group], kHllRegisters}; }
  /// From now on the group has registers in place of its hashes.
  void make_registers(uint32_t group) {
    registers_[group] = static_cast<uint8_t*>(register_pool_.take(std::countr_zero(kHllRegisters)));
    std::ranges::fill(registers(group), uint8_t{0});
    hashes_.for_each(group, [&](uint64_t hash) { hll_add(registers(group), hash); });
    hashes_.clear(group);
  }
  void add(uint32_t group, uint64_t hash) {
    if (registers_[group])
      hll_add(registers(group), hash);
    else if (hashes_.add(group, hash) && hashes_.size(group) > kMostExact)
      make_registers(group);
  }
  void merge_registers(uint32_t group, std::span<const uint8_t> theirs) {
    if (!registers_[group]) make_registers(group);
    const std::span<uint8_t> ours = registers(group);
    for (std::size_t i = 0; i < kHllRegisters; i++) ours[i] = std::max(ours[i], theirs[i]);
  }

  GroupSets<uint64_t> hashes_;
  PodVector<uint8_t*> registers_;  // per group, if it has any
  ChunkPool register_pool_;
};

Value finalize(std::string_view payload, std::string&) {
  ByteReader in(as_bytes(payload), "state of distinct");
  Value value;
  value.type = Type::int64;
  if (read_form(in) == Form::registers)
    value.word = static_cast<uint64_t>(std::llround(hll_estimate(read_registers(in))));
  else
    value.word = read_hashes(in, [](uint64_t) {});
  return value;
}

std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<DistinctStates>();
}

}  // namespace

AggregateFunction distinct_function() {
  AggregateFunction function{"distinct", kCode, kVersion, AggregateFunction::Field::required, {}, {}, make, finalize};
  function.large = true;
  function.bound = "within about 1 % beyond 1,024";
  return function;
}

}  // namespace ev

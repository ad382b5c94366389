// distinct(f): how many different values there are; exact for few, a HyperLogLog beyond.
#include <algorithm>
#include <array>
#include <cmath>

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

/// Appends what `registers` are in a payload.
void write_registers(std::span<const uint8_t> registers, std::string& out) {
  out += static_cast<char>(Form::registers);
  out += as_text(registers);
}

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
    groups_.reserve(groups);
    while (groups_.size() < groups) groups_.push_back({0, kNone});
  }
  void update(const Column& column, const ValueGroups& groups) override {
    for_each_hash(column, [&](std::size_t i, const Hash128& hash) { add(groups.ids[i], hash.lo); });
  }
  void merge(const AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const DistinctStates&>(other);
    theirs.hashes_.for_each([&](const Hashes::Entry& entry) { add(groups[entry.group], entry.hash); });
    for (std::size_t g = 0; g < groups.size(); g++)
      if (theirs.groups_[g].registers != kNone) merge_registers(groups[g], theirs.registers(theirs.groups_[g]));
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    ByteReader in(as_bytes(payload), "state of distinct");
    if (read_form(in) == Form::registers)
      merge_registers(group, read_registers(in));
    else
      read_hashes(in, [&](uint64_t hash) { add(group, hash); });
  }
  void write_payload(uint32_t group, std::string& out) const {
    const bool dense = groups_[group].registers != kNone;
    std::array<uint8_t, kHllRegisters> all;
    if (dense) std::ranges::copy(registers(groups_[group]), all.begin());
    if (!dense) out += static_cast<char>(Form::hashes);
    for (const Hashes::Entry& entry : hashes_.of(group)) {
      if (dense) {
        hll_add(all, entry.hash);
        continue;
      }
      char bytes[8];
      store(bytes, entry.hash);
      out.append(bytes, sizeof bytes);
    }
    if (dense) write_registers(all, out);
  }
  uint64_t memory() const override {
    return hashes_.memory() + registers_.capacity() + groups_.capacity() * sizeof(Group);
  }

 private:
  using Hashes = GroupedHashes<uint64_t>;
  static constexpr uint32_t kNone = UINT32_MAX;
  /// Hashes that came before the registers stay in the table.
  struct Group {
    uint32_t hashes;
    uint32_t registers;  // which of registers_
  };

  std::span<const uint8_t> registers(const Group& group) const {
    return registers_.span().subspan(group.registers * kHllRegisters, kHllRegisters);
  }
  std::span<uint8_t> registers(Group& group) {
    if (group.registers == kNone) {
      group.registers = static_cast<uint32_t>(registers_.size() / kHllRegisters);
      std::fill_n(registers_.extend(kHllRegisters), kHllRegisters, uint8_t{0});
    }
    return {registers_.data() + std::size_t{group.registers} * kHllRegisters, kHllRegisters};
  }
  void add(uint32_t number, uint64_t hash) {
    Group& group = groups_[number];
    if (group.registers != kNone) {
      hll_add(registers(group), hash);
      return;
    }
    if (!hashes_.add(number, hash)) return;
    if (++group.hashes > kMostExact) registers(group);
  }
  void merge_registers(uint32_t number, std::span<const uint8_t> theirs) {
    const std::span<uint8_t> ours = registers(groups_[number]);
    for (std::size_t i = 0; i < kHllRegisters; i++) ours[i] = std::max(ours[i], theirs[i]);
  }

  Hashes hashes_;
  PodVector<Group> groups_;
  PodVector<uint8_t> registers_;
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
  function.bound = "within about 1 % beyond 1,024";
  return function;
}

}  // namespace ev

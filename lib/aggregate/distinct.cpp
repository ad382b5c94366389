// distinct(f): how many different values there are; exact for few, a HyperLogLog beyond.
#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <span>

#include "aggregate/group_states.h"
#include "aggregate/hash_lists.h"
#include "aggregate/hash_sorter.h"
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

/// Hashes are kept as they come, and looked through for equal ones when there are many: until then adding one is only
/// appending it. Where there were more different ones than are kept, they go to registers many at a time.
class DistinctStates : public GroupStates<DistinctStates> {
 public:
  struct Scratch {
    HashSorter sorter;
    PodVector<uint8_t> registers;
  };

  DistinctStates() : GroupStates(kCode, kVersion) {}

  void resize(std::size_t groups) override {
    hashes_.resize(groups);
    const std::size_t before = registers_.size();
    registers_.resize(groups);
    std::fill(registers_.begin() + before, registers_.end(), nullptr);
  }
  void update(const Column& column, const ValueGroups& groups) override {
    const std::span<const uint32_t> ids = groups.ids;
    for_each_hash(column, [&](std::size_t i, const Hash128& hash) {
      if (i + 2 * kAhead < ids.size()) hashes_.prefetch(ids[i + 2 * kAhead]);
      if (i + kAhead < ids.size()) hashes_.prefetch_end(ids[i + kAhead]);
      add(ids[i], hash.lo);
    });
  }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    auto& theirs = static_cast<DistinctStates&>(other);
    hashes_.take_over(theirs.hashes_, groups);
    register_pool_.take_over(theirs.register_pool_);
    for (uint32_t g = 0; g < groups.size(); g++) {
      uint8_t* registers = theirs.registers_[g];
      if (registers && registers_[groups[g]]) {
        merge_registers(groups[g], theirs.registers(g));
        register_pool_.give_back(registers, kRegisterBits);
      } else if (registers) {
        registers_[groups[g]] = registers;
      }
      if (hashes_.size(groups[g]) > kMostInList) shorten(groups[g]);
    }
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    ByteReader in(as_bytes(payload), "state of distinct");
    if (read_form(in) == Form::registers)
      merge_registers(group, read_registers(in));
    else
      read_hashes(in, [&](uint64_t hash) { add(group, hash); });
  }
  void write_payload(uint32_t group, std::string& out, Scratch& scratch) const {
    if (registers_[group]) {
      out += static_cast<char>(Form::registers);
      const std::size_t begin = out.size();
      out += as_text(registers(group));
      add_list(group, {reinterpret_cast<uint8_t*>(out.data()) + begin, kHllRegisters});
    } else if (const auto hashes = few(group, scratch)) {
      out += static_cast<char>(Form::hashes);
      const std::size_t begin = out.size();
      out.resize(begin + hashes->size_bytes());
      for (std::size_t i = 0; i < hashes->size(); i++) store(out.data() + begin + i * sizeof(uint64_t), (*hashes)[i]);
    } else {
      out += static_cast<char>(Form::registers);
      out += as_text(scratch.registers.span());
    }
  }
  uint64_t memory() const override {
    return hashes_.memory() + registers_.capacity() * sizeof(uint8_t*) + register_pool_.memory();
  }

 private:
  static constexpr std::size_t kAhead = 8;
  static constexpr int kRegisterBits = std::countr_zero(kHllRegisters);
  /// So many hashes are looked through at the latest; lists that were put together may be longer.
  static constexpr uint32_t kMostUnseen = 2 * kMostExact;
  static constexpr std::size_t kMostInList = 8 * kMostExact;
  /// So many hashes go to registers at a time.
  static constexpr std::size_t kLongForRegisters = 64;

  std::span<uint8_t> registers(uint32_t group) const { return {registers_[group], kHllRegisters}; }
  void add(uint32_t group, uint64_t hash) {
    if (hashes_.try_add(group, hash)) [[likely]]
      return;
    make_room(group);
    hashes_.try_add(group, hash);
  }
  [[gnu::noinline]] void make_room(uint32_t group) {
    if (registers_[group] ? hashes_.size(group) >= kLongForRegisters : hashes_.is_long(group))
      shorten(group);
    else
      hashes_.grow(group);
  }
  void shorten(uint32_t group) {
    if (registers_[group]) {
      add_list(group, registers(group));
    } else if (const auto hashes = few(group, scratch_)) {
      hashes_.assign(group, *hashes, kMostUnseen);
      return;
    } else {
      make_registers(group);
      std::ranges::copy(scratch_.registers, registers_[group]);
    }
    hashes_.clear(group);
  }
  /// The hashes in the list, in order and each once; nullopt where they are too many: then they are in
  /// `scratch.registers`.
  std::optional<std::span<const uint64_t>> few(uint32_t group, Scratch& scratch) const {
    const std::size_t size = hashes_.size(group);
    // Hashes in different registers differ, and counting those is quicker than putting hashes in order.
    if (size > kMostExact) {
      scratch.registers.resize(kHllRegisters);
      std::ranges::fill(scratch.registers, uint8_t{0});
      if (add_list(group, {scratch.registers.data(), kHllRegisters}) > kMostExact) return std::nullopt;
    }
    scratch.sorter.begin(size);
    hashes_.for_each(group, [&](uint64_t hash) { scratch.sorter.add(hash); });
    const std::span<const uint64_t> hashes = scratch.sorter.sorted();
    if (hashes.size() > kMostExact) return std::nullopt;
    return hashes;
  }
  /// Returns how many of the registers were 0 before.
  std::size_t add_list(uint32_t group, std::span<uint8_t> registers) const {
    std::size_t fresh = 0;
    hashes_.for_each(group, [&](uint64_t hash) { fresh += hll_add(registers, hash); });
    return fresh;
  }
  void make_registers(uint32_t group) {
    registers_[group] = static_cast<uint8_t*>(register_pool_.take(kRegisterBits));
    std::ranges::fill(registers(group), uint8_t{0});
  }
  void merge_registers(uint32_t group, std::span<const uint8_t> theirs) {
    if (!registers_[group]) make_registers(group);
    const std::span<uint8_t> ours = registers(group);
    for (std::size_t i = 0; i < kHllRegisters; i++) ours[i] = std::max(ours[i], theirs[i]);
  }

  HashLists hashes_;
  PodVector<uint8_t*> registers_;  // per group, if it has any; what is in its list is not in there yet
  ChunkPool register_pool_;
  Scratch scratch_;
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

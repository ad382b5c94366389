#include "aggregate/number_sums.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "event/value_order.h"

namespace ev {

namespace {

constexpr uint8_t kHasFloats = 1;

/// Sums of the mantissas of each exponent of a batch: no shifts and no carries, while the groups are few.
class FewFloatSums {
 public:
  static constexpr std::size_t kGroups = 16, kWorthIt = 4096;

  /// Takes exponents around that of `first`.
  explicit FewFloatSums(uint64_t first) {
    uint32_t exponent = exponent_of(first) ? exponent_of(first) : kExponentOf1;
    lowest_ = std::clamp<uint32_t>(exponent, 1 + kExponents / 2, kExponentOfInfinity - kExponents / 2) - kExponents / 2;
  }
  /// False, and nothing done, for exponents out of reach, zero, infinities and NaN.
  bool try_add(uint32_t group, uint64_t bits) {
    uint32_t at = exponent_of(bits) - lowest_;
    if (at >= kExponents) return false;
    int64_t sign = static_cast<int64_t>(bits) >> 63;
    int64_t fraction = static_cast<int64_t>((bits & (kImplicitBit - 1)) | kImplicitBit);
    sums_[group][at] += (fraction ^ sign) - sign;
    counts_[group]++;
    return true;
  }
  uint64_t count(uint32_t group) const { return counts_[group]; }
  template <class F>
  void for_each_sum(uint32_t group, F&& f) const {
    if (counts_[group])
      for (uint32_t at = 0; at < kExponents; at++)
        if (sums_[group][at]) f(sums_[group][at], lowest_ + at);
  }

 private:
  static constexpr uint32_t kExponents = 64, kExponentOf1 = 1023, kExponentOfInfinity = 2047;
  static constexpr uint64_t kImplicitBit = uint64_t{1} << 52;
  static uint32_t exponent_of(uint64_t bits) { return static_cast<uint32_t>(bits >> 52) & 0x7ff; }
  uint32_t lowest_;
  uint64_t counts_[kGroups] = {};
  int128 sums_[kGroups][kExponents] = {};
};

void write_head(std::string& out, uint64_t values, uint8_t flags) {
  char bytes[9];
  store(bytes, values);
  store(bytes + 8, flags);
  out.append(bytes, sizeof bytes);
}

}  // namespace

void NumberTotal::write(std::string& out) const {
  write_head(out, values, floats ? kHasFloats : uint8_t{0});
  integers.write(out);
  if (floats) floats->serialize(out);
}

NumberTotal NumberTotal::read(std::string_view payload, std::string_view place) {
  ByteReader in(as_bytes(payload), place);
  NumberTotal total;
  total.values = in.read<uint64_t>();
  uint8_t flags = in.read<uint8_t>();
  if (flags & ~kHasFloats) in.fail("unknown flags");
  total.integers = WideInteger::read(in);
  if (flags & kHasFloats)
    total.floats = ExactFloatSum::deserialize(as_text(in.rest()));
  else
    in.expect_end();
  if (total.values == 0 && (total.floats || total.integers != WideInteger())) in.fail("a sum of no values");
  return total;
}

ExactFloatSum NumberTotal::all() const {
  ExactFloatSum sum = floats ? *floats : ExactFloatSum();
  if (integers != WideInteger() || !floats) integers.add_to(sum);
  return sum;
}

void NumberSums::resize(std::size_t groups) {
  groups_ = groups;
  if (!integers_.empty()) integers();
  if (!floats_.empty()) floats();
}

NumberSums::IntegerSum* NumberSums::integers() {
  integers_.reserve(groups_);
  while (integers_.size() < groups_) integers_.push_back({});
  return integers_.data();
}

FloatSumWindow* NumberSums::floats() {
  floats_.reserve(groups_);
  while (floats_.size() < groups_) floats_.push_back({});
  return floats_.data();
}

void NumberSums::update(const Column& column, const ValueGroups& groups) {
  switch (column.type) {
    case Type::int64:
      add_integers<int64_t>(column.words, groups);
      break;
    case Type::uint64:
      add_integers<uint64_t>(column.words, groups);
      break;
    case Type::float64:
      add_floats(column.words, groups);
      break;
    case Type::json:
      add_texts(column, groups);
      break;
    default:
      skipped_ += groups.ids.size();
  }
}

template <class Word>
void NumberSums::add_integers(std::span<const uint64_t> words, const ValueGroups& groups) {
  IntegerSum* sums = integers();
  if (groups.one_group) {
    int128 sum = 0;
    for (uint64_t word : words) sum += static_cast<Word>(word);
    sums[0].sum += sum;
    sums[0].values += words.size();
    return;
  }
  const uint32_t* ids = groups.ids.data();
  for (std::size_t i = 0; i < words.size(); i++) {
    IntegerSum& to = sums[ids[i]];
    to.sum += static_cast<Word>(words[i]);
    to.values++;
  }
}

void NumberSums::add_floats(std::span<const uint64_t> words, const ValueGroups& groups) {
  FloatSumWindow* sums = floats();
  if (groups_ <= FewFloatSums::kGroups && words.size() >= FewFloatSums::kWorthIt) {
    add_floats_of_few(words, groups.ids);
    return;
  }
  const uint32_t* ids = groups.ids.data();
  // The sums of many groups do not fit the cache: have each on its way before its turn.
  constexpr std::size_t kAhead = 16;
  for (std::size_t i = 0; i < words.size(); i++) {
    if (i + kAhead < words.size()) {
      const FloatSumWindow* next = &sums[ids[i + kAhead]];
      __builtin_prefetch(next, 1);
      __builtin_prefetch(&next->first, 1);
    }
    FloatSumWindow& to = sums[ids[i]];
    if (!to.try_add(words[i])) [[unlikely]]
      add_float(to, words[i]);
  }
}

void NumberSums::add_floats_of_few(std::span<const uint64_t> words, std::span<const uint32_t> ids) {
  FloatSumWindow* sums = floats();
  FewFloatSums few(words[0]);
  for (std::size_t i = 0; i < words.size(); i++) {
    if (few.try_add(ids[i], words[i])) [[likely]]
      continue;
    FloatSumWindow& to = sums[ids[i]];
    if (!to.try_add(words[i])) add_float(to, words[i]);
  }
  for (uint32_t g = 0; g < groups_; g++) {
    few.for_each_sum(g, [&](int128 mantissas, uint32_t exponent) {
      if (!sums[g].add_scaled(mantissas, exponent)) FloatSumWindow::add_scaled(mantissas, exponent, whole(sums[g]));
    });
    if (few.count(g)) sums[g].finite = true;
    sums[g].values += few.count(g);
    sums[g].carry();
  }
}

/// What the window does not take as it is.
void NumberSums::add_float(FloatSumWindow& window, uint64_t bits) {
  if (bits == 0) {
    window.finite = true;
    window.count();
  } else if (!window.place(bits) || !window.try_add(bits)) {
    whole(window).add(std::bit_cast<double>(bits));
    window.count();
  }
}

void NumberSums::add_texts(const Column& column, const ValueGroups& groups) {
  for (std::size_t i = 0; i < groups.ids.size(); i++) {
    std::string_view text = column.text(i);
    if (!is_json_number(text)) {
      skipped_++;
    } else if (auto integer = WideInteger::parse(text)) {
      integers()[groups.ids[i]].values++;
      add_wide(groups.ids[i], *integer);
    } else {
      // More digits than any type holds: the nearest double, if there is one.
      double value = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc() || !std::isfinite(value)) {
        skipped_++;
        continue;
      }
      FloatSumWindow& to = floats()[groups.ids[i]];
      uint64_t bits = std::bit_cast<uint64_t>(value);
      if (!to.try_add(bits)) add_float(to, bits);
    }
  }
}

void NumberSums::add(uint32_t group, const WideInteger& number) {
  add_wide(group, number);
  integers_[group].values++;
}

void NumberSums::add_wide(uint32_t group, const WideInteger& value) {
  IntegerSum& to = integers()[group];
  std::optional<int128> narrow = value.narrow();
  int128 sum;
  if (narrow && !__builtin_add_overflow(to.sum, *narrow, &sum))
    to.sum = sum;
  else
    wide_[group] += value;
}

ExactFloatSum& NumberSums::whole(FloatSumWindow& window) {
  if (window.whole == 0) {
    wholes_.emplace_back();
    window.whole = static_cast<uint32_t>(wholes_.size());
  }
  return wholes_[window.whole - 1];
}

void NumberSums::merge_window(FloatSumWindow& window, const FloatSumWindow& theirs, const ExactFloatSum* their_whole) {
  if (!window.merge(theirs)) {
    theirs.add_to(whole(window));
    window.values += theirs.values;
    window.carry();
  }
  if (their_whole) whole(window).merge(*their_whole);
}

void NumberSums::merge(AggregateStates& other, std::span<const uint32_t> groups) {
  const auto& o = static_cast<const NumberSums&>(other);
  for (std::size_t g = 0; g < o.integers_.size(); g++) {
    integers()[groups[g]].values += o.integers_[g].values;
    add_wide(groups[g], WideInteger(o.integers_[g].sum));
  }
  for (const auto& [group, value] : o.wide_) add_wide(groups[group], value);
  for (std::size_t g = 0; g < o.floats_.size(); g++) {
    const FloatSumWindow& theirs = o.floats_[g];
    if (theirs.values == 0) continue;
    merge_window(floats()[groups[g]], theirs, theirs.whole ? &o.wholes_[theirs.whole - 1] : nullptr);
  }
  skipped_ += o.skipped_;
}

void NumberSums::merge_payload(uint32_t group, std::string_view payload) {
  NumberTotal total = NumberTotal::read(payload, "state of a sum");
  if (total.values == 0) return;
  if (total.floats) {
    // How many of the values were floats is not kept: all count here, and none among the integers.
    FloatSumWindow& to = floats()[group];
    whole(to).merge(*total.floats);
    to.values += total.values;
    to.carry();
  } else {
    integers()[group].values += total.values;
  }
  add_wide(group, total.integers);
}

NumberTotal NumberSums::total(uint32_t group) const {
  NumberTotal total;
  if (group < integers_.size()) {
    total.values = integers_[group].values;
    total.integers = WideInteger(integers_[group].sum);
  }
  if (auto wide = wide_.find(group); wide != wide_.end()) total.integers += wide->second;
  if (group < floats_.size() && floats_[group].values) {
    const FloatSumWindow& window = floats_[group];
    total.values += window.values;
    total.floats = window.whole ? wholes_[window.whole - 1] : ExactFloatSum();
    window.add_to(*total.floats);
  }
  return total;
}

void NumberSums::write_payload(uint32_t group, std::string& out) const {
  bool integers = group < integers_.size() && integers_[group].values;
  bool plain_floats = group < floats_.size() && floats_[group].values && floats_[group].whole == 0;
  if (integers || !plain_floats || !wide_.empty()) {
    total(group).write(out);
    return;
  }
  // The same bytes, without the 544 of a whole sum.
  write_head(out, floats_[group].values, kHasFloats);
  WideInteger().write(out);
  floats_[group].serialize(out);
}

uint64_t NumberSums::memory() const {
  return integers_.capacity() * sizeof(IntegerSum) + floats_.capacity() * sizeof(FloatSumWindow) +
         wholes_.capacity() * sizeof(ExactFloatSum) + wide_.size() * (sizeof(WideInteger) + 32);
}

}  // namespace ev

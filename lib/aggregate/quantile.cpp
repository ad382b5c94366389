// p50(f) ... p99.9(f), median(f): quantiles with a relative error of at most 1/128, from counts of buckets that are
// never joined.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

#include "aggregate/chunk_pool.h"
#include "aggregate/group_states.h"
#include "base/text.h"
#include "base/varint.h"
#include "event/value_order.h"
#include "sketch/quantile_buckets.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 6, kVersion = 1;
constexpr uint32_t kWhole = 1'000'000;  // quantiles are told apart by the millionth

/// "p99.9" is 999000, as is what "median" is; nullopt: it is no such word.
std::optional<uint32_t> quantile_of(std::string_view word) {
  if (word == "median") return kWhole / 2;
  if (!word.starts_with('p')) return std::nullopt;
  word.remove_prefix(1);
  const std::size_t point = std::min(word.find('.'), word.size());
  std::string digits(word.substr(0, point));
  std::string_view fraction = word.substr(std::min(point + 1, word.size()));
  if (digits.empty() || digits.size() > 3 || fraction.size() > 4 || (point < word.size() && fraction.empty()))
    return std::nullopt;
  digits += fraction;
  digits.append(4 - fraction.size(), '0');
  uint32_t quantile = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), quantile);
  if (error != std::errc() || end != digits.data() + digits.size() || quantile > kWhole) return std::nullopt;
  return quantile;
}

std::string spelled(uint32_t quantile) {
  std::string text = concat("p", quantile / 10000);
  std::string fraction = std::to_string(10000 + quantile % 10000).substr(1);
  while (fraction.ends_with('0')) fraction.pop_back();
  return fraction.empty() ? text : concat(text, ".", fraction);
}

struct Range {
  double least, most;
};

/// What a payload holds behind the quantile.
struct Sketch {
  uint64_t count = 0;
  Range range{};
  std::vector<std::pair<int32_t, uint64_t>> buckets;  // ascending
};

Sketch read_sketch(ByteReader& in) {
  Sketch sketch;
  if (in.left() == 0) return sketch;
  sketch.range = {in.read<double>(), in.read<double>()};
  if (!(sketch.range.least <= sketch.range.most)) in.fail("its least number is not below its largest");
  int64_t bucket = -int64_t{kBucketEnd};
  while (in.left() > 0) {
    const uint64_t step = read_varint(in), count = read_varint(in);
    if (step == 0 || count == 0) in.fail("a bucket is empty, or there twice");
    if (step >= 2 * uint64_t{kBucketEnd} || bucket + static_cast<int64_t>(step) >= kBucketEnd)
      in.fail("a bucket that there is not");
    if (sketch.count + count < count) in.fail("more than 2^64 values");
    bucket += static_cast<int64_t>(step);
    sketch.count += count;
    sketch.buckets.emplace_back(static_cast<int32_t>(bucket), count);
  }
  if (sketch.buckets.empty() || sketch.buckets.front().first != quantile_bucket(sketch.range.least) ||
      sketch.buckets.back().first != quantile_bucket(sketch.range.most))
    in.fail("its buckets do not reach from its least number to its largest");
  return sketch;
}

uint32_t read_quantile(ByteReader& in) {
  const auto quantile = in.read<uint32_t>();
  if (quantile > kWhole) in.fail("a quantile above 100 %");
  return quantile;
}

/// How many numbers are in a bucket, which is told from 0 on.
struct BucketCount {
  uint32_t bucket;
  uint64_t count;
};

/// Counts buckets, which may come many times.
class BucketCounter {
 public:
  /// In order. Good until the next call.
  std::span<const BucketCount> count(std::span<const uint32_t> buckets) {
    if (array_.empty()) array_.assign(kBuckets, 0);
    for (uint32_t bucket : buckets) {
      array_[bucket]++;
      some_[bucket / 64] |= uint64_t{1} << bucket % 64;
      any_[bucket / 4096] |= uint64_t{1} << bucket / 64 % 64;
    }
    counts_.clear();
    for (std::size_t i = 0; i < any_.size(); i++)
      for_each_bit(any_[i], [&](std::size_t bit) {
        const std::size_t word = i * 64 + bit;
        for_each_bit(some_[word], [&](std::size_t low) {
          const auto bucket = static_cast<uint32_t>(word * 64 + low);
          counts_.push_back({bucket, std::exchange(array_[bucket], 0)});
        });
      });
    return counts_.span();
  }
  /// The counts of both together, in order. Good until the next call.
  std::span<const BucketCount> merge(std::span<const BucketCount> a, std::span<const BucketCount> b) {
    merged_.clear();
    while (!a.empty() && !b.empty()) {
      const bool from_a = a.front().bucket <= b.front().bucket, from_b = b.front().bucket <= a.front().bucket;
      merged_.push_back({from_a ? a.front().bucket : b.front().bucket,
                         (from_a ? a.front().count : 0) + (from_b ? b.front().count : 0)});
      if (from_a) a = a.subspan(1);
      if (from_b) b = b.subspan(1);
    }
    merged_.append(a);
    merged_.append(b);
    return merged_.span();
  }

 private:
  static constexpr std::size_t kBuckets = 2 * kBucketEnd;
  /// Takes the bits out of the word.
  template <class F>
  static void for_each_bit(uint64_t& word, F&& f) {
    for (uint64_t left = std::exchange(word, 0); left; left &= left - 1)
      f(static_cast<std::size_t>(std::countr_zero(left)));
  }

  // All 0 between the calls: how many of each bucket; whether there are any, for each; the same for 64 of them each.
  PodVector<uint32_t> array_;
  std::array<uint64_t, kBuckets / 64> some_{};
  std::array<uint64_t, kBuckets / 4096> any_{};
  PodVector<BucketCount> counts_, merged_;
};

/// Numbers of a group are kept as the buckets they are in, one after the other, and counted when there are many: groups
/// that come together, as those of one bucket of time do, stay in the cache together.
class QuantileStates : public GroupStates<QuantileStates> {
 public:
  using Scratch = BucketCounter;

  explicit QuantileStates(uint32_t quantile) : GroupStates(kCode, kVersion), quantile_(quantile) {}

  void resize(std::size_t groups) override {
    const std::size_t before = groups_.size();
    groups_.resize(groups);
    std::fill(groups_.begin() + before, groups_.end(), Group{});
  }
  void update(const Column& column, const ValueGroups& groups) override {
    const auto add_all = [&](auto number_at) {
      const std::span<const uint32_t> ids = groups.ids;
      for (std::size_t i = 0; i < ids.size(); i++) {
        if (i + 2 * kAhead < ids.size()) __builtin_prefetch(&groups_[ids[i + 2 * kAhead]]);
        if (i + kAhead < ids.size()) __builtin_prefetch(groups_[ids[i + kAhead]].end(), 1);
        add(ids[i], number_at(i));
      }
    };
    switch (column.type) {
      case Type::int64:
        return add_all([&](std::size_t i) { return static_cast<double>(static_cast<int64_t>(column.words[i])); });
      case Type::uint64:
        return add_all([&](std::size_t i) { return static_cast<double>(column.words[i]); });
      case Type::float64:
        return add_all([&](std::size_t i) { return column.real(i); });
      case Type::json:
        return add_all([&](std::size_t i) { return json_number(column.text(i)); });
      default:
        skipped_ += groups.ids.size();
    }
  }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const QuantileStates&>(other);
    for (std::size_t g = 0; g < groups.size(); g++) {
      const Group& from = theirs.groups_[g];
      Group& to = groups_[groups[g]];
      append(to, from.uncounted());
      if (from.counted) take_counts(to, from.counts());
      widen(to, from.range);
    }
    skipped_ += theirs.skipped_;
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    ByteReader in(as_bytes(payload), "state of a quantile");
    read_quantile(in);
    const Sketch sketch = read_sketch(in);
    if (sketch.count == 0) return;
    Group& to = groups_[group];
    if (sketch.count < kFewNumbers) {
      for (auto [bucket, count] : sketch.buckets)
        for (uint64_t i = 0; i < count; i++) append(to, word_of(bucket));
    } else {
      PodVector<BucketCount> counts;
      for (auto [bucket, count] : sketch.buckets) counts.push_back({word_of(bucket), count});
      take_counts(to, counts.span());
    }
    widen(to, sketch.range);
  }
  void write_payload(uint32_t group, std::string& out, BucketCounter& counter) const {
    char bytes[8];
    store(bytes, quantile_);
    out.append(bytes, sizeof quantile_);
    const Group& from = groups_[group];
    if (from.used == 0) return;
    for (double end : {from.range.least, from.range.most}) {
      store(bytes, end);
      out.append(bytes, sizeof end);
    }
    int64_t before = -int64_t{kBucketEnd};
    for (const BucketCount& entry : counter.merge(from.counts(), counter.count(from.uncounted()))) {
      put_varint(out, static_cast<uint64_t>(bucket_of(entry.bucket) - before));
      put_varint(out, entry.count);
      before = bucket_of(entry.bucket);
    }
  }
  uint64_t skipped() const override { return skipped_; }
  uint64_t memory() const override { return pool_.memory() + groups_.capacity() * sizeof(Group); }

 private:
  static constexpr std::size_t kAhead = 8;
  static constexpr uint64_t kFewNumbers = 64;
  static constexpr int kCountedBits = 27;
  static_assert(2 * kBucketEnd < 1 << kCountedBits);
  /// So many numbers are counted together, if not more.
  static constexpr std::size_t kUncounted = 2048;
  /// So many that come together from several states are left to be counted when they are written, groups side by side.
  static constexpr std::size_t kMostUncounted = 4 * kUncounted;
  static constexpr std::size_t kCountWords = sizeof(BucketCount) / sizeof(uint32_t);

  /// First counts of buckets, in their order, then the buckets of numbers that are not counted yet.
  struct Group {
    uint32_t* words = nullptr;
    uint32_t used = 0;                      // words
    uint32_t counted : kCountedBits = 0;    // buckets
    uint32_t bits : 32 - kCountedBits = 0;  // room for 2^bits bytes
    Range range{INFINITY, -INFINITY};

    std::size_t room() const { return words ? (std::size_t{1} << bits) / sizeof(uint32_t) : 0; }
    uint32_t* end() const { return words + used; }
    std::span<const BucketCount> counts() const { return {reinterpret_cast<const BucketCount*>(words), counted}; }
    std::span<const uint32_t> uncounted() const { return {words + counted * kCountWords, end()}; }
  };

  static uint32_t word_of(int32_t bucket) { return static_cast<uint32_t>(bucket + kBucketEnd); }
  static int64_t bucket_of(uint32_t word) { return int64_t{word} - kBucketEnd; }

  void add(uint32_t number_of_group, double number) {
    if (std::isnan(number)) {
      skipped_++;
      return;
    }
    Group& group = groups_[number_of_group];
    append(group, word_of(quantile_bucket(number)));
    number += 0.0;  // -0.0 is 0.0
    widen(group, {number, number});
  }
  static void widen(Group& group, const Range& by) {
    group.range.least = std::min(group.range.least, by.least);
    group.range.most = std::max(group.range.most, by.most);
  }
  void append(Group& group, uint32_t bucket) {
    if (group.used == group.room()) [[unlikely]]
      make_room(group);
    group.words[group.used++] = bucket;
  }
  void append(Group& group, std::span<const uint32_t> buckets) {
    if (buckets.empty()) return;
    if (group.uncounted().size() + buckets.size() > kMostUncounted) take_counts(group, {});
    int bits = group.words ? group.bits : ChunkPool::kLeastBits;
    while ((std::size_t{1} << bits) < group.used * sizeof(uint32_t) + buckets.size_bytes()) bits++;
    if (!group.words || bits != group.bits) change_room(group, bits);
    std::memcpy(group.end(), buckets.data(), buckets.size_bytes());
    group.used += static_cast<uint32_t>(buckets.size());
  }
  [[gnu::noinline]] void make_room(Group& group) {
    if (group.uncounted().size() >= kUncounted)
      take_counts(group, {});
    else
      change_room(group, group.words ? group.bits + 1 : ChunkPool::kLeastBits);
  }
  /// Counts what is not counted yet, and adds these counts.
  void take_counts(Group& group, std::span<const BucketCount> more) {
    std::span<const BucketCount> counts = counter_.merge(group.counts(), counter_.count(group.uncounted()));
    PodVector<BucketCount> copy;
    if (!more.empty()) {
      copy.append(counts);
      counts = counter_.merge(copy.span(), more);
    }
    group.used = group.counted = 0;
    int bits = group.words ? group.bits : ChunkPool::kLeastBits;
    while ((std::size_t{1} << bits) < counts.size_bytes() + kUncounted * sizeof(uint32_t)) bits++;
    if (!group.words || bits != group.bits) change_room(group, bits);
    std::memcpy(group.words, counts.data(), counts.size_bytes());
    group.counted = counts.size() & ((1u << kCountedBits) - 1);
    group.used = static_cast<uint32_t>(counts.size() * kCountWords);
  }
  void change_room(Group& group, int bits) {
    auto* words = static_cast<uint32_t*>(pool_.take(bits));
    if (group.used) std::memcpy(words, group.words, group.used * sizeof(uint32_t));
    if (group.words) pool_.give_back(group.words, group.bits);
    group.words = words;
    group.bits = static_cast<uint32_t>(bits) & 31;
  }

  uint32_t quantile_;
  PodVector<Group> groups_;
  ChunkPool pool_;
  BucketCounter counter_;
  uint64_t skipped_ = 0;
};

/// The smallest number of which at least that part of all is not above it.
Value finalize(std::string_view payload, std::string&) {
  ByteReader in(as_bytes(payload), "state of a quantile");
  const uint32_t quantile = read_quantile(in);
  const Sketch sketch = read_sketch(in);
  Value value;
  if (sketch.count == 0) return value;
  __extension__ using uint128 = unsigned __int128;
  const auto rank = static_cast<uint64_t>((uint128{sketch.count} * quantile + kWhole - 1) / kWhole);
  uint64_t seen = 0;
  double number = sketch.range.most;
  for (auto [bucket, count] : sketch.buckets) {
    seen += count;
    if (seen < rank) continue;
    number = std::clamp(bucket_number(bucket), sketch.range.least, sketch.range.most);
    break;
  }
  if (rank <= 1) number = sketch.range.least;
  if (rank == sketch.count) number = sketch.range.most;
  value.type = Type::float64;
  value.word = std::bit_cast<uint64_t>(number);
  return value;
}

std::string canonical(std::string_view word) {
  const auto quantile = quantile_of(word);
  return quantile ? spelled(*quantile) : std::string();
}

std::string spell(std::string_view payload) {
  ByteReader in(as_bytes(payload), "state of a quantile");
  return spelled(read_quantile(in));
}

std::unique_ptr<AggregateStates> make(const AggregateCall& call) {
  return std::make_unique<QuantileStates>(*quantile_of(call.function));
}

}  // namespace

AggregateFunction quantile_function() {
  AggregateFunction function{"p50",          kCode,         kVersion, AggregateFunction::Field::required,
                             "not a number", "not numbers", make,     finalize};
  function.large = true;
  function.bound = "within 0.8 %";
  function.canonical = canonical;
  function.spell = spell;
  return function;
}

}  // namespace ev

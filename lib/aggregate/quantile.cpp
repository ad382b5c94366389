// p50(f) ... p99.9(f), median(f): quantiles with a relative error of at most 1/128, from counts of buckets that are
// never joined.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "aggregate/group_states.h"
#include "aggregate/word_counts.h"
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

class QuantileStates : public GroupStates<QuantileStates> {
 public:
  explicit QuantileStates(uint32_t quantile) : GroupStates(kCode, kVersion), quantile_(quantile) {}

  void resize(std::size_t groups) override {
    ranges_.reserve(groups);
    while (ranges_.size() < groups) ranges_.push_back({INFINITY, -INFINITY});
  }
  void update(const Column& column, const ValueGroups& groups) override {
    sorted_.clear();
    const auto add_all = [&](auto number_at) {
      for (std::size_t i = 0; i < groups.ids.size(); i++) add(groups.ids[i], number_at(i));
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
  void merge(const AggregateStates& other, std::span<const uint32_t> groups) override {
    sorted_.clear();
    const auto& theirs = static_cast<const QuantileStates&>(other);
    theirs.counts_.for_each([&](const WordCounts::Entry& entry) {
      counts_.add(word_of(groups[group_of(entry.word)], bucket_of(entry.word)), entry.count);
    });
    for (std::size_t g = 0; g < groups.size(); g++) widen(groups[g], theirs.ranges_[g]);
    skipped_ += theirs.skipped_;
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    sorted_.clear();
    ByteReader in(as_bytes(payload), "state of a quantile");
    read_quantile(in);
    const Sketch sketch = read_sketch(in);
    if (sketch.count == 0) return;
    for (auto [bucket, count] : sketch.buckets) counts_.add(word_of(group, bucket), count);
    widen(group, sketch.range);
  }
  void write_payload(uint32_t group, std::string& out) const {
    if (sorted_.empty()) sorted_ = counts_.sorted();
    char bytes[8];
    store(bytes, quantile_);
    out.append(bytes, sizeof quantile_);
    auto at = std::lower_bound(sorted_.begin(), sorted_.end(), uint64_t{group} << kBucketBits,
                               [](const WordCounts::Entry& entry, uint64_t word) { return entry.word < word; });
    if (at == sorted_.end() || group_of(at->word) != group) return;
    for (double end : {ranges_[group].least, ranges_[group].most}) {
      store(bytes, end);
      out.append(bytes, sizeof end);
    }
    int64_t before = -int64_t{kBucketEnd};
    for (; at != sorted_.end() && group_of(at->word) == group; at++) {
      put_varint(out, static_cast<uint64_t>(bucket_of(at->word) - before));
      put_varint(out, at->count);
      before = bucket_of(at->word);
    }
  }
  uint64_t skipped() const override { return skipped_; }
  uint64_t memory() const override { return counts_.memory() + ranges_.capacity() * sizeof(Range); }

 private:
  // A word of the table: the group, and its bucket as a number from 0 on.
  static constexpr int kBucketBits = 20;
  static_assert(2 * kBucketEnd <= 1 << kBucketBits);
  static uint64_t word_of(uint32_t group, int64_t bucket) {
    return uint64_t{group} << kBucketBits | static_cast<uint64_t>(bucket + kBucketEnd);
  }
  static uint32_t group_of(uint64_t word) { return static_cast<uint32_t>(word >> kBucketBits); }
  static int64_t bucket_of(uint64_t word) {
    return static_cast<int64_t>(word & ((uint64_t{1} << kBucketBits) - 1)) - kBucketEnd;
  }

  void add(uint32_t group, double number) {
    if (std::isnan(number)) {
      skipped_++;
      return;
    }
    counts_.add(word_of(group, quantile_bucket(number)), 1);
    number += 0.0;  // -0.0 is 0.0
    widen(group, {number, number});
  }
  void widen(uint32_t group, Range by) {
    Range& range = ranges_[group];
    range.least = std::min(range.least, by.least);
    range.most = std::max(range.most, by.most);
  }

  uint32_t quantile_;
  WordCounts counts_;
  PodVector<Range> ranges_;  // per group
  uint64_t skipped_ = 0;
  mutable std::vector<WordCounts::Entry> sorted_;  // the table, while it stays as it is
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
  function.bound = "within 0.8 %";
  function.canonical = canonical;
  function.spell = spell;
  return function;
}

}  // namespace ev

// var(f), stddev(f): of a sample, from the exact sums of the numbers and of their squares.
#include <cmath>

#include "aggregate/number_sums.h"
#include "event/value_order.h"

namespace ev {

namespace {

constexpr uint8_t kVarianceCode = 9, kDeviationCode = 10, kVersion = 1;

/// f(x) for each of the parts whose sum is x * y: the rounded product and what rounding took.
template <class F>
void for_each_part_of_product(double x, double y, F&& f) {
  const double product = x * y;
  f(product);
  const double rest = std::fma(x, y, -product);
  if (rest != 0 && std::isfinite(product)) f(rest);
}

/// The sum as doubles of falling size; one that is not finite stands alone.
std::vector<double> parts_of(ExactFloatSum sum) {
  std::vector<double> parts;
  for (double part = sum.value(); part != 0; part = sum.value()) {
    parts.push_back(part);
    if (!std::isfinite(part)) break;
    sum.add(-part);
  }
  return parts;
}

Column floats_like(const Column& column) {
  Column floats;
  floats.type = Type::float64;
  floats.path = column.path;
  return floats;
}

class VarianceStates : public GroupStates<VarianceStates> {
 public:
  explicit VarianceStates(uint8_t code)
      : GroupStates(code, kVersion), values_(code, kVersion), squares_(code, kVersion) {}

  void resize(std::size_t groups) override {
    values_.resize(groups);
    squares_.resize(groups);
  }
  void update(const Column& column, const ValueGroups& groups) override {
    switch (column.type) {
      case Type::int64:
      case Type::uint64:
        values_.update(column, groups);
        return add_integer_squares(column, groups);
      case Type::float64:
        return add_floats(column, groups);
      case Type::json:
        return add_texts(column, groups);
      default:
        skipped_ += groups.ids.size();
    }
  }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    auto& theirs = static_cast<VarianceStates&>(other);
    values_.merge(theirs.values_, groups);
    squares_.merge(theirs.squares_, groups);
    skipped_ += theirs.skipped_;
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    ByteReader in(as_bytes(payload), "state of a variance");
    values_.merge_payload(group, in.text(in.read<uint32_t>()));
    squares_.merge_payload(group, as_text(in.rest()));
  }
  void write_payload(uint32_t group, std::string& out) const {
    std::string values;
    values_.write_payload(group, values);
    char bytes[4];
    store(bytes, static_cast<uint32_t>(values.size()));
    out.append(bytes, sizeof bytes);
    out += values;
    squares_.write_payload(group, out);
  }
  uint64_t skipped() const override { return skipped_; }
  uint64_t memory() const override { return values_.memory() + squares_.memory(); }

 private:
  void add_integer_squares(const Column& column, const ValueGroups& groups) {
    for (std::size_t i = 0; i < column.words.size(); i++) {
      const uint64_t word = column.words[i];
      const bool negative = column.type == Type::int64 && static_cast<int64_t>(word) < 0;
      squares_.add(groups.ids[i], WideInteger::square(negative ? 0 - word : word));
    }
  }
  void add_floats(const Column& column, const ValueGroups& groups) {
    values_.update(column, groups);
    Column products = floats_like(column), rests = floats_like(column);
    PodVector<uint32_t> groups_of_rests;
    for (std::size_t i = 0; i < column.words.size(); i++) {
      bool first = true;
      for_each_part_of_product(column.real(i), column.real(i), [&](double part) {
        (first ? products : rests).words.push_back(std::bit_cast<uint64_t>(part));
        if (!first) groups_of_rests.push_back(groups.ids[i]);
        first = false;
      });
    }
    squares_.update(products, groups);
    if (rests.size() > 0) squares_.update(rests, {groups_of_rests, groups.one_group});
  }
  /// Integers beyond 64 bits, as the doubles next to them.
  void add_texts(const Column& column, const ValueGroups& groups) {
    Column floats = floats_like(column);
    PodVector<uint32_t> groups_of_numbers;
    for (std::size_t i = 0; i < groups.ids.size(); i++) {
      const double number = json_number(column.text(i));
      if (std::isnan(number)) {
        skipped_++;
        continue;
      }
      floats.words.push_back(std::bit_cast<uint64_t>(number));
      groups_of_numbers.push_back(groups.ids[i]);
    }
    if (floats.size() > 0) add_floats(floats, {groups_of_numbers, groups.one_group});
  }

  NumberSums values_, squares_;
  uint64_t skipped_ = 0;
};

/// The mean square of the distances from the mean, over one less than there are; exact sums, rounded once.
std::optional<double> variance_of(std::string_view payload) {
  ByteReader in(as_bytes(payload), "state of a variance");
  const NumberTotal values = NumberTotal::read(in.text(in.read<uint32_t>()), "state of a variance");
  const NumberTotal squares = NumberTotal::read(as_text(in.rest()), "state of a variance");
  const uint64_t n = values.values;
  if (n < 2) return std::nullopt;
  // n times the sum of the squares, less the square of the sum: n * (n - 1) variances.
  ExactFloatSum sum;
  for (double square : parts_of(squares.all()))
    for_each_part_of_product(square, static_cast<double>(n), [&](double part) { sum.add(part); });
  const std::vector<double> parts = parts_of(values.all());
  for (double x : parts)
    for (double y : parts) for_each_part_of_product(-x, y, [&](double part) { sum.add(part); });
  const double variance =
      n < uint64_t{1} << 32 ? sum.mean(n * (n - 1)) : sum.value() / static_cast<double>(n) / static_cast<double>(n - 1);
  return std::isnan(variance) ? NAN : std::max(variance, 0.0);
}

template <bool root>
Value finalize(std::string_view payload, std::string&) {
  Value value;
  const std::optional<double> variance = variance_of(payload);
  if (!variance) return value;
  value.type = Type::float64;
  value.word = std::bit_cast<uint64_t>(root ? std::sqrt(*variance) : *variance);
  return value;
}

template <uint8_t code>
std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<VarianceStates>(code);
}

}  // namespace

AggregateFunction var_function() {
  return {"var",         kVarianceCode,       kVersion,       AggregateFunction::Field::required, "not a number",
          "not numbers", make<kVarianceCode>, finalize<false>};
}
AggregateFunction stddev_function() {
  return {"stddev",      kDeviationCode,       kVersion,      AggregateFunction::Field::required, "not a number",
          "not numbers", make<kDeviationCode>, finalize<true>};
}

}  // namespace ev

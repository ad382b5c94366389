// mean(f): the exact sum of the numbers by how many there are, rounded once.
#include "aggregate/number_sums.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 5, kVersion = 1;
constexpr int64_t kExactInDouble = int64_t{1} << 53;

double mean_of(const NumberTotal& total) {
  if (!total.floats && total.values <= static_cast<uint64_t>(kExactInDouble)) {
    // The division of two doubles that hold their integers exactly rounds once.
    std::optional<int128> sum = total.integers.narrow();
    if (sum && *sum >= -kExactInDouble && *sum <= kExactInDouble)
      return static_cast<double>(*sum) / static_cast<double>(total.values);
  }
  return total.all().mean(total.values);
}

Value finalize(std::string_view payload, std::string&) {
  NumberTotal total = NumberTotal::read(payload, "state of mean");
  Value value;
  if (total.values == 0) return value;
  value.type = Type::float64;
  value.word = std::bit_cast<uint64_t>(mean_of(total));
  return value;
}

std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<NumberSums>(kCode, kVersion);
}

}  // namespace

AggregateFunction mean_function() {
  return {"mean", kCode, kVersion, AggregateFunction::Field::required, "not a number", "not numbers", make, finalize};
}

}  // namespace ev

// sum(f): exact sums of numbers.
#include "aggregate/number_sums.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 2, kVersion = 1;

Value finalize(std::string_view payload, std::string& scratch) {
  NumberTotal total = NumberTotal::read(payload, "state of sum");
  Value value;
  if (total.values == 0) return value;
  if (total.floats) {
    value.type = Type::float64;
    value.word = std::bit_cast<uint64_t>(total.all().value());
    return value;
  }
  std::optional<int128> sum = total.integers.narrow();
  if (sum && *sum >= INT64_MIN && *sum <= static_cast<int128>(UINT64_MAX)) {
    value.type = *sum <= INT64_MAX ? Type::int64 : Type::uint64;
    value.word = static_cast<uint64_t>(*sum);
    return value;
  }
  scratch = total.integers.decimal();
  value.type = Type::json;
  value.text = scratch;
  return value;
}

std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<NumberSums>(kCode, kVersion);
}

}  // namespace

AggregateFunction sum_function() {
  return {"sum", kCode, kVersion, AggregateFunction::Field::required, "not a number", "not numbers", make, finalize};
}

}  // namespace ev

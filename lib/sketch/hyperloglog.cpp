#include "sketch/hyperloglog.h"

#include <array>
#include <cmath>

namespace ev {
namespace {

/// Ertl's sigma and tau: what the registers at 0 and at the largest value stand for.
double sigma(double x) {
  if (x == 1) return INFINITY;
  double power = 1, sum = x, before;
  do {
    x *= x;
    before = sum;
    sum += x * power;
    power += power;
  } while (sum != before);
  return sum;
}
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double power = 1, sum = 1 - x, before;
  do {
    x = std::sqrt(x);
    before = sum;
    power /= 2;
    sum -= (1 - x) * (1 - x) * power;
  } while (sum != before);
  return sum / 3;
}

}  // namespace

double hll_estimate(std::span<const uint8_t> registers) {
  constexpr double kCount = kHllRegisters;
  // Most registers have one of few values, and adding to one number again and again would make each wait for the one
  // before: eight take turns.
  std::array<std::array<uint32_t, kHllLargest + 1>, 8> parts{};
  for (std::size_t i = 0; i < registers.size(); i += parts.size())
    for (std::size_t p = 0; p < parts.size(); p++) parts[p][registers[i + p]]++;
  std::array<uint32_t, kHllLargest + 1> having{};
  for (const auto& part : parts)
    for (std::size_t value = 0; value < having.size(); value++) having[value] += part[value];
  double sum = kCount * tau(1 - having[kHllLargest] / kCount);
  for (int value = kHllLargest - 1; value >= 1; value--) sum = 0.5 * (sum + having[static_cast<std::size_t>(value)]);
  sum += kCount * sigma(having[0] / kCount);
  constexpr double kAlpha = 0.7213475204444817;  // 1 / (2 ln 2)
  return kAlpha * kCount * kCount / sum;
}

}  // namespace ev

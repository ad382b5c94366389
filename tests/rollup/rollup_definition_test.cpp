#include "rollup/rollup_definition.h"

#include <doctest/doctest.h>

#include <random>

#include "base/error.h"

using namespace ev;

namespace {

std::vector<std::string> ordered(std::vector<std::string> every) {
  order_widths(every);
  return every;
}

RollupDefinition sample() {
  return {{"1m", "1h"}, {"k", "lower(path) as p"}, "count, sum(v)", "", ""};
}

}  // namespace

TEST_CASE("levels stand with the finest first") {
  CHECK(ordered({"1d", "1m", "1mo", "1h"}) == std::vector<std::string>{"1m", "1h", "1d", "1mo"});
  CHECK(ordered({"1y", "3mo"}) == std::vector<std::string>{"3mo", "1y"});
}

TEST_CASE("a level that is not made up of whole ones of the finer is refused") {
  const std::vector<std::vector<std::string>> refused = {{"1m", "90s"}, {"1w", "1mo"},  {"2d", "1w"}, {"3d", "3w"},
                                                         {"7h", "1mo"}, {"2mo", "3mo"}, {"1h", "60m"}};
  for (const auto& every : refused) {
    INFO(every[0], " and ", every[1]);
    CHECK_THROWS_AS(ordered(every), Error);
  }
}

TEST_CASE("buckets of a level begin where ones of the finer begin, also where clocks change") {
  std::mt19937_64 random(1);
  for (const char* zone : {"", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"}) {
    RollupDefinition definition;
    definition.every = ordered({"10m", "30m", "2h", "1d", "1w"});
    definition.timezone = zone;
    const auto levels = levels_of(definition);
    for (int round = 0; round < 2000; round++) {
      const auto time = static_cast<int64_t>(random() % 1'800'000'000) * kSecond;
      for (std::size_t i = 1; i < levels.size(); i++) {
        const int64_t begin = levels[i].buckets.floor(time);
        CHECK(levels[i - 1].buckets.floor(begin) == begin);
      }
    }
  }
}

TEST_CASE("definitions are compared by what they mean") {
  CHECK_FALSE(difference(sample(), sample()));
  RollupDefinition other = sample();
  other.every = {"60s", "60m"};
  other.calls = "count ,sum( v )";
  CHECK_FALSE(difference(sample(), other));
}

TEST_CASE("what differs in a definition is named") {
  const auto changed = [](auto change) {
    RollupDefinition other = sample();
    change(other);
    return difference(sample(), other).value_or("");
  };
  CHECK(changed([](auto& d) { d.every = {"1m"}; }) == "--every is '1m,1h', not '1m'");
  CHECK(changed([](auto& d) { d.by = {"k"}; }) == "-b is 'k, lower(path) as p', not 'k'");
  CHECK(changed([](auto& d) { d.calls = "count, sum(w)"; }) == "-a is 'count, sum(v)', not 'count, sum(w)'");
  CHECK(changed([](auto& d) { d.timezone = "Asia/Tokyo"; }) == "--timezone is 'UTC', not 'Asia/Tokyo'");
  CHECK(changed([](auto& d) { d.where = "v > 1"; }) == "-w is none, not 'v > 1'");
}

#include "rollup/range_plan.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "base/error.h"

using namespace ev;

namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();

int64_t at(const char* text) {
  return parse_time_option(text, 0, "");
}

std::vector<RollupLevel> levels(std::vector<std::string> every, const std::string& zone = "") {
  RollupDefinition definition;
  definition.every = std::move(every);
  definition.timezone = zone;
  return levels_of(definition);
}

}  // namespace

TEST_CASE("whole buckets of the coarsest level answer, finer ones at the edges") {
  const auto pieces = plan_range(levels({"1m", "1h", "1d"}), 2, at("2024-06-01T22:58"), at("2024-06-04T01:02"));
  CHECK(pieces == std::vector<RangePiece>{{0, at("2024-06-01T22:58"), at("2024-06-01T23:00")},
                                          {1, at("2024-06-01T23:00"), at("2024-06-02")},
                                          {2, at("2024-06-02"), at("2024-06-04")},
                                          {1, at("2024-06-04"), at("2024-06-04T01:00")},
                                          {0, at("2024-06-04T01:00"), at("2024-06-04T01:02")}});
}

TEST_CASE("a range without bounds, or at bounds of buckets, is one piece") {
  const auto all = levels({"1m", "1h", "1d"});
  CHECK(plan_range(all, 2, kMin, kMax) == std::vector<RangePiece>{{2, kMin, kMax}});
  CHECK(plan_range(all, 1, at("2024-06-01"), kMax) == std::vector<RangePiece>{{1, at("2024-06-01"), kMax}});
  CHECK(plan_range(all, 0, at("2024-06-01"), at("2024-06-02")) ==
        std::vector<RangePiece>{{0, at("2024-06-01"), at("2024-06-02")}});
}

TEST_CASE("a range within a bucket of a level is left to finer ones") {
  CHECK(plan_range(levels({"1m", "1h", "1d"}), 2, at("2024-06-01T10:30"), at("2024-06-01T10:31")) ==
        std::vector<RangePiece>{{0, at("2024-06-01T10:30"), at("2024-06-01T10:31")}});
}

TEST_CASE("a bound within a bucket of the finest level is refused") {
  const auto all = levels({"1m", "1h"});
  CHECK_THROWS_AS(plan_range(all, 1, at("2024-06-01T10:30:20"), kMax), Error);
  CHECK_THROWS_AS(plan_range(all, 1, kMin, at("2024-06-01T10:30:20")), Error);
}

TEST_CASE("pieces cover a range without gaps, in zones whose clocks change, too") {
  std::mt19937_64 random(3);
  for (const char* zone : {"", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"}) {
    const auto all = levels({"10m", "1h", "1d", "1mo"}, zone);
    for (int round = 0; round < 300; round++) {
      const auto moment = [&] {
        return all[0].buckets.floor(at("2024-01-01") + static_cast<int64_t>(random() % 40'000'000) * kSecond);
      };
      int64_t since = moment(), until = moment();
      if (since > until) std::swap(since, until);
      if (since == until) continue;
      int64_t covered = since;
      for (const RangePiece& piece : plan_range(all, 3, since, until)) {
        CHECK(piece.since == covered);
        CHECK(piece.since < piece.until);
        CHECK(all[piece.level].buckets.floor(piece.since) == piece.since);
        CHECK(all[piece.level].buckets.floor(piece.until) == piece.until);
        covered = piece.until;
      }
      CHECK(covered == until);
    }
  }
}

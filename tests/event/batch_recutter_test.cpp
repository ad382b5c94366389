#include "event/batch_recutter.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "described_rows.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

TEST_CASE("batches of any sizes become batches of one size, with the same rows") {
  std::minstd_rand random(1);
  for (uint64_t seed = 0; seed < 30; seed++) {
    CAPTURE(seed);
    RandomEvents events(seed);
    const auto all = events.events(1 + random() % 600);
    const uint32_t rows = 1 + static_cast<uint32_t>(random() % 150);
    BatchRecutter recutter(rows);
    std::vector<Batch> found;
    for (std::size_t begin = 0; begin < all.size();) {
      const std::size_t end = std::min<std::size_t>(all.size(), begin + 1 + random() % 200);
      recutter.add(
          build({all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)}),
          [&](Batch&& batch) { found.push_back(std::move(batch)); });
      begin = end;
    }
    if (auto rest = recutter.finish()) found.push_back(std::move(*rest));
    REQUIRE(found.size() == (all.size() + rows - 1) / rows);
    for (std::size_t i = 0; i < found.size(); i++) {
      const std::size_t begin = i * rows, end = std::min(all.size(), begin + rows);
      const Batch wanted =
          build({all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)});
      REQUIRE(described_rows(found[i]) == described_rows(wanted));
      REQUIRE(found[i].paths == wanted.paths);
    }
    REQUIRE(!recutter.finish());
  }
}

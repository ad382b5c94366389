#include "pipeline/turns.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "pipeline/ordered.h"

using namespace ev;

TEST_CASE("at each gate items come in their order, whatever the threads") {
  constexpr std::size_t kGates = 5;
  for (const unsigned threads : {1u, 2u, 4u}) {
    Turns turns(kGates);
    std::vector<std::vector<int>> seen(kGates);
    int made = 0;
    PipelineOptions options;
    options.threads = threads;
    run_ordered<int, int>(
        options, [&]() -> std::optional<int> { return made < 300 ? std::optional(made++) : std::nullopt; },
        [&](int&& item, unsigned) {
          Turns::Passage passage(turns, static_cast<uint64_t>(item));
          for (std::size_t gate = 0; gate < kGates; gate++) passage.next([&] { seen[gate].push_back(item); });
          return item;
        },
        [](int&&) {});
    for (const std::vector<int>& at_gate : seen) {
      REQUIRE(at_gate.size() == 300);
      for (int i = 0; i < 300; i++) REQUIRE(at_gate[static_cast<std::size_t>(i)] == i);
    }
  }
}

TEST_CASE("an item that fails, before a gate or at it, lets the others pass, and its failure comes out") {
  for (int fails_at = -1; fails_at < 3; fails_at++) {
    Turns turns(3);
    int made = 0, consumed = 0;
    PipelineOptions options;
    options.threads = 4;
    const auto run = [&] {
      run_ordered<int, int>(
          options, [&]() -> std::optional<int> { return made < 100 ? std::optional(made++) : std::nullopt; },
          [&](int&& item, unsigned) {
            Turns::Passage passage(turns, static_cast<uint64_t>(item));
            if (item == 50 && fails_at < 0) throw std::runtime_error("fails");
            for (int gate = 0; gate < 3; gate++)
              passage.next([&] {
                if (item == 50 && gate == fails_at) throw std::runtime_error("fails");
              });
            return item;
          },
          [&](int&&) { consumed++; });
    };
    CHECK_THROWS_AS(run(), std::runtime_error);
    CHECK(consumed == 50);
  }
}

// Two columns as one, against the column that is built row by row.
#include "event/merge_columns.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

#include "event/column_builder.h"

using namespace ev;

namespace {

Cell random_cell(Type type, std::mt19937_64& random, std::string& text) {
  if (type == Type::int64) return {0, 0, random() % 100};
  if (type == Type::time) return {0, static_cast<uint32_t>(random() % 2), random() % 100};
  text = random() % 2 ? std::to_string(random()) : std::to_string(random() % 3);
  return {0, static_cast<uint32_t>(text.size()), reinterpret_cast<uintptr_t>(text.data())};
}

void put(ColumnBuilder& column, uint32_t row, const Cell& cell) {
  column.mark(row, [] {});
  column.push(cell.word, cell.length);
}

}  // namespace

TEST_CASE("columns that share no row become the column that has the values of both") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; round++) {
    const Type type = std::array{Type::int64, Type::time, Type::string}[random() % 3];
    const auto rows = static_cast<uint32_t>(1 + random() % 300);
    const auto share = random() % 5, gaps = random() % 3;
    ColumnBuilder a(7, type), b(7, type), both(7, type);
    bool any_a = false, any_b = false;
    std::string text;
    for (uint32_t row = 0; row < rows; row++) {
      if (gaps > 0 && random() % 4 < gaps) continue;
      const Cell cell = random_cell(type, random, text);
      const bool to_a = random() % 4 < share;
      (to_a ? any_a : any_b) = true;
      put(to_a ? a : b, row, cell);
      put(both, row, cell);
    }
    if (!any_a || !any_b) continue;
    const Column merged = merge_columns(a.finish(rows, 7), b.finish(rows, 7), rows);
    const Column expected = both.finish(rows, 7);
    CHECK(merged.path == 7);
    CHECK(merged.type == type);
    CHECK(merged.validity == expected.validity);
    CHECK(merged.words == expected.words);
    REQUIRE(merged.size() == expected.size());
    for (std::size_t i = 0; i < merged.size(); i++) {
      if (type == Type::string) CHECK(merged.text(i) == expected.text(i));
      if (type == Type::time) CHECK(merged.form_at(i) == expected.form_at(i));
    }
  }
}

#include "event/row_group.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "event/batch_builder.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

struct Row {
  uint32_t layout;
  std::vector<Cell> cells;
};

/// Rows of two layouts, long runs of each; their fields are null now and then and change their types.
class Rows {
 public:
  explicit Rows(uint64_t seed, uint32_t distinct_texts) : random_(seed) {
    for (uint32_t i = 0; i < distinct_texts; i++)
      texts_.push_back(std::string(random_() % 40, 'x') + std::to_string(i));
  }
  /// Numbers of paths, columns and layouts are the same in each builder that this was called for.
  void declare(BatchBuilder& builder) {
    std::vector<uint32_t> paths;
    for (const char* name : {"text", "number", "time", "second"}) paths.push_back(builder.path(Path{name}));
    for (uint32_t path : paths)
      for (Type type : {Type::string, Type::int64, Type::float64, Type::time}) builder.column(path, type);
    builder.layout(paths);
    builder.layout(std::span(paths).first(2));
  }
  std::vector<Row> make(uint32_t rows) {
    std::vector<Row> made;
    while (made.size() < rows) {
      const uint32_t layout = random_() % 2;
      for (uint64_t run = random_() % 100; run > 0 && made.size() < rows; run--) made.push_back(row(layout));
    }
    return made;
  }

 private:
  Row row(uint32_t layout) {
    Row row{layout, {}};
    for (uint32_t path = 0; path < (layout == 0 ? 4 : 2); path++) row.cells.push_back(cell(path));
    return row;
  }
  Cell cell(uint32_t path) {
    if (random_() % 16 == 0) return {Cell::kNull, 0, 0};
    const uint32_t type = random_() % 50 == 0 ? random_() % 4 : path % 4;
    const uint32_t column = path * 4 + type;
    if (type == 0) {
      const std::string& text = texts_[random_() % texts_.size()];
      return {column, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
    }
    return {column, type == 3 ? default_form(random_() % 3 ? 0 : 1) : 0, random_() % 1000};
  }

  std::mt19937_64 random_;
  std::vector<std::string> texts_;
};

void put(RowGroup& group, const Row& row) {
  for (std::size_t i = 0; i < row.cells.size(); i++) group.next()[i * RowGroup::kStride] = row.cells[i];
}

}  // namespace

TEST_CASE("rows appended in groups make the batch that rows appended one by one make") {
  // Dictionaries that stay, that are given up late, and at once.
  for (uint32_t distinct_texts : {5u, 3000u, 100000u}) {
    CAPTURE(distinct_texts);
    Rows rows(distinct_texts, distinct_texts);
    BatchBuilder one_by_one, grouped;
    rows.declare(one_by_one);
    rows.declare(grouped);
    RowGroup group;
    group.reserve(4);
    for (uint32_t size : {0u, 1u, 33u, 20000u}) {
      const std::vector<Row> made = rows.make(size);
      for (const Row& row : made) {
        one_by_one.append(row.layout, row.cells);
        put(group, row);
        if (!group.fits(row.layout)) {
          grouped.append(group);
          group.drop_committed(row.cells.size());
        }
        group.commit(row.layout, row.cells.size());
        if (!group.full()) continue;
        grouped.append(group);
        group.clear();
      }
      grouped.append(group);
      group.clear();
      const Batch expected = one_by_one.finish(-1), found = grouped.finish(-1);
      check_shape(found, ErrorKind::bug, "test");
      REQUIRE(found.rows == size);
      CHECK(read_events(found) == read_events(expected));
      REQUIRE(found.columns.size() == expected.columns.size());
      for (std::size_t i = 0; i < found.columns.size(); i++) {
        CHECK(found.columns[i].codes == expected.columns[i].codes);
        CHECK(found.columns[i].texts.data == expected.columns[i].texts.data);
        CHECK(found.columns[i].forms == expected.columns[i].forms);
        CHECK(found.columns[i].form == expected.columns[i].form);
      }
    }
  }
}

TEST_CASE("a group takes rows of one layout, up to its size") {
  RowGroup group;
  group.reserve(1);
  CHECK(group.empty());
  for (uint32_t i = 0; i < RowGroup::kMaxRows; i++) {
    REQUIRE(group.fits(7));
    *group.next() = {0, 0, i};
    group.commit(7, 1);
    CHECK_FALSE(group.fits(8));
  }
  CHECK(group.full());
  CHECK(group.column(0)[31].word == 31);
}

TEST_CASE("rows without cells have their place, too") {
  RowGroup group;
  group.reserve(0);
  CHECK(group.next() != nullptr);
  group.commit(0, 0);
  CHECK(group.rows() == 1);
  CHECK(group.next() == group.column(0) + 1);
}

// Random expressions over random events: the columnar evaluator against the slow one.
#include <doctest/doctest.h>

#include <bit>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "event/batch_builder.h"
#include "events.h"
#include "reference.h"

using namespace ev;
using namespace ev::test;

namespace {

Batch batch_of(const std::vector<reference::Row>& rows) {
  BatchBuilder builder;
  for (const reference::Row& row : rows) {
    std::vector<uint32_t> paths;
    std::vector<Cell> cells;
    for (const auto& [name, datum] : row) {
      paths.push_back(builder.path(Path::key(name)));
      Cell cell{Cell::kNull, 0, 0};
      auto column = [&](Type type) { cell.column = builder.column(paths.back(), type); };
      switch (datum.kind) {
        case reference::Datum::null:
          break;
        case reference::Datum::boolean:
          column(Type::boolean);
          cell.word = datum.truth;
          break;
        case reference::Datum::integer:
          column(datum.whole > INT64_MAX ? Type::uint64 : Type::int64);
          cell.word = static_cast<uint64_t>(datum.whole);
          break;
        case reference::Datum::real:
          column(Type::float64);
          cell.word = std::bit_cast<uint64_t>(datum.fraction);
          break;
        case reference::Datum::text:
          column(Type::string);
          cell.word = reinterpret_cast<uint64_t>(datum.string.data());
          cell.length = static_cast<uint32_t>(datum.string.size());
          break;
        case reference::Datum::instant:
          column(Type::time);
          cell.word = static_cast<uint64_t>(datum.whole);
          cell.length = default_form(static_cast<int64_t>(datum.whole));
          break;
      }
      cells.push_back(cell);
    }
    builder.append(builder.layout(paths), cells);
  }
  return builder.finish(-1);
}

struct Expected {
  std::vector<std::string> values;
  std::string true_rows;
  reference::Issues issues;
};
Expected expect(const reference::Tree& tree, const std::vector<reference::Row>& rows) {
  Expected expected;
  for (std::size_t i = 0; i < rows.size(); i++) {
    const reference::Datum value = tree.value(rows[i], expected.issues);
    expected.values.push_back(reference::shown(value));
    if (value.kind == reference::Datum::boolean && value.truth)
      expected.true_rows += (expected.true_rows.empty() ? "" : " ") + std::to_string(i);
  }
  return expected;
}

/// Results do not depend on how rows are cut into batches.
std::string by_parts(Evaluator& evaluator, const Batch& batch, uint32_t cut) {
  std::string values;
  for (uint32_t begin = 0; begin < batch.rows; begin += cut) {
    const Batch part = slice(batch, begin, std::min(batch.rows, begin + cut));
    values += (begin ? ", " : "") + shown(evaluator.evaluate(part), part.rows);
  }
  return values;
}

void check_issues(const Findings& findings, const reference::Issues& issues, const std::string& text) {
  CHECK_MESSAGE(findings.rows_with(kAcrossTypes) == issues.across_types, text);
  CHECK_MESSAGE(findings.rows_with(kOperand) == issues.operand, text);
  CHECK_MESSAGE(findings.rows_with(kOverflow) == issues.overflow, text);
  CHECK_MESSAGE(findings.rows_with(kZeroDivision) == issues.zero_division, text);
  CHECK_MESSAGE(findings.rows_with(kRounded) == issues.rounded, text);
  CHECK_MESSAGE(findings.rows_with(kUnreadable) == issues.unreadable, text);
}

}  // namespace

TEST_CASE("random expressions: the same as one row at a time") {
  const char* asked = std::getenv("EV_EXPR_CASES");  // 100000 for a campaign
  const int cases = asked ? std::atoi(asked) : 4000;
  const char* seed = std::getenv("EV_EXPR_SEED");
  std::mt19937_64 random(seed ? std::strtoull(seed, nullptr, 10) : 42);
  int evaluated_cases = 0, refused = 0;
  std::vector<reference::Row> rows;
  Batch batch;
  for (int i = 0; i < cases; i++) {
    if (i % 50 == 0) {
      rows.clear();
      for (std::size_t n = random() % 80; n > 0; n--) rows.push_back(reference::random_row(random));
      batch = batch_of(rows);
    }
    const auto tree = reference::random_tree(random, 1 + static_cast<int>(random() % 5));
    const std::string text = tree->written();
    INFO(text);
    std::optional<Expression> expression;
    try {
      expression.emplace(Expression::parse(text, {}));
    } catch (const Error& error) {
      // Trees that can never give anything are refused.
      REQUIRE_MESSAGE(std::string_view(error.what()).find(" takes ") != std::string_view::npos, error.what());
      refused++;
      continue;
    }
    evaluated_cases++;
    const Expected expected = expect(*tree, rows);
    Evaluator evaluator(*expression);
    const std::string got = shown(evaluator.evaluate(batch), batch.rows);
    REQUIRE(got == join(expected.values, ", "));
    check_issues(evaluator.findings(), expected.issues, text);
    REQUIRE(selected(text, batch) == expected.true_rows);
    if (i % 10 == 0) {
      Evaluator apart(*expression);
      REQUIRE(by_parts(apart, batch, 1 + static_cast<uint32_t>(random() % 7)) == got);
      check_issues(apart.findings(), expected.issues, text);
    }
  }
  CHECK(evaluated_cases > cases / 2);
  CHECK(refused > 0);
}

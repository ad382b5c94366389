#include <doctest/doctest.h>

#include "aggregate/functions.h"
#include "base/error.h"

using namespace ev;

namespace {

std::string parsed(std::string_view text) {
  std::string result;
  for (const AggregateCall& call : parse_aggregates(text)) {
    if (!result.empty()) result += "; ";
    result += call.function + "|" + call.field + "|" + call.name;
  }
  return result;
}

std::string refusal(std::string_view text) {
  try {
    parse_aggregates(text);
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.what();
  }
  return "accepted";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("calls, fields and names") {
  CHECK(parsed("count") == "count||count");
  CHECK(parsed("count()") == "count||count");
  CHECK(parsed("count(*)") == "count||count");
  CHECK(parsed(" count , sum( value ),max(a.b)  as top ") == "count||count; sum|value|sum_value; max|a.b|top");
  CHECK(parsed("count(f)") == "count|f|count_f");
  CHECK(parsed("mean(x)as y") == "mean|x|y");
  CHECK(parsed("min(as)") == "min|as|min_as");
}

TEST_CASE("expressions and conditions") {
  const auto written = [](std::string_view text) {
    std::string result;
    for (const AggregateCall& call : parse_aggregates(text))
      result += call.function + "|" + call.field + "|" + call.argument + "|" + call.where + "|" + call.name + ";";
    return result;
  };
  CHECK(written("sum(a * b), max(len(x)) as n") == "sum||a * b||sum_a___b;max||len(x)||n;");
  CHECK(written("count where s >= 500 as errors, count") == "count|||s >= 500|errors;count||||count;");
  CHECK(written("sum(v) where k in (1, 2) and t = \"as, if\" AS x") == "sum|v||k in (1, 2) and t = \"as, if\"|x;");
  CHECK(written("p99(`a b`.c) where basis > 1 as x") == "p99|`a b`.c||basis > 1|x;");
  CHECK(written("sum(chain-id)") == "sum|chain-id|||sum_chain_id;");
  CHECK(written("max(substr(x, 1, 2))") == "max||substr(x, 1, 2)||max_substr_x__1__2_;");
  for (const char* text : {"count where", "count where as x", "count where a", "sum(a where b as c", "count where \"a as x"})
    CHECK_MESSAGE(refusal(text) != "accepted", text);
  CHECK(contains(refusal("count where a > 1"), "has no name"));
}

TEST_CASE("other characters become one underscore each") {
  CHECK(parsed("sum(metadata.chain-id)") == "sum|metadata.chain-id|sum_metadata_chain_id");
  CHECK(parsed("sum(größe)") == "sum|größe|sum_gr__e");
  CHECK(parsed("sum(`a.b`.c)") == "sum|`a.b`.c|sum_a_b_c");
  CHECK(parsed("sum(`a)b`)") == "sum|`a)b`|sum_a_b");
  CHECK(parsed("sum(a) as `x, y`") == "sum|a|x, y");
}

TEST_CASE("an unknown function names the nearest") {
  CHECK(contains(refusal("suum(x)"), "did you mean sum?"));
  CHECK(contains(refusal("quux(x)"), "count, sum, min, max, mean"));
}

TEST_CASE("what is no list of aggregates is refused") {
  for (const char* text : {"", ",", "count,", "count count", "sum", "sum()", "sum(*)", "sum(x", "sum(`x)", "sum(x) as",
                           "sum(x) as ,count", "count as `", "(x)", "sum(x))", "count;", "count as ``"})
    CHECK_MESSAGE(refusal(text) != "accepted", text);
  CHECK(contains(refusal("sum"), "sum needs a field"));
  CHECK(contains(refusal("\xff"), "UTF-8"));
}

TEST_CASE("two results of one name are refused") {
  CHECK(contains(refusal("sum(a.b), sum(a_b)"), "two results are named sum_a_b"));
  CHECK(parsed("sum(a.b), sum(a_b) as other") == "sum|a.b|sum_a_b; sum|a_b|other");
}

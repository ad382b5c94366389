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
  CHECK(written(R"(count where m = "a\"b, c" as n)") == R"(count|||m = "a\"b, c"|n;)");
  CHECK(written(R"(sum(if(m = 'a\', (b', v, 0)) as n)") == R"(sum||if(m = 'a\', (b', v, 0)||n;)");
  CHECK(written(R"(count where m = "\\" as n, count)") == R"(count|||m = "\\"|n;count||||count;)");
  CHECK(written(R"(top(concat(m, "\", "), 3) as t)") == R"(top3||concat(m, "\", ")||t;)");
  CHECK(written(R"(sum(`a\`) as s)") == R"(sum|`a\`|||s;)");
  CHECK(written("count(distinct)") == "count|distinct|||count_distinct;");
  CHECK(written("max(substr(x, 1, 2))") == "max||substr(x, 1, 2)||max_substr_x__1__2_;");
  for (const char* text :
       {"count where", "count where as x", "count where a", "sum(a where b as c", "count where \"a as x"})
    CHECK_MESSAGE(refusal(text) != "accepted", text);
  CHECK(contains(refusal("count where a > 1"), "has no name"));
}

TEST_CASE("functions that take no field, or a number beside it") {
  CHECK(parsed("rate, share(count), share( count ) as part") == "rate||rate; share||share_count; share||part");
  CHECK(parsed("top(url), top(url, 5) as five, top(a.b , 7)") == "top10|url|top_url; top5|url|five; top7|a.b|top_a_b");
  CHECK(parse_aggregates("top(substr(url, 0, 3), 4) as x")[0].argument == "substr(url, 0, 3)");
  CHECK(parse_aggregates("top(lower(url)) as x")[0].argument == "lower(url)");
  CHECK(parsed("top(`a, b`, 2) as x") == "top2|`a, b`|x");
  CHECK(contains(refusal("rate(x)"), "rate takes no field; write rate alone"));
  CHECK(contains(refusal("share"), "write share(count)"));
  CHECK(contains(refusal("share(x)"), "write share(count)"));
  for (const char* number : {"0", "-1", "x", "", "10001", "1.5", "05"})
    CHECK_MESSAGE(contains(refusal("top(url, " + std::string(number) + ")"), "top takes a number from 1 to 10000"),
                  number);
  CHECK(contains(refusal("top"), "write top(FIELD)"));
  CHECK(contains(refusal("top(, 5)"), "write top(FIELD)"));
}

TEST_CASE("formulas and their parts") {
  const auto written = [](std::string_view text) {
    std::string result;
    for (const AggregateCall& call : parse_aggregates(text))
      result += call.name + "=" +
                (call.formula.empty() ? call.function + "(" + call.field + call.argument + ")" : call.formula) + "; ";
    return result;
  };
  CHECK(written("count where s >= 500 as errors, count, errors/count as rate") ==
        "errors=count(); count=count(); rate=errors / count; ");
  CHECK(written("errors/count as rate, count(x) as errors") == "rate=errors / count; errors=count(x); count=count(); ");
  CHECK(written("sum(bytes)/count as mean_bytes") ==
        "mean_bytes=sum_bytes / count; sum_bytes=sum(bytes); count=count(); ");
  CHECK(written("sum(bytes), sum( bytes )/count(*) as m") ==
        "sum_bytes=sum(bytes); m=sum_bytes / count; count=count(); ");
  CHECK(written("p99.9(ms) - median(ms) as spread") ==
        "spread=p99_9_ms - median_ms; p99_9_ms=p99.9(ms); median_ms=p50(ms); ");
  CHECK(written("round(sum(a*b)/max(c), 2) as r") == "r=round(sum_a_b / max_c, 2); sum_a_b=sum(a*b); max_c=max(c); ");
  CHECK(written("if(count > 10, count, null) as c10") == "c10=if(count > 10, count, null); count=count(); ");
  CHECK(written("100 * count as percent") == "percent=100 * count; count=count(); ");
  CHECK(written("(count(a) + count(b)) / 2 as half") ==
        "half=(count_a + count_b) / 2; count_a=count(a); count_b=count(b); ");
  CHECK(written("-count as negative") == "negative=- count; count=count(); ");
  CHECK(written("sum(x) as `a, b`, `a, b` * 2 as twice") == "a, b=sum(x); twice=`a, b` * 2; ");
  CHECK(written("count > 5 and sum(x) < 3 as odd") == "odd=count > 5 and sum_x < 3; sum_x=sum(x); count=count(); ");
  // A formula of formulas is one of their results.
  CHECK(written("b * 2 as c, a + count as b, count + 1 as a") ==
        "c=((count + 1) + count) * 2; b=(count + 1) + count; a=count + 1; count=count(); ");
  CHECK(written("count, count  /\n2 as half") == written("count, count/2 as half"));
}

TEST_CASE("formulas that mean nothing are refused") {
  CHECK(contains(refusal("count, errors/count as rate"), "errors is no result of the list"));
  CHECK(contains(refusal("count(x) as errors, eror/count as rate, sum(y) as error"), "did you mean error?"));
  CHECK(contains(refusal("sum/count as mean"), "write sum(FIELD)"));
  CHECK(contains(refusal("count, count/2"), "count/2 has no name; add a name: ... as error_rate"));
  CHECK(contains(refusal("a + 1 as b, b + 1 as a"), "would be made of itself"));
  CHECK(contains(refusal("a + 1 as a"), "would be made of itself"));
  CHECK(contains(refusal("1 + 2 as three"), "names no result"));
  CHECK(contains(refusal("count, has(count) as x"), "has()"));
  CHECK(contains(refusal("count, sum(x) where y > 1 as sum_x, sum(x) / count as m"), "two results are named sum_x"));
  CHECK(contains(refusal("count, count / as x"), "count /"));
  CHECK(contains(refusal("formula(x)"), "there is no function formula"));
  CHECK(contains(refusal("count, suum(x)/count as m"), "suum"));
  std::string doubled = "count + count as x0";
  for (int i = 1; i < 40; i++)
    doubled += ", x" + std::to_string(i - 1) + " + x" + std::to_string(i - 1) + " as x" + std::to_string(i);
  CHECK(contains(refusal(doubled), "becomes too long"));
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
  CHECK(contains(refusal("COUNT(*)"), "did you mean count?"));
  CHECK(contains(refusal("AVG(x)"), "write mean(FIELD)"));
  CHECK(contains(refusal("p101(x)"), "quantiles go from p0 to p100"));
  CHECK(contains(refusal("count(DISTINCT x)"), "write distinct_exact(FIELD)"));
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

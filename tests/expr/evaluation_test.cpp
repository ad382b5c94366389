// What expressions mean: nulls, types, operators, fields.
#include <doctest/doctest.h>

#include "base/error.h"
#include "events.h"

using namespace ev;
using namespace ev::test;

namespace {

const char kEvents[] =
    "{\"id\":1,\"country\":\"DE\",\"value\":150,\"ok\":true,\"meta\":{\"chain\":\"base\"}}\n"
    "{\"id\":2,\"country\":\"FR\",\"value\":99.5,\"ok\":false}\n"
    "{\"id\":3,\"country\":null,\"value\":\"200\",\"tags\":[\"a\",\"b\"]}\n"
    "{\"id\":4,\"country\":\"DE\",\"value\":100,\"ok\":null,\"meta\":{\"chain\":\"eth\"}}\n";

}  // namespace

TEST_CASE("fields of all types, and rows without them") {
  const Batch batch = events(kEvents);
  CHECK(evaluated("id", batch) == "int 1, int 2, int 3, int 4");
  CHECK(evaluated("country", batch) == "\"DE\", \"FR\", null, \"DE\"");
  CHECK(evaluated("value", batch) == "int 150, float 99.5, \"200\", int 100");
  CHECK(evaluated("ok", batch) == "true, false, null, null");
  CHECK(evaluated("meta.chain", batch) == "\"base\", null, null, \"eth\"");
  CHECK(evaluated("field(\"meta.chain\")", batch) == "\"base\", null, null, \"eth\"");
  CHECK(evaluated("tags", batch) == "null, null, json [\"a\",\"b\"], null");
  CHECK(evaluated("missing", batch) == "null, null, null, null");
}

TEST_CASE("conditions pick rows") {
  const Batch batch = events(kEvents);
  CHECK(selected("country == \"DE\" and value > 100", batch) == "0");
  CHECK(selected("country = 'DE'", batch) == "0 3");
  CHECK(selected("country != 'DE'", batch) == "1");
  CHECK(selected("not (country == 'DE')", batch) == "1");
  CHECK(selected("country is null", batch) == "2");
  CHECK(selected("country is not null", batch) == "0 1 3");
  CHECK(selected("ok", batch) == "0");
  CHECK(selected("not ok", batch) == "1");
  CHECK(selected("true", batch) == "0 1 2 3");
  CHECK(selected("null", batch) == "");
  CHECK(selected("id > 1 and id < 4 and value is not null", batch) == "1 2");
  CHECK(selected("id == 1 or country == 'FR' or meta.chain == 'eth'", batch) == "0 1 3");
  CHECK(selected("missing == 1", batch) == "");
}

TEST_CASE("null is unknown, as in SQL") {
  const Batch batch = events("{\"t\":true,\"f\":false,\"n\":null,\"i\":5,\"s\":\"x\"}\n");
  for (const char* null :
       {"n == 5",         "n != 5",        "n < 5",       "i == n",         "n + 1",  "-n",
        "lower(n)",       "n and t",       "t and n",     "n or f",         "not n",  "n in (1)",
        "i in (1, null)", "n =~ 'x'",      "if(t, n, 1)", "coalesce(n, n)", "int(n)", "n is null and n",
        "concat('a', n)", "greatest(1, n)"})
    CHECK_MESSAGE(evaluated(null, batch) == "null", null);
  CHECK(evaluated("n and f", batch) == "false");
  CHECK(evaluated("f and n", batch) == "false");
  CHECK(evaluated("n or t", batch) == "true");
  CHECK(evaluated("t or n", batch) == "true");
  CHECK(evaluated("n is null", batch) == "true");
  CHECK(evaluated("n == null", batch) == "null");
  CHECK(evaluated("i in (5, null)", batch) == "true");
  CHECK(evaluated("if(n, 1, 2)", batch) == "int 2");
  CHECK(evaluated("coalesce(n, 'd')", batch) == "\"d\"");
  CHECK(evaluated("coalesce(i, 'd')", batch) == "int 5");
}

TEST_CASE("comparison across types is false, whatever the operator, and is counted") {
  const Batch batch = events(kEvents);
  CHECK(selected("value == 200", batch) == "");
  CHECK(selected("value == '200'", batch) == "2");
  CHECK(selected("value != 'x'", batch) == "2");
  CHECK(selected("not (value == 'x')", batch) == "0 1 2 3");
  CHECK(selected("string(value) == '150'", batch) == "0");
  CHECK(
      warned("value > 100", batch) ==
      "in 1 row, value > 100: compared string with int, which is false; cast one side with string(), int(), float() or "
      "time()");
  CHECK(
      warned("value == 'x'", batch) ==
      "in 3 rows, value == 'x': compared int or float with string, which is false; cast one side with string(), int(), "
      "float() or time()");
  CHECK(warned("ok == 1", batch).starts_with("in 2 rows, ok == 1: compared bool with int"));
  CHECK(warned("value in ('a', 'b')", batch)
            .starts_with("in 3 rows, value in ('a', 'b'): compared int or float with none of its kind"));
  CHECK(warned("country == 'DE' and value > 100", batch) == "");  // the row with a string is not asked
  CHECK(warned("value in (1, 'a')", batch) == "");
}

TEST_CASE("numbers compare by their exact values") {
  const Batch batch = events(
      "{\"i\":9007199254740993,\"f\":9007199254740992.0,\"u\":18446744073709551615,\"j\":18446744073709551616,\"h\":0."
      "5}\n");
  CHECK(evaluated("i == f", batch) == "false");
  CHECK(evaluated("i > f", batch) == "true");
  CHECK(evaluated("i == 9007199254740992.0", batch) == "false");
  CHECK(evaluated("f == 9007199254740992", batch) == "true");
  CHECK(evaluated("f < 9007199254740993", batch) == "true");
  CHECK(evaluated("u > 18446744073709551614", batch) == "true");
  CHECK(evaluated("u > -1", batch) == "true");
  CHECK(evaluated("i < u", batch) == "true");
  CHECK(evaluated("j > u", batch) == "true");
  CHECK(evaluated("j == 18446744073709551616", batch) == "true");
  CHECK(evaluated("j == 1.8446744073709552e19", batch) == "true");
  CHECK(evaluated("h < 1", batch) == "true");
  CHECK(evaluated("h > 0", batch) == "true");
  CHECK(evaluated("i in (9007199254740992.0)", batch) == "false");
  CHECK(evaluated("f in (9007199254740992)", batch) == "true");
  CHECK(evaluated("j in (1, 18446744073709551616)", batch) == "true");
  CHECK(computed("1 == 1.0") == "true");
  CHECK(computed("5.684341886080802e-14") == "float 5.684341886080802e-14");  // 2^-44 prints so
  CHECK(parse_failure("1 + 0.12345678901234567890") ==
        "column 5 of \"1 + 0.12345678901234567890\": no type holds 0.12345678901234567890 exactly, so it can only be "
        "compared");
  CHECK(computed("0.1 == 0.1000000000000000055") == "false");
  CHECK(computed("-0.0 == 0") == "true");
}

TEST_CASE("integers against fractions") {
  const Batch batch = events("{\"i\":1}\n{\"i\":2}\n{\"i\":3}\n");
  CHECK(selected("i < 2.5", batch) == "0 1");
  CHECK(selected("i <= 2.5", batch) == "0 1");
  CHECK(selected("i > 2.5", batch) == "2");
  CHECK(selected("i >= 2.5", batch) == "2");
  CHECK(selected("i == 2.5", batch) == "");
  CHECK(selected("i != 2.5", batch) == "0 1 2");
  CHECK(selected("2.5 > i", batch) == "0 1");
  CHECK(selected("i < 1e300", batch) == "0 1 2");
  CHECK(selected("i > -1e300", batch) == "0 1 2");
  CHECK(selected("i == 2.0", batch) == "1");
}

TEST_CASE("arithmetic") {
  CHECK(computed("1 + 2 * 3") == "int 7");
  CHECK(computed("7 / 2") == "float 3.5");
  CHECK(computed("6 / 2") == "float 3.0");
  CHECK(computed("7 // 2") == "int 3");
  CHECK(computed("-7 // 2") == "int -3");
  CHECK(computed("-7 % 2") == "int -1");
  CHECK(computed("7 % -2") == "int 1");
  CHECK(computed("7.5 // 2") == "int 3");
  CHECK(computed("1.0 // 0.1") == "int 9");
  CHECK(computed("7.5 % 2") == "float 1.5");
  CHECK(computed("1 + 0.5") == "float 1.5");
  CHECK(computed("9223372036854775807 + 1") == "uint 9223372036854775808");
  CHECK(computed("9223372036854775808 - 1") == "int 9223372036854775807");
  CHECK(computed("18446744073709551615 + 1") == "null");
  CHECK(computed("-9223372036854775808") == "int -9223372036854775808");
  CHECK(computed("- -9223372036854775808") == "uint 9223372036854775808");
  CHECK(computed("18446744073709551615 * 18446744073709551615") == "null");
  CHECK(computed("1 / 0") == "null");
  CHECK(computed("1 // 0") == "null");
  CHECK(computed("1 % 0") == "null");
  CHECK(computed("1.5 / 0.0") == "null");
  CHECK(computed("1e308 * 10") == "null");
  CHECK(computed("'a' + 'b'") == "\"ab\"");
  CHECK(computed("5m") == "float 300.0");
  CHECK(computed("250ms * 4") == "float 1.0");

  const Batch batch =
      events("{\"a\":1,\"b\":4,\"x\":0.5}\n{\"a\":9223372036854775807,\"b\":0,\"x\":1e308}\n{\"a\":3,\"x\":2.0}\n");
  CHECK(evaluated("a + 1", batch) == "int 2, uint 9223372036854775808, int 4");
  CHECK(evaluated("a + b", batch) == "int 5, int 9223372036854775807, null");
  CHECK(evaluated("a / b", batch) == "float 0.25, null, null");
  CHECK(evaluated("x * 2", batch) == "float 1.0, null, float 4.0");
  CHECK(evaluated("x + x", batch) == "float 1.0, null, float 4.0");
  CHECK(evaluated("a * x", batch) == "float 0.5, null, float 6.0");
  CHECK(warned("a / b > 0", batch) == "in 1 row, a / b: divided by zero, which gives null");
  CHECK(warned("x * 2 > 0", batch) == "in 1 row, x * 2: the result is out of range, which gives null");
  CHECK(
      warned("a + 0.5 > 0", batch) ==
      "in 1 row, a + 0.5: an integer was rounded to the nearest float; keep to integers with // or cast with float()");
  CHECK(warned("1 / 0 > b", batch) == "in 3 rows, 1 / 0: divided by zero, which gives null");
}

TEST_CASE("numbers that only text holds are the nearest floats where they are computed with") {
  const Batch batch = events(
      "{\"j\":18446744073709551617,\"d\":0.000028848648071289063,\"n\":2}\n{\"j\":3,\"d\":0.5,\"n\":2}\n"
      "{\"j\":18446744073709551616,\"d\":[1],\"n\":2}\n");
  CHECK(evaluated("j / n", batch) == "float 9.223372036854776e+18, float 1.5, float 9.223372036854776e+18");
  CHECK(evaluated("j * n", batch) == "float 3.6893488147419103e+19, int 6, float 3.6893488147419103e+19");
  CHECK(evaluated("-j", batch) == "float -1.8446744073709552e+19, int -3, float -1.8446744073709552e+19");
  CHECK(evaluated("int(d * 1000000)", batch) == "int 28, int 500000, null");
  CHECK(evaluated("round(d, 6)", batch) == "float 2.9e-05, float 0.5, null");
  CHECK(evaluated("abs(d) < 1", batch) == "true, true, null");
  CHECK(evaluated("j == 18446744073709551617", batch) == "true, false, false");
  // 2^64 is a float, too; an array is no number.
  CHECK(warned("j * n > 0", batch) ==
        "in 1 row, j * n: a number with more digits than a float holds was rounded to the nearest one; cast it with "
        "float() where that will do");
  CHECK(warned("d * 2 > 0", batch).find("d * 2: does not take json and int") != std::string::npos);

  const Batch constant = events("{\"k\":18446744073709551617}\n{\"k\":18446744073709551617}\n");
  CHECK(evaluated("k / 2", constant) == "float 9.223372036854776e+18, float 9.223372036854776e+18");
  CHECK(warned("k / 2 > 0", constant).starts_with("in 2 rows, k / 2: a number with more digits"));
}

TEST_CASE("operands of a wrong type give null and are counted") {
  const Batch batch = events(kEvents);
  CHECK(evaluated("value + 1", batch) == "int 151, float 100.5, null, int 101");
  CHECK(warned("value + 1 > 0", batch) ==
        "in 1 row, value + 1: does not take string and int, which gives null; cast it with string(), int(), float() or "
        "time()");
  CHECK(evaluated("lower(value)", batch) == "null, null, \"200\", null");
  CHECK(evaluated("value and true", batch) == "null, null, null, null");
  CHECK(warned("not (value and true)", batch)
            .starts_with("in 4 rows, (value and true): does not take int or float or string"));
  CHECK(warned("value", batch).starts_with("in 4 rows, value: does not take int or float or string"));
  CHECK(selected("value", batch) == "");
}

TEST_CASE("if and coalesce evaluate only what they give") {
  const Batch batch = events("{\"a\":0,\"b\":\"x\"}\n{\"a\":2}\n");
  CHECK(evaluated("if(a == 0, 'zero', 10 / a)", batch) == "\"zero\", float 5.0");
  CHECK(warned("if(a == 0, 1, 10 / a) > 0", batch) == "");
  CHECK(evaluated("coalesce(b, a)", batch) == "\"x\", int 2");
  CHECK(warned("coalesce(b, 10 / a) == 'x'", batch).find("zero") == std::string::npos);
  CHECK(evaluated("if(a == 0, a, null)", batch) == "int 0, null");
  CHECK(evaluated("if(a >= 0, a, b)", batch) == "int 0, int 2");
  CHECK(evaluated("if(a == 0, true, 5)", batch) == "true, int 5");
  CHECK(evaluated("a == 0 or 10 / a > 1", batch) == "true, true");
  CHECK(warned("a == 0 or 10 / a > 1", batch) == "");
}

TEST_CASE("times compare with what constants mean") {
  const Batch batch = events(
      "{\"ts\":\"2024-06-01T12:00:00Z\"}\n{\"ts\":\"2024-06-01T14:30:00+02:00\"}\n{\"ts\":\"soon\"}\n{}\n", "ts");
  CHECK(selected("ts >= \"2024-06-01T12:30Z\"", batch) == "1 2");  // a text compares as one
  CHECK(selected("ts < '2024-06-01T12:30'", batch) == "0");
  CHECK(selected("ts == 1717243200", batch) == "0");
  CHECK(selected("ts == 1717243200000", batch) == "0");
  CHECK(selected("'2024-06-02' > ts", batch) == "0 1");
  CHECK(selected("ts >= 'today'", batch, {"", 1717286400000000000}) == "");
  CHECK(selected("ts >= 'yesterday'", batch, {"", 1717286400000000000}) == "0 1");
  CHECK(selected("ts >= '2024-06-01T14:30'", batch, {"Europe/Berlin", 0}) == "1 2");
  CHECK(selected("ts in ('2024-06-01T12:00Z', 5)", batch) == "0");
  CHECK(selected("ts == 'soon'", batch) == "2");
  CHECK(selected("ts > 'banana'", batch) == "2");
  CHECK(warned("ts > 'banana'", batch).starts_with("in 2 rows, ts > 'banana': compared time with string"));
  CHECK(evaluated("ts - time('2024-06-01T12:00:00Z')", batch) == "float 0.0, float 1800.0, null, null");
  CHECK(evaluated("ts + 90", batch) == "time 2024-06-01T12:01:30Z, time 2024-06-01T14:31:30+02:00, null, null");
  CHECK(evaluated("ts - 1h", batch) == "time 2024-06-01T11:00:00Z, time 2024-06-01T13:30:00+02:00, null, null");
  CHECK(evaluated("ts + 250ms", batch) == "time 2024-06-01T12:00:00.250Z, time 2024-06-01T12:30:00.250Z, null, null");
}

TEST_CASE("has() sees nulls and objects, is null does not") {
  const Batch batch = events(kEvents);
  CHECK(selected("has(country)", batch) == "0 1 2 3");
  CHECK(selected("has(ok)", batch) == "0 1 3");
  CHECK(selected("has(meta)", batch) == "0 3");
  CHECK(selected("has(meta.chain)", batch) == "0 3");
  CHECK(selected("has(missing)", batch) == "");
  CHECK(selected("not has(ok) and has(field('tags'))", batch) == "2");
  CHECK(Expression::parse("has(x)", {}).needs_layouts());
  CHECK(!Expression::parse("x is null", {}).needs_layouts());
}

TEST_CASE("names that need backquotes, and names that two fields share") {
  const Batch batch = events("{\"x-id\":1,\"a.b\":2,\"a\":{\"b\":3},\"@t\":4,\"t\":{\"$d\":5},\"and\":6}\n");
  CHECK(evaluated("`x-id`", batch) == "int 1");
  CHECK(evaluated("field('x-id')", batch) == "int 1");
  CHECK(evaluated("`a.b`", batch) == "int 2");
  CHECK(evaluated("`a`.`b`", batch) == "int 3");
  CHECK(evaluated("@t + t.$d + `and`", batch) == "int 15");
  CHECK_THROWS_WITH_AS(evaluated("a.b", batch),
                       "field name a.b: more than one field has this name; write `a.b` or `a`.`b`: what stands in "
                       "backquotes is one key",
                       Error);
}

TEST_CASE("fields that no event has are warned of, with near names") {
  const Batch batch = events("{\"country\":\"DE\",\"value\":1,\"x-request-id\":2,\"meta\":{\"chain\":\"a\"}}\n");
  CHECK(warned("contry == 'DE'", batch) == "no event has a field contry; did you mean country?");
  CHECK(warned("zzzzzz == 1", batch) ==
        "no event has a field zzzzzz; there are country, meta.chain, value, x-request-id");
  CHECK(warned("chian == 'a'", batch) == "no event has a field chian; did you mean meta.chain?");
  CHECK(warned("meta is null", batch) ==
        "no event has a field meta; it is an object: name a field in it, as in meta.chain");
  CHECK(warned("has(meta)", batch) == "");
  CHECK(warned("x-request-id == 2", batch)
            .starts_with("no event has a field x; did you mean `x-request-id`, in backquotes?"));
  CHECK(warned("zzzzzz == 1", events("")) == "");
  CHECK(warned("any(meta.chain, '==', 'a')", batch) == "");
}

TEST_CASE("findings of several evaluators add up") {
  const Expression expression = Expression::parse("a / b > 0", {});
  Evaluator one(expression), two(expression);
  one.select(events("{\"a\":1,\"b\":0}\n"));
  two.select(events("{\"a\":1,\"b\":0}\n{\"a\":1}\n"));
  CHECK(one.findings().rows_with(kZeroDivision) == 1);
  one.findings().merge(two.findings());
  CHECK(one.findings().rows_with(kZeroDivision) == 2);
  Evaluator third(expression);
  third.select(events("{\"b\":1}\n"));
  CHECK(third.findings().warnings(expression, 1).size() == 1);
  third.findings().merge(one.findings());
  CHECK(third.findings().warnings(expression, 4).size() == 1);  // a is there, after all; the divisions remain
}

TEST_CASE("errors of meaning point at the column") {
  CHECK(parse_failure("lower(5)") ==
        "column 7 of \"lower(5)\": lower takes text, and this is a number; write string(...)");
  CHECK(parse_failure("1 + true") ==
        "column 5 of \"1 + true\": + takes a number or text or a time, and this is true or false");
  CHECK(parse_failure("ts - '2024-06-01'") ==
        "column 6 of \"ts - '2024-06-01'\": - takes a number or a time, and this is text; write time(...)");
  CHECK(parse_failure("a and 5") ==
        "column 7 of \"a and 5\": and takes true or false, and this is a number; compare it with something");
  CHECK(parse_failure("not 'x'") ==
        "column 5 of \"not 'x'\": not takes true or false, and this is text; compare it with something");
  CHECK(parse_failure("lowr(a)") == "column 1 of \"lowr(a)\": there is no function lowr; did you mean lower?");
  CHECK(parse_failure("now()") ==
        "column 1 of \"now()\": there is no function now; compare with \"now\", \"now-1h\" or \"today\"");
  CHECK(parse_failure("xyzzyplugh(a)").find("there is no function xyzzyplugh; the functions are abs, any, bool") !=
        std::string::npos);
  CHECK(parse_failure("substr(a)") ==
        "column 1 of \"substr(a)\": substr takes 2 or 3 arguments, not 1; write substr(text, start[, length])");
  CHECK(parse_failure("a =~ b") == "column 6 of \"a =~ b\": argument 2 of =~ must be a constant");
  CHECK(parse_failure("a =~ '('")
            .starts_with("column 6 of \"a =~ '('\": no regular expression: missing ): (; the syntax is that of RE2"));
  CHECK(parse_failure("a in (1, b)") ==
        "column 10 of \"a in (1, b)\": the list behind in takes constants; write x == a or x == b");
  CHECK(parse_failure("x > 10MB") ==
        "column 5 of \"x > 10MB\": \"10MB\" is neither a number nor a duration; write size(\"10MB\")");
  CHECK(parse_failure("x > 5x").find("durations are written 250ms") != std::string::npos);
  CHECK(parse_failure("hour(ts, 'Mars/Base')").starts_with("column 10 of \"hour(ts, 'Mars/Base')\": "));
  CHECK(parse_failure("bucket(ts, 'x')").starts_with("column 12 of "));
  CHECK(parse_failure("time('yes')").starts_with("column 6 of \"time('yes')\": \"yes\" is no time; write 2024-06-01"));
  CHECK(parse_failure("cidr_match(ip, '10.0.0.0/33')").starts_with("column 16 of "));
  CHECK(parse_failure("any(a, '~', 1)").starts_with("column 8 of "));
  CHECK(parse_failure("any(1, '==', 1)").find("any takes the name of a field") != std::string::npos);
  CHECK(parse_failure("has(lower(a))").find("has takes the name of a field; write has(FIELD)") != std::string::npos);
  CHECK(parse_failure("json(a, '.x')").find("the shell takes $NAME within double ones") != std::string::npos);
  CHECK(parse_failure("if(a, 1)").find("if takes 3 arguments, not 2; write if(condition, a, b)") != std::string::npos);
  CHECK_THROWS_WITH_AS(Expression::parse_condition("value + 1", {}),
                       "column 7 of \"value + 1\": this is no condition; compare it with something", Error);
  CHECK_NOTHROW(Expression::parse_condition("if(a, b, c)", {}));
}

TEST_CASE("a large dictionary of which few rows are asked for, and a batch of no rows") {
  std::string lines;
  for (int i = 0; i < 300; i++)
    lines += "{\"k\":" + std::to_string(i % 2) + ",\"s\":\"text" + std::to_string(i % 97) + "\"}\n";
  const Batch batch = events(lines);
  CHECK(selected("k == 1 and s == 'text1' and upper(s) =~ '^TEXT'", batch) == "1 195");
  CHECK(selected("s == 'text96' and upper(s) == 'TEXT96'", batch) == "96 193 290");
  CHECK(selected("k == 5 and s == 'x'", batch) == "");
  CHECK(evaluated("lower(s) == 'x' or k / 0 > 1", events("")) == "");
}

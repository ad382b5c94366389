// Every function, on constants (which are folded) and on fields.
#include <doctest/doctest.h>

#include "events.h"
#include "expr/function.h"

using namespace ev;
using namespace ev::test;

TEST_CASE("functions of texts") {
  CHECK(computed("lower('ÄBC')") == "\"äbc\"");
  CHECK(computed("upper('abc é')") == "\"ABC É\"");
  CHECK(computed("lower('MiXeD 09')") == "\"mixed 09\"");
  CHECK(computed("trim(' \t a b\n')") == "\"a b\"");
  CHECK(computed("trim('  ')") == "\"\"");
  CHECK(computed("length('grüße')") == "int 5");
  CHECK(computed("substr('grüße', 3)") == "\"üße\"");
  CHECK(computed("substr('grüße', 3, 2)") == "\"üß\"");
  CHECK(computed("substr('hello', 0, 2)") == "\"h\"");
  CHECK(computed("substr('hello', -3)") == "\"llo\"");
  CHECK(computed("substr('hello', -3, 2)") == "\"ll\"");
  CHECK(computed("substr('hello', 9)") == "\"\"");
  CHECK(computed("substr('hello', 2, -1)") == "\"\"");
  CHECK(computed("substr('hello', 2, 9223372036854775807)") == "\"ello\"");
  CHECK(computed("substr('hello', -9223372036854775808, 9223372036854775807)") == "\"hell\"");
  CHECK(computed("replace('a-b-c', '-', '+')") == "\"a+b+c\"");
  CHECK(computed("replace('aaa', 'aa', 'b')") == "\"ba\"");
  CHECK(computed("replace('abc', '', 'x')") == "\"abc\"");
  CHECK(computed("concat('a', 1, 2.5, true)") == "\"a12.5true\"");
  CHECK(computed("split_part('a,b,c', ',', 2)") == "\"b\"");
  CHECK(computed("split_part('a,b,c', ',', -1)") == "\"c\"");
  CHECK(computed("split_part('a,b,c', ',', 4)") == "\"\"");
  CHECK(computed("split_part('a,b,c', ',', -4)") == "\"\"");
  CHECK(computed("split_part('a,b,c', ',', 0)") == "\"\"");
  CHECK(computed("split_part('abc', '', 1)") == "\"abc\"");
  CHECK(computed("contains('hello', 'ell')") == "true");
  CHECK(computed("starts_with('hello', 'he')") == "true");
  CHECK(computed("ends_with('hello', 'lo')") == "true");
  CHECK(computed("ends_with('hello', 'he')") == "false");
  CHECK(computed("size('10MB')") == "int 10485760");
  CHECK(computed("size('x')") == "null");
}

TEST_CASE("regular expressions") {
  CHECK(computed("'GET /api/v1' =~ '^GET /api/\\d*'") == "true");
  CHECK(computed("'x' !~ 'y'") == "true");
  CHECK(computed("extract('user=42;', 'user=(\\d+)')") == "\"42\"");
  CHECK(computed("extract('user=42;', 'user=\\d+')") == "\"user=42\"");
  CHECK(computed("extract('user=42;', '(?P<k>\\w+)=(?P<v>\\d+)', 'v')") == "\"42\"");
  CHECK(computed("extract('user=42;', '(\\w+)=(\\d+)', 0)") == "\"user=42\"");
  CHECK(computed("extract('user=42;', 'id=(\\d+)')") == "null");
  CHECK(computed("extract('ab', 'a(x)?b')") == "null");
  CHECK(parse_failure("extract(a, '(b)', 2)").find("it has 1; 0 is the whole match") != std::string::npos);
  CHECK(parse_failure("extract(a, '(b)', 'c')").find("the pattern has no group named c") != std::string::npos);
}

TEST_CASE("functions of numbers") {
  CHECK(computed("abs(-5)") == "int 5");
  CHECK(computed("abs(-9223372036854775808)") == "uint 9223372036854775808");
  CHECK(computed("abs(-2.5)") == "float 2.5");
  CHECK(computed("sign(-2.5)") == "int -1");
  CHECK(computed("sign(0)") == "int 0");
  CHECK(computed("floor(-2.5)") == "int -3");
  CHECK(computed("ceil(2.1)") == "int 3");
  CHECK(computed("trunc(-2.9)") == "int -2");
  CHECK(computed("floor(1e300)") == "float 1e+300");
  CHECK(computed("floor(7)") == "int 7");
  CHECK(computed("round(2.5)") == "int 3");
  CHECK(computed("round(-2.5)") == "int -3");
  CHECK(computed("round(2.345, 2)") == "float 2.35");  // the double is 2.34500000000000019984
  CHECK(computed("round(1.005, 2)") == "float 1.0");   // the double is 1.00499999999999989342
  CHECK(computed("round(2.675, 2)") == "float 2.67");  // 2.67499999999999982236
  CHECK(computed("round(0.125, 2)") == "float 0.13");  // a tie
  CHECK(computed("round(-0.125, 2)") == "float -0.13");
  CHECK(computed("round(1e300, 3)") == "float 1e+300");
  CHECK(computed("round(1234.5, 0)") == "float 1235.0");
  CHECK(computed("sqrt(9)") == "float 3.0");
  CHECK(computed("sqrt(-1)") == "null");
  CHECK(computed("pow(2, 10)") == "float 1024.0");
  CHECK(computed("exp(0)") == "float 1.0");
  CHECK(computed("ln(1)") == "float 0.0");
  CHECK(computed("ln(0)") == "null");
  CHECK(computed("log10(1000)") == "float 3.0");
  CHECK(computed("log2(8)") == "float 3.0");
  CHECK(computed("least(3, 1.5, 2)") == "float 1.5");
  CHECK(computed("greatest(3, 18446744073709551615, 2.5)") == "uint 18446744073709551615");
}

TEST_CASE("casts") {
  CHECK(computed("int(3.9)") == "int 3");
  CHECK(computed("int(-3.9)") == "int -3");
  CHECK(computed("int('007')") == "int 7");
  CHECK(computed("int('-12')") == "int -12");
  CHECK(computed("int('12.5')") == "null");
  CHECK(computed("int('x')") == "null");
  CHECK(computed("int('99999999999999999999')") == "null");
  CHECK(computed("int('18446744073709551615')") == "uint 18446744073709551615");
  CHECK(computed("int(1e30)") == "null");
  CHECK(computed("int(true)") == "int 1");
  CHECK(computed("int(time('2024-06-01'))") == "int 1717200000");
  CHECK(computed("int(1717200000.1234567891)") == "int 1717200000");
  CHECK(computed("float(5)") == "float 5.0");
  CHECK(computed("float('1e3')") == "float 1000.0");
  CHECK(computed("float('nan')") == "null");
  CHECK(computed("float('0x10')") == "null");
  CHECK(computed("float(18446744073709551616)") == "float 1.8446744073709552e+19");
  CHECK(computed("float(time('1970-01-01T00:00:01.5Z'))") == "float 1.5");
  CHECK(computed("string(5)") == "\"5\"");
  CHECK(computed("string(5.0)") == "\"5.0\"");
  CHECK(computed("string(true)") == "\"true\"");
  CHECK(computed("string(time('2024-06-01T12:00Z'))") == "\"2024-06-01T12:00:00Z\"");
  CHECK(computed("string(18446744073709551615)") == "\"18446744073709551615\"");
  CHECK(computed("bool('true')") == "true");
  CHECK(computed("bool('false')") == "false");
  CHECK(computed("bool('yes')") == "null");
  CHECK(computed("bool(0)") == "false");
  CHECK(computed("bool(0.5)") == "true");
  CHECK(computed("type(5)") == "\"int\"");
  CHECK(computed("type(null)") == "null");
  CHECK(computed("time(1717200000)") == "time 1717200000");
  CHECK(computed("time(1717200000.5)") == "time 1717200000.5");
  CHECK(computed("time('2024-06-01 12:00:00')") == "time 2024-06-01T12:00:00Z");
  CHECK(computed("time('now-1h')", {"", 1717200000000000000}) == "time 2024-05-31T23:00:00Z");
  CHECK(computed("time('01/06/2024', '%d/%m/%Y')") == "time 2024-06-01T00:00:00Z");

  const Batch batch = events("{\"s\":\"2024-06-01T12:00:00+02:00\"}\n{\"s\":\"no\"}\n{\"s\":5}\n{\"s\":[1]}\n");
  CHECK(evaluated("time(s)", batch) == "time 2024-06-01T12:00:00+02:00, null, time 5, null");
  CHECK(evaluated("time(s)", events("{\"s\":\"2024-06-01T12:00:00\"}\n"), {"Europe/Berlin", 0}) ==
        "time 2024-06-01T12:00:00");
  CHECK(evaluated("int(time(s))", events("{\"s\":\"2024-06-01T12:00:00\"}\n"), {"Europe/Berlin", 0}) ==
        "int 1717236000");
  CHECK(evaluated("string(s)", batch) == "\"2024-06-01T12:00:00+02:00\", \"no\", \"5\", \"[1]\"");
  CHECK(warned("int(s) == 5", batch) ==
        "in 1 row, int(s): does not take json, which gives null; cast it with string(), int(), float() or time()\n"
        "in 2 rows, int(s): cannot read what string holds, which gives null");
  CHECK(warned("time(s) > 'now'", batch).starts_with("in 1 row, time(s): does not take"));
}

TEST_CASE("functions of times") {
  const ExpressionOptions berlin{"Europe/Berlin", 0};
  CHECK(computed("year(time('2024-12-31T23:30:00Z'))") == "int 2024");
  CHECK(computed("year(time('2024-12-31T23:30:00Z'), 'Europe/Berlin')") == "int 2025");
  CHECK(computed("year(time('2024-12-31T23:30:00Z'))", berlin) == "int 2025");
  CHECK(computed("month(time('2024-02-29'))") == "int 2");
  CHECK(computed("day(time('2024-02-29'))") == "int 29");
  CHECK(computed("hour(time('2024-02-29T13:14:15.9Z'))") == "int 13");
  CHECK(computed("minute(time('2024-02-29T13:14:15.9Z'))") == "int 14");
  CHECK(computed("second(time('2024-02-29T13:14:15.9Z'))") == "int 15");
  CHECK(computed("weekday(time('2024-06-01'))") == "int 6");
  CHECK(computed("weekday(time('2024-06-02'))") == "int 7");
  CHECK(computed("weekday(time('2024-06-03'))") == "int 1");
  CHECK(computed("weekday(time('1969-12-31'))") == "int 3");
  CHECK(computed("hour(time('1969-12-31T23:00:00Z'))") == "int 23");
  CHECK(computed("yearday(time('2024-12-31'))") == "int 366");
  CHECK(computed("bucket(time('2024-06-01T12:34:56Z'), '1h')") == "time 2024-06-01T12:00:00Z");
  CHECK(computed("bucket(time('2024-06-01T12:34:56Z'), 5m)") == "time 2024-06-01T12:30:00Z");
  CHECK(computed("bucket(time('2024-06-01T12:34:56Z'), 1d, 'Europe/Berlin')") == "time 2024-06-01T00:00:00+02:00");
  CHECK(computed("bucket(time('2024-06-05T12:34:56Z'), '1w')") == "time 2024-06-03T00:00:00Z");
  CHECK(computed("epoch(time('2024-06-01T00:00:00.123Z'))") == "int 1717200000");
  CHECK(computed("epoch(time('2024-06-01T00:00:00.123Z'), 'ms')") == "int 1717200000123");
  CHECK(computed("epoch(time('1969-12-31T23:59:59.5Z'))") == "int -1");
  CHECK(parse_failure("epoch(ts, 'h')").find("the units are") != std::string::npos);
  CHECK(computed("duration('1.5s')") == "float 1.5");
  CHECK(computed("duration('1h30m')") == "float 5400.0");
  CHECK(computed("duration('x')") == "null");
  CHECK(computed("time('2024-06-01T12:00Z') - time('2024-06-01')") == "float 43200.0");
  CHECK(computed("time('2262-01-01') + 1e12") == "null");
}

TEST_CASE("steps into arrays, json() and len()") {
  const Batch batch = events(
      "{\"f\":[{\"x\":1,\"y\":[10,20]},{\"x\":\"two\"}],\"s\":\"{\\\"a\\\":{\\\"b c\\\":[1,2.5,true,null]}}\"}\n"
      "{\"f\":[],\"s\":\"no json\"}\n{\"f\":{},\"s\":\"[1,2] x\"}\n{\"f\":7}\n");
  CHECK(evaluated("f[0].x", batch) == "int 1, null, null, null");
  CHECK(evaluated("f[1].x", batch) == "\"two\", null, null, null");
  CHECK(evaluated("f[-1].x", batch) == "\"two\", null, null, null");
  CHECK(evaluated("f[-3]", batch) == "null, null, null, null");
  CHECK(evaluated("f[0].y[1] + 1", batch) == "int 21, null, null, null");
  CHECK(evaluated("f[0].y", batch) == "json [10,20], null, null, null");
  CHECK(evaluated("json(s, \"$.a['b c'][0]\")", batch) == "int 1, null, null, null");
  CHECK(evaluated("json(s, '$.a[\"b c\"][-2]')", batch) == "true, null, null, null");
  CHECK(evaluated("json(s, '$')", batch) == "json {\"a\":{\"b c\":[1,2.5,true,null]}}, null, null, null");
  CHECK(evaluated("json(f, '$[0].x')", batch) == "int 1, null, null, null");
  CHECK(warned("json(s, '$.a') is null", batch) ==
        "in 2 rows, json(s, '$.a'): cannot read what string holds, which gives null");
  CHECK(evaluated("len(f)", batch) == "int 2, int 0, int 0, null");
  CHECK(evaluated("len(s)", batch) == "int 31, int 7, int 7, null");
  CHECK(computed("json('{\"a\":1,\"a\":2}', '$.a')") == "int 2");
  CHECK(computed("json('{\"\\u00e4\\\\n\":\"\\ud83d\\ude00\"}', '$.ä\n')") == "\"😀\"");
  CHECK(computed("json('[\"\\ud83d\"]', '$[0]')") == "null");
  CHECK(computed("json('[1e400]', '$[0]')") == "json 1e400");
  for (const char* bad : {"[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "[01]", "[.5]", "[1.]", "[+1]", "[\"a]",
                          "[tru]", "[1]]", "", " ", "[\"\t\"]", "{\"a\":1,}", "{,}", "[,1]", "nul"})
    CHECK_MESSAGE(computed("json('" + std::string(bad) + "', '$')") == "null", bad);
  for (const char* good : {"[1]", " [ 1 , -0.5e-3 ] ", "{}", "{ \"a\" : [ ] , \"b\" : { \"c\" : null } }", "[[[]]]"})
    CHECK_MESSAGE(computed("json('" + std::string(good) + "', '$')") != "null", good);
}

TEST_CASE("any() goes through arrays on the way") {
  const Batch batch = events(
      "{\"tags\":[\"a\",\"b\"],\"f\":[{\"x\":1},{\"x\":[5,6]},{\"z\":1}],\"o\":{\"f\":[{\"x\":9}]},\"v\":5}\n"
      "{\"tags\":[],\"f\":{\"x\":5},\"v\":\"b\"}\n{\"tags\":\"a\",\"f\":[7]}\n{}\n");
  CHECK(evaluated("any(tags, '==', 'a')", batch) == "true, false, true, null");
  CHECK(evaluated("any(f.x, '==', 5)", batch) == "true, true, false, null");
  CHECK(evaluated("any(f.x, '>', 6)", batch) == "false, false, false, null");
  CHECK(evaluated("any(f.x, '=', v)", batch) == "true, false, null, null");
  CHECK(evaluated("any(o.f.x, '>=', 9)", batch) == "true, null, null, null");
  CHECK(evaluated("any(`o`.f.x, '>=', 9)", batch) == "true, null, null, null");
  CHECK(evaluated("any(tags, '!=', 'a')", batch) == "true, false, false, null");
  const std::vector<std::string> fields = Expression::parse("any(o.f.x, '==', 1)", {}).fields();
  CHECK(fields == std::vector<std::string>{"o.f.x", "o.f", "o"});
}

TEST_CASE("addresses and networks") {
  for (const char* in : {"10.1.2.3", "10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"})
    CHECK_MESSAGE(computed("cidr_match('" + std::string(in) + "', '10.0.0.0/8')") == "true", in);
  for (const char* out : {"11.0.0.1", "9.255.255.255", "::1", "10.1.2", "host", "", "10.1.2.3.4"})
    CHECK_MESSAGE(computed("cidr_match('" + std::string(out) + "', '10.0.0.0/8')") == "false", out);
  CHECK(computed("cidr_match('192.168.1.77', '192.168.1.64/26')") == "true");
  CHECK(computed("cidr_match('192.168.1.63', '192.168.1.64/26')") == "false");
  CHECK(computed("cidr_match('2001:db8::1', '2001:db8::/32')") == "true");
  CHECK(computed("cidr_match('2001:db9::1', '2001:db8::/32')") == "false");
  CHECK(computed("cidr_match('1.2.3.4', '1.2.3.4')") == "true");
  CHECK(computed("cidr_match('8.8.8.8', '0.0.0.0/0')") == "true");
  CHECK(computed("cidr_match('::1', '0.0.0.0/0')") == "false");
  CHECK(computed("cidr_match('172.16.5.5', '10.0.0.0/8', '172.16.0.0/12')") == "true");
}

TEST_CASE("hash() is that of the text, and never below zero") {
  CHECK(computed("hash(200) == hash('200')") == "true");
  CHECK(computed("hash('a') == hash('b')") == "false");
  // XXH3-128 of "abc", low half, without its highest bit.
  CHECK(computed("hash('abc')") == "int 8696274497037089104");
  CHECK(computed("hash('x') >= 0") == "true");
}

TEST_CASE("every function has its arguments checked") {
  for (const std::string& name : expression_function_names()) {
    const std::string call = name + "()";
    CHECK_MESSAGE(parse_failure(call) != "no failure", call);
  }
}

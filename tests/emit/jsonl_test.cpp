#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "base/time.h"
#include "event_model.h"

using namespace ev;
using namespace ev::test;

namespace {

std::string one(ModelValue value) {
  return emit("jsonl", {{{Path{"x"}, std::move(value)}}});
}

}  // namespace

TEST_CASE("jsonl prints each type as JSON has it") {
  CHECK(one(null()) == "{\"x\":null}\n");
  CHECK(one(boolean(true)) == "{\"x\":true}\n");
  CHECK(one(boolean(false)) == "{\"x\":false}\n");
  CHECK(one(integer(INT64_MIN)) == "{\"x\":-9223372036854775808}\n");
  CHECK(one(natural(UINT64_MAX)) == "{\"x\":18446744073709551615}\n");
  CHECK(one(real(1)) == "{\"x\":1.0}\n");
  CHECK(one(real(-0.0)) == "{\"x\":-0.0}\n");
  CHECK(one(real(NAN)) == "{\"x\":null}\n");
  CHECK(one(real(-INFINITY)) == "{\"x\":null}\n");
  CHECK(one(string("")) == "{\"x\":\"\"}\n");
  CHECK(one(string("grün 漢 😀")) == "{\"x\":\"grün 漢 😀\"}\n");
  CHECK(one(bytes("abc")) == "{\"x\":\"abc\"}\n");
  CHECK(one(bytes("\xff\xfe\xfd")) == "{\"x\":\"base64://79\"}\n");
  CHECK(one(bytes("\xff")) == "{\"x\":\"base64:/w==\"}\n");
  CHECK(one(json("[1, {\"a\":[]}]")) == "{\"x\":[1, {\"a\":[]}]}\n");
  CHECK(one(json("[1,\n2]")) == "{\"x\":[1, 2]}\n");
}

TEST_CASE("jsonl prints a time as it was written") {
  auto iso = parse_time_text("2024-06-01T02:03:04.5+02:00");
  REQUIRE(iso);
  CHECK(one(test::time(iso->ns, iso->form)) == "{\"x\":\"2024-06-01T02:03:04.5+02:00\"}\n");
  auto epoch = parse_epoch_integer(1717200000123);
  REQUIRE(epoch);
  CHECK(one(test::time(epoch->ns, epoch->form)) == "{\"x\":1717200000123}\n");
  auto digits = parse_time_text("1717200000");
  REQUIRE(digits);
  CHECK(one(test::time(digits->ns, digits->form)) == "{\"x\":\"1717200000\"}\n");
}

TEST_CASE("jsonl escapes what JSON requires and nothing else") {
  CHECK(one(string("a\"b\\c/d")) == "{\"x\":\"a\\\"b\\\\c/d\"}\n");
  CHECK(one(string("\b\f\n\r\t\x01\x1f\x7f")) == "{\"x\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"}\n");
  CHECK(emit("jsonl", {{{Path{"a\"\n"}, integer(1)}}}) == "{\"a\\\"\\n\":1}\n");
}

TEST_CASE("jsonl finds a special character at every place of a text of any length") {
  for (std::size_t length : {1u, 15u, 16u, 17u, 31u, 33u, 64u, 65u, 130u})
    for (std::size_t at = 0; at < length; at++)
      for (std::size_t second = at; second < length; second += 7) {
        std::string text(length, 'x'), expected;
        text[at] = '"';
        text[second] = '\n';
        for (char c : text) expected += c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
        CHECK(one(string(text)) == "{\"x\":\"" + expected + "\"}\n");
      }
}

TEST_CASE("jsonl restores nesting, key order, null and missing") {
  Event first = {{Path{"b"}, integer(1)},
                 {Path{"m", "z"}, string("s")},
                 {Path{"m", "a", "q"}, null()},
                 {Path{"m", "a", "r"}, boolean(true)},
                 {Path{"m.z"}, integer(2)}};
  Event second = {{Path{"m.z"}, string("t")}, {Path{"b"}, null()}};
  CHECK(emit("jsonl", {first, second, {}}) ==
        "{\"b\":1,\"m\":{\"z\":\"s\",\"a\":{\"q\":null,\"r\":true}},\"m.z\":2}\n"
        "{\"m.z\":\"t\",\"b\":null}\n"
        "{}\n");
}

TEST_CASE("jsonl prints a value of a column whose row the layout does not name nowhere, and later values rightly") {
  Batch batch = make_batch({{{Path{"a"}, integer(1)}}, {{Path{"a"}, integer(2)}}, {{Path{"a"}, integer(3)}}});
  batch.layouts = {{0}, {}};
  batch.row_layouts.clear();
  for (uint32_t layout : {0u, 1u, 0u}) batch.row_layouts.push_back(layout);
  CHECK(emit("jsonl", std::vector<Batch>{batch}) == "{\"a\":1}\n{}\n{\"a\":3}\n");
}

TEST_CASE("jsonl without layouts prints the paths that have a value, in path order") {
  Batch batch = make_batch({{{Path{"a"}, integer(1)}, {Path{"m", "b"}, integer(2)}},
                            {{Path{"m", "b"}, integer(3)}},
                            {{Path{"m", "b"}, string("s")}, {Path{"a"}, null()}}},
                           {false, false});
  CHECK(emit("jsonl", std::vector<Batch>{batch}) ==
        "{\"a\":1,\"m\":{\"b\":2}}\n{\"m\":{\"b\":3}}\n{\"m\":{\"b\":\"s\"}}\n");
}

TEST_CASE("jsonl joins the parts of an object named in two places") {
  CHECK(emit("jsonl", {{{Path{"a", "x"}, integer(1)}, {Path{"b"}, integer(2)}, {Path{"a", "y"}, integer(3)}}}) ==
        "{\"a\":{\"x\":1,\"y\":3},\"b\":2}\n");
}

TEST_CASE("jsonl gives a path barred by a value a key of joined steps") {
  CHECK(emit("jsonl", {{{Path{"a"}, integer(1)}, {Path{"a", "b", "c"}, integer(2)}}}) == "{\"a\":1,\"a.b.c\":2}\n");
  CHECK(emit("jsonl", {{{Path{"a"}, integer(1)}, {Path{"a.b"}, integer(2)}, {Path{"a", "b"}, integer(3)}}}) ==
        "{\"a\":1,\"a.b\":2,\"a.b_2\":3}\n");
}

TEST_CASE("jsonl gives a value whose place an object has taken a numbered key") {
  CHECK(emit("jsonl", {{{Path{"a", "b"}, integer(1)}, {Path{"a_2"}, integer(2)}, {Path{"a"}, integer(3)}}}) ==
        "{\"a\":{\"b\":1},\"a_2\":2,\"a_3\":3}\n");
}

TEST_CASE("jsonl finds keys in objects of many keys") {
  Event event;
  std::string expected = "{";
  for (int i = 0; i < 100; i++) {
    event.push_back({Path{"m", "k" + std::to_string(i)}, integer(i)});
    expected += (i ? ",\"k" : "\"m\":{\"k") + std::to_string(i) + "\":" + std::to_string(i);
  }
  event.push_back({Path{"m", "k57"}.child("x"), integer(7)});
  event.push_back({Path{"m"}, integer(8)});
  CHECK(emit("jsonl", {event}) == expected + ",\"k57.x\":7},\"m_2\":8}\n");
}

TEST_CASE("jsonl prints more layouts than it keeps") {
  std::vector<Event> events;
  std::string expected;
  for (int i = 0; i < 300; i++) {
    std::string key = std::to_string(i) + std::string(20'000, 'k');
    events.push_back({{Path{key}, integer(i)}});
    expected += "{\"" + key + "\":" + std::to_string(i) + "}\n";
  }
  CHECK((emit("jsonl", events) == expected));
  CHECK((emit("jsonl", std::vector<Batch>{make_batch(events, {false, false})}) == expected));
}

TEST_CASE("a dictionary larger than the values that use it prints the same") {
  Batch batch = make_batch({{{Path{"a"}, string("x\"")}}});
  batch.columns[0].texts.push_back("unused");
  batch.columns[0].codes.push_back(0);
  CHECK(emit("jsonl", std::vector<Batch>{batch}) == "{\"a\":\"x\\\"\"}\n");
}

TEST_CASE("a state column is a bug") {
  Batch batch = make_batch({{{Path{"a"}, string("x")}}});
  batch.columns[0].type = Type::state;
  CHECK_THROWS_AS(emit("jsonl", std::vector<Batch>{batch}), Error);
}

TEST_CASE("an unknown format names a near one") {
  try {
    make_emitter("jsnl", {});
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    CHECK(e.remedy().find("did you mean jsonl?") != std::string::npos);
    CHECK(e.remedy().find("record") != std::string::npos);
  }
  CHECK(emit_formats().size() == 5);
}

TEST_CASE("no rows, no text") {
  CHECK(emit("jsonl", std::vector<Batch>{}) == "");
  CHECK(emit("jsonl", std::vector<Batch>{Batch{}}) == "");
}

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "base/time.h"
#include "event_model.h"

using namespace ev;
using namespace ev::test;

namespace {

std::string cell(std::string_view format, ModelValue value) {
  EmitOptions options;
  options.header = false;
  std::string line = emit(format, {{{Path{"x"}, std::move(value)}, {Path{"y"}, integer(0)}}}, options);
  REQUIRE(line.size() >= 3);
  CHECK(line.substr(line.size() - 2) == "0\n");
  return line.substr(0, line.size() - 3);
}

}  // namespace

TEST_CASE("csv prints each type") {
  CHECK(cell("csv", null()) == "");
  CHECK(cell("csv", boolean(true)) == "true");
  CHECK(cell("csv", integer(-12)) == "-12");
  CHECK(cell("csv", natural(UINT64_MAX)) == "18446744073709551615");
  CHECK(cell("csv", real(2.5)) == "2.5");
  CHECK(cell("csv", real(NAN)) == "nan");
  CHECK(cell("csv", string("plain text")) == "plain text");
  CHECK(cell("csv", bytes("\xff")) == "base64:/w==");
  CHECK(cell("csv", json("[1,2]")) == "\"[1,2]\"");
  CHECK(cell("csv", test::time(0, default_form(0))) == "1970-01-01T00:00:00Z");
}

TEST_CASE("csv quotes only where a reader needs it") {
  CHECK(cell("csv", string("")) == "\"\"");
  CHECK(cell("csv", string("a,b")) == "\"a,b\"");
  CHECK(cell("csv", string("a\"b")) == "\"a\"\"b\"");
  CHECK(cell("csv", string("a\nb")) == "\"a\nb\"");
  CHECK(cell("csv", string("a\rb")) == "\"a\rb\"");
  CHECK(cell("csv", string(" a")) == "\" a\"");
  CHECK(cell("csv", string("a ")) == "\"a \"");
  CHECK(cell("csv", string("a;b'c\\d")) == "a;b'c\\d");
  for (std::size_t at = 0; at < 40; at++) {
    std::string text(40, 'x');
    text[at] = ',';
    CHECK(cell("csv", string(text)) == "\"" + text + "\"");
  }
}

TEST_CASE("tsv escapes with backslashes and keeps null apart from the empty string") {
  CHECK(cell("tsv", null()) == "\\N");
  CHECK(cell("tsv", string("")) == "");
  CHECK(cell("tsv", string("a\tb\nc\rd\\e\"f,g")) == "a\\tb\\nc\\rd\\\\e\"f,g");
  CHECK(cell("tsv", string("\\N")) == "\\\\N");
  CHECK(cell("tsv", json("[1,\t2]")) == "[1,\\t2]");
  CHECK(cell("tsv", integer(7)) == "7");
  CHECK(cell("tsv", real(1e300)) == "1e+300");
}

TEST_CASE("csv has a header of dotted names, in the order of the first batch with rows") {
  Event event = {{Path{"b"}, integer(1)}, {Path{"m", "a,c"}, string("s")}, {Path{""}, null()}};
  CHECK(emit("csv", {event}) == "b,\"m.a,c\",\"\"\n1,s,\n");
  CHECK(emit("tsv", {{{Path{""}, integer(1)}, {Path{"t\tu"}, integer(2)}}}) == "\tt\\tu\n1\t2\n");
  Batch no_rows;
  no_rows.paths = {Path{"other"}};
  auto emitter = make_emitter("csv", {});
  emitter->announce(no_rows);
  emitter->announce(make_batch({event}));
  CHECK(emitter->begin() == "b,\"m.a,c\",\"\"\n");
  CHECK(emitter->format(no_rows) == "");
}

TEST_CASE("csv of no rows has the header that is known") {
  Batch no_rows;
  no_rows.paths = {Path{"a"}, Path{"b"}};
  CHECK(emit("csv", std::vector<Batch>{no_rows}) == "a,b\n");
  CHECK(emit("csv", std::vector<Batch>{}) == "");
  EmitOptions options;
  options.columns = {Path{"x"}};
  CHECK(emit("csv", std::vector<Batch>{}, options) == "x\n");
}

TEST_CASE("csv takes rows of other layouts, types and batches into its columns") {
  std::vector<Batch> batches = {
      make_batch({{{Path{"a"}, integer(1)}, {Path{"b"}, string("x")}}, {{Path{"b"}, integer(2)}}}),
      make_batch({{{Path{"b"}, boolean(true)}}, {}, {{Path{"b"}, null()}, {Path{"a"}, real(0.5)}}})};
  CHECK(emit("csv", batches) == "a,b\n1,x\n,2\n,true\n,\n0.5,\n");
}

TEST_CASE("csv of given columns keeps their order") {
  EmitOptions options;
  options.columns = {Path{"b"}, Path{"zero"}, Path{"a"}};
  CHECK(emit("csv", {{{Path{"a"}, integer(1)}, {Path{"b"}, integer(2)}}}, options) == "b,zero,a\n2,,1\n");
}

TEST_CASE("csv of one column has no empty lines") {
  CHECK(emit("csv", {{{Path{"a"}, null()}}, {{Path{"a"}, integer(1)}}, {}}) == "a\n\"\"\n1\n\"\"\n");
}

TEST_CASE("csv refuses a field that comes too late, in announce and in format") {
  auto emitter = make_emitter("csv", {});
  emitter->announce(make_batch({{{Path{"a"}, integer(1)}}}));
  Batch late = make_batch({{{Path{"m", "b`c"}, integer(2)}}});
  for (int pass = 0; pass < 2; pass++) {
    try {
      if (pass == 0)
        emitter->announce(late);
      else
        emitter->format(late);
      FAIL("no error");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      CHECK(e.reason().find("`m`.`b``c`") != std::string::npos);
      CHECK(e.remedy().find("instead of a pipe") != std::string::npos);
      CHECK(e.remedy().find("jsonl") != std::string::npos);
    }
  }
  // A late field that is null wherever it stands loses nothing.
  Batch null_only = make_batch({{{Path{"a"}, integer(2)}, {Path{"late"}, null()}}});
  emitter->announce(null_only);
  CHECK(emitter->format(null_only) == "2\n");
}

TEST_CASE("csv refuses two fields of one name") {
  try {
    emit("csv", {{{Path{"a.b"}, integer(1)}, {Path{"a", "b"}, integer(2)}}});
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    CHECK(e.reason().find("`a.b`") != std::string::npos);
    CHECK(e.reason().find("`a`.`b`") != std::string::npos);
  }
}

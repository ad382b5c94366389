#include "text/json_documents.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <set>

#include "text/json_cutter.h"
#include "unit_reading.h"

using namespace ev;
using namespace ev::test;

namespace {

using Random = std::mt19937_64;
using Rows = std::vector<std::string>;

TextFormat documents() {
  TextFormat format;
  format.kind = TextKind::json_documents;
  return format;
}

TextFormat each(const std::string& path) {
  TextFormat format = documents();
  format.each = path;
  return format;
}

Rows read_each(const std::string& path, std::string_view text, const Pieces& pieces = {}) {
  return read_whole(each(path), text, pieces);
}

Rows read(std::string_view text) {
  return read_whole(documents(), text);
}

std::optional<TextKind> layout(std::string_view head, bool all = false) {
  return JsonCutter::layout(head, all);
}

/// An object of a log, over lines that are indented from `indent` on; or, with npos, on one line.
std::string object(Random& random, std::size_t number, std::size_t indent, const std::string& line_end) {
  const bool pretty = indent != std::string::npos;
  const auto line = [&](std::size_t deeper) {
    return pretty ? line_end + std::string(indent == 9 ? 0 : indent + deeper, ' ') : "";
  };
  std::string out = "{" + line(2) + (random() % 8 ? "\"id\":" : "\"key\":") + std::to_string(number);
  for (std::size_t n = random() % 4; n > 0; n--) {
    out += "," + line(2) + "\"k" + std::to_string(n) + "\": ";
    switch (random() % 6) {
      case 0:
        out += "\"a \\\"b\\\" {[\\\\\"";
        break;
      case 1:
        out += "{" + line(4) + "\"x\":1," + line(4) + "\"y\":[]" + line(2) + "}";
        break;
      case 2:
        out += "[" + line(4) + "{\"x\":1}," + line(4) + "[1,2]" + line(2) + "]";
        break;
      case 3:
        out += "[{\"id\":1},{\"id\":2}]";
        break;
      default:
        out += "null";
    }
  }
  return out + line(0) + "}";
}

struct Log {
  std::vector<std::string> objects;
  std::string text;
};

/// A log in one of the ways in which they are written: one after the other, on lines, in arrays.
Log random_log(Random& random, int style) {
  const std::string line_end = random() % 4 == 0 ? "\r\n" : random() % 4 == 0 ? "\r" : "\n";
  Log log;
  const bool array = style % 2;
  const std::size_t indent =
      std::vector<std::size_t>{std::string::npos, std::string::npos, 0, 2, 9, 9}[static_cast<std::size_t>(style)];
  if (random() % 4 == 0) log.text += "\xef\xbb\xbf";
  if (array) log.text += "[" + (indent == std::string::npos ? "" : line_end);
  for (std::size_t n = 1 + random() % 40; n > 0; n--) {
    log.objects.push_back(object(random, log.objects.size(), indent, line_end));
    log.text += (array && indent == 2 ? "  " : "") + log.objects.back();
    if (array && n > 1) log.text += ",";
    if (indent != std::string::npos || (!array && random() % 2)) log.text += line_end;
  }
  if (array) log.text += "]";
  if (random() % 2) log.text += line_end;
  return log;
}

/// What JSON lines make of an object whose line ends are blanks.
std::string row_of(std::string object) {
  std::replace(object.begin(), object.end(), '\n', ' ');
  std::replace(object.begin(), object.end(), '\r', ' ');
  return parse_one(object);
}

}  // namespace

TEST_CASE("objects may span lines, stand on one line, or in arrays") {
  CHECK(shown(read("{\n  \"a\": 1,\n  \"b\": [1,\n 2]\n}\n{\n  \"a\": 2\n}\n")) ==
        shown(Rows{"a=i:1|b=j:[1,2]", "a=i:2"}));
  CHECK(shown(read("{\"a\":1}{\"a\":2} {\"a\":3}")) == shown(Rows{"a=i:1", "a=i:2", "a=i:3"}));
  CHECK(shown(read("{\"a\":1}\r{\"a\":2}\r")) == shown(Rows{"a=i:1", "a=i:2"}));
  CHECK(shown(read("\xef\xbb\xbf[{\"a\":1},\r\n{\"a\":2}]\r\n[]\n[{\"a\":3}]")) ==
        shown(Rows{"a=i:1", "a=i:2", "a=i:3"}));
  CHECK(shown(read("[\n  {\n    \"a\": {}\n  },\n  {}\n]\n")) == shown(Rows{"a=j:{}", ""}));
  CHECK(shown(read("{\"a\":1},\n{\"a\":2},\n")) == shown(Rows{"a=i:1", "a=i:2"}));
  CHECK(read(" \n\n").empty());
  CHECK(read("[]").empty());
  CHECK(shown(read("[[{\"a\":1}, {\"a\":2}],[],[[{\"a\":3}]]]\n")) == shown(Rows{"a=i:1", "a=i:2", "a=i:3"}));
}

TEST_CASE("a line end in a string is no JSON, whether the strings before it have escapes or not") {
  CHECK(shown(read("{\"a\":\"x\ny\"}")) ==
        shown(Rows{"reject 1@0: column 8: a string has a control character [{\"a\":\"x\ny\"}]"}));
  CHECK(shown(read("{\"a\":\"\\\\\",\n\"b\":\"\\\"\"}\n")) == shown(Rows{"a=s:\\|b=s:\""}));
  CHECK(read("{\"a\":\n\"\\\\\ny\"}")[0].starts_with("reject 1@0: line 2, column 4: a string has a control character"));
}

TEST_CASE("rejects say where in the input they stand") {
  CHECK(shown(read("[\n  {\"a\": 1},\n  {\n    \"a\": 01\n  },\n  7, \"x, y\", [1],\n  {\"a\": 2}\n]\n")) ==
        shown(Rows{"a=i:1", "a=i:2", "reject 3@16: line 4, column 10: a number is malformed [{\n    \"a\": 01\n  }]",
                   "reject 6@37: is a JSON number, not an object [7]",
                   "reject 6@40: is a JSON string, not an object [\"x, y\"]",
                   "reject 6@48: is a JSON array, not an object [[1]]"}));
  CHECK(shown(read("{\"a\":1}\r\r{\"a\":\r\"\xff\"}\r")) ==
        shown(Rows{"a=i:1", "reject 3@9: line 4, column 2: invalid UTF-8 [{\"a\":\r\"\xff\"}]"}));
  CHECK(shown(read("{\"a\":\n1}\nStarting {up}, [ok]\n}{\"a\":2}\n")) ==
        shown(Rows{"a=i:1", "a=i:2", "reject 3@9: is not JSON [Starting {up}, [ok]]", "reject 4@29: is not JSON [}]"}));
}

TEST_CASE("rows that a check refuses are rejects at their place") {
  class RefuseSecond final : public RowCheck {
    void check(const Batch& batch, RefusedRows& refused) const override {
      if (batch.rows > 1) refused.refuse(1, [] { return std::string("no"); });
    }
  };
  std::vector<TextUnit> units = units_of(documents(), "[{\"a\":1},\n{\n\"a\":2},{\"a\":3}]");
  units[0].check = std::make_shared<RefuseSecond>();
  CHECK(shown(read_units(units, *make_text_parser(documents(), FieldChoice{}))) ==
        shown(Rows{"a=i:1", "a=i:3", "reject 2@10: no [{\n\"a\":2}]"}));
}

TEST_CASE("an array that is not closed is refused, its elements are not") {
  CHECK(shown(read("[{\"a\":1},\n{\"a\":2}")) ==
        shown(Rows{"a=i:1", "a=i:2", "reject 2@17: the array that begins in line 1 is not closed []"}));
  CHECK(shown(read("\n[\n  {\"a\":1,\n[\n  {\"a\":2}\n]\n")) ==
        shown(Rows{"a=i:2", "reject 3@5: column 8: the line ends inside an object [{\"a\":1,]",
                   "reject 4@13: the array that begins in line 2 is not closed []"}));
}

TEST_CASE("one broken object is one reject") {
  const auto rejects = [](std::string_view text) {
    Rows rows = read(text);
    std::erase_if(rows, [](const std::string& row) { return !row.starts_with("reject"); });
    return rows.size();
  };
  const auto events = [](std::string_view text) {
    Rows rows = read(text);
    std::erase_if(rows, [](const std::string& row) { return row.starts_with("reject"); });
    return rows;
  };
  const Rows around{"a=i:1", "a=i:3", "a=i:4"};
  for (std::string broken : {"{\"a\":{\"x\":2}", "{\"a\":[2", "{\"a\":\"2", "{\"a\":2,", "{\"a\"", "{", "{\"a\" 2}",
                             "{\"a\":[2}", "{\"a\":\"say \"hi\" to\"}", "{\"a\":2]}", "{\"a\":'2'}"}) {
    CAPTURE(broken);
    // Objects over lines, one after the other and in an array.
    std::string pretty = broken;
    for (std::size_t at = 0; (at = pretty.find('{', at)) != pretty.npos; at += 4) pretty.replace(at, 1, "{\n  ");
    const std::string lines = "{\n  \"a\": 1\n}\n" + pretty + "\n{\n  \"a\": 3\n}\n{\n  \"a\": 4\n}\n";
    CHECK(shown(events(lines)) == shown(around));
    CHECK(rejects(lines) == 1);
    const std::string array = "[\n{\n  \"a\": 1\n},\n" + pretty + ",\n{\n  \"a\": 3\n},\n{\n  \"a\": 4\n}\n]\n";
    CHECK(shown(events(array)) == shown(around));
    CHECK(rejects(array) == 1);
    // All on one line. What lies in a string that is not closed is lost with it.
    const std::string line = "[{\"a\":1}," + broken + ",{\"a\":3},{\"a\":4}]";
    CAPTURE(line);
    CHECK(events(line).size() >= 2);
    CHECK(events(line)[0] == "a=i:1");
    CHECK(events(line).back() == "a=i:4");
    CHECK(rejects(line) == 1);
  }
}

TEST_CASE("an object that does not end gives way to what looks like the next one") {
  // An array that is open takes in all that follows it, until the text ends.
  CHECK(shown(read("[{\"a\":1},{\"a\":[{\"b\":1},{\"a\":2},{\"a\":3}]")) ==
        shown(Rows{"a=i:1", "a=i:2", "a=i:3",
                   "reject 1@9: column 15: the line ends where a value should be [{\"a\":[{\"b\":1},]"}));
}

TEST_CASE("a record over the limit is one reject, and what follows it is read") {
  const std::string text(kMaxLineBytes, 'x');
  for (const std::string& large :
       {"{\"a\":\"" + text + "\"}", "{\n\"a\":[" + std::string(kMaxLineBytes, '1') + "],\n\"b\":{}}",
        "{\"a\":\"" + text, "{\"a\":[" + text, "oops " + text}) {
    for (std::string_view begin : {"", "[\n"}) {
      std::string log =
          std::string(begin) + "{\"a\":1},\n" + large + ",\n{\"a\":2}\n{\"a\":3}" + (begin.empty() ? "" : "]");
      for (std::size_t piece : {begin.empty() ? SIZE_MAX : std::size_t{7777777}}) {
        Rows rows = read_whole(documents(), log, {[=] { return piece; }, SIZE_MAX});
        REQUIRE(rows.size() == 4);
        CHECK(Rows(rows.begin(), rows.begin() + 3) == Rows{"a=i:1", "a=i:2", "a=i:3"});
        CHECK(rows[3].starts_with(begin.empty() ? "reject 2@9: the record is longer than 16777216 bytes ["
                                                : "reject 3@11: the record is longer than"));
        CHECK(rows[3].size() < kRefusedRawBytes + 100);
      }
    }
  }
  const std::string largest = "{\"a\":\"" + std::string(kMaxLineBytes - 8, 'x') + "\"}";
  CHECK(read("{}" + largest + "{}").size() == 3);
  CHECK(read("{}" + largest + "{}")[1].starts_with("a=s:xxx"));
}

TEST_CASE("however they are written, pieces come and units are cut, all objects are found") {
  Random random(3);
  for (int round = 0; round < 600; round++) {
    const Log log = random_log(random, round % 6);
    CAPTURE(log.text);
    Rows wanted;
    for (const std::string& object : log.objects) wanted.push_back(row_of(object));
    REQUIRE(read(log.text) == wanted);
    const std::size_t most = 1 + random() % 50;
    REQUIRE(read_whole(documents(), log.text, {[&] { return 1 + random() % most; }, 1 + random() % 5}) == wanted);
    if (log.objects.size() > 1 && round % 6 > 0) REQUIRE(layout(log.text) == TextKind::json_documents);
  }
}

TEST_CASE("of damaged text few objects are lost, and the answer depends on nothing but the text") {
  static constexpr std::string_view kBytes("{}[]\",:\\1a \n\r\xff");
  Random random(5);
  std::size_t damaged = 0, lost = 0, rejects = 0;
  for (int round = 0; round < 2000; round++) {
    Log log = random_log(random, round % 6);
    const std::size_t at = random() % log.text.size();
    switch (random() % 4) {
      case 0:
        log.text[at] = kBytes[random() % kBytes.size()];
        break;
      case 1:
        log.text.insert(at, 1, kBytes[random() % kBytes.size()]);
        break;
      case 2:
        log.text.erase(at, 1);
        break;
      default:
        log.text.erase(at, 1 + random() % 40);
    }
    CAPTURE(log.text);
    const Rows rows = read(log.text);
    const std::size_t most = 1 + random() % 60;
    REQUIRE(shown(read_whole(documents(), log.text, {[&] { return 1 + random() % most; }, 1 + random() % 5})) ==
            shown(rows));
    const std::set<std::string> found(rows.begin(), rows.end());
    std::size_t missing = 0;
    for (const std::string& object : log.objects) missing += !found.count(row_of(object));
    damaged += missing > 0;
    lost += missing;
    rejects += static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [](auto& row) { return row.starts_with("reject"); }));
    // A quote too few or too many on a line that holds all objects is the worst.
    REQUIRE(missing <= 8);
  }
  MESSAGE(damaged << " of 2000 texts lost objects, " << lost << " in all, with " << rejects << " rejects");
  CHECK(lost < damaged * 6 / 5);
}

TEST_CASE("--each: the elements of the arrays at a path are the records, the rest is passed over") {
  CHECK(shown(read_each("Records", "{\"Records\":[{\"a\":1},{\"a\":2}]}")) == shown(Rows{"a=i:1", "a=i:2"}));
  CHECK(shown(read_each("Records",
                        "{\n \"x\": {\"Records\": [{\"a\":9}], \"y\": \"]}\"},\n \"Records\": [\n  {\"a\":\n1}\n ],\n "
                        "\"z\": [1, {\"Records\":[7]}]\n}\n"
                        "{\"Records\":[]}{\"Records\":null, \"n\": null}{\"Records\":[{\"a\":2},{\"a\":3}]}")) ==
        shown(Rows{"a=i:1", "a=i:2", "a=i:3"}));
  CHECK(shown(read_each("data.items",
                        "{\"data\":{\"n\":2,\"items\":[{\"a\":1}]}} {\"data.items\":[{\"a\":2}]} "
                        "{\"d\\u0061ta\":{\"items\":[{\"a\":3}]}}")) == shown(Rows{"a=i:1", "a=i:2", "a=i:3"}));
  // Arrays on the way are gone through, as in OpenTelemetry's resourceLogs; documents may stand in an array themselves.
  CHECK(shown(read_each("r.s.l",
                        "[{\"r\":[{\"s\":[{\"l\":[{\"a\":1}]},{\"l\":[{\"a\":2}]}]},{\"s\":[{\"l\":[{\"a\":3}]}]}]},\n{"
                        "\"r\":[{\"s\":{\"l\":[{\"a\":4}]}}]}]")) == shown(Rows{"a=i:1", "a=i:2", "a=i:3", "a=i:4"}));
  CHECK(read_each("Records", "").empty());
}

TEST_CASE("--each: what has no such array is a reject, as is an element that is no object") {
  CHECK(shown(read_each("R",
                        "{\"a\":1}\n{\"R\":{\"a\":1},\"b\":[]}\n{\"R\":[1,\"x\",{\"a\":1}]}\nnoise {up}\n{\"R\":7}")) ==
        shown(Rows{"a=i:1", "reject 1@7: the document that begins in line 1 has no array R []",
                   "reject 2@28: the document that begins in line 2: R is an object, not an array []",
                   "reject 3@35: is a JSON number, not an object [1]",
                   "reject 3@37: is a JSON string, not an object [\"x\"]", "reject 4@51: is not JSON [noise {up}]",
                   "reject 5@69: the document that begins in line 5: R is a number, not an array []"}));
}

TEST_CASE("--each: a document that breaks off takes none with it") {
  CHECK(shown(read_each("R", "{\"R\":[{\"a\":1},{\"a\":\n{\"R\":[{\"a\":2}]}\n")) ==
        shown(Rows{"a=i:1", "a=i:2", "reject 1@14: column 6: the line ends where a value should be [{\"a\":]",
                   "reject 2@20: the document that begins in line 1 is not closed []"}));
  CHECK(shown(read_each("R", "{\"R\":[{\"a\":1}}\n{\"R\":[{\"a\":2}]")) ==
        shown(Rows{"a=i:1", "a=i:2", "reject 1@14: the document that begins in line 1: an array in it is not closed []",
                   "reject 2@29: the document that begins in line 2 is not closed []"}));
  CHECK(shown(read_each("R", "{\"x\":{\"y\":[\n{\"z\":1},{\n{\"R\":[{\"a\":2}]}\n")) ==
        shown(Rows{"a=i:2", "reject 3@22: the document that begins in line 1 is not closed []"}));
}

TEST_CASE("--each: the same records however pieces come and units are cut") {
  Random random(9);
  static constexpr std::string_view kBytes("{}[]\",:\\1a \n\r\xff");
  for (int round = 0; round < 600; round++) {
    // Logs of all kinds, as arrays in documents.
    std::string text;
    Rows wanted;
    for (std::size_t n = 1 + random() % 3; n > 0; n--) {
      Log log = random_log(random, std::vector<int>{1, 3, 5}[random() % 3]);
      if (log.text.starts_with("\xef\xbb\xbf")) log.text.erase(0, 3);
      text += "{\"k\":{\"Records\":[{}]},\"R\\u0065cords\":" + log.text + ",\"z\":[\"\\\"]\"]}";
      for (const std::string& object : log.objects) wanted.push_back(row_of(object));
    }
    const bool damaged = round % 2;
    if (damaged) text[random() % text.size()] = kBytes[random() % kBytes.size()];
    CAPTURE(text);
    const Rows rows = read_each("Records", text);
    if (!damaged) REQUIRE(shown(rows) == shown(wanted));
    const std::size_t most = 1 + random() % 60;
    REQUIRE(shown(read_each("Records", text, {[&] { return 1 + random() % most; }, 1 + random() % 5})) == shown(rows));
  }
}

TEST_CASE("--each: a document of any size is never held whole") {
  std::string text =
      "{\"big\":[" + std::string(3 * kUnitBytes, ' ') + "],\"" + std::string(kUnitBytes, 'k') + "\":1,\"R\":[";
  for (int i = 0; i < 40; i++) text += "{\"a\":\"" + std::string(kUnitBytes / 16, 'x') + "\"},";
  text += "{}]}";
  const std::vector<TextUnit> units = units_of(each("R"), text, {[] { return std::size_t{1} << 20; }, 1000});
  CHECK(units.size() == 4);
  for (const TextUnit& unit : units) CHECK(unit.text.size() <= kUnitBytes + (1 << 20));
  CHECK(read_units(units, *make_text_parser(each("R"), FieldChoice{})).size() == 41);
}

TEST_CASE("the layout of JSON is told by its first record") {
  const auto lines = TextKind::json_lines, docs = TextKind::json_documents;
  CHECK(layout("{\"a\":1}\n") == lines);
  CHECK(layout("\xef\xbb\xbf{\"a\":1} \r\n{") == lines);
  CHECK(layout("{\"a\":1}") == std::nullopt);
  CHECK(layout("{\"a\":1}", true) == lines);
  CHECK(layout("{\"a\":1}\r") == std::nullopt);
  CHECK(layout("{\"a\":1}\r{") == docs);
  CHECK(layout("{\"a\":1}{") == docs);
  CHECK(layout("{\"a\":1},\n") == docs);
  CHECK(layout("{\"a\":1} trailing\n") == lines);
  CHECK(layout("{\n") == std::nullopt);
  CHECK(layout("{\n  \"a") == docs);
  CHECK(layout("{\"a\":[\n{") == docs);
  CHECK(layout("{\"a\":" + std::string(100000, ' ')) == std::nullopt);
  CHECK(layout("[") == std::nullopt);
  CHECK(layout("[ \n") == std::nullopt);
  CHECK(layout("[\n {") == docs);
  CHECK(layout("[]") == docs);
  CHECK(layout("[1,2]\n{") == lines);
  // A log whose first line is broken is still a log.
  CHECK(layout("{\"a\":1,\"b\n{\"a\":2}\n") == lines);
  CHECK(layout("{\"a\":{\"x\":1}\n{\"a\":2}\n") == lines);
  CHECK(layout("{\"a\":1,\n{\"a\":2}\n") == lines);
  CHECK(layout("{\"a\":1,\"b\":\"tru{\"a\":2}\n{\"a\":3}\n") == lines);
}

#include "text/delimited.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "base/error.h"
#include "parsed_rows.h"
#include "unit_reading.h"
#include "text/record_ends.h"

using namespace ev;
using namespace ev::test;

namespace {

TextFormat table(char separator, std::vector<std::string> columns = {}) {
  TextFormat format;
  format.kind = TextKind::delimited;
  format.separator = separator;
  format.columns = std::move(columns);
  return format;
}

TextFormat escaped_table(std::vector<std::string> columns = {}) {
  TextFormat format = table('\t', std::move(columns));
  format.escaped = true;
  return format;
}

/// The rows of a table, then its rejects as "reject LINE: REASON [RAW]".
std::vector<std::string> read_table(std::string_view text, TextFormat format = table(',')) {
  TextUnit unit = make_unit(text);
  read_header(text, format, "table.csv");
  const ParsedText parsed = make_delimited_parser(format, FieldChoice{})->parse(unit);
  std::vector<std::string> out = rows_of(parsed.batch);
  for (const Reject& reject : parsed.rejects)
    out.push_back("reject " + std::to_string(reject.line) + ": " + reject.reason + " [" + reject.raw + "]");
  CHECK(parsed.records == out.size());
  return out;
}

using Rows = std::vector<std::string>;

/// Where each record of escaped text ends.
std::vector<std::size_t> slow_escaped_ends(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\')
      i++;
    else if (text[i] == '\n')
      ends.push_back(i + 1);
  }
  return ends;
}

/// Where each record of `text` ends, by one byte at a time.
std::vector<std::size_t> slow_ends(std::string_view text, char separator) {
  std::vector<std::size_t> ends;
  bool quoted = false, begins = true;
  for (std::size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') continue;
      if (i + 1 < text.size() && text[i + 1] == '"')
        i++;
      else
        quoted = false;
      begins = false;
    } else {
      quoted = c == '"' && begins;
      begins = c == separator || c == '\n';
      if (c == '\n') ends.push_back(i + 1);
    }
  }
  return ends;
}

}  // namespace

TEST_CASE("a table's columns are fields, its values have the types that lose nothing") {
  CHECK(read_table("a,b,c\n1,x,true\n-5,1.5,false\n") == Rows{"a=i:1|b=s:x|c=b:true", "a=i:-5|b=d:3ff8000000000000|c=b:false"});
  CHECK(read_table("v\n007\n+1\n1e5\n1.5e3\n.5\n1.\n0x1\nTrue\n12345678901234567890123\n-0\nNaN\n") ==
        Rows{"v=s:007", "v=s:+1", "v=s:1e5", "v=d:4097700000000000", "v=s:.5", "v=s:1.", "v=s:0x1", "v=s:True",
             "v=s:12345678901234567890123", "v=s:-0", "v=s:NaN"});
  CHECK(read_table("v\n9223372036854775807\n18446744073709551615\n") == Rows{"v=i:9223372036854775807", "v=u:18446744073709551615"});
}

TEST_CASE("a bare empty field is null, a quoted one the empty string") {
  CHECK(read_table("a,b,c\n,\"\",\n") == Rows{"a=n:|b=s:|c=n:"});
}

TEST_CASE("quotes hold separators, newlines and quotes") {
  CHECK(read_table("a,b\n\"x,y\",\"two\nlines\"\n\"say \"\"hi\"\"\",\"\"\"\"\n") ==
        Rows{"a=s:x,y|b=s:two\nlines", "a=s:say \"hi\"|b=s:\""});
  CHECK(read_table("a,b\nin \"the\" middle,5\"\n") == Rows{"a=s:in \"the\" middle|b=s:5\""});
}

TEST_CASE("lines end with LF or CR LF, the last one with nothing too") {
  CHECK(read_table("a,b\r\n1,x\r\n2,\"y\"\r\n") == Rows{"a=i:1|b=s:x", "a=i:2|b=s:y"});
  CHECK(read_table("a,b\n1,2\n3,4") == Rows{"a=i:1|b=i:2", "a=i:3|b=i:4"});
  CHECK(read_table("a,b\n1,\"2\"") == Rows{"a=i:1|b=i:2"});
  CHECK(read_table("a,b") == Rows{});
  CHECK(read_table("\xef\xbb\xbfname,b\n1,2\n") == Rows{"name=i:1|b=i:2"});
}

TEST_CASE("blank lines are nothing, but for one column") {
  CHECK(read_table("a,b\n\n1,2\n\r\n3,4\n") == Rows{"a=i:1|b=i:2", "a=i:3|b=i:4"});
  CHECK(read_table("a\n1\n\n2\n") == Rows{"a=i:1", "a=n:", "a=i:2"});
}

TEST_CASE("records of another width are rejects, with their lines") {
  CHECK(read_table("a,b\n1\n\"x\ny\",2\n1,2,3\n4,5\n") ==
        Rows{"a=s:x\ny|b=i:2", "a=i:4|b=i:5", "reject 2: has 1 field, not 2 [1]", "reject 5: has 3 fields, not 2 [1,2,3]"});
}

TEST_CASE("broken quotes are rejects") {
  CHECK(read_table("a,b\n\"x\"y,2\n3,4\n") == Rows{"a=i:3|b=i:4", "reject 2: text follows the closing quote of a field [\"x\"y,2]"});
  CHECK(read_table("a,b\n1,2\n\"x,3\n4,5\n") == Rows{"a=i:1|b=i:2", "reject 3: a quoted field is not closed [\"x,3\n4,5]"});
  CHECK(read_table("a,b\n1,\"x") == Rows{"reject 2: a quoted field is not closed [1,\"x]"});
}

TEST_CASE("invalid UTF-8 costs its record only") {
  CHECK(read_table("a,b\n1,\xff\n2,x\n") == Rows{"a=i:2|b=s:x", "reject 2: column 3: invalid UTF-8 [1,\xff]"});
}

TEST_CASE("escaped text: backslashes stand for bytes, \\N is null, quotes mean nothing") {
  CHECK(read_table("a\tb\tc\n1\t\\N\t\n\"x\"\ttrue\t1.5\n", escaped_table()) ==
        Rows{"a=i:1|b=n:|c=s:", "a=s:\"x\"|b=b:true|c=d:3ff8000000000000"});
  CHECK(read_table("t\\tn\\nr\\rb\\\\x\\x41q\\'z\\qe\\\tf\t\\x31\\x32\n", escaped_table({"a", "b"})) ==
        Rows{"a=s:t\tn\nr\rb\\xAq'zqe\tf|b=i:12"});
  CHECK(read_table("\\N1\t\\\\N\r\n", escaped_table({"a", "b"})) == Rows{"a=s:N1|b=s:\\N"});
  CHECK(read_table("x\\\\\r\n\\N\r\ny\\\r\n", escaped_table({"a"})) == Rows{"a=s:x\\", "a=n:", "a=s:y\r"});
  CHECK(read_table("\\xc3\\xa9\n", escaped_table({"a"})) == Rows{"a=s:\xc3\xa9"});
}

TEST_CASE("escaped text: a newline behind a backslash belongs to the value, and lines are counted") {
  CHECK(read_table("one\\\ntwo\t1\nbad\nthree\\\\\t2\n\\xff\t3\n", escaped_table({"a", "b"})) ==
        Rows{"a=s:one\ntwo|b=i:1", "a=s:three\\|b=i:2", "reject 3: has 1 field, not 2 [bad]",
             "reject 5: escapes make invalid UTF-8 [\\xff\t3]"});
  // A carriage return behind a backslash is a byte of the record, one more is not.
  CHECK(read_table("x\\\r\ny\\\\\r\nz\\\r\r\n", escaped_table({"a", "b"})) ==
        Rows{"reject 1: has 1 field, not 2 [x\\\r]", "reject 2: has 1 field, not 2 [y\\\\]",
             "reject 3: has 1 field, not 2 [z\\\r]"});
  CHECK(read_table("x\t1\ny\t2\\", escaped_table({"a", "b"})) == Rows{"a=s:x|b=i:1", "reject 2: ends in a backslash [y\t2\\]"});
}

TEST_CASE("a byte order mark does not hide the quote behind it from what cuts the text into units") {
  const std::string header = "\xef\xbb\xbf\"a\nb\",c\n";
  for (std::size_t piece : {1, 2, 5, 100}) {
    const auto units = units_of(table(','), header + "1,2\n", {[=] { return piece; }, 1});
    REQUIRE(units.size() == 2);
    CHECK(std::string(units[0].text.data(), units[0].text.size()) == header);
    CHECK(units[1].first_line == 3);
  }
}

TEST_CASE("names of columns are made distinct") {
  CHECK(read_table("a,,a,a_2,a\n1,2,3,4,5\n") == Rows{"a=i:1|column_2=i:2|a_2=i:3|a_2_2=i:4|a_3=i:5"});
}

TEST_CASE("a header that is none stops the reading") {
  TextFormat format = table(',');
  CHECK_THROWS_AS(read_header("a,\"b\n", format, "x.csv"), Error);
  CHECK_THROWS_AS(read_header("a,\xff\n", format, "x.csv"), Error);
  std::string wide = "c0";
  for (int i = 1; i <= 4096; i++) wide += ",c" + std::to_string(i);
  CHECK_THROWS_AS(read_header(wide, format, "x.csv"), Error);
}

TEST_CASE("columns that are named make the first record an event") {
  CHECK(read_table("1\t2\n", table('\t', {"x", "y"})) == Rows{"x=i:1|y=i:2"});
}

TEST_CASE("what is read several records at a time is the same as what is quoted and read one by one") {
  std::mt19937_64 random(19);
  const char* const values[] = {"",     "1",    "-7",   "0.25", "007",  "true", "12e4", "25329e80-006d-4e9e-8a40-b5f489885134",
                                "text", "-",    "1.",   "1e5",  "1.5e3", "+1",  "0x1f", "1717200000.123456789012345678901234567890",
                                "\xc3\xa9", "a b", "E",    "99999999999999999999", "2024-06-01T00:00:00Z"};
  std::size_t rows = 0, rejects = 0;
  for (int round = 0; round < 300; round++) {
    const std::size_t columns = 1 + random() % 5;
    const auto odd = 1 + random() % 60;  // how seldom a line is ragged, blank or ends with CR LF
    std::string bare, quoted;
    for (int line = 0; line < 200; line++) {
      const std::size_t width = random() % odd == 0 ? random() % 7 : columns;
      for (std::size_t i = 0; i < width; i++) {
        const std::string value = random() % 3 ? values[random() % std::size(values)] : std::to_string(random() >> random() % 64);
        bare += (i ? "," : "") + value;
        quoted += (i ? "," : "") + (value.empty() ? "" : "\"" + value + "\"");
      }
      const char* end = random() % odd == 0 ? "\r\n" : "\n";
      bare += end;
      quoted += end;
    }
    if (random() % 2) bare.pop_back(), quoted.pop_back();
    TextFormat format = table(',');
    for (std::size_t i = 0; i < columns; i++) format.columns.push_back("c" + std::to_string(i));
    TextUnit unit = make_unit(bare), other = make_unit(quoted);
    unit.first_offset = other.first_offset = 1;
    if (round % 2) unit.time_path = other.time_path = Path{"c0"};
    const ParsedText together = make_delimited_parser(format, FieldChoice{})->parse(unit);
    const ParsedText one_by_one = make_delimited_parser(format, FieldChoice{})->parse(other);
    REQUIRE(rows_of(together.batch) == rows_of(one_by_one.batch));
    REQUIRE(together.rejects.size() == one_by_one.rejects.size());
    for (std::size_t i = 0; i < together.rejects.size(); i++) {
      REQUIRE(together.rejects[i].line == one_by_one.rejects[i].line);
      REQUIRE(together.rejects[i].reason == one_by_one.rejects[i].reason);
    }
    rows += together.batch.rows;
    rejects += together.rejects.size();
  }
  CHECK(rows > 40'000);
  CHECK(rejects > 1'000);
}

TEST_CASE("ends of records are found however the text is cut") {
  std::mt19937_64 random(7);
  const std::string_view alphabets[] = {"ab,\n\"", "abcdefghijklmnop,,\n", "\"\"\"\n,", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\",;"};
  for (int round = 0; round < 800; round++) {
    const std::string_view alphabet = alphabets[round % 4];
    const bool escaped = round >= 400;
    std::string text;
    for (std::size_t size = random() % 6000; text.size() < size;) text += alphabet[random() % alphabet.size()];
    if (escaped) std::replace(text.begin(), text.end(), '"', '\\');
    const std::vector<std::size_t> wanted = escaped ? slow_escaped_ends(text) : slow_ends(text, ',');
    RecordEnds ends(escaped ? escaped_table() : table(','));
    const std::string padded = text + std::string(64, escaped ? '\\' : '"');
    std::vector<std::size_t> found;
    std::size_t at = 0, lines = 0;
    while (at < text.size()) {
      const std::size_t piece = std::min<std::size_t>(1 + random() % 3000, text.size() - at);
      const std::size_t most = 1 + random() % 5;
      const RecordCut cut = ends.find(std::string_view(padded).substr(at, piece), most);
      REQUIRE(cut.records <= most);
      lines += cut.lines;
      if (cut.records > 0) {
        REQUIRE(found.size() + cut.records <= wanted.size());
        found.resize(found.size() + cut.records, 0);
        found.back() = at + cut.end;
        REQUIRE(found.back() == wanted[found.size() - 1]);
      }
      if (cut.records == most) REQUIRE(cut.scanned == cut.end);
      at += cut.scanned;
    }
    REQUIRE(found.size() == wanted.size());
    const std::size_t end = wanted.empty() ? 0 : wanted.back();
    REQUIRE(lines == static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n')));
  }
}

TEST_CASE("whatever the table, each record is an event or a reject") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 2000; round++) {
    std::string text = "a,b\n";
    for (std::size_t size = 4 + random() % 200; text.size() < size;) text += "x1,\n\"\r\xc3\xa9"[random() % 8];
    read_table(text);
    for (char& c : text) c = c == '"' ? '\\' : c == ',' ? '\t' : c;
    read_table(text, escaped_table());
  }
}

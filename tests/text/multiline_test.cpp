#include "text/multiline.h"

#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "line_reading.h"
#include "text/record_lines.h"
#include "text/utf8.h"
#include "unit_reading.h"

using namespace ev;
using namespace ev::test;

namespace {

TextFormat multiline(const std::string& format, const std::string& pattern) {
  TextFormat made = parse_text_format(format);
  made.record_start = pattern;
  return made;
}

// Refuses all records, which shows where they stand and what they hold.
const char* const kRefuseAll = "regex:(?P<x>\\bnever\\b)";

struct Record {
  std::size_t line = 1, offset = 0, lines = 0;
  std::string raw;  // with all line ends
};

bool is_blank(std::string line) {
  if (line.ends_with('\n')) line.pop_back();
  if (line.ends_with('\r')) line.pop_back();
  return line.find_first_not_of(" \t") == line.npos;
}

/// Line by line, from the words of the manual.
Rows by_lines(std::string_view text, const std::function<bool(std::string_view)>& begins) {
  std::vector<Record> records;
  std::size_t number = 1, offset = 0;
  while (offset < text.size()) {
    const std::string line(text.substr(offset, text.find('\n', offset) - offset));
    const bool ended = offset + line.size() < text.size();
    const std::string content = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    if (records.empty() || begins(content) || records.back().lines == kMaxRecordLines ||
        records.back().raw.size() + line.size() > kMaxLineBytes)
      records.push_back({number, offset, 0, ""});
    records.back().raw += line + (ended ? "\n" : "");
    records.back().lines++;
    number++;
    offset += line.size() + ended;
  }
  Rows rows;
  for (Record& record : records) {
    std::string& raw = record.raw;
    if (record.offset == 0 && raw.starts_with(kByteOrderMark)) {
      raw.erase(0, kByteOrderMark.size());
      record.offset += kByteOrderMark.size();
    }
    for (std::size_t end; (end = raw.find('\n')) != raw.npos && is_blank(raw.substr(0, end)); record.line++) {
      raw.erase(0, end + 1);
      record.offset += end + 1;
    }
    while (!raw.empty() && is_blank(raw.substr(raw.rfind('\n', raw.size() - 2) + 1)) &&
           raw.find('\n') != raw.size() - 1)
      raw.erase(raw.rfind('\n', raw.size() - 2) + 1);
    if (raw.ends_with('\n')) raw.pop_back();
    if (raw.ends_with('\r')) raw.pop_back();
    if (raw.find_first_not_of(" \t") == raw.npos) continue;
    rows.push_back("reject " + std::to_string(record.line) + "@" + std::to_string(record.offset) +
                   ": does not match the pattern [" + raw + "]");
  }
  return rows;
}

bool begins_upper(std::string_view line) {
  return !line.empty() && line[0] >= 'A' && line[0] <= 'Z';
}

Pieces cut_at(std::size_t at, std::size_t rows) {
  return {[at, first = true]() mutable { return std::exchange(first, false) && at > 0 ? at : SIZE_MAX; }, rows};
}

std::string usage_of(const TextFormat& format) {
  try {
    check_multiline(format);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("multiline: lines that do not match belong to the record before") {
  CHECK(read_whole(multiline("lines", "^\\d"), "1 a\n\tat x\n\tat y\n2 b\n3 c\n  more\n") ==
        Rows{"message=s:1 a\n\tat x\n\tat y", "message=s:2 b", "message=s:3 c\n  more"});
}

TEST_CASE("multiline: lines before the first match are a record of their own") {
  CHECK(read_whole(multiline("lines", "^\\d"), "head\nmore\n1 a\n") == Rows{"message=s:head\nmore", "message=s:1 a"});
  CHECK(read_whole(multiline("lines", "never"), "a\nb\nc") == Rows{"message=s:a\nb\nc"});
}

TEST_CASE("multiline: it matches anywhere in a line unless it is anchored, and never across lines") {
  CHECK(read_whole(multiline("lines", "ERR"), "x ERR\nER\nR\nERR") == Rows{"message=s:x ERR\nER\nR", "message=s:ERR"});
  CHECK(read_whole(multiline("lines", "^a$"), "a\r\na \na\r\nb") == Rows{"message=s:a\na ", "message=s:a\nb"});
  CHECK(read_whole(multiline("lines", "(?<x>a)\\s*$"), "a\n\nb\na") == Rows{"message=s:a\n\nb", "message=s:a"});
}

TEST_CASE("multiline: CR LF becomes LF, a byte order mark is no part of the first line") {
  CHECK(read_whole(multiline("lines", "^\\d"),
                   "\xef\xbb\xbf"
                   "1 a\r\n\tat x\r\r\n2 b\r\n") == Rows{"message=s:1 a\n\tat x\r", "message=s:2 b"});
  CHECK(read_whole(multiline("lines", "^\\d"), "\xef\xbb\xbf\n \n1 a") == Rows{"message=s:1 a"});
}

TEST_CASE("multiline: blank lines count within a record, not around it") {
  CHECK(read_whole(multiline("lines", "^\\d"), "\n\t\n\n1 a\n\n x\n\n \t\r\n2 b\n\n\n") ==
        Rows{"message=s:1 a\n\n x", "message=s:2 b"});
  CHECK(read_whole(multiline(kRefuseAll, "^\\d"), "\n\r\n head\n\n1 a\n\n x\n\n") ==
        Rows{"reject 3@3: does not match the pattern [ head]", "reject 5@10: does not match the pattern [1 a\n\n x]"});
  CHECK(read_whole(multiline("lines", "^$"), "\n\n\n").empty());
}

TEST_CASE("multiline: a regular expression sees the whole record") {
  const std::string text = "1 oops\n\tat x\n\tat y\n2 fine\n";
  CHECK(read_whole(multiline("regex:(?s)^(?P<n>\\d+) (?P<what>[^\\n]*)\\n?(?P<trace>.*)$", "^\\d"), text) ==
        Rows{"n=i:1|what=s:oops|trace=s:\tat x\n\tat y", "n=i:2|what=s:fine|trace=s:"});
  CHECK(read_whole(multiline("regex:^(?P<n>\\d+) (?P<what>.*)$", "^\\d"), text) ==
        Rows{"n=i:2|what=s:fine", "reject 1@0: does not match the pattern [1 oops\n\tat x\n\tat y]"});
}

TEST_CASE("multiline: of syslog the first line has the header, all lines the message") {
  const TextFormat format = multiline("syslog", "^(<\\d+>|[A-Z][a-z][a-z] [ \\d]\\d )");
  CHECK(read_whole(format,
                   "Oct 11 22:14:15 host app[7]: oops a\n\tat x y\nOct 11 22:14:16 host\n x: y\n"
                   "<34>1 2003-10-11T22:14:15Z h a - - - \r\nb c\r\n<34>1 2003-10-11T22:14:15Z h a - - -\nd\n") ==
        Rows{"time=s:Oct 11 22:14:15|host=s:host|app=s:app|procid=i:7|message=s:oops a\n\tat x y",
             "time=s:Oct 11 22:14:16|host=s:host|message=s: x: y",
             "facility=s:auth|severity=s:crit|time=s:2003-10-11T22:14:15Z|host=s:h|app=s:a|procid=n:|msgid=n:|message="
             "s:\nb c",
             "facility=s:auth|severity=s:crit|time=s:2003-10-11T22:14:15Z|host=s:h|app=s:a|procid=n:|msgid=n:|message="
             "s:d"});
}

TEST_CASE("multiline: of invalid UTF-8 the line is named") {
  CHECK(read_whole(multiline("lines", "^\\d"), "1 a\n2 b\n\xc3\xa4\n c\xff\n3\n4\xff\n x") ==
        Rows{"message=s:1 a", "message=s:3", "reject 2@4: line 4, column 3: invalid UTF-8 [2 b\n\xc3\xa4\n c\xff]",
             "reject 6@17: column 2: invalid UTF-8 [4\xff\n x]"});
  CHECK(why_record_is_not_utf8("a\nb\xe2\x82\n\xac", 7) == "line 8, column 2: invalid UTF-8");
}

TEST_CASE("multiline: however the text comes and is cut into units, its records are the same") {
  const std::string text = "\xef\xbb\xbfhead\r\n x\r\nA one\n\tat x\n\nB two\nC\r\n\r\n y\n\t\n\nDdd\n z";
  const Rows expected = by_lines(text, begins_upper);
  REQUIRE(expected.size() == 5);
  for (std::size_t rows : {1u, 2u, 3u, 100u})
    for (std::size_t at = kByteOrderMark.size(); at <= text.size(); at++)
      for (std::size_t size : {at, text.size()}) {
        const std::string_view part = std::string_view(text).substr(0, size);
        const Rows wanted = by_lines(part, begins_upper);
        REQUIRE(shown(read_whole(multiline(kRefuseAll, "^[A-Z]"), part, cut_at(at, rows))) == shown(wanted));
        REQUIRE(shown(read_whole(multiline(kRefuseAll, "^[A-Z]"), part, {[] { return 1; }, rows})) == shown(wanted));
      }
}

TEST_CASE("multiline: random texts have the records that a slow reading of their lines finds") {
  std::mt19937_64 random(5);
  const char* const lines[] = {"A", "Bx y", " at x", "", "\t ", "zE1", "\r", "x\ry", "E2"};
  for (int round = 0; round < 2000; round++) {
    std::string text = random() % 5 == 0 ? std::string(kByteOrderMark) : "";
    for (std::size_t n = random() % 20; n > 0; n--)
      text += std::string(lines[random() % std::size(lines)]) + (random() % 4 ? "\n" : "\r\n");
    if (random() % 2) text += lines[random() % std::size(lines)];
    const Pieces pieces{[&random] { return 1 + random() % 9; }, 1 + random() % 5};
    REQUIRE(shown(read_whole(multiline(kRefuseAll, "^[A-Z]"), text, pieces)) == shown(by_lines(text, begins_upper)));
    const auto has_code = [](std::string_view line) {
      return line.find("E1") != line.npos || line.find("E2") != line.npos;
    };
    REQUIRE(shown(read_whole(multiline(kRefuseAll, "E\\d"), text, pieces)) == shown(by_lines(text, has_code)));
  }
}

TEST_CASE("multiline: a record has at most kMaxRecordLines lines, and the rest begins another") {
  std::string text;
  for (uint64_t i = 0; i < 2 * kMaxRecordLines + 5; i++) text += (i == 3 ? "A" : "x") + std::to_string(i) + "\n";
  const Rows expected = by_lines(text, begins_upper);
  REQUIRE(expected.size() == 4);
  CHECK(expected[2].starts_with("reject 10004@"));
  for (std::size_t size : {7u, 4096u, 100000u})
    for (std::size_t rows : {1u, 2u, 9u})
      CHECK(read_whole(multiline(kRefuseAll, "^[A-Z]"), text, {[size] { return size; }, rows}) == expected);
}

TEST_CASE("multiline: a record has at most kMaxLineBytes, and the line that does not fit begins another") {
  const std::string mebibyte((1 << 20) - 1, 'x');
  std::string text = "A\n";
  for (int i = 0; i < 18; i++) text += mebibyte + "\n";
  // Of exactly as many bytes.
  text += "B\n" + std::string(kMaxLineBytes - 2, 'y') + "\nC\n" + std::string(kMaxLineBytes - 1, 'z') + "\n";
  const Rows expected = by_lines(text, begins_upper);
  REQUIRE(expected.size() == 5);
  for (std::size_t size : {std::size_t{1} << 20, SIZE_MAX})
    CHECK((read_whole(multiline(kRefuseAll, "^[A-Z]"), text, {[size] { return size; }}) == expected));
}

TEST_CASE("multiline: units are cut in the same places however the text comes") {
  std::mt19937_64 random(3);
  std::string text;
  while (text.size() < 3 * kUnitBytes) text += (random() % 3 ? "x" : "A") + std::string(random() % 700000, '.') + "\n";
  const auto ends = [&](const Pieces& pieces) {
    std::vector<uint64_t> offsets;
    for (const TextUnit& unit : units_of(multiline("lines", "^[A-Z]"), text, pieces)) {
      CHECK(unit.text.size() <= kUnitBytes);
      offsets.push_back(unit.first_offset);
    }
    return offsets;
  };
  const std::vector<uint64_t> expected = ends({});
  CHECK(expected.size() >= 4);
  CHECK(ends({[] { return 65536; }, SIZE_MAX}) == expected);
  CHECK(ends({[&] { return 1 + random() % 3000000; }, SIZE_MAX}) == expected);
}

TEST_CASE("multiline: the record that is open can be ended, with its whole lines") {
  const auto cutter = make_record_cutter(multiline("lines", "^\\d"), 1, 0);
  std::string text = "1 a\n x\n y\nhalf";
  text.reserve(text.size() + 64);
  cutter->scan(text, 100, false);
  CHECK(cutter->unit().records == 0);
  CHECK(cutter->unit().open);
  cutter->end_record();
  CHECK(cutter->unit().records == 1);
  CHECK_FALSE(cutter->unit().open);
  CHECK(cutter->unit().whole == 10);
  CHECK(cutter->take(10) == 3);
  cutter->scan(std::string_view(text).substr(10), 100, false);
  CHECK(cutter->unit().records == 0);
  CHECK_FALSE(cutter->unit().open);
}

TEST_CASE("multiline: a text that goes on in the middle of a record says so") {
  const auto goes_on = [](std::string text, uint64_t first_offset) {
    text.reserve(text.size() + 64);
    const auto cutter = make_record_cutter(multiline("lines", "^\\d"), 1, first_offset);
    cutter->scan(text, 1, true);
    TextUnit unit;
    cutter->describe(unit);
    return unit.goes_on;
  };
  CHECK(goes_on(" x\n1\n", 10));
  CHECK_FALSE(goes_on("1\n x\n", 10));
  CHECK_FALSE(goes_on(" x\n1\n", 0));
}

TEST_CASE("multiline: formats whose records are lines take none, and a pattern must compile") {
  for (const char* name : {"lines", "regex:(?P<a>x)", "syslog"}) CHECK(usage_of(multiline(name, "^\\d")) == "none");
  for (const char* name : {"jsonl", "json", "csv", "tsv", "logfmt", "combined", "cri", "nginx:$remote_addr"}) {
    CAPTURE(name);
    CHECK(usage_of(multiline(name, "x")).find("it goes with -f lines, regex:PATTERN and syslog") != std::string::npos);
  }
  CHECK(usage_of(multiline("lines", "(a")) == "--multiline: missing ): (a; the syntax is that of RE2");
}

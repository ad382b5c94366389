// Rows that a check refuses: rejects with line, offset, reason and raw text, whatever the format.
#include "text/row_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/time.h"
#include "parsed_rows.h"
#include "text/clock_bounds.h"
#include "text/delimited.h"
#include "text/text_parser.h"

using namespace ev;
using namespace ev::test;

namespace {

/// Refuses rows in which a text has the word.
class WordCheck final : public RowCheck {
 public:
  explicit WordCheck(std::string word) : word_(std::move(word)) {}
  void check(const Batch& batch, RefusedRows& refused) const override {
    for (const Column& column : batch.columns)
      for_each_value(column, batch.rows, [&](std::size_t row, std::size_t i) {
        if (is_text_type(column.type) && column.text(i).find(word_) != std::string_view::npos)
          refused.refuse(row, [&] { return "says " + word_; });
      });
  }

 private:
  std::string word_;
};

const auto kNoPoison = std::make_shared<const WordCheck>("poison");

struct Sample {
  const char* format;
  std::vector<std::string> good, bad, broken;  // lines; what the bad ones say is refused by the check
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"jsonl",
       {R"({"a":1,"b":"x"})", R"({"a":2,"b":"long enough to be no short text"})", R"({"b":"y","a":{"c":3}})",
        R"( {"a":1.5,"b":"\n"} )"},
       {R"({"a":1,"b":"poison"})", R"({"a":"poi\u0073on"})", R"({"b":"y","a":{"c":"poison"}})"},
       {"{", R"({"a":})", "[1]", "{\"a\":\"\xff poison\"}"}},
      {"csv", {"1,x", "2,\"y, y\"", ",z"}, {"3,poison", "\"poison\",4"}, {"1,2,3", "poison", "\"a\"b,2"}},
      {"tsv", {"1\tx", "\ty"}, {"3\tpoison"}, {"1\t2\t3"}},
      {"logfmt", {"a=1 b=x", "b=\"two words\""}, {"a=poison", "b=\"a poison\" c"}, {"=1", "a=\"poison"}},
      {"lines", {"one", "  two"}, {"poison", "a poison "}, {"\xff poison"}},
      {"regex:(?P<k>\\w+)=(?P<v>\\w+)", {"a=1", "b=x"}, {"c=poison"}, {"poison", "="}},
      {"nginx:$remote_addr [$status] \"$request\"",
       {"1.2.3.4 [200] \"GET / HTTP/1.1\""},
       {"1.2.3.4 [200] \"GET /poison HTTP/1.1\""},
       {"poison"}},
      {"combined",
       {R"(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 23)"},
       {R"(1.2.3.4 - poison [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 23)"},
       {"poison"}},
      {"syslog",
       {"<34>1 2003-10-11T22:14:15.003Z host app 1 ID - hello"},
       {"<34>1 2003-10-11T22:14:15.003Z host app 1 ID - poison"},
       {}},
      {"cri", {"2024-06-01T00:00:00Z stdout F hello"}, {"2024-06-01T00:00:00Z stderr P poison"}, {"poison"}},
  };
  return all;
}

TextFormat format_of(const Sample& sample) {
  TextFormat format = parse_text_format(sample.format);
  if (format.kind == TextKind::delimited) format.columns = {"a", "b"};
  return format;
}

/// A text of random lines, and the rejects that it must have.
struct Text {
  std::string text;
  struct Expected {
    uint64_t line, offset;
    std::string raw;
    bool refused;  // by the check, not by the parser
  };
  std::vector<Expected> rejects;
  std::size_t records = 0;
};

Text random_text(const Sample& sample, std::mt19937_64& random, std::size_t lines) {
  Text made;
  for (uint64_t line = 1; line <= lines; line++) {
    const std::size_t kind = random() % 10;
    const std::vector<std::string>& from = kind < 6                            ? sample.good
                                           : kind < 8 || sample.broken.empty() ? sample.bad
                                                                               : sample.broken;
    const std::string record = random() % 12 == 0 ? "" : from[random() % from.size()];
    made.records += !record.empty();
    if (!record.empty() && &from != &sample.good)
      made.rejects.push_back({line, made.text.size(), record, &from == &sample.bad});
    made.text += record;
    // White space at the end of a line belongs to the record, the carriage return before a newline to the line's end;
    // parsers of JSON leave it with the raw text of what they refuse themselves.
    if (line < lines || random() % 2)
      made.text += std::string_view(sample.format) != "jsonl" && random() % 4 == 0 ? "\r\n" : "\n";
  }
  return made;
}

void check_rejects(const std::vector<Reject>& rejects, const Text& made) {
  REQUIRE(rejects.size() == made.rejects.size());
  for (std::size_t i = 0; i < rejects.size(); i++) {
    CHECK(rejects[i].line == made.rejects[i].line);
    CHECK(rejects[i].offset == made.rejects[i].offset);
    CHECK(rejects[i].raw == made.rejects[i].raw);
    CHECK((rejects[i].reason == "says poison") == made.rejects[i].refused);
  }
}

}  // namespace

TEST_CASE("rows that a check refuses are rejects at their place in the text, in every format") {
  std::mt19937_64 random(3);
  for (const Sample& sample : samples()) {
    CAPTURE(sample.format);
    const TextFormat format = format_of(sample);
    const auto parser = make_text_parser(format, FieldChoice{});
    for (int round = 0; round < 60; round++) {
      const Text made = random_text(sample, random, 1 + random() % 100);
      TextUnit unit = make_unit(made.text);
      unit.check = kNoPoison;
      const ParsedText parsed = parser->parse(unit);
      check_rejects(parsed.rejects, made);
      CHECK(parsed.records == made.records);

      // What is left are the rows of an unchecked reading that do not say the word.
      unit.check = nullptr;
      std::vector<std::string> rows = rows_of(parser->parse(unit).batch);
      std::erase_if(rows, [](const std::string& row) { return row.find("poison") != row.npos; });
      CHECK(rows_of(parsed.batch) == rows);
    }
  }
}

TEST_CASE("the place of a refused row does not depend on how the text is cut into units") {
  std::mt19937_64 random(4);
  for (const Sample& sample : samples()) {
    CAPTURE(sample.format);
    const TextFormat format = format_of(sample);
    const auto parser = make_text_parser(format, FieldChoice{});
    const Text made = random_text(sample, random, 300);
    std::vector<Reject> rejects;
    uint64_t line = 1;
    for (std::size_t begin = 0; begin < made.text.size();) {
      std::size_t end = begin;
      uint64_t lines = 0;
      for (std::size_t n = 1 + random() % 20; n > 0 && end < made.text.size(); n--, lines++)
        end = std::min(made.text.find('\n', end), made.text.size() - 1) + 1;
      TextUnit unit = make_unit(std::string_view(made.text).substr(begin, end - begin));
      unit.first_line = line;
      unit.first_offset = begin;
      unit.check = kNoPoison;
      for (Reject& reject : parser->parse(unit).rejects) rejects.push_back(std::move(reject));
      line += lines;
      begin = end;
    }
    check_rejects(rejects, made);
  }
}

TEST_CASE("both readers of JSON lines give refused rows the same place") {
  std::mt19937_64 random(5);
  JsonLinesParser fast, plain;
  for (int round = 0; round < 50; round++) {
    TextUnit unit = make_unit("\xef\xbb\xbf" + random_text(samples()[0], random, 200).text);
    unit.check = kNoPoison;
    CHECK(difference(fast.parse(unit), plain.parse_plain(unit)) == "");
  }
}

TEST_CASE("a refused record of several lines keeps them all, and oversized lines before it count") {
  TextFormat format = parse_text_format("csv");
  TextUnit unit = make_unit("a,b\n1,\"two\nlines of poison\"\n\n2,poison\r\n3,x\n");
  read_header({unit.text.data(), unit.text.size()}, format, "t.csv");
  unit.check = kNoPoison;
  unit.oversized.push_back({3, 33, "too long", "cut"});
  const ParsedText parsed = make_text_parser(format, FieldChoice{})->parse(unit);
  REQUIRE(parsed.rejects.size() == 3);
  CHECK(parsed.rejects[0].raw == "1,\"two\nlines of poison\"");
  CHECK(parsed.rejects[0].line == 2);
  CHECK(parsed.rejects[0].offset == 4);
  CHECK(parsed.rejects[2].raw == "2,poison");
  CHECK(parsed.rejects[2].line == 6);
  CHECK(parsed.rejects[2].offset == 33);
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"a=i:3|b=s:x"});
}

TEST_CASE("where all rows are refused none is left") {
  JsonLinesParser parser;
  TextUnit unit = make_unit(R"({"a":"poison"})");
  unit.check = kNoPoison;
  const ParsedText parsed = parser.parse(unit);
  CHECK(parsed.batch.rows == 0);
  CHECK(parsed.batch.columns.empty());
  CHECK(parsed.rejects.size() == 1);
}

TEST_CASE("the first reason for a row counts, and reasons come in the order of the rows") {
  RefusedRows refused(10);
  CHECK(!refused.any());
  refused.refuse(7, [] { return std::string("late"); });
  refused.refuse(2, [] { return std::string("early"); });
  refused.refuse(7, []() -> std::string { throw "asked for a reason in vain"; });
  CHECK(refused.any());
  CHECK(refused.has(7));
  CHECK(!refused.has(3));
  using Reasons = std::vector<std::pair<uint32_t, std::string>>;
  CHECK(refused.take_reasons() == Reasons{{2, "early"}, {7, "late"}});
}

TEST_CASE("clock bounds take both ends in and do not judge what is untimed") {
  ClockBounds bounds;
  bounds.earliest = 1000 * kSecond;
  bounds.earliest_words = "@1000";
  bounds.latest = 2000 * kSecond;
  bounds.latest_words = "1h";
  JsonLinesParser parser;
  TextUnit unit =
      make_unit("{\"ts\":999}\n{\"ts\":1000}\n{\"ts\":2000}\n{\"ts\":2000.000000001}\n{\"ts\":\"no\"}\n{\"a\":1}\n");
  unit.time_path = Path{"ts"};
  unit.check = std::make_shared<const ClockCheck>(bounds);
  const ParsedText parsed = parser.parse(unit);
  CHECK(parsed.batch.rows == 4);
  REQUIRE(parsed.rejects.size() == 2);
  CHECK(parsed.rejects[0].line == 1);
  CHECK(parsed.rejects[0].reason == "the event time is before --min-time @1000: 1970-01-01T00:16:39Z");
  CHECK(parsed.rejects[1].line == 4);
  CHECK(parsed.rejects[1].reason ==
        "the event time is later than --max-future 1h from now: 1970-01-01T00:33:20.000000001Z");
}

TEST_CASE("a time of a found field is plausible from 1990 to 2100, unless the user's bound judges") {
  auto time_row = [](const char* value, bool any_past, bool any_future) {
    JsonLinesParser parser;
    TextUnit unit = make_unit("{\"ts\":" + std::string(value) + "}");
    unit.time_path = Path{"ts"};
    TimeRules rules;
    rules.plausible_only = true;
    rules.any_past = any_past;
    rules.any_future = any_future;
    unit.time_rules = std::make_shared<const TimeRules>(rules);
    return rows_of(parser.parse(unit).batch)[0].substr(3, 1);
  };
  CHECK(time_row("12", false, false) == "i");
  CHECK(time_row("12", false, true) == "i");
  CHECK(time_row("12", true, false) == "t");
  CHECK(time_row("9000000000", false, false) == "i");
  CHECK(time_row("9000000000", true, false) == "i");
  CHECK(time_row("9000000000", false, true) == "t");
}

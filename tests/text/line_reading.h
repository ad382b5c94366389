// What tests of line formats share: reading a text, and lines that went bad.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "parsed_rows.h"
#include "text/text_parser.h"

namespace ev::test {

using Rows = std::vector<std::string>;

/// The rows, then the rejects: "reject LINE: REASON [RAW]".
inline Rows read_all(TextParser& parser, std::string_view text) {
  const ParsedText parsed = parser.parse(make_unit(text));
  Rows out = rows_of(parsed.batch);
  for (const Reject& reject : parsed.rejects)
    out.push_back("reject " + std::to_string(reject.line) + ": " + reject.reason + " [" + reject.raw + "]");
  CHECK(parsed.records == out.size());
  return out;
}

/// Why the only line was refused.
inline std::string only_reason(const Rows& rows) {
  constexpr std::string_view kBegin = "reject 1: ";
  if (rows.size() != 1 || !rows[0].starts_with(kBegin)) return "was not refused";
  return rows[0].substr(kBegin.size(), rows[0].find(" [") - kBegin.size());
}

/// 20,000 lines that random edits made of good ones, in units of several: rows and rejects are as many as the lines that
/// are not blank, and a parser that has seen nothing before reads the same.
inline void check_mutations(const std::function<std::unique_ptr<TextParser>()>& make, const std::vector<std::string>& good, std::string_view marks) {
  std::mt19937_64 random(7);
  const auto parser = make();
  for (int unit = 0; unit < 2000; unit++) {
    std::string text;
    std::size_t lines = 0;
    for (int n = 0; n < 10; n++) {
      std::string line = good[random() % good.size()];
      for (std::size_t edits = random() % 5; edits > 0 && !line.empty(); edits--) {
        const std::size_t at = random() % line.size();
        switch (random() % 4) {
          case 0: line[at] = marks[random() % marks.size()]; break;
          case 1: line.erase(at, 1 + random() % 10); break;
          case 2: line.insert(at, 1, marks[random() % marks.size()]); break;
          default: line[at] = static_cast<char>("\xff\r\t\xc3\x01"[random() % 5]);
        }
      }
      if (random() % 2) line += '\r';
      text += line;
      if (n < 9 || random() % 2) text += '\n';
      // One carriage return belongs to the line's end.
      if (line.ends_with('\r')) line.pop_back();
      lines += line.find_first_not_of(" \t") != line.npos;
    }
    REQUIRE(read_all(*parser, text).size() == lines);
    if (unit % 20 == 0) REQUIRE(difference(parser->parse(make_unit(text)), make()->parse(make_unit(text))) == "");
  }
}

}  // namespace ev::test

// Reading a text through a cutter and a parser, in pieces and units of any size.
#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "parsed_rows.h"
#include "text/directives.h"
#include "text/record_cutter.h"
#include "text/text_parser.h"

namespace ev::test {

/// How a text comes: `piece()` bytes at a time, `rows` records a unit.
struct Pieces {
  std::function<std::size_t()> size = [] { return SIZE_MAX; };
  std::size_t rows = SIZE_MAX;
};

/// What source/text_units.cpp does with an input, but for its limits in time.
inline std::vector<TextUnit> units_of(const TextFormat& format, std::string_view text, const Pieces& pieces = {}) {
  const auto cutter = make_record_cutter(format, 1, 0);
  std::vector<TextUnit> units;
  uint64_t line = 1, offset = 0;
  PodVector<char> buffer;
  std::size_t given = 0;
  const auto take = [&](std::size_t bytes) {
    TextUnit unit = make_unit({buffer.data(), bytes});
    cutter->describe(unit);
    unit.format = std::make_shared<const TextFormat>(format);
    unit.first_line = line;
    unit.first_offset = offset;
    units.push_back(std::move(unit));
    line += cutter->take(bytes);
    offset += bytes;
    buffer.drop_front(bytes);
  };
  for (;;) {
    // Behind the text stands what may mislead.
    buffer.reserve(buffer.size() + 64);
    std::memset(buffer.end(), '"', 64);
    cutter->scan({buffer.data(), buffer.size()}, pieces.rows, given == text.size());
    const UnitCut unit = cutter->unit();
    if (unit.records >= pieces.rows || unit.full) {
      take(unit.whole);
    } else if (unit.idle > 0 && buffer.size() > kUnitBytes) {
      line += cutter->take(unit.idle);
      offset += unit.idle;
      buffer.drop_front(unit.idle);
    } else if (given < text.size()) {
      const std::size_t size = std::min(pieces.size(), text.size() - given);
      buffer.append(text.data() + given, size);
      given += size;
    } else {
      if (!buffer.empty() || cutter->has_more_to_tell()) take(buffer.size());
      return units;
    }
  }
}

/// The rows, then the rejects: "reject LINE@OFFSET: REASON [RAW]".
inline std::vector<std::string> read_units(const std::vector<TextUnit>& units, TextParser& parser) {
  std::vector<std::string> rows, rejects;
  uint64_t records = 0;
  for (const TextUnit& unit : units) {
    const ParsedText parsed = parser.parse(unit);
    for (std::string& row : rows_of(parsed.batch)) rows.push_back(std::move(row));
    for (const Reject& reject : parsed.rejects)
      rejects.push_back("reject " + std::to_string(reject.line) + "@" + std::to_string(reject.offset) + ": " +
                        reject.reason + " [" + reject.raw + "]");
    records += parsed.records;
  }
  rows.insert(rows.end(), rejects.begin(), rejects.end());
  if (records != rows.size()) rows.push_back("records: " + std::to_string(records));
  return rows;
}

/// Of logs that describe their columns, each unit with those that were described last.
inline std::vector<std::string> read_sections(TextFormat format, std::string_view text, const Pieces& pieces = {},
                                              const char* time_path = nullptr) {
  std::vector<std::string> rows, rejects;
  for (TextUnit& unit : units_of(format, text, pieces)) {
    read_directives(unit, format, "a log");
    if (time_path) unit.time_path = Path::key(time_path);
    for (std::string& row : read_units({unit}, *make_text_parser(format, FieldChoice{})))
      (row.starts_with("reject") ? rejects : rows).push_back(std::move(row));
  }
  rows.insert(rows.end(), rejects.begin(), rejects.end());
  return rows;
}

inline std::vector<std::string> read_whole(const TextFormat& format, std::string_view text, const Pieces& pieces = {}) {
  return read_units(units_of(format, text, pieces), *make_text_parser(format, FieldChoice{}));
}

/// To show them where they are not what they should be.
inline std::string shown(const std::vector<std::string>& rows) {
  std::string out;
  for (const std::string& row : rows) out += row + "\n";
  return out;
}

}  // namespace ev::test

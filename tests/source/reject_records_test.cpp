// Streams of rejects taken apart into records that can be read again.
#include "source/reject_records.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/text.h"
#include "event/batch_builder.h"
#include "text/text_parser.h"

using namespace ev;

namespace {

struct Kept {
  std::string source;
  int64_t line, offset;
  std::string reason, read_as, raw;
};

Batch batch_of(const std::vector<Kept>& rejects) {
  BatchBuilder builder;
  std::vector<uint32_t> paths, columns;
  for (const char* name : {"source", "line", "offset", "reason", "read_as", "raw"}) {
    paths.push_back(builder.path(Path::key(name)));
    const bool number = paths.size() == 2 || paths.size() == 3;
    columns.push_back(builder.column(paths.back(), number              ? Type::int64
                                                   : paths.size() == 6 ? Type::bytes
                                                                       : Type::string));
  }
  const uint32_t layout = builder.layout(paths);
  for (const Kept& reject : rejects) {
    auto text = [](uint32_t column, const std::string& value) {
      return Cell{column, static_cast<uint32_t>(value.size()), reinterpret_cast<uint64_t>(value.data())};
    };
    const Cell cells[] = {text(columns[0], reject.source),
                          {columns[1], 0, static_cast<uint64_t>(reject.line)},
                          {columns[2], 0, static_cast<uint64_t>(reject.offset)},
                          text(columns[3], reject.reason),
                          text(columns[4], reject.read_as),
                          text(columns[5], reject.raw)};
    builder.append(layout, cells);
  }
  return builder.finish(-1);
}

std::string problem(const Batch& batch, const std::optional<TextFormat>& wanted) {
  try {
    rejected_runs(batch, wanted, "r.ev");
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("rejects become runs of one input, read in one way") {
  TextFormat table = parse_text_format("csv");
  table.separator = ';';
  table.columns = {"a b", "c=d"};
  table.header_bytes = 10;
  table.header_lines = 1;
  const std::string csv = reading_text(table, Path{"t", "$date"}), json = reading_text(TextFormat{}, std::nullopt);
  const auto runs = rejected_runs(batch_of({{"a", 3, 20, "bad", csv, "1;2"},
                                            {"a", 7, 40, "bad", csv, "x"},
                                            {"b", 1, 0, "bad", csv, "y"},
                                            {"b", 1, 0, "bad", json, "{}"}}),
                                  std::nullopt, "r.ev");
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].source == "a");
  CHECK(runs[0].format->columns == table.columns);
  CHECK(runs[0].format->separator == ';');
  CHECK(runs[0].format->header_bytes == 0);
  CHECK(runs[0].time_path == Path{"t", "$date"});
  REQUIRE(runs[0].records.size() == 2);
  CHECK(runs[0].records[1].first_line == 7);
  CHECK(runs[0].records[1].first_offset == 40);
  CHECK(std::string_view(runs[0].records[1].text.data(), runs[0].records[1].text.size()) == "x\n");
  CHECK(runs[1].source == "b");
  CHECK(runs[2].format->kind == TextKind::json_lines);
  CHECK(!runs[2].time_path);
}

namespace {

/// Refuses all rows, as a schema may.
class RefusesAll final : public RowCheck {
 public:
  void check(const Batch& batch, RefusedRows& refused) const override {
    for (uint32_t row = 0; row < batch.rows; row++) refused.refuse(row, [] { return std::string("no"); });
  }
};

}  // namespace

TEST_CASE("a record that ends with a carriage return keeps it when it is read again") {
  TextFormat several = parse_text_format("lines"), table = parse_text_format("csv");
  several.record_start = "^x";
  table.columns = {"a"};
  const auto check = std::make_shared<const RefusesAll>();
  for (const TextFormat& format :
       {parse_text_format("lines"), parse_text_format("logfmt"), parse_text_format("jsonl"), several, table}) {
    const auto known = std::make_shared<const TextFormat>(format);
    const bool json = format.kind == TextKind::json_lines;
    // Refused by its reader, or by the check.
    for (const std::string& begin :
         {std::string(json ? "{\"x\":1]" : "x\xff"), std::string(json ? "{\"x\":1}" : "x=1")})
      for (const std::string& raw : {begin + "\r", begin, begin + "\r\r"}) {
        CAPTURE(raw);
        TextUnit unit = one_record({7, 100, "", raw}, known);
        unit.check = check;
        const ParsedText parsed = make_text_parser(format, FieldChoice{})->parse(unit);
        REQUIRE(parsed.rejects.size() == 1);
        CHECK(parsed.rejects[0].raw == raw);
        CHECK(parsed.rejects[0].line == 7);
        CHECK(parsed.rejects[0].offset == 100);
      }
  }
}

TEST_CASE("records of which only the beginning was kept stay rejects, and say so once") {
  const std::string json = reading_text(TextFormat{}, std::nullopt);
  const std::string reason = concat("the line is longer than ", kMaxLineBytes, " bytes");
  auto runs = rejected_runs(batch_of({{"a", 3, 20, reason, json, "{\"a\":1}"}}), std::nullopt, "r.ev");
  REQUIRE(runs[0].cut.size() == 1);
  CHECK(runs[0].records.empty());
  CHECK(runs[0].cut[0].reason == reason + "; only its beginning was kept");
  runs = rejected_runs(batch_of({{"a", 3, 20, runs[0].cut[0].reason, json, "{\"a\":1}"}}), std::nullopt, "r.ev");
  REQUIRE(runs[0].cut.size() == 1);
  CHECK(runs[0].cut[0].reason == reason + "; only its beginning was kept");
  CHECK(runs[0].cut[0].line == 3);
}

TEST_CASE("another format takes the columns that are known, or must be told them") {
  TextFormat table = parse_text_format("csv");
  table.columns = {"a", "b"};
  const Batch of_table = batch_of({{"a", 1, 0, "bad", reading_text(table, std::nullopt), "1;2"}});
  TextFormat other = parse_text_format("csv");
  other.separator = ';';
  CHECK(rejected_runs(of_table, other, "r.ev")[0].format->columns == table.columns);
  CHECK(rejected_runs(of_table, parse_text_format("lines"), "r.ev")[0].format->kind == TextKind::lines);
  const Batch of_json = batch_of({{"a", 1, 0, "bad", reading_text(TextFormat{}, std::nullopt), "1;2"}});
  CHECK(problem(of_json, other) == "r.ev: does not know the columns of the table; name them with --columns");
  other.columns = {"x", "y"};
  CHECK(rejected_runs(of_json, other, "r.ev")[0].format->columns == other.columns);
}

TEST_CASE("what holds no rejects is refused") {
  BatchBuilder builder;
  const uint32_t path = builder.path(Path{"source"});
  builder.append(builder.layout(std::vector<uint32_t>{path}), {});
  CHECK(problem(builder.finish(-1), std::nullopt) ==
        "r.ev: is no stream of rejects: it has no field line; --from-rejects takes what --rejects wrote");
  CHECK(problem(batch_of({{"a", 1, 0, "bad", "format=odd", "x"}}), std::nullopt) != "taken");
}

// Texts in one of the formats that ingest reads: --format=NAME (text_formats.cpp). Each is read whole and once more in
// small pieces and units: the same rows and rejects come out, each record is one of the two, and nothing in the columns
// is what the input must not bring there.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "event/batch.h"
#include "fuzz/text_formats.h"
#include "source/reject_records.h"
#include "text/delimited.h"
#include "text/detect.h"
#include "text/directives.h"
#include "text/field_parser.h"
#include "text/schema_check.h"
#include "text/unit_reading.h"

using namespace ev;

namespace {

std::string_view input;  // at hand

/// Says the input, too, as printf(1) takes it: those of the suite come from no file.
[[noreturn]] void fail(const std::string& what) {
  std::fputs("fuzz_text: ", stderr);
  std::fwrite(what.data(), 1, what.size(), stderr);
  std::fputs("\nread: '", stderr);
  for (const char c : input) {
    const bool plain = c > ' ' && c < 0x7f && c != '\'' && c != '\\' && c != '%';
    std::fprintf(stderr, plain ? "%c" : "\\%03o", static_cast<unsigned char>(c));
  }
  std::fputs("'\n", stderr);
  std::abort();
}

void require(bool holds, const char* what) {
  if (!holds) fail(what);
}

/// Of fields that the formats have, so that values are converted and refused.
constexpr const char* kTypes[] = {"status=float", "value=int", "level=string", "id=uint", "a=json", "message=auto"};
constexpr const char* kSchema = R"({"fields": {
  "status": {"min": 100, "max": 599}, "value": {"type": ["int", "null"]}, "level": {"enum": ["INFO", "WARN", "info"]},
  "name": {"pattern": "^[a-z]", "max_length": 8}, "time": {"min": "2000-01-01"}, "a.b": {"type": "string"}}})";

/// How the values of a text are read: as they come, with all that users may ask for, or those of few fields alone.
enum class Values : std::size_t { plain, asked_for, few };

FieldChoice fields_of(Values values) {
  FieldChoice choice;
  if (values == Values::few)
    choice = {false, {"level", "name", "value", "user.name", "a", "log", "message"}, true, true};
  return choice;
}

/// What reads one format in one way; kept from input to input, which must not show.
struct Reader {
  TextFormat format;
  std::unique_ptr<TextParser> parser;
  std::optional<FieldParser> field;
};

/// All that came out of a text.
struct Reading {
  TextFormat format;           // with the columns that were found
  std::string header_problem;  // why there are none
  std::vector<std::string> rows;
  std::vector<Reject> rejects;
  std::vector<uint64_t> row_lines;
  uint64_t duplicate_keys = 0, converted = 0, not_converted = 0;
  FieldParseCounts field;
};

constexpr std::size_t kManyFieldsBytes = 4096;  // a field takes a byte or more

class Target {
 public:
  explicit Target(const fuzz::FuzzedFormat& fuzzed) : fuzzed_(fuzzed), format_(parse_text_format(fuzzed.format)) {
    format_.each = fuzzed.each;
    format_.columns = fuzzed.columns;
    format_.record_start = fuzzed.record_start;
    if (format_.kind == TextKind::syslog) format_.year = 2024;
    TimeRules rules;
    rules.plausible_only = true;
    rules_ = std::make_shared<const TimeRules>(rules);
    types_ = std::make_shared<const FieldTypes>(
        parse_field_types(std::vector<std::string>(std::begin(kTypes), std::end(kTypes))));
    check_ = std::make_shared<const SchemaCheck>(parse_schema(kSchema, "schema"), rules);
    if (fuzzed.parse) field_format_ = parse_field_format(fuzzed.parse);
  }

  void run(std::string_view text) {
    // What it looks like may be asked of any text.
    (void)detect_text_format(text);
    std::minstd_rand random(static_cast<unsigned>(checksum64(as_bytes(text))));
    const auto values = static_cast<Values>(random() % 3);
    const std::size_t longest = random() % 2 ? 8 : 200;
    const test::Pieces pieces{[&] { return 1 + random() % longest; }, 1 + random() % 4};
    const char slack = "\0\"\n\\9}"[random() % 6];
    Reader* readers = readers_[static_cast<std::size_t>(values)];
    const Reading whole = read(text, {}, values, '\0', readers[0]);
    const Reading cut = read(text, pieces, values, slack, readers[1]);
    require_same(whole, cut, "cut into units");
    if (random() % 32 == 0) {
      Reader fresh;
      require_same(whole, read(text, {}, values, slack, fresh), "by a reader that read nothing before");
    }
    if (values == Values::few && text.size() < kManyFieldsBytes)
      require_same_records(whole, read(text, {}, Values::plain, slack, readers_[0][0]));
    if (format_.kind == TextKind::json_lines && values == Values::plain && whole.rejects.empty())
      require_same_documents(text, whole);
    if (random() % 4 == 0 && !has_directives(format_.kind)) require_same_again(whole, values);
    check_records(text, whole, values);
  }

 private:
  Reading read(std::string_view text, const test::Pieces& pieces, Values values, char slack, Reader& reader) const {
    return read_as(format_, text, pieces, values, slack, reader);
  }
  Reading read_as(const TextFormat& as, std::string_view text, const test::Pieces& pieces, Values values, char slack,
                  Reader& reader) const {
    Reading reading;
    reading.format = as;
    std::vector<TextUnit> units = test::units_of(as, text, pieces);
    if (as.kind == TextKind::json_documents && as.each.empty()) require_no_gaps(text, units);
    read_units(units, values, slack, reader, reading);
    return reading;
  }
  void read_units(std::vector<TextUnit>& units, Values values, char slack, Reader& reader, Reading& reading) const {
    if (field_format_ && !reader.field) reader.field.emplace(*field_format_, fields_of(values));
    auto format = std::make_shared<const TextFormat>(reading.format);
    for (TextUnit& unit : units) {
      if (!take_columns(unit, reading)) break;
      if (reading.format != *format) format = std::make_shared<const TextFormat>(reading.format);
      if (!reader.parser || reader.format != *format) {
        reader.format = *format;
        reader.parser = make_text_parser(*format, fields_of(values));
      }
      unit.text.reserve(unit.text.size() + 1);
      std::memset(unit.text.end(), slack, PodVector<char>::kSlack);
      unit.format = format;
      unit.keep_row_lines = values != Values::asked_for && fuzzed_.lines;
      if (values == Values::few) unit.time_path = Path::key(fuzzed_.time);
      if (values == Values::asked_for) {
        unit.time_path = Path::key(fuzzed_.time);
        unit.time_rules = rules_;
        unit.types = types_;
        unit.check = check_;
      }
      if (reader.field) {
        reader.field->set_unit(unit);
        unit.change = &*reader.field;
      }
      add(reading, reader.parser->parse(unit));
    }
    if (reader.field) {
      reading.duplicate_keys += reader.field->take_duplicate_keys();
      reading.field = reader.field->take_counts();
    }
  }

  /// What the unit says of the columns. False: that is refused, and the reading ends.
  static bool take_columns(const TextUnit& unit, Reading& reading) {
    TextFormat& format = reading.format;
    try {
      if (has_directives(format.kind)) (void)read_directives(unit, format, "fuzz");
      if (format.kind == TextKind::delimited && format.columns.empty())
        read_header({unit.text.data(), unit.text.size()}, format, "fuzz");
    } catch (const Error& error) {
      require(error.kind() == ErrorKind::corrupt, "a header is refused as if a user had written it");
      reading.header_problem = error.what();
    }
    return reading.header_problem.empty();
  }

  static void add(Reading& reading, ParsedText&& parsed) {
    const Batch& batch = parsed.batch;
    check_shape(batch, ErrorKind::bug, "parsed");
    require(parsed.records == batch.rows + parsed.rejects.size(), "a record is neither an event nor a reject");
    for (const Path& path : batch.paths) require(fuzz::is_plainly_utf8(path.name()), "a name is no UTF-8");
    for (const Column& column : batch.columns)
      for (std::size_t i = 0; is_text_type(column.type) && i < column.size(); i++)
        require(fuzz::is_plainly_utf8(column.text(i)), "a value is no UTF-8");
    for (std::string& row : test::rows_of(batch)) reading.rows.push_back(std::move(row));
    for (Reject& reject : parsed.rejects) reading.rejects.push_back(std::move(reject));
    reading.row_lines.insert(reading.row_lines.end(), parsed.row_lines.begin(), parsed.row_lines.end());
    reading.duplicate_keys += parsed.duplicate_keys;
    for (const TypeCount& count : parsed.type_counts) {
      reading.converted += count.values;
      reading.not_converted += count.unchanged;
    }
  }

  static std::string shown(const Reading& reading) {
    std::string out = "header: " + reading.header_problem + "\n";
    for (const std::string& row : reading.rows) out += row + "\n";
    for (const Reject& reject : reading.rejects)
      out += "reject " + std::to_string(reject.line) + "@" + std::to_string(reject.offset) + ": " + reject.reason +
             " [" + reject.raw + "]\n";
    for (uint64_t line : reading.row_lines) out += std::to_string(line) + " ";
    const FieldParseCounts& field = reading.field;
    for (uint64_t count :
         {reading.duplicate_keys, reading.converted, reading.not_converted, field.texts, field.kept, field.overridden})
      out += "\ncount " + std::to_string(count);
    return out + "\n";
  }

  static void require_same(const Reading& whole, const Reading& other, const char* how) {
    const std::string as_whole = shown(whole), as_other = shown(other);
    if (as_whole != as_other) fail("read whole:\n" + as_whole + "\n" + how + ":\n" + as_other);
    require(whole.format == other.format, "another header");
  }

  /// Which of the records are events depends on the fields that are wanted only where these may be too many.
  static void require_same_records(const Reading& few, const Reading& all) {
    const auto shown_records = [](Reading reading) {
      reading.rows.assign(reading.rows.size(), "event");
      reading.duplicate_keys = reading.converted = reading.not_converted = 0;
      reading.field = {};
      return shown(reading);
    };
    const std::string of_few = shown_records(few), of_all = shown_records(all);
    if (of_few != of_all) fail("with few fields:\n" + of_few + "\nwith all:\n" + of_all);
  }

  /// Lines that are all objects are so, too, where objects may span lines.
  void require_same_documents(std::string_view text, Reading lines) {
    TextFormat documents = format_;
    documents.kind = TextKind::json_documents;
    Reading read = read_as(documents, text, {}, Values::plain, '\0', documents_reader_);
    read.format = lines.format;
    lines.row_lines.clear();
    require_same(lines, read, "as documents");
  }

  /// A reject that is read again, as --from-rejects does, is the same reject.
  void require_same_again(const Reading& reading, Values values) {
    Reading expected, again;
    expected.format = reading.format;
    expected.format.header_bytes = expected.format.header_lines = 0;
    again.format = expected.format;
    const auto format = std::make_shared<const TextFormat>(expected.format);
    std::vector<TextUnit> units;
    for (const Reject& reject : reading.rejects) {
      // An array that is not closed is a reject without a text.
      if (reject.raw.empty() || expected.rejects.size() == kReadAgain) continue;
      expected.rejects.push_back(reject);
      units.push_back(one_record(reject, format));
    }
    if (units.empty()) return;
    read_units(units, values, '\n', again_readers_[static_cast<std::size_t>(values)], again);
    again.duplicate_keys = again.converted = again.not_converted = 0;
    again.field = {};
    require_same(expected, again, "read again");
  }

  /// What stands between documents is nothing.
  static void require_no_gaps(std::string_view text, const std::vector<TextUnit>& units) {
    std::string rest(text);
    if (rest.starts_with("\xef\xbb\xbf")) std::fill_n(rest.begin(), 3, ' ');
    const auto blank = [&](uint64_t offset, std::size_t size) {
      require(offset + size <= rest.size(), "a record lies beyond the text");
      std::fill_n(rest.begin() + static_cast<std::ptrdiff_t>(offset), size, ' ');
    };
    for (const TextUnit& unit : units) {
      for (const RecordSpan& record : unit.records) blank(unit.first_offset + record.begin, record.size);
      for (const Reject& reject : unit.refused) blank(reject.offset, reject.raw.size());
    }
    if (rest.find_first_not_of(" \t\r\n,[]") != rest.npos) fail("belongs to no record: " + rest);
  }

  uint64_t lines_between(std::string_view text, std::size_t begin, std::size_t end) const {
    uint64_t lines = 0;
    const bool by_cr = format_.kind == TextKind::json_documents;
    for (std::size_t i = begin; i < end; i++)
      lines += text[i] == '\n' || (by_cr && text[i] == '\r' && !text.substr(i + 1).starts_with('\n'));
    return lines;
  }

  void check_records(std::string_view text, const Reading& reading, Values values) const {
    uint64_t last = 0, line = 1;
    for (const Reject& reject : reading.rejects) {
      require(reject.offset >= last, "rejects are not in their order");
      require(reject.offset <= text.size() && text.substr(reject.offset).starts_with(reject.raw),
              "a reject is not what stands at its place");
      line += lines_between(text, last, reject.offset);
      require(reject.line == line, "a reject names another line than its own");
      require(!reject.reason.empty() && fuzz::is_plainly_utf8(reject.reason), "the reason of a reject is no text");
      last = reject.offset;
    }
    if (!fuzzed_.lines || !reading.header_problem.empty()) return;
    const std::vector<uint64_t> expected = fuzzed_.lines(text, reading.format);
    require(expected.size() == reading.rows.size() + reading.rejects.size(), "records are lost, or too many");
    if (values == Values::asked_for) return;
    std::vector<uint64_t> found = reading.row_lines;
    for (const Reject& reject : reading.rejects) found.push_back(reject.line);
    std::sort(found.begin(), found.end());
    require(found == expected, "records are in other lines than they should be");
  }

  const fuzz::FuzzedFormat& fuzzed_;
  TextFormat format_;
  std::optional<FieldFormat> field_format_;
  std::shared_ptr<const TimeRules> rules_;
  std::shared_ptr<const FieldTypes> types_;
  std::shared_ptr<const RowCheck> check_;
  static constexpr std::size_t kReadAgain = 8;  // of the rejects of a text
  Reader documents_reader_;
  Reader again_readers_[3];
  Reader readers_[3][2];  // by Values; of whole texts, and of those in units
};

std::unique_ptr<Target> target;

}  // namespace

/// Takes --format=NAME out of the arguments.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kOption = "--format=";
  char** const end = *argv + *argc;
  char** const option = std::find_if(*argv, end, [&](std::string_view word) { return word.starts_with(kOption); });
  try {
    const std::string_view name = option == end ? "" : std::string_view(*option).substr(kOption.size());
    target = std::make_unique<Target>(fuzz::find_fuzzed_format(name));
  } catch (const Error& error) {
    fail(error.what());
  }
  std::copy(option + 1, end, option);
  --*argc;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  input = {reinterpret_cast<const char*>(data), size};
  target->run(input);
  return 0;
}

// Any bytes as a schema: it is read or refused with a place in it, and what was read can be held against events.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "text/json_lines.h"
#include "text/schema_check.h"
#include "text/unit_reading.h"

using namespace ev;

namespace {

constexpr std::string_view kEvents =
    "{\"a\":1,\"b\":\"text\",\"time\":\"2024-06-01T00:00:00Z\",\"m\":{\"x\":1.5,\"y\":[1]}}\n"
    "{\"a\":\"1\",\"b\":null,\"a.b\":true,\"m\":{}}\n{\"a\":18446744073709551615,\"m\":0,\"b\":\"\xc3\xa9\"}\n{}\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  static JsonLinesParser parser;
  TextUnit unit = test::make_unit(kEvents);
  try {
    const Schema schema = parse_schema({reinterpret_cast<const char*>(data), size}, "fuzz");
    unit.types = std::make_shared<const FieldTypes>(schema.text_types());
    unit.check = std::make_shared<const SchemaCheck>(schema, TimeRules{});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) std::abort();
    return 0;
  }
  const ParsedText parsed = parser.parse(unit);
  check_shape(parsed.batch, ErrorKind::bug, "fuzz");
  if (parsed.records != 4) std::abort();
  return 0;
}

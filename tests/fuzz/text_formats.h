// The formats of text that are fuzzed, and where their records begin, found by the plainest means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/text_format.h"

namespace ev::fuzz {

/// Lines in which the records of a text begin, from 1. The columns of `format` are known.
using RecordLines = std::vector<uint64_t>(std::string_view text, const TextFormat& format);

struct FuzzedFormat {
  std::string_view name;         // of its corpus, too
  std::string_view format;       // as --format takes it
  RecordLines* lines = nullptr;  // null: what a record is takes a parser to tell
  const char* time = "time";     // its event time
  const char* parse = nullptr;   // FIELD=FORMAT, as --parse takes it
  const char* each = "";
  std::vector<std::string> columns = {};
  const char* record_start = "";  // as --multiline takes it
};

/// Throws Error(usage) with the names that there are.
const FuzzedFormat& find_fuzzed_format(std::string_view name);

/// RFC 3629, byte by byte.
bool is_plainly_utf8(std::string_view text);

}  // namespace ev::fuzz

// The plain reader of JSON lines: takes any line, validates all of it, and tells why it refuses one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_fields.h"
#include "text/json_value.h"

namespace ev {

/// One value of a line, or one object that holds values.
struct Entry {
  Field* field;
  const char* begin;  // the value as it stands in the line
  const char* end;
  Scalar value;
  uint32_t extent;  // this entry and those inside it, in the order of the line; 1 for a leaf
  bool is_object;

  std::string_view raw() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

/// Reads one line at a time. What it gives is good until the next line.
class PlainReader {
 public:
  explicit PlainReader(FieldTree& fields) : fields_(fields) {}

  /// Whether `line` is one JSON object. Requires: valid UTF-8, a newline right behind it, 32 readable bytes after that.
  bool read(std::string_view line);
  /// Why not, for people: "column 57: a string has a control character".
  std::string reason() const;

  /// The values in the order of the event: of repeated keys the last value, in the place of the first.
  std::span<const Entry> leaves() const { return leaves_; }
  uint64_t duplicate_keys() const { return duplicates_; }

 private:
  bool read_top(const char* p);
  std::string_view what_else(const char* p);
  const char* read_object(const char* p, Field& parent);
  const char* read_key(const char* p, Field& parent, uint32_t guess, Field*& field);
  const char* read_field_value(const char* p, std::size_t entry);
  void collect(std::size_t begin, std::size_t end);

  FieldTree& fields_;
  ValueReader values_;
  std::string_view line_;
  std::string_view not_an_object_;  // or empty: "is a JSON number, not an object"
  std::vector<Entry> entries_;      // all that the line has
  std::vector<Entry> leaves_;
  uint32_t leaf_count_ = 0;
  std::size_t name_bytes_ = 0;  // of fields and objects
  uint64_t duplicates_ = 0;
  uint64_t objects_ = 0;  // numbers objects, over all lines
};

}  // namespace ev

// A schema: what the fields of an event must look like (ev-schema(5)).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "text/field_types.h"

namespace ev {

inline constexpr std::size_t kMaxSchemaBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxSchemaDepth = 64;  // objects within objects

enum class SchemaType : uint8_t { string, integer, unsigned_integer, real, boolean, time, array, object, null };
std::string_view schema_type_name(SchemaType type);

/// A number, exactly: of int64, uint64 and double long double loses nothing. Or an instant.
struct SchemaBound {
  bool is_time = false;
  long double number = 0;
  int64_t ns = 0;
  std::string words;  // as it stands in the schema
};

/// One value of an enum.
struct SchemaChoice {
  Type type = Type::null;  // null, boolean, string, or float64 for any number
  std::string text;
  long double number = 0;  // of a boolean 0 or 1
  std::string words;       // as it stands in the schema
};

/// A regular expression of RE2; matches anywhere in a text.
class SchemaPattern {
 public:
  /// Throws Error(usage) without a place.
  explicit SchemaPattern(std::string text);
  bool matches(std::string_view text) const;
  const std::string& text() const { return text_; }

 private:
  struct Compiled;
  std::string text_;
  std::shared_ptr<const Compiled> compiled_;
};

struct SchemaField {
  std::string name;  // as find_path() takes it
  bool required = false;
  std::vector<SchemaType> types;  // empty: any
  std::optional<SchemaBound> min, max;
  std::optional<std::vector<SchemaChoice>> choices;
  std::optional<SchemaPattern> pattern;
  std::optional<uint64_t> min_length, max_length;  // in characters

  bool allows(SchemaType type) const;
  /// "int or float", for people.
  std::string type_names() const;
};

struct Schema {
  std::vector<SchemaField> fields;
  /// Objects that may hold no fields but those of the schema, by name; "" is the event itself.
  std::vector<std::string> closed;

  /// How the values of text formats, which say no types, are to be read so that they can be of the types asked for.
  std::vector<FieldType> text_types() const;
};

/// Throws Error(usage) with the place in the text: "NAME: line 3, column 5".
Schema parse_schema(std::string_view text, std::string_view name);

}  // namespace ev

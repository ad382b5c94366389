// Types that the user chose for fields, in place of those that their values have by themselves.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace ev {

/// What the values of a field are to become.
enum class ValueKind : uint8_t {
  string,            ///< the text as it stands
  integer,           ///< a whole number that int or uint holds
  unsigned_integer,  ///< the same, not below zero
  real,              ///< the double nearest to a number
  boolean,           ///< true, t, yes, y, on, 1 and their opposites
  time,              ///< what the event time may look like
  json,              ///< an array or object, kept as one value
  automatic,         ///< what text formats make of a text
};

/// Names as in options: string, int, uint, float, bool, time, json, auto.
std::string_view kind_name(ValueKind kind);
/// The kind of that name. Throws Error(usage) with the nearest one.
ValueKind parse_value_kind(std::string_view name);

/// The kinds that one field may have, in the order in which they are tried. A value that is of one of them already
/// stays; one that can become none of them keeps its own type.
struct FieldType {
  std::string name;  // as a user writes it
  std::vector<ValueKind> kinds;
  bool text_formats_only = false;  // values of JSON stay what they are

  /// Whether an object of JSON stays one value.
  bool keeps_objects() const { return std::find(kinds.begin(), kinds.end(), ValueKind::json) != kinds.end(); }
};

/// What became of the values of a field.
struct TypeCount {
  uint64_t values = 0;
  uint64_t unchanged = 0;  // of these: could become none of the kinds, and kept their own type
};

/// Immutable: any number of threads may use it.
class FieldTypes {
 public:
  FieldTypes() = default;
  explicit FieldTypes(std::vector<FieldType> fields) : fields_(std::move(fields)) {}

  std::span<const FieldType> fields() const { return fields_; }
  /// The first entry whose name may mean the path, or nullptr. `json`: its values come from JSON.
  const FieldType* find(const Path& path, bool json) const;
  /// Whether the user chose another type than a time for the field of that name, which is then no event time.
  bool excludes_time(std::string_view name) const;
  /// For each of fields(), of a batch that was read by them.
  std::vector<TypeCount> count(const Batch& batch, bool json) const;

 private:
  std::vector<FieldType> fields_;
};

/// "zip=string", "ts2=time". Throws Error(usage) for what is none, for unknown types and for a name that stands twice.
std::vector<FieldType> parse_field_types(std::span<const std::string> definitions);

}  // namespace ev

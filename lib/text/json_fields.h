// The fields that a parser of JSON lines has met: a tree of keys, with what each needs to make cells of its values.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch_builder.h"
#include "text/json_lines.h"
#include "text/json_number.h"
#include "text/value_conversion.h"

namespace ev {

/// One key at one place of the tree. Field 0 is the line itself.
struct Field {
  static constexpr uint32_t kNone = UINT32_MAX;

  std::array<uint32_t, kLastType + 1> columns;  // of the builder, kNone while unused
  bool wanted = false;
  bool is_time = false;
  const FieldType* chosen = nullptr;  // its type, where the user chose one
  bool converted = false;             // its values may become something else: is_time or chosen
  bool whole = false;                 // an object in it stays one value
  bool plain_key = false;  // JSON may spell it as it is, without escapes
  uint32_t number = 0;
  uint32_t parent = 0;
  uint32_t depth = 0;     // steps of its path
  uint32_t path = kNone;  // of the builder, kNone while unused
  // Guesses: the key that came next in the same object, and the first one of the object that this field held.
  uint32_t next_guess = kNone;
  uint32_t first_guess = kNone;
  uint64_t seen_in = 0;  // the object it was last found in, to notice repeated keys
  uint64_t entry = 0;    // where its value stands in the line at hand
  std::string key;
  Path full_path;
};

/// What can be wrong with a key.
enum class KeyProblem : uint8_t { none, step_too_long, path_too_long };

class FieldTree {
 public:
  FieldTree(BatchBuilder& builder, const FieldChoice& choice);

  /// How values are read, of one unit or many.
  struct Reading {
    std::optional<Path> time_path;  // of the event time
    std::shared_ptr<const TimeRules> time_rules;
    std::shared_ptr<const FieldTypes> types;
    bool json = true;  // values come from JSON
    bool operator==(const Reading&) const = default;
  };

  /// Forgets all fields; from now on values are read so.
  void reset(const Reading& reading);
  void start_unit() { converter_.start_unit(); }
  const TimeRules& time_rules() const { return *reading_.time_rules; }
  std::size_t size() const { return fields_.size(); }
  Field& operator[](uint32_t number) { return fields_[number]; }
  Field& root() { return fields_[0]; }

  /// The field `key` of the object at `parent`, new or known; nullptr with `problem` set where a cap forbids it.
  Field* find_or_add(Field& parent, std::string_view key, KeyProblem& problem);

  /// Builder's number of the field's path.
  uint32_t path(Field& field) {
    if (field.path == Field::kNone) field.path = builder_.path(field.full_path);
    return field.path;
  }
  /// Builder's number of the field's column of that type.
  uint32_t column(Field& field, Type type) {
    uint32_t& known = field.columns[static_cast<uint8_t>(type)];
    if (known == Field::kNone) [[unlikely]]
      known = builder_.column(path(field), type);
    return known;
  }
  /// The cell of a value; `raw` is the value as it stands in the line. Requires: not null, wanted.
  Cell cell(Field& field, const Scalar& value, std::string_view raw) {
    if (field.converted) [[unlikely]]
      return converted_cell(field, value, raw);
    return {column(field, value.type), value.length, value.word};
  }

 private:
  Cell converted_cell(Field& field, const Scalar& value, std::string_view raw);
  void add(uint32_t parent, std::string_view key, Path full_path);
  void grow_table();
  static uint64_t hash(uint32_t parent, std::string_view key);

  BatchBuilder& builder_;
  const FieldChoice& choice_;
  Reading reading_;
  TimeRules named_rules_;  // of fields that are times because the user said so
  ValueConverter converter_;
  std::deque<Field> fields_;     // never moves
  std::vector<uint32_t> table_;  // open addressing by (parent, key): field numbers, 0 for free
};

}  // namespace ev

// The values of one part of an expression at the rows it is evaluated for.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "event/batch.h"

namespace ev {

/// Truth of a condition, three-valued as in SQL.
enum Truth : uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2 };

/// Positions are the rows asked for, in order; each has an entry, which holds its value. Dictionaries and columns with
/// gaps keep their own values as entries, so that what depends on one field is computed once per entry.
/// Arrays belong to the vector (`own_...`), to the batch, or to the vector of a part below; all of them live until the
/// next batch is begun.
struct Vector {
  enum class Map : uint8_t {
    same,      // position i has entry i
    constant,  // all positions have entry 0
    coded,     // position i has entry codes[i], or is null where that is kNoEntry
  };
  static constexpr uint32_t kNoEntry = UINT32_MAX;

  uint32_t positions = 0, entries = 0;
  Map map = Map::same;
  const uint32_t* codes = nullptr;

  Type type = Type::null;           // of all entries, where there are no `types`
  const uint8_t* types = nullptr;   // Type of each entry, null among them
  const uint8_t* truth = nullptr;   // where all are boolean or null: Truth of each entry, and no `types`, no `words`
  const uint64_t* words = nullptr;  // of all other word types
  const std::string_view* texts = nullptr;
  const uint32_t* forms = nullptr;  // of times; nullptr: all have `form`
  uint32_t form = 0;

  PodVector<uint32_t> own_codes, own_forms;
  PodVector<uint8_t> own_types, own_truth;
  PodVector<uint64_t> own_words;
  PodVector<std::string_view> own_texts;

  bool constant() const { return map == Map::constant; }
  uint32_t entry_of(uint32_t position) const {
    return map == Map::same ? position : map == Map::constant ? 0 : codes[position];
  }
  Type type_of(uint32_t entry) const {
    if (types) return static_cast<Type>(types[entry]);
    return truth && truth[entry] == kUnknown ? Type::null : type;
  }
  Value value(uint32_t entry) const {
    Value value;
    value.type = type_of(entry);
    if (value.type == Type::null) return value;
    if (truth) {
      value.word = truth[entry];
    } else if (is_text_type(value.type)) {
      value.text = texts[entry];
    } else {
      value.word = words[entry];
      if (value.type == Type::time) value.form = forms ? forms[entry] : form;
    }
    return value;
  }
  Value value_at(uint32_t position) const {
    const uint32_t entry = entry_of(position);
    return entry == kNoEntry ? Value{} : value(entry);
  }
  /// Whether all entries have values of one type, which is not boolean.
  bool uniform(Type wanted) const { return !types && !truth && type == wanted; }

  /// Takes over the codes that this vector was mapped by, where they belong to `other`, which may then be used again.
  void adopt_codes(Vector& other) {
    if (map == Map::coded && codes == other.own_codes.data()) own_codes.swap(other.own_codes);
  }
  /// As a new vector, keeping the memory.
  void reset(uint32_t new_positions) {
    positions = entries = new_positions;
    map = Map::same;
    codes = forms = nullptr;
    type = Type::null;
    types = truth = nullptr;
    words = nullptr;
    texts = nullptr;
    form = 0;
  }
  /// The entry of each position from `other`.
  void map_as(const Vector& other) {
    map = other.map;
    codes = other.codes;
    entries = other.entries;
  }
  /// Room for a truth of each entry, to be filled.
  uint8_t* make_truth() {
    own_truth.resize(entries);
    type = Type::boolean;
    truth = own_truth.data();
    return own_truth.data();
  }
  /// Room for a word of each entry, to be filled.
  uint64_t* make_words(Type of) {
    own_words.resize(entries);
    type = of;
    words = own_words.data();
    return own_words.data();
  }
};

/// Fills the entries of a vector, one after the other, with values of any type.
class EntryWriter {
 public:
  /// `vector` was reset and knows how many entries it has.
  explicit EntryWriter(Vector& vector) : vector_(vector) { vector.own_types.resize(vector.entries); }

  void set(uint32_t entry, const Value& value) {
    vector_.own_types[entry] = static_cast<uint8_t>(value.type);
    const uint32_t bit = uint32_t{1} << static_cast<unsigned>(value.type);
    if (!(seen_ & bit)) [[unlikely]]
      begin(value.type);
    seen_ |= bit;
    if (is_text_type(value.type)) {
      vector_.own_texts[entry] = value.text;
    } else if (value.type != Type::null) {
      vector_.own_words[entry] = value.word;
      if (value.type == Type::time) vector_.own_forms[entry] = value.form;
    }
  }
  void set_null(uint32_t entry) { set(entry, Value{}); }
  /// All entries were set.
  void finish();

 private:
  void begin(Type type);

  Vector& vector_;
  uint32_t seen_ = 0;  // bits by type
};

/// The same value at all positions. Its text must outlive the vector.
void fill_constant(Vector& vector, const Value& value, uint32_t positions);

/// The truth of each position, kUnknown where it is null or no truth value.
void truth_by_position(const Vector& vector, PodVector<uint8_t>& truth);

}  // namespace ev

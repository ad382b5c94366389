#include "expr/vector.h"

#include <cstring>

namespace ev {
namespace {

constexpr uint32_t bit_of(Type type) {
  return uint32_t{1} << static_cast<unsigned>(type);
}

}  // namespace

void EntryWriter::begin(Type type) {
  if (type == Type::null) return;
  if (is_text_type(type))
    vector_.own_texts.resize(vector_.entries);
  else
    vector_.own_words.resize(vector_.entries);
  if (type == Type::time) vector_.own_forms.resize(vector_.entries);
}

void EntryWriter::finish() {
  const uint32_t entries = vector_.entries;
  vector_.words = vector_.own_words.data();
  vector_.texts = vector_.own_texts.data();
  vector_.forms = seen_ & bit_of(Type::time) ? vector_.own_forms.data() : nullptr;
  const uint32_t present = seen_ & ~bit_of(Type::null);
  if (present == 0) {
    vector_.type = Type::null;
    return;
  }
  vector_.type = static_cast<Type>(std::countr_zero(present));
  if (present == bit_of(Type::boolean)) {
    uint8_t* truth = vector_.make_truth();
    for (uint32_t i = 0; i < entries; i++)
      truth[i] = vector_.own_types[i] == static_cast<uint8_t>(Type::null) ? static_cast<uint8_t>(kUnknown)
                                                                          : static_cast<uint8_t>(vector_.own_words[i]);
    vector_.words = nullptr;
  } else if (!std::has_single_bit(seen_)) {
    vector_.types = vector_.own_types.data();
  }
}

void fill_constant(Vector& vector, const Value& value, uint32_t positions) {
  vector.reset(positions);
  vector.map = Vector::Map::constant;
  vector.entries = 1;
  EntryWriter writer(vector);
  writer.set(0, value);
  writer.finish();
}

void truth_by_position(const Vector& vector, PodVector<uint8_t>& truth) {
  const uint32_t positions = vector.positions;
  truth.resize(positions);
  if (!vector.truth) {
    for (uint32_t i = 0; i < positions; i++) {
      const Value value = vector.value_at(i);
      truth[i] = value.type == Type::boolean ? static_cast<uint8_t>(value.word) : static_cast<uint8_t>(kUnknown);
    }
    return;
  }
  switch (vector.map) {
    case Vector::Map::same:
      if (positions > 0) std::memcpy(truth.data(), vector.truth, positions);
      return;
    case Vector::Map::constant:
      truth.assign(positions, vector.truth[0]);
      return;
    case Vector::Map::coded:
      for (uint32_t i = 0; i < positions; i++) {
        const uint32_t code = vector.codes[i];
        truth[i] = code == Vector::kNoEntry ? static_cast<uint8_t>(kUnknown) : vector.truth[code];
      }
      return;
  }
}

}  // namespace ev

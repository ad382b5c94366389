// One column of a batch: the values of one path in one type.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bitmap.h"
#include "base/format.h"
#include "base/pod_vector.h"

namespace ev {

/// Texts one after the other: offsets has one more entry than there are texts and begins with 0.
struct Texts {
  PodVector<uint32_t> offsets;
  PodVector<char> data;

  Texts() { offsets.push_back(0); }
  std::size_t size() const { return offsets.size() - 1; }
  std::string_view operator[](std::size_t i) const { return {data.data() + offsets[i], offsets[i + 1] - offsets[i]}; }
  void push_back(std::string_view text) {
    data.append(text.data(), text.size());
    offsets.push_back(static_cast<uint32_t>(data.size()));
  }
  void clear() {
    offsets.clear();
    offsets.push_back(0);
    data.clear();
  }
};

/// How a type is held: 64-bit words or texts.
inline bool is_text_type(Type type) {
  return type == Type::string || type == Type::bytes || type == Type::json || type == Type::state;
}
std::string_view type_name(Type type);

/// Values stand without gaps: a column over `rows` rows with nulls has as many values as bits set in `validity`, in row
/// order. An empty validity means that every row has a value.
/// - boolean, int64, uint64, float64, time: `words` (0/1, two's complement, value, IEEE bits, ns since the epoch)
/// - string, bytes, json, state: `texts`; with a non-empty `codes`, value i is texts[codes[i]], else texts[i]
/// - time also has a packed TimeForm per value: `forms`, or `form` for all when `forms` is empty
struct Column {
  uint16_t path = 0;  // number in Batch::paths
  Type type = Type::null;
  Bitmap validity;
  PodVector<uint64_t> words;
  Texts texts;
  PodVector<uint32_t> codes;
  PodVector<uint32_t> forms;
  uint32_t form = 0;

  /// Number of values (valid rows).
  std::size_t size() const { return is_text_type(type) ? (codes.empty() ? texts.size() : codes.size()) : words.size(); }
  std::string_view text(std::size_t i) const { return codes.empty() ? texts[i] : texts[codes[i]]; }
  int64_t integer(std::size_t i) const { return static_cast<int64_t>(words[i]); }
  double real(std::size_t i) const {
    double d;
    std::memcpy(&d, &words[i], sizeof d);
    return d;
  }
  uint32_t form_at(std::size_t i) const { return forms.empty() ? form : forms[i]; }
  bool valid(std::size_t row) const { return validity.empty() || validity.get(row); }
};

/// Calls f(row, value_index) for each value of the column in row order.
template <class F>
void for_each_value(const Column& column, std::size_t rows, F&& f) {
  if (column.validity.empty()) {
    for (std::size_t i = 0; i < rows; i++) f(i, i);
  } else {
    std::size_t i = 0;
    column.validity.for_each([&](std::size_t row) { f(row, i++); });
  }
}

}  // namespace ev

// Events as tests write them down, and batches made from them value by value, so that what a format prints can be held
// to something that knows nothing of columns.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "emit/emitter.h"

namespace ev::test {

struct ModelValue {
  Type type = Type::null;
  uint64_t word = 0;
  std::string text;
  uint32_t form = 0;
};
inline ModelValue null() {
  return {};
}
inline ModelValue boolean(bool b) {
  return {Type::boolean, b, {}, 0};
}
inline ModelValue integer(int64_t i) {
  return {Type::int64, static_cast<uint64_t>(i), {}, 0};
}
inline ModelValue natural(uint64_t i) {
  return {Type::uint64, i, {}, 0};
}
inline ModelValue real(double d) {
  return {Type::float64, std::bit_cast<uint64_t>(d), {}, 0};
}
inline ModelValue string(std::string s) {
  return {Type::string, 0, std::move(s), 0};
}
inline ModelValue bytes(std::string s) {
  return {Type::bytes, 0, std::move(s), 0};
}
inline ModelValue json(std::string s) {
  return {Type::json, 0, std::move(s), 0};
}
inline ModelValue time(int64_t ns, uint32_t form) {
  return {Type::time, static_cast<uint64_t>(ns), {}, form};
}

using Event = std::vector<std::pair<Path, ModelValue>>;

struct BatchStyle {
  bool dictionaries = false;
  bool layouts = true;  // false: as a projected read gives it
};

inline Batch make_batch(const std::vector<Event>& events, BatchStyle style = {}) {
  Batch batch;
  batch.rows = static_cast<uint32_t>(events.size());
  std::map<Path, uint16_t> paths;
  std::map<Layout, uint32_t> layouts;
  std::map<std::pair<uint16_t, Type>, std::size_t> columns;
  for (std::size_t row = 0; row < events.size(); row++) {
    Layout layout;
    for (const auto& [path, value] : events[row]) {
      auto [at, is_new] = paths.emplace(path, static_cast<uint16_t>(batch.paths.size()));
      if (is_new) batch.paths.push_back(path);
      layout.push_back(at->second);
      if (value.type == Type::null) continue;
      auto [number, new_column] = columns.emplace(std::pair(at->second, value.type), batch.columns.size());
      if (new_column) {
        Column made;
        made.path = at->second;
        made.type = value.type;
        made.validity = Bitmap(events.size(), false);
        batch.columns.push_back(std::move(made));
      }
      Column& column = batch.columns[number->second];
      column.validity.set(row);
      if (is_text_type(value.type))
        column.texts.push_back(value.text);
      else
        column.words.push_back(value.word);
      if (value.type == Type::time) column.forms.push_back(value.form);
    }
    auto [at, is_new] = layouts.emplace(layout, static_cast<uint32_t>(batch.layouts.size()));
    if (is_new) batch.layouts.push_back(layout);
    batch.row_layouts.push_back(at->second);
  }
  for (Column& column : batch.columns) {
    if (column.validity.count() == events.size()) column.validity.clear();
    if (!style.dictionaries || !is_text_type(column.type)) continue;
    std::map<std::string, uint32_t> codes;
    Texts distinct;
    for (std::size_t i = 0; i < column.texts.size(); i++) {
      auto [at, is_new] = codes.emplace(column.texts[i], static_cast<uint32_t>(distinct.size()));
      if (is_new) distinct.push_back(column.texts[i]);
      column.codes.push_back(at->second);
    }
    column.texts = distinct;
  }
  if (!style.layouts) {
    batch.layouts.clear();
    batch.row_layouts.clear();
  }
  return batch;
}

/// What the format prints for these batches, in the order of calls that Emitter asks for.
inline std::string emit(std::string_view format, const std::vector<Batch>& batches, const EmitOptions& options = {}) {
  auto emitter = make_emitter(format, options);
  std::string text;
  if (emitter->buffers()) {
    text = emitter->begin();
    for (const Batch& batch : batches) {
      emitter->announce(batch);
      text += emitter->format(batch);
    }
  } else {
    if (!batches.empty()) emitter->announce(batches[0]);
    text = emitter->begin();
    for (std::size_t i = 1; i < batches.size(); i++) emitter->announce(batches[i]);
    for (const Batch& batch : batches) text += emitter->format(batch);
  }
  return text + emitter->end();
}
inline std::string emit(std::string_view format, const std::vector<Event>& events, const EmitOptions& options = {}) {
  return emit(format, std::vector<Batch>{make_batch(events)}, options);
}

}  // namespace ev::test

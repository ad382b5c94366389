// Events as a list of fields each: the plain model that batches are compared with.
#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "event/batch_builder.h"

namespace ev::test {

struct Field {
  Path path;
  Type type = Type::null;
  uint64_t word = 0;
  std::string text;
  uint32_t form = 0;
  bool operator==(const Field&) const = default;
};
using Event = std::vector<Field>;

inline Field null_field(Path path) {
  return {std::move(path), Type::null, 0, "", 0};
}
inline Field text_field(Path path, std::string text, Type type = Type::string) {
  return {std::move(path), type, 0, std::move(text), 0};
}
inline Field word_field(Path path, uint64_t word, Type type = Type::int64, uint32_t form = 0) {
  return {std::move(path), type, word, "", form};
}

inline void append_event(BatchBuilder& builder, const Event& event) {
  std::vector<uint32_t> layout;
  std::vector<Cell> cells;
  for (const Field& field : event) {
    const uint32_t path = builder.path(field.path);
    layout.push_back(path);
    Cell cell;
    if (field.type == Type::null) {
      cell.column = Cell::kNull;
    } else {
      cell.column = builder.column(path, field.type);
      if (is_text_type(field.type)) {
        // Exactly as long as the text: a read beyond it is an error under the address sanitizer.
        cell.word = reinterpret_cast<uint64_t>(field.text.data());
        cell.length = static_cast<uint32_t>(field.text.size());
      } else {
        cell.word = field.word;
        cell.length = field.form;
      }
    }
    cells.push_back(cell);
  }
  builder.append(builder.layout(layout), cells);
}

inline Batch build(const std::vector<Event>& events, BatchBuilder builder = {}) {
  for (const Event& event : events) append_event(builder, event);
  return builder.finish(-1);
}

inline std::vector<Event> read_events(const Batch& batch) {
  std::vector<Event> events;
  RowReader reader(batch);
  while (reader.next()) {
    Event& event = events.emplace_back();
    for (uint16_t path : reader.layout()) {
      Value value = reader.value(path);
      event.push_back({batch.paths[path], value.type, value.word, std::string(value.text), value.form});
    }
  }
  return events;
}

/// Random events over a few shapes: every type, nulls, missing fields, texts that repeat and texts that do not.
class RandomEvents {
 public:
  explicit RandomEvents(uint64_t seed) : random_(seed) {
    const std::vector<Path> paths = {
        Path{"id"}, Path{"meta", "chain"}, Path{"meta", "x", "y"}, Path{"meta.chain"}, Path{"a"}, Path{""}, Path{"b"},
        Path{"c"},  Path{"time"},          Path{"\xc3\xa9"}};
    for (int i = 0; i < 4; i++) {
      std::vector<Path> shape = paths;
      std::shuffle(shape.begin(), shape.end(), random_);
      shape.resize(below(shape.size() + 1));
      shapes_.push_back(std::move(shape));
    }
  }
  Event event() {
    Event event;
    for (const Path& path : shapes_[below(8) ? 0 : below(shapes_.size())]) event.push_back(field(path));
    return event;
  }
  std::vector<Event> events(std::size_t n) {
    std::vector<Event> events;
    for (std::size_t i = 0; i < n; i++) events.push_back(event());
    return events;
  }
  uint64_t below(uint64_t n) { return random_() % n; }

 private:
  Field field(const Path& path) {
    // Most values of a path have one type; some do not.
    const uint64_t usual = path.encoded().size() % 9;
    const auto type = static_cast<Type>(below(6) ? usual + 1 : below(10));
    if (type == Type::null) return null_field(path);
    if (is_text_type(type)) return text_field(path, text(), type);
    if (type == Type::boolean) return word_field(path, below(2), type);
    return word_field(path, below(2) ? random_() : below(5), type, type == Type::time ? form() : 0);
  }
  uint32_t form() { return below(100) < 90 ? 7 : static_cast<uint32_t>(below(3)); }
  std::string text() {
    std::string text(below(3) ? below(5) : below(90), 'x');
    const bool rare = below(2);
    for (char& c : text) c = static_cast<char>(rare ? below(256) : 'a' + below(2));
    return text;
  }

  std::mt19937_64 random_;
  std::vector<std::vector<Path>> shapes_;
};

}  // namespace ev::test

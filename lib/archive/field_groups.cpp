#include "archive/field_groups.h"

#include <unordered_map>

#include "event/text_dictionary.h"

namespace ev {

namespace {

constexpr uint32_t kNone = UINT32_MAX;

/// Numbers names by first appearance: values that differ may have the same one, as NaNs and the times of an hour do.
class Names {
 public:
  explicit Names(std::vector<std::string>& names) : names_(names) {}
  uint32_t number(std::string&& name) {
    auto [known, fresh] = numbers_.emplace(std::move(name), static_cast<uint32_t>(names_.size()));
    if (fresh) names_.push_back(known->first);
    return known->second;
  }

 private:
  std::vector<std::string>& names_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

class Grouping {
 public:
  Grouping(const Batch& batch, const TemplateField& field, FieldGroups& groups)
      : batch_(batch), field_(field), groups_(groups), names_(groups.names) {}

  void add(const Column& column) {
    if (column.size() == 0) return;
    groups_.present = true;
    if (!is_text_type(column.type))
      add_words(column);
    else if (!column.codes.empty())
      add_coded(column);
    else
      add_plain(column);
  }

  void add_times(const Column& column) {
    if (column.size() == 0) return;
    groups_.present = true;
    std::unordered_map<int64_t, uint32_t> known;  // by the begin of a range
    TimePattern::Range last{0, 0};
    uint32_t last_number = kNone;
    for_each_value(column, batch_.rows, [&](std::size_t row, std::size_t i) {
      const int64_t ns = column.integer(i);
      if (last_number == kNone || !last.holds(ns)) {
        last = field_.time->range_of(ns);
        auto [at, fresh] = known.emplace(last.begin, 0);
        if (fresh) at->second = time_number(ns);
        last_number = at->second;
      }
      groups_.of_row[row] = last_number;
    });
  }

  /// Rows without a value.
  void add_rest() {
    uint32_t number = kNone;
    for (uint32_t& group : groups_.of_row) {
      if (group != kNone) continue;
      if (number == kNone) number = field_.time ? names_.number(std::string(kUntimedName)) : value_number(Value{});
      group = number;
    }
  }

 private:
  uint32_t value_number(const Value& value) {
    std::string name;
    append_name(name, value, field_.rule);
    return names_.number(std::move(name));
  }

  uint32_t time_number(int64_t ns) {
    std::string text, name;
    field_.time->print(ns, text);
    // Its steps begin with nothing that is taken for an option.
    for (std::size_t i = 0; i < text.size(); i++) {
      if (text[i] == '-' && (i == 0 || text[i - 1] == '/'))
        name += "%2D";
      else
        name += text[i];
    }
    return names_.number(std::move(name));
  }

  void add_words(const Column& column) {
    std::unordered_map<uint64_t, uint32_t> known;
    uint64_t last = 0;
    uint32_t last_number = kNone;
    for_each_value(column, batch_.rows, [&](std::size_t row, std::size_t i) {
      const uint64_t word = column.words[i];
      if (last_number == kNone || word != last) {
        auto [at, fresh] = known.emplace(word, 0);
        if (fresh) at->second = value_number({column.type, word, {}, 0});
        last = word;
        last_number = at->second;
      }
      groups_.of_row[row] = last_number;
    });
  }

  void add_coded(const Column& column) {
    PodVector<uint32_t> numbers(column.texts.size(), kNone);
    for_each_value(column, batch_.rows, [&](std::size_t row, std::size_t i) {
      uint32_t& number = numbers[column.codes[i]];
      if (number == kNone) number = value_number({column.type, 0, column.text(i), 0});
      groups_.of_row[row] = number;
    });
  }

  void add_plain(const Column& column) {
    TextDictionary dictionary;
    Texts texts;
    PodVector<uint32_t> numbers;
    dictionary.start();
    for_each_value(column, batch_.rows, [&](std::size_t row, std::size_t i) {
      const std::string_view text = column.texts[i];
      const auto length = static_cast<uint32_t>(text.size());
      uint32_t at = dictionary.find(texts, text.data(), length);
      if (at == TextDictionary::kAbsent) {
        at = static_cast<uint32_t>(numbers.size());
        dictionary.insert(text.data(), length);
        texts.push_back(text);
        numbers.push_back(value_number({column.type, 0, text, 0}));
      }
      groups_.of_row[row] = numbers[at];
    });
  }

  const Batch& batch_;
  const TemplateField& field_;
  FieldGroups& groups_;
  Names names_;
};

}  // namespace

FieldGroups group_rows(const Batch& batch, const TemplateField& field) {
  FieldGroups groups;
  groups.of_row.assign(batch.rows, kNone);
  Grouping grouping(batch, field, groups);
  const int path = field.event_time ? batch.time_path : find_path(batch.paths, field.name);
  for (const Column& column : batch.columns) {
    if (path != static_cast<int>(column.path)) continue;
    if (!field.time)
      grouping.add(column);
    else if (column.type == Type::time)
      grouping.add_times(column);
  }
  grouping.add_rest();
  if (groups.names.size() == 1) groups.of_row = {};
  return groups;
}

}  // namespace ev

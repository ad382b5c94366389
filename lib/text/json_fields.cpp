#include "text/json_fields.h"

#include <algorithm>
#include <functional>

#include "text/time_field.h"

namespace ev {

FieldTree::FieldTree(BatchBuilder& builder, const FieldChoice& choice) : builder_(builder), choice_(choice) {
  reset({});
}

void FieldTree::reset(const Reading& reading) {
  reading_ = reading;
  if (!reading_.time_rules) reading_.time_rules = std::make_shared<const TimeRules>();
  named_rules_ = *reading_.time_rules;
  named_rules_.plausible_only = false;
  fields_.clear();
  table_.assign(256, 0);
  fields_.emplace_back();
}

uint64_t FieldTree::hash(uint32_t parent, std::string_view key) {
  return std::hash<std::string_view>{}(key) ^ (parent + 1) * uint64_t{0x9e3779b97f4a7c15};
}

Field* FieldTree::find_or_add(Field& parent, std::string_view key, KeyProblem& problem) {
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash(parent.number, key) & mask;
  for (; table_[slot]; slot = (slot + 1) & mask) {
    Field& field = fields_[table_[slot]];
    if (field.parent == parent.number && field.key == key) return &field;
  }
  if (key.size() > kMaxStepBytes) {
    problem = KeyProblem::step_too_long;
    return nullptr;
  }
  if (parent.full_path.encoded().size() + 2 + key.size() > kMaxPathBytes) {
    problem = KeyProblem::path_too_long;
    return nullptr;
  }
  table_[slot] = static_cast<uint32_t>(fields_.size());
  add(parent.number, key, parent.full_path.child(key));
  if (fields_.size() * 2 > table_.size()) grow_table();
  return &fields_.back();
}

void FieldTree::add(uint32_t parent, std::string_view key, Path full_path) {
  uint32_t depth = fields_[parent].depth + 1;
  Field& field = fields_.emplace_back();
  field.columns.fill(Field::kNone);
  field.number = static_cast<uint32_t>(fields_.size() - 1);
  field.parent = parent;
  field.depth = depth;
  field.key = key;
  field.plain_key = std::none_of(key.begin(), key.end(),
                                 [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  field.is_time = reading_.time_path && *reading_.time_path == full_path;
  if (reading_.types) field.chosen = reading_.types->find(full_path, reading_.json);
  field.converted = field.is_time || field.chosen;
  field.whole = reading_.json && field.chosen && field.chosen->keeps_objects();
  field.wanted = (field.is_time && choice_.event_time) || choice_.wants(full_path);
  field.full_path = std::move(full_path);
}

void FieldTree::grow_table() {
  table_.assign(table_.size() * 4, 0);
  const std::size_t mask = table_.size() - 1;
  for (uint32_t i = 1; i < fields_.size(); i++) {
    std::size_t slot = hash(fields_[i].parent, fields_[i].key) & mask;
    while (table_[slot]) slot = (slot + 1) & mask;
    table_[slot] = i;
  }
}

Cell FieldTree::converted_cell(Field& field, const Scalar& value, std::string_view raw) {
  TimeValue time;
  if (field.is_time && read_time(value, raw, *reading_.time_rules, time))
    return {column(field, Type::time), time.form, static_cast<uint64_t>(time.ns)};
  Scalar converted = value;
  if (field.chosen) converted = converter_.convert(value, raw, field.chosen->kinds, named_rules_);
  return {column(field, converted.type), converted.length, converted.word};
}

}  // namespace ev

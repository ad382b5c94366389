#include "text/json_plain.h"

#include <cstring>

#include "base/text.h"

namespace ev {

bool PlainReader::read(std::string_view line) {
  line_ = line;
  not_an_object_ = {};
  entries_.clear();
  leaves_.clear();
  leaf_count_ = 0;
  name_bytes_ = 0;
  duplicates_ = 0;
  values_.reserve(line.size());
  values_.start_line();
  if (!read_top(skip_space(line.data()))) return false;
  if (duplicates_ > 0) {
    collect(0, entries_.size());
  } else {
    for (const Entry& entry : entries_)
      if (!entry.is_object) leaves_.push_back(entry);
  }
  return true;
}

bool PlainReader::read_top(const char* p) {
  if (*p != '{') {
    not_an_object_ = what_else(p);
    return false;
  }
  const char* end = read_object(p, fields_.root());
  if (!end) return false;
  end = skip_space(end);
  if (end == line_.data() + line_.size()) return true;
  values_.fail(end, *end == '{' ? "a second object follows on the line" : "more text follows the object");
  return false;
}

/// What a line is that does not begin like an object.
std::string_view PlainReader::what_else(const char* p) {
  Scalar value;
  const char* end = values_.read(p, 0, value);
  if (!end || skip_space(end) != line_.data() + line_.size()) return "is not JSON";
  switch (*p) {
    case '[':
      return "is a JSON array, not an object";
    case '"':
      return "is a JSON string, not an object";
    case 't':
    case 'f':
      return "is a JSON boolean, not an object";
    case 'n':
      return "is a JSON null, not an object";
    default:
      return "is a JSON number, not an object";
  }
}

std::string PlainReader::reason() const {
  if (!not_an_object_.empty()) return std::string(not_an_object_);
  return concat("column ", values_.fault().at - line_.data() + 1, ": ", values_.fault().what);
}

const char* PlainReader::read_object(const char* p, Field& parent) {
  p = skip_space(p + 1);
  if (*p == '}') return p + 1;
  const uint64_t object = ++objects_;
  Field* last = nullptr;
  for (;;) {
    Field* field;
    p = read_key(p, parent, last ? last->next_guess : parent.first_guess, field);
    if (!p) return nullptr;
    (last ? last->next_guess : parent.first_guess) = field->number;
    name_bytes_ += field->full_path.encoded().size();
    if (name_bytes_ > kMaxRecordNameBytes) return values_.fail(p, kNamesTooLong);
    last = field;
    if (field->seen_in == object) duplicates_++;
    field->seen_in = object;
    p = skip_space(p);
    if (*p != ':') return values_.fail(p, "expected ':' after a key");
    p = skip_space(p + 1);
    entries_.push_back({field, p, nullptr, {}, 1, false});
    p = read_field_value(p, entries_.size() - 1);
    if (!p) return nullptr;
    p = skip_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return values_.fail(p, *p == '\n' ? "the line ends inside an object" : "expected ',' or '}'");
    p = skip_space(p + 1);
  }
}

const char* PlainReader::read_key(const char* p, Field& parent, uint32_t guess, Field*& field) {
  if (*p != '"') return values_.fail(p, *p == '\n' ? "the line ends inside an object" : "expected a key");
  if (guess != Field::kNone) {
    Field& guessed = fields_[guess];
    const std::size_t size = guessed.key.size();
    // Bytes equal to those of a known key need no look of their own, unless they could be an escaped spelling of
    // another.
    if (size + 2 <= static_cast<std::size_t>(line_.data() + line_.size() - p) && p[size + 1] == '"' &&
        std::memcmp(p + 1, guessed.key.data(), size) == 0 && guessed.plain_key) {
      field = &guessed;
      return p + size + 2;
    }
  }
  Scalar key;
  const char* end = values_.read_string(p, key);
  if (!end) return nullptr;
  KeyProblem problem = KeyProblem::none;
  field = fields_.find_or_add(parent, {reinterpret_cast<const char*>(key.word), key.length}, problem);
  if (field) return end;
  return values_.fail(p, problem == KeyProblem::step_too_long ? "a key is longer than 65,535 bytes"
                                                              : "the keys down to a value are longer than 1 MiB");
}

const char* PlainReader::read_field_value(const char* p, std::size_t entry) {
  Field& field = *entries_[entry].field;
  const char* end;
  if (*p == '{' && field.depth < kMaxDepth && !field.whole && *skip_space(p + 1) != '}') {
    entries_[entry].is_object = true;
    end = read_object(p, field);
    entries_[entry].extent = static_cast<uint32_t>(entries_.size() - entry);
  } else {
    if (++leaf_count_ > kMaxColumns) return values_.fail(p, "more than 4,096 fields");
    Scalar value;
    end = *p == '{' ? values_.read_json(p, field.depth, value) : values_.read(p, field.depth, value);
    entries_[entry].value = value;
  }
  entries_[entry].end = end;
  return end;
}

/// The leaves of the object whose members are entries [begin, end), with repeated keys resolved.
void PlainReader::collect(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; i += entries_[i].extent) entries_[i].field->entry = i;
  const uint64_t object = ++objects_;
  for (std::size_t i = begin; i < end; i += entries_[i].extent) {
    Field& field = *entries_[i].field;
    if (field.seen_in == object) continue;
    field.seen_in = object;
    const std::size_t chosen = field.entry;
    if (entries_[chosen].is_object) {
      collect(chosen + 1, chosen + entries_[chosen].extent);
    } else {
      leaves_.push_back(entries_[chosen]);
    }
  }
}

}  // namespace ev

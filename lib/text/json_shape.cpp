#include "text/json_shape.h"

#include <algorithm>
#include <cstring>

namespace ev {

const char* read_cell(FieldTree& fields, ValueReader& values, const char* p, Field& field, Cell& cell) {
  Scalar value;
  const char* end;
  if (*p == '{') [[unlikely]] {
    // An object with members has a shape of its own; the empty one is a value, and so is what stays whole.
    if (!field.whole && *skip_space(p + 1) != '}') return nullptr;
    end = values.read_json(p, field.depth, value);
  } else {
    end = values.read(p, field.depth, value);
  }
  if (end && field.wanted)
    cell = value.type == Type::null ? Cell{Cell::kNull, 0, 0}
                                    : fields.cell(field, value, {p, static_cast<std::size_t>(end - p)});
  return end;
}

void ShapeReader::add_step(std::string_view literal, Field* field) {
  Step& step = steps_.emplace_back();
  std::memset(step.begin, 0, sizeof step.begin);
  std::memcpy(step.begin, literal.data(), std::min(literal.size(), sizeof step.begin));
  step.mask = first_mask(literal.size());
  step.length = static_cast<uint32_t>(literal.size());
  step.literal = literals_.size();
  literals_.append(literal.data(), literal.size());
  step.field = field;
  if (!field) return;
  step.wanted = field->wanted;
  cell_count_ += field->wanted;
  step.kind = !field->wanted ? Kind::other : field->chosen ? Kind::chosen : field->is_time ? Kind::time : Kind::plain;
  look_up_columns(step);
}

void ShapeReader::look_up_columns(Step& step) const {
  if (!step.wanted) return;
  auto column = [&](Type type) { return step.field->columns[static_cast<std::size_t>(type)]; };
  step.strings = column(Type::string);
  step.integers = column(Type::int64);
  step.floats = column(Type::float64);
  step.times = column(Type::time);
}

/// After `value` was read as a time: others of its kind may be as well, if nothing but the usual rules decides.
void ShapeReader::learn_epochs(Step& step, int64_t value) const {
  const TimeRules& rules = fields_.time_rules();
  if (!rules.formats.empty()) return;
  step.epochs = epoch_unit(value);
  if (!rules.plausible_only || step.epochs.ns == 0) return;
  step.epochs.least = std::max(step.epochs.least, kEarliestPlausible / step.epochs.ns + 1);
  step.epochs.most = std::min(step.epochs.most, (kLatestPlausible - 1) / step.epochs.ns);
}

/// What follows the literal of the step at `p`, or nullptr.
inline const char* ShapeReader::past_literal(const char* p, const Step& step) const {
  if (differing(p, step.begin) & step.mask) return nullptr;
  if (step.length > sizeof step.begin && !ends_with(p, literals_.data() + step.literal, step.length)) return nullptr;
  return p + step.length;
}

uint32_t ShapeReader::read_plain(Step& step, const char** at, uint32_t count, Cell* cells) {
  for (uint32_t i = 0; i < count; i++) {
    const char* p = past_literal(at[i], step);
    if (!p) return i;
    if (*p == '"') {
      const char* stop = find_string_stop(p + 1);
      if (*stop == '"' && step.strings != Field::kNone) [[likely]] {
        cells[i] = {step.strings, static_cast<uint32_t>(stop - p - 1), reinterpret_cast<uint64_t>(p + 1)};
        at[i] = stop + 1;
        continue;
      }
    } else if (begins_number(*p)) {
      Scalar value;
      const char* end = scan_number(p, value);
      const uint32_t column = value.type == Type::int64     ? step.integers
                              : value.type == Type::float64 ? step.floats
                                                            : Field::kNone;
      if (end && column != Field::kNone) [[likely]] {
        cells[i] = {column, 0, value.word};
        at[i] = end;
        continue;
      }
    }
    p = read_cell(fields_, values_, p, *step.field, cells[i]);
    if (!p) return i;
    at[i] = p;
    look_up_columns(step);
  }
  return count;
}

uint32_t ShapeReader::read_times(Step& step, const char** at, uint32_t count, Cell* cells) {
  for (uint32_t i = 0; i < count; i++) {
    const char* p = past_literal(at[i], step);
    if (!p) return i;
    if (begins_number(*p)) {
      Scalar value;
      const char* end = scan_number(p, value);
      if (end && value.type == Type::int64) [[likely]] {
        const auto number = static_cast<int64_t>(value.word);
        if (step.epochs.covers(number) && step.times != Field::kNone) [[likely]] {
          cells[i] = {step.times, step.epochs.form, static_cast<uint64_t>(number * step.epochs.ns)};
          at[i] = end;
          continue;
        }
        learn_epochs(step, number);
      }
    }
    p = read_cell(fields_, values_, p, *step.field, cells[i]);
    if (!p) return i;
    at[i] = p;
    look_up_columns(step);
  }
  return count;
}

/// Values that become what the user chose.
uint32_t ShapeReader::read_chosen(const Step& step, const char** at, uint32_t count, Cell* cells) {
  for (uint32_t i = 0; i < count; i++) {
    const char* p = past_literal(at[i], step);
    if (p) p = read_cell(fields_, values_, p, *step.field, cells[i]);
    if (!p) return i;
    at[i] = p;
  }
  return count;
}

/// Values that no cell is made of; they must be right all the same.
uint32_t ShapeReader::read_others(Step& step, const char** at, uint32_t count, Cell* cells) {
  for (uint32_t i = 0; i < count; i++) {
    const char* p = past_literal(at[i], step);
    if (!p) return i;
    if (*p == '"') {
      const char* stop = find_string_stop(p + 1);
      if (*stop == '"') [[likely]] {
        at[i] = stop + 1;
        continue;
      }
    } else if (begins_number(*p)) {
      Scalar unused;
      at[i] = scan_number(p, unused);
      if (!at[i]) return i;
      continue;
    }
    p = read_cell(fields_, values_, p, *step.field, cells[i]);
    if (!p) return i;
    at[i] = p;
  }
  return count;
}

uint32_t ShapeReader::read(const char* const* begins, uint32_t count, Cell* cells) {
  const char* at[kMaxLines];
  std::copy_n(begins, count, at);
  const uint32_t tried = count;
  const std::size_t mark = values_.mark();
  for (Step& step : steps_) {
    switch (step.kind) {
      case Kind::plain:
        count = read_plain(step, at, count, cells);
        break;
      case Kind::time:
        count = read_times(step, at, count, cells);
        break;
      case Kind::chosen:
        count = read_chosen(step, at, count, cells);
        break;
      case Kind::other:
        count = read_others(step, at, count, cells);
        break;
      case Kind::end:
        for (uint32_t i = 0; i < count; i++) {
          const char* p = past_literal(at[i], step);
          if (!p || *skip_space(p) != '\n') count = i;
        }
        break;
    }
    // Texts that the lines in front wrote there cannot be told from those of the lines behind.
    if (count < tried && values_.mark() != mark) {
      values_.drop_from(mark);
      count = 0;
    }
    if (count == 0) return 0;
    if (step.wanted) cells += RowGroup::kStride;
  }
  return count;
}

}  // namespace ev

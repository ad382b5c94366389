#include "text/json_template.h"

#include <algorithm>

namespace ev {

void TemplateReader::reset() {
  steps_.assign(1, Step{});
  literals_.clear();
  literals_.reserve(64);
  way_.clear();
  row_.clear();
  last_end_ = row_end_ = 0;
  in_row_ = false;
}

namespace {

/// The bytes among 16 in which the two differ.
inline uint32_t differing(const char* a, const char* b) {
  __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
  __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, y))) ^ 0xffff;
}

/// What follows the first 16 bytes of a literal. Reads whole 16 bytes of both.
inline bool ends_with(const char* p, const char* literal, uint32_t length) {
  for (std::size_t at = 16; at < length; at += 16) {
    const std::size_t left = length - at;
    const uint32_t mask = left >= 16 ? 0xffff : (1u << left) - 1;
    if (differing(p + at, literal + at) & mask) return false;
  }
  return true;
}

/// `first_mask`: the bytes of the literal among the first 16. Reads whole 16 bytes of both.
inline bool begins_with(const char* p, const char* literal, uint32_t length, uint32_t first_mask) {
  return (differing(p, literal) & first_mask) == 0 && (length <= 16 || ends_with(p, literal, length));
}

inline void put(Cell*& at, const Cell& cell) {
  *at = cell;
  at += RowGroup::kStride;
}

}  // namespace

/// Reads the value at `p` and puts its cell, if it is wanted, at `cell`.
inline const char* TemplateReader::read_value(const char* p, Field& field, Cell*& cell) {
  if (*p == '"') [[likely]] {
    const char* stop = find_string_stop(p + 1);
    if (*stop == '"' && !field.is_time) [[likely]] {
      if (field.wanted)
        put(cell, {fields_.column(field, Type::string), static_cast<uint32_t>(stop - p - 1),
                   reinterpret_cast<uint64_t>(p + 1)});
      return stop + 1;
    }
  }
  Scalar value;
  const char* end;
  if (*p == '{') [[unlikely]] {
    // An object with members has a shape of its own; the empty one is a value.
    if (*skip_space(p + 1) != '}') return nullptr;
    end = values_.read_json(p, field.depth, value);
  } else if (begins_number(*p)) {
    end = scan_number(p, value);
  } else {
    end = values_.read(p, field.depth, value);
  }
  if (end && field.wanted)
    put(cell, value.type == Type::null ? Cell{Cell::kNull, 0, 0}
                                       : fields_.cell(field, value, {p, static_cast<std::size_t>(end - p)}));
  return end;
}

const char* TemplateReader::read(const char* p, Cell* const cells) {
  const std::size_t mark = values_.mark();
  if (in_row_) [[likely]] {
    if (const char* next = read_row(p, cells)) [[likely]]
      return next;
    values_.drop_from(mark);
    in_row_ = false;
  }
  const char* next = read_tree(p, cells);
  if (!next) values_.drop_from(mark);
  return next;
}

const char* TemplateReader::read_row(const char* p, Cell* cell) {
  const char* const literals = literals_.data();
  for (const RowStep* step = row_.data();; step++) {
    if (differing(p, step->begin) & step->mask) return nullptr;
    if (step->length > sizeof step->begin && !ends_with(p, literals + step->literal, step->length)) return nullptr;
    p += step->length;
    if (!step->field) break;
    if (!step->plain) {
      // Needs a closer look.
    } else if (*p == '"') {
      const char* stop = find_string_stop(p + 1);
      if (*stop == '"' && step->strings != Field::kNone) [[likely]] {
        put(cell, {step->strings, static_cast<uint32_t>(stop - p - 1), reinterpret_cast<uint64_t>(p + 1)});
        p = stop + 1;
        continue;
      }
    } else if (begins_number(*p)) {
      Scalar value;
      const char* end = scan_number(p, value);
      const uint32_t column = value.type == Type::int64     ? step->integers
                              : value.type == Type::float64 ? step->floats
                                                            : Field::kNone;
      if (end && column != Field::kNone) [[likely]] {
        put(cell, {column, 0, value.word});
        p = end;
        continue;
      }
    }
    p = read_value(p, *step->field, cell);
    if (!p) return nullptr;
  }
  p = skip_space(p);
  return *p == '\n' ? p + 1 : nullptr;
}

/// Lays out the steps of way_ in a row.
void TemplateReader::straighten(uint32_t last_step) {
  row_.clear();
  for (const uint32_t number : way_) {
    const Step& step = steps_[number];
    RowStep& next = row_.emplace_back();
    std::memcpy(next.begin, literals_.data() + step.literal, sizeof next.begin);
    next.mask = step.first_mask;
    next.length = step.length;
    next.literal = step.literal;
    next.field = step.field;
    next.plain = step.field && step.field->wanted && !step.field->is_time;
    auto column = [&](Type type) { return next.plain ? step.field->columns[static_cast<std::size_t>(type)] : Field::kNone; };
    next.strings = column(Type::string);
    next.integers = column(Type::int64);
    next.floats = column(Type::float64);
  }
  row_end_ = last_step;
}

const char* TemplateReader::read_tree(const char* p, Cell* const cells) {
  // Kept in registers: the compiler cannot know that cells do not lie over the members.
  Step* const steps = steps_.data();
  const char* const literals = literals_.data();
  Cell* cell = cells;
  uint32_t* first = &steps[0].children;
  uint32_t* link = first;
  way_.clear();
  while (*link) {
    const uint32_t number = *link;
    Step& step = steps[number];
    const char* end = nullptr;
    if (begins_with(p, literals + step.literal, step.length, step.first_mask)) {
      end = p + step.length;
      if (step.field) {
        end = read_value(end, *step.field, cell);
      } else {
        end = skip_space(end);
        if (*end != '\n') end = nullptr;
      }
    }
    if (!end) {
      link = &step.alternative;
      continue;
    }
    if (link != first) [[unlikely]] {  // what came last is tried first
      *link = step.alternative;
      step.alternative = *first;
      *first = number;
    }
    way_.push_back(number);
    if (!step.field) {
      layout_ = step.layout;
      cell_count_ = static_cast<std::size_t>(cell - cells) / RowGroup::kStride;
      if (number == last_end_ && number != row_end_) straighten(number);
      in_row_ = number == row_end_;
      last_end_ = number;
      return end + 1;
    }
    p = end;
    link = first = &step.children;
  }
  return nullptr;
}

uint32_t TemplateReader::add_child(uint32_t parent, std::string_view literal, Field* field) {
  // The alternative that was not needed for longest makes room; what hung below it goes with the next reset().
  uint32_t* link = &steps_[parent].children;
  for (uint32_t i = 1; *link; i++, link = &steps_[*link].alternative) {
    if (i == kMaxAlternatives) *link = 0;
    if (*link == 0) break;
  }
  Step step{};
  step.literal = static_cast<uint32_t>(literals_.size());
  step.length = static_cast<uint32_t>(literal.size());
  step.first_mask = literal.size() >= 16 ? 0xffff : (1u << literal.size()) - 1;
  step.alternative = steps_[parent].children;
  step.field = field;
  literals_.append(literal.data(), literal.size());
  steps_.push_back(step);
  return steps_[parent].children = static_cast<uint32_t>(steps_.size() - 1);
}

void TemplateReader::learn(std::string_view line, std::span<const Entry> leaves, uint32_t layout) {
  if (line.size() > kMaxLiteralBytes) return;
  if (steps_.size() + leaves.size() + 1 > kMaxSteps || literals_.size() + line.size() > kMaxLiteralBytes) reset();
  uint32_t at = 0;
  const char* from = line.data();
  for (std::size_t i = 0; i <= leaves.size(); i++) {
    const bool last = i == leaves.size();
    const char* to = last ? line.data() + line.size() : leaves[i].begin;
    if (last)
      while (to > from && is_json_space(to[-1])) to--;
    std::string_view literal(from, static_cast<std::size_t>(to - from));
    Field* field = last ? nullptr : leaves[i].field;
    uint32_t child = steps_[at].children;
    while (child && (steps_[child].field != field || steps_[child].length != literal.size() ||
                     std::memcmp(literals_.data() + steps_[child].literal, literal.data(), literal.size()) != 0))
      child = steps_[child].alternative;
    at = child ? child : add_child(at, literal, field);
    if (!last) from = leaves[i].end;
  }
  steps_[at].layout = layout;
}

}  // namespace ev

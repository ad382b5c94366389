#include "text/json_template.h"

#include <algorithm>

namespace ev {

void TemplateReader::reset() {
  steps_.assign(1, Step{});
  literals_.clear();
  literals_.reserve(64);
  way_.clear();
  shape_.clear();
  last_end_ = shape_end_ = 0;
  shape_lines_ = 0;
}

namespace {

/// `first_mask`: the bytes of the literal among the first 16. Reads whole 16 bytes of both.
inline bool begins_with(const char* p, const char* literal, uint32_t length, uint32_t mask) {
  return (differing(p, literal) & mask) == 0 && (length <= 16 || ends_with(p, literal, length));
}

}  // namespace

uint32_t TemplateReader::read_ahead(const char* const* begins, uint32_t count, Cell* cells) {
  const uint32_t tried = std::min(count, shape_lines_);
  const uint32_t lines = shape_.read(begins, tried, cells);
  if (lines < tried)
    shape_lines_ = 0;
  else if (lines == shape_lines_)
    shape_lines_ = std::min(2 * shape_lines_, ShapeReader::kMaxLines);
  cell_count_ = shape_.cell_count();
  layout_ = steps_[shape_end_].layout;
  return lines;
}

/// Makes the steps of way_ the shape that is read ahead.
void TemplateReader::straighten(uint32_t last_step) {
  shape_.clear();
  for (const uint32_t number : way_) {
    const Step& step = steps_[number];
    shape_.add_step({literals_.data() + step.literal, step.length}, step.field);
  }
  shape_end_ = last_step;
}

bool TemplateReader::read(const char* p, Cell* const cells) {
  const std::size_t mark = values_.mark();
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
        end = read_cell(fields_, values_, end, *step.field, *cell);
        if (end && step.field->wanted) cell += RowGroup::kStride;
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
      if (number == last_end_ && number != shape_end_) straighten(number);
      shape_lines_ = number == shape_end_;
      last_end_ = number;
      return true;
    }
    p = end;
    link = first = &step.children;
  }
  values_.drop_from(mark);
  shape_lines_ = 0;
  return false;
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
  step.first_mask = first_mask(literal.size());
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

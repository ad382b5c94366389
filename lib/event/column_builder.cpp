#include "event/column_builder.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace ev {

namespace {

// A dictionary that hardly saves anything is given up: at that many values, if more than that part of them is distinct.
struct GiveUp {
  uint32_t values, distinct_parts, of_parts;
};
constexpr GiveUp kGiveUp[] = {{1024, 7, 8}, {4096, 3, 4}, {16384, 1, 2}};

// Rows grow a bitmap by so many bits at a time.
constexpr std::size_t kBitmapStep = 4096;

// A little more than last time: batches of one input are alike, and growing copies.
std::size_t room(std::size_t last) {
  return last + last / 16 + 64;
}

bool hardly_repeats(uint32_t values, uint32_t distinct, uint32_t& next_check) {
  const GiveUp* rule = nullptr;
  next_check = values + 1;
  for (const GiveUp& each : kGiveUp) {
    if (values < each.values) {
      next_check = each.values;
      break;
    }
    rule = &each;
  }
  return rule && uint64_t{distinct} * rule->of_parts > uint64_t{values} * rule->distinct_parts;
}

}  // namespace

ColumnBuilder::ColumnBuilder(uint32_t path, Type type) : path_(path) {
  column_.type = type;
  kind_ = is_text_type(type) ? Kind::coded : type == Type::time ? Kind::time : Kind::word;
}

void ColumnBuilder::begin(uint32_t row) {
  in_use_ = true;
  if (kind_ == Kind::coded) {
    dictionary_.start();
    column_.codes.reserve(room(last_values_));
    column_.texts.offsets.reserve(room(last_texts_) + 1);
    column_.texts.data.reserve(room(last_text_bytes_));
    next_check_ = kGiveUp[0].values;
  } else {
    column_.words.reserve(room(last_values_));
  }
  if (row == 0) {
    dense_rows_ = 1;
  } else {
    dense_rows_ = 0;
    mark_gap(row);
  }
}

void ColumnBuilder::mark_gap(uint32_t row) {
  if (!gaps_) {
    assert(dense_rows_ < row && "a column was appended twice in one row");
    begin_gaps(dense_rows_);
  } else {
    assert(last_row_ < row && "a column was appended twice in one row");
  }
  last_row_ = row;
  Bitmap& valid = column_.validity;
  if (row >= valid.size()) valid.resize((row / kBitmapStep + 1) * kBitmapStep);
  valid.set(row);
}

void ColumnBuilder::begin_gaps(uint32_t valid_rows) {
  column_.validity.assign(valid_rows, true);
  gaps_ = true;
  dense_rows_ = kNotDense;
}

void ColumnBuilder::push(const Cell* cells, uint32_t count) {
  if (kind_ == Kind::coded) {
    push_coded(cells, count);
  } else if (kind_ == Kind::plain) {
    push_plain(cells, count);
  } else {
    uint64_t* words = column_.words.extend(count);
    for (uint32_t i = 0; i < count; i++) words[i] = cells[i].word;
    if (kind_ == Kind::time) push_forms(count, [&](std::size_t i) { return cells[i].length; });
  }
}

void ColumnBuilder::push(const Column& from, std::size_t first, std::size_t count, PodVector<uint32_t>& known) {
  if (kind_ == Kind::coded) {
    push_coded(from, first, count, known);
  } else if (kind_ == Kind::plain) {
    push_plain(from, first, count);
  } else {
    column_.words.append(from.words.data() + first, count);
    if (kind_ == Kind::time) push_forms(count, [&](std::size_t i) { return from.form_at(first + i); });
  }
}

/// The forms of the last `count` words.
template <class FormOf>
void ColumnBuilder::push_forms(std::size_t count, FormOf form_of) {
  const std::size_t before = column_.words.size() - count;
  if (before == 0) column_.form = form_of(0);
  for (std::size_t i = 0; i < count; i++) {
    const uint32_t form = form_of(i);
    if (column_.forms.empty()) {
      if (form == column_.form) continue;
      column_.forms.assign(before + i, column_.form);
    }
    column_.forms.push_back(form);
  }
}

void ColumnBuilder::push_plain(const Cell* cells, uint32_t count) {
  Texts& texts = column_.texts;
  const std::size_t before = texts.data.size();
  uint64_t end = before;
  uint32_t* offsets = texts.offsets.extend(count);
  for (uint32_t i = 0; i < count; i++) {
    end += cells[i].length;
    offsets[i] = static_cast<uint32_t>(end);
  }
  if (end > UINT32_MAX) fail_too_long();
  char* to = texts.data.extend(end - before);
  for (uint32_t i = 0; i < count; i++) {
    copy_text(to, reinterpret_cast<const char*>(cells[i].word), cells[i].length);
    to += cells[i].length;
  }
}

void ColumnBuilder::push_plain(const Column& from, std::size_t first, std::size_t count) {
  if (!from.codes.empty()) {
    for (std::size_t i = first; i < first + count; i++) {
      const std::string_view text = from.text(i);
      push_plain(text.data(), static_cast<uint32_t>(text.size()));
    }
    return;
  }
  const uint32_t* begins = from.texts.offsets.data() + first;
  const uint64_t bytes = begins[count] - begins[0], before = column_.texts.data.size();
  if (before + bytes > UINT32_MAX) fail_too_long();
  uint32_t* offsets = column_.texts.offsets.extend(count);
  for (std::size_t i = 0; i < count; i++) offsets[i] = static_cast<uint32_t>(before + begins[i + 1] - begins[0]);
  column_.texts.data.append(from.texts.data.data() + begins[0], bytes);
}

void ColumnBuilder::push_coded(const Column& from, std::size_t first, std::size_t count, PodVector<uint32_t>& known) {
  // A table as long as the dictionary is worth it where it will be asked often.
  if (known.empty() && !from.codes.empty() && count >= from.texts.size() / 4)
    known.assign(from.texts.size(), TextDictionary::kAbsent);
  const bool remember = !known.empty();
  for (std::size_t i = first; i < first + count; i++) {
    if (remember && known[from.codes[i]] != TextDictionary::kAbsent) {
      column_.codes.push_back(known[from.codes[i]]);
      continue;
    }
    const std::string_view text = from.text(i);
    push_coded(text.data(), static_cast<uint32_t>(text.size()));
    // Where the dictionary was given up on the way, the rest is plain.
    if (kind_ != Kind::coded) [[unlikely]]
      return push_plain(from, i + 1, first + count - i - 1);
    if (remember) known[from.codes[i]] = column_.codes.back();
  }
}

void ColumnBuilder::push_coded(const Cell* cells, uint32_t count) {
  while (count > 0) {
    const std::size_t before = column_.codes.size();
    const uint32_t found = dictionary_.find(column_.texts, cells, count, column_.codes.extend(count));
    if (found == count) return;
    column_.codes.resize(before + found);
    push_new_text(reinterpret_cast<const char*>(cells[found].word), cells[found].length);
    cells += found + 1;
    count -= found + 1;
    // Where the dictionary was given up on the way, the rest is plain.
    if (kind_ != Kind::coded) [[unlikely]]
      return push_plain(cells, count);
  }
}

void ColumnBuilder::push_new_text(const char* text, uint32_t length) {
  uint32_t number = static_cast<uint32_t>(column_.texts.size());
  push_plain(text, length);
  column_.codes.push_back(number);
  dictionary_.insert(text, length);
  uint32_t values = static_cast<uint32_t>(column_.codes.size());
  if (values >= next_check_ && hardly_repeats(values, number + 1, next_check_)) give_up_dictionary();
}

void ColumnBuilder::give_up_dictionary() {
  Texts texts;
  texts.offsets.reserve(room(std::max(last_values_, column_.codes.size())) + 1);
  texts.data.reserve(room(last_text_bytes_));
  std::swap(texts, column_.texts);
  for (uint32_t code : column_.codes) {
    std::string_view text = texts[code];
    push_plain(text.data(), static_cast<uint32_t>(text.size()));
  }
  column_.codes.clear();
  kind_ = Kind::plain;
}

Column ColumnBuilder::finish(uint32_t rows, uint16_t path) {
  last_values_ = column_.size();
  last_texts_ = column_.texts.size();
  last_text_bytes_ = column_.texts.data.size();
  if (!gaps_ && dense_rows_ < rows) begin_gaps(dense_rows_);
  if (gaps_) column_.validity.resize(rows);
  // All different: the numbers count up from 0 and say nothing.
  if (column_.codes.size() == column_.texts.size()) column_.codes = PodVector<uint32_t>();
  Column done = std::move(column_);
  done.path = path;
  if (!done.forms.empty()) done.form = 0;
  column_ = Column{};
  column_.type = done.type;
  abandon();
  return done;
}

void ColumnBuilder::abandon() {
  if (kind_ == Kind::plain) kind_ = Kind::coded;
  column_.validity.clear();
  column_.words.clear();
  column_.texts.clear();
  column_.codes.clear();
  column_.forms.clear();
  column_.form = 0;
  in_use_ = gaps_ = false;
  dense_rows_ = kNotDense;
}

void ColumnBuilder::fail_too_long() {
  throw Error(ErrorKind::corrupt, "", "over a limit: the texts of one field in one batch are longer than 4 GiB");
}

}  // namespace ev

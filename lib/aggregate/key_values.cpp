#include "aggregate/key_values.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "aggregate/radix_sort.h"
#include "base/bytes.h"
#include "base/error.h"
#include "event/value_order.h"

namespace ev {

namespace {

constexpr uint32_t kNone = UINT32_MAX;

uint64_t key_word(Type type, uint64_t word) {
  if (type != Type::float64) return word;
  return word == kSignBit ? 0 : canonical_float(word);
}

}  // namespace

template <class Same, class Add>
uint32_t KeyValues::TextTable::find_or_add(uint64_t hash, Same&& same, Add&& add) {
  if ((size_ + 1) * 8 > slots_.size() * 5) grow();
  std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.number_and_1 == 0) {
      uint32_t number = add();
      slot = {hash, number + 1};
      size_++;
      return number;
    }
    if (slot.hash == hash && same(slot.number_and_1 - 1)) return slot.number_and_1 - 1;
  }
}

void KeyValues::TextTable::grow() {
  PodVector<Slot> old(std::max<std::size_t>(256, slots_.size() * 2), Slot{0, 0});
  old.swap(slots_);
  std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.number_and_1 == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].number_and_1) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

uint32_t KeyValues::add(Type type, uint64_t word) {
  if (types_.size() >= kNone - 1) throw Error(ErrorKind::io, "groups", "more than 4 billion different keys");
  types_.push_back(type);
  words_.push_back(word);
  if (type == Type::time || !forms_.empty()) {
    while (forms_.size() < types_.size()) forms_.push_back(UINT32_MAX);
  }
  return static_cast<uint32_t>(types_.size() - 1);
}

uint32_t KeyValues::null_number() {
  if (null_ == kNone) null_ = add(Type::null, 0);
  return null_;
}

std::string_view KeyValues::text_at(uint64_t offset) const {
  const uint8_t* at = arena_.data() + offset;
  return {reinterpret_cast<const char*>(at + 4), load<uint32_t>(at)};
}

uint32_t KeyValues::number_text(Type type, std::string_view text) {
  return text_tables_[static_cast<std::size_t>(type)].find_or_add(
      checksum64(as_bytes(text)), [&](uint32_t number) { return text_at(words_[number]) == text; },
      [&] {
        uint64_t offset = arena_.size();
        put(arena_, static_cast<uint32_t>(text.size()));
        put_text(arena_, text);
        return add(type, offset);
      });
}

void KeyValues::note_form(uint32_t number, uint32_t form) {
  if (form < forms_[number]) forms_[number] = form;
}

void KeyValues::number_words(const Column& column, uint32_t* numbers) {
  std::span<const uint64_t> words = column.words;
  if (column.type == Type::float64) {
    words_in_.resize(words.size());
    for (std::size_t i = 0; i < words.size(); i++) words_in_[i] = key_word(Type::float64, words[i]);
    words = words_in_;
  }
  word_tables_[static_cast<std::size_t>(column.type)].find_or_add(
      words, numbers, [&](uint64_t word) { return add(column.type, word); });
  if (column.type == Type::time)
    for (std::size_t i = 0; i < words.size(); i++) note_form(numbers[i], column.form_at(i));
}

void KeyValues::number_texts(const Column& column, uint32_t* numbers) {
  std::size_t n = column.size();
  if (column.codes.empty()) {
    for (std::size_t i = 0; i < n; i++) numbers[i] = number_text(column.type, column.texts[i]);
    return;
  }
  // Each text is looked up once, when the first row has it: a text that no row has makes no group.
  of_texts_.assign(column.texts.size(), kNone);
  uint32_t* of_code = of_texts_.data();
  const uint32_t* codes = column.codes.data();
  for (std::size_t i = 0; i < n; i++) {
    uint32_t number = of_code[codes[i]];
    if (number == kNone) [[unlikely]]
      number = of_code[codes[i]] = number_text(column.type, column.texts[codes[i]]);
    numbers[i] = number;
  }
}

void KeyValues::number_column(const Column& column, uint32_t* numbers) {
  if (is_text_type(column.type))
    number_texts(column, numbers);
  else
    number_words(column, numbers);
}

void KeyValues::number_rows(const Batch& batch, int path, PodVector<uint32_t>& numbers) {
  numbers.resize(batch.rows);
  std::size_t values = 0;
  for (const Column& column : batch.columns)
    if (column.path == path && path >= 0) values += column.size();
  if (values < batch.rows) numbers.assign(batch.rows, null_number());
  for (const Column& column : batch.columns) {
    if (column.path != path || path < 0 || column.size() == 0) continue;
    if (column.validity.empty()) {
      number_column(column, numbers.data());
      continue;
    }
    of_values_.resize(column.size());
    number_column(column, of_values_.data());
    for_each_value(column, batch.rows, [&](std::size_t row, std::size_t i) { numbers[row] = of_values_[i]; });
  }
}

void KeyValues::number_buckets(const Batch& batch, const Buckets& buckets, PodVector<uint32_t>& numbers) {
  const Column* times = batch.time_column();
  if (!times || times->size() < batch.rows)
    numbers.assign(batch.rows, null_number());
  else
    numbers.resize(batch.rows);
  if (!times) return;
  // Times come nearly sorted: most rows stay in the bucket of the row before.
  int64_t begin = 0, last = -1;
  uint32_t current = kNone;
  for_each_value(*times, batch.rows, [&](std::size_t row, std::size_t i) {
    int64_t at = times->integer(i);
    if (at < begin || at > last) {
      begin = buckets.floor(at);
      int64_t next = buckets.next(at);
      last = next == INT64_MAX ? next : next - 1;
      current = number_bucket(begin, buckets);
    }
    numbers[row] = current;
  });
}

uint32_t KeyValues::number_bucket(int64_t begin, const Buckets& buckets) {
  Value value;
  value.type = Type::time;
  value.word = static_cast<uint64_t>(begin);
  value.form = buckets.form(begin);
  return number(value);
}

uint32_t KeyValues::number(const Value& value) {
  if (value.type == Type::null) return null_number();
  if (is_text_type(value.type)) return number_text(value.type, value.text);
  uint64_t word = key_word(value.type, value.word);
  uint32_t number = 0;
  word_tables_[static_cast<std::size_t>(value.type)].find_or_add({&word, 1}, &number,
                                                                 [&](uint64_t w) { return add(value.type, w); });
  if (value.type == Type::time) note_form(number, value.form);
  return number;
}

Value KeyValues::value(uint32_t number) const {
  Value value;
  value.type = types_[number];
  if (is_text_type(value.type))
    value.text = text_at(words_[number]);
  else
    value.word = words_[number];
  if (value.type == Type::time) value.form = forms_[number];
  return value;
}

PodVector<uint32_t> KeyValues::sorted() const {
  std::array<std::vector<uint32_t>, kTypes> by_type;
  for (uint32_t number = 0; number < size(); number++)
    by_type[static_cast<std::size_t>(types_[number])].push_back(number);
  auto less = [this](uint32_t a, uint32_t b) { return compare_values(value(a), value(b)) < 0; };
  PodVector<uint32_t> result;
  for (std::size_t t = 0; t < kTypes; t++) {
    std::vector<uint32_t>& numbers = by_type[t];
    if (numbers.empty()) continue;
    Type type = static_cast<Type>(t);
    if (type == Type::string || type == Type::bytes)
      std::sort(numbers.begin(), numbers.end(),
                [this](uint32_t a, uint32_t b) { return text_at(words_[a]) < text_at(words_[b]); });
    else if (is_text_type(type))
      std::sort(numbers.begin(), numbers.end(), less);
    else
      sort_words(numbers, type);
    // Only numbers of several types mix; the other types follow one another, and merging finds that out quickly.
    std::size_t before = result.size();
    result.append(numbers.data(), numbers.size());
    if (before && less(result[before], result[before - 1]))
      std::inplace_merge(result.begin(), result.begin() + before, result.end(), less);
  }
  return result;
}

void KeyValues::sort_words(std::vector<uint32_t>& numbers, Type type) const {
  std::vector<WordAndNumber> items(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); i++) {
    uint64_t word = words_[numbers[i]];
    word = type == Type::float64                       ? ordered_word<Type::float64>(word)
           : type == Type::int64 || type == Type::time ? ordered_word<Type::int64>(word)
                                                       : word;
    items[i] = {word, numbers[i]};
  }
  radix_sort(items);
  for (std::size_t i = 0; i < numbers.size(); i++) numbers[i] = items[i].number;
}

void KeyValues::add_forms(Forms& forms) const {
  for (uint32_t number = 0; number < forms_.size(); number++) {
    if (types_[number] != Type::time) continue;
    const auto [known, fresh] = forms.try_emplace(static_cast<int64_t>(words_[number]), forms_[number]);
    if (!fresh) known->second = std::min(known->second, forms_[number]);
  }
}

void KeyValues::lower_forms(const Forms& forms) {
  for (uint32_t number = 0; number < forms_.size(); number++) {
    if (types_[number] != Type::time) continue;
    if (const auto known = forms.find(static_cast<int64_t>(words_[number])); known != forms.end())
      note_form(number, known->second);
  }
}

uint64_t KeyValues::memory() const {
  uint64_t bytes = types_.capacity() + words_.capacity() * 8 + forms_.capacity() * 4 + arena_.capacity();
  for (const WordTable& table : word_tables_) bytes += table.memory();
  for (const TextTable& table : text_tables_) bytes += table.memory();
  return bytes;
}

}  // namespace ev

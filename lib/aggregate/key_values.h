// The distinct values of one key, numbered.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aggregate/word_table.h"
#include "base/time.h"
#include "event/batch.h"

namespace ev {

/// Numbers the values of all types of a key, null among them, in the order in which they come. Values of different
/// types differ (200, "200", 200.0); all NaNs are one value, and so are 0.0 and -0.0, and equal instants, of which the
/// smallest form is kept.
class KeyValues {
 public:
  /// numbers[row] becomes the number of the row's value of `path` (-1: null in all rows).
  void number_rows(const Batch& batch, int path, PodVector<uint32_t>& numbers);
  /// The same for the event time, cut to buckets.
  void number_buckets(const Batch& batch, const Buckets& buckets, PodVector<uint32_t>& numbers);
  /// numbers[i] becomes the number of value i of the column.
  void number_column(const Column& column, uint32_t* numbers);
  uint32_t number(const Value& value);
  /// Text is valid until the next value is numbered.
  Value value(uint32_t number) const;
  uint32_t size() const { return static_cast<uint32_t>(types_.size()); }
  uint64_t memory() const;
  /// How instants are written: the smallest form of each, by nanoseconds since the epoch.
  using Forms = std::unordered_map<int64_t, uint32_t>;
  /// Notes the forms of all instants there.
  void add_forms(Forms& forms) const;
  /// Writes instants as they are written there, where that form is smaller.
  void lower_forms(const Forms& forms);
  /// All numbers in the order of compare_values().
  PodVector<uint32_t> sorted() const;

 private:
  static constexpr std::size_t kTypes = kLastType + 1;
  /// Texts with their hashes; the texts themselves stand in the arena.
  class TextTable {
   public:
    template <class Same, class Add>
    uint32_t find_or_add(uint64_t hash, Same&& same, Add&& add);
    uint64_t memory() const { return slots_.capacity() * sizeof(Slot); }

   private:
    struct Slot {
      uint64_t hash;
      uint32_t number_and_1;
    };
    void grow();
    PodVector<Slot> slots_;
    std::size_t size_ = 0;
  };

  uint32_t add(Type type, uint64_t word);
  uint32_t null_number();
  uint32_t number_text(Type type, std::string_view text);
  std::string_view text_at(uint64_t offset) const;
  void number_words(const Column& column, uint32_t* numbers);
  void number_texts(const Column& column, uint32_t* numbers);
  void note_form(uint32_t number, uint32_t form);
  void sort_words(std::vector<uint32_t>& numbers, Type type) const;
  uint32_t number_bucket(int64_t begin, const Buckets& buckets);

  PodVector<Type> types_;
  PodVector<uint64_t> words_;  // the word, or where the text begins in arena_
  PodVector<uint32_t> forms_;  // as long as types_ once there was a time
  PodVector<uint8_t> arena_;   // u32 length, text
  std::array<WordTable, kTypes> word_tables_;
  std::array<TextTable, kTypes> text_tables_;
  uint32_t null_ = UINT32_MAX;
  PodVector<uint32_t> of_values_, of_texts_;  // scratch
  PodVector<uint64_t> words_in_;
};

}  // namespace ev

#include "event/row_digest.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace ev {

namespace {

// Rows are summed up so many at a time: their two sums stay in the first-level cache.
constexpr std::size_t kStripe = 1024;

/// What the hashes of a (path, type) begin with.
Hash128 seed_of(const Path& path, Type type) {
  return hash128(as_bytes(path.encoded()), static_cast<uint64_t>(type));
}

Hash128 word_hash(uint64_t word, Hash128 seed) {
  return {fold_multiply(word ^ seed.lo, seed.hi ^ 0x9e3779b97f4a7c15),
          fold_multiply(word ^ seed.hi, seed.lo ^ 0xc2b2ae3d27d4eb4f)};
}

Hash128 text_hash(std::string_view text, Hash128 seed) {
  Hash128 hash = hash128(as_bytes(text), seed.lo);
  return {hash.lo + seed.hi, hash.hi + seed.hi};
}

Hash128 row_hash(uint64_t a0, uint64_t a1) {
  return {fold_multiply(a0 ^ 0x165667b19e3779f9, a1 ^ 0x27d4eb2f165667c5),
          fold_multiply(a1 ^ 0x85ebca77c2b2ae63, a0 ^ 0x9fb21c651e98df25)};
}

/// The sums of the value hashes of the rows of a stripe.
struct Sums {
  uint64_t a0[kStripe], a1[kStripe];
  void clear(std::size_t rows) {
    std::fill_n(a0, rows, 0);
    std::fill_n(a1, rows, 0);
  }
  void add(std::size_t row, Hash128 value) {
    a0[row] += value.lo;
    a1[row] += value.hi;
  }
};

/// A column and how far its values have been used up.
struct Cursor {
  const Column* column;
  Hash128 seed;
  std::vector<Hash128> dictionary;  // of the distinct texts, where the column has codes
  std::size_t value = 0;

  Cursor(const Column& of, const Path& path) : column(&of), seed(seed_of(path, of.type)) {
    if (of.codes.empty()) return;
    dictionary.reserve(of.texts.size());
    for (std::size_t i = 0; i < of.texts.size(); i++) dictionary.push_back(text_hash(of.texts[i], seed));
  }

  void add(std::size_t begin, std::size_t end, Sums& sums) {
    if (!is_text_type(column->type)) {
      const uint64_t* words = column->words.data();
      add_each(begin, end, sums, [&, s = seed](std::size_t i) { return word_hash(words[i], s); });
    } else if (!column->codes.empty()) {
      const uint32_t* codes = column->codes.data();
      const Hash128* hashes = dictionary.data();
      add_each(begin, end, sums, [&](std::size_t i) { return hashes[codes[i]]; });
    } else {
      add_each(begin, end, sums, [&](std::size_t i) { return text_hash(column->texts[i], seed); });
    }
  }

 private:
  template <class Hash>
  void add_each(std::size_t begin, std::size_t end, Sums& sums, Hash&& hash) {
    if (column->validity.empty()) {
      for (std::size_t row = begin; row < end; row++) sums.add(row - begin, hash(row));
      value += end - begin;
      return;
    }
    for (std::size_t at = begin; at < end; at += 64)
      for (uint64_t bits = column->validity.word(at / 64); bits; bits &= bits - 1)
        sums.add(at - begin + static_cast<std::size_t>(std::countr_zero(bits)), hash(value++));
  }
};
static_assert(kStripe % 64 == 0, "a stripe begins with a word of the validity bitmap");

/// The rows in which a path of the layout has no value.
struct Nulls {
  Hash128 seed;
  Bitmap rows;
  void add(std::size_t begin, std::size_t end, Sums& sums) const {
    for (std::size_t at = begin; at < end; at += 64)
      for (uint64_t bits = rows.word(at / 64); bits; bits &= bits - 1)
        sums.add(at - begin + static_cast<std::size_t>(std::countr_zero(bits)), seed);
  }
};

/// Per path, how many rows have it in their layout, less those that have a value for it.
std::vector<uint64_t> count_nulls(const Batch& batch) {
  std::vector<uint64_t> rows_of_layout(batch.layouts.size());
  if (batch.row_layouts.empty()) {
    rows_of_layout[0] = batch.rows;
  } else {
    for (uint32_t layout : batch.row_layouts) rows_of_layout[layout]++;
  }
  std::vector<uint64_t> nulls(batch.paths.size());
  for (std::size_t layout = 0; layout < batch.layouts.size(); layout++)
    for (uint16_t path : batch.layouts[layout]) nulls[path] += rows_of_layout[layout];
  for (const Column& column : batch.columns) nulls[column.path] -= column.size();
  return nulls;
}

Bitmap null_rows(const Batch& batch, uint16_t path) {
  std::vector<bool> has_path(batch.layouts.size());
  for (std::size_t layout = 0; layout < batch.layouts.size(); layout++)
    has_path[layout] = std::ranges::find(batch.layouts[layout], path) != batch.layouts[layout].end();
  Bitmap rows(batch.rows, batch.row_layouts.empty());
  for (std::size_t row = 0; row < batch.row_layouts.size(); row++)
    if (has_path[batch.row_layouts[row]]) rows.set(row);
  for (const Column& column : batch.columns) {
    if (column.path != path) continue;
    if (column.validity.empty()) return Bitmap(batch.rows, false);
    for (std::size_t w = 0; w < rows.word_count(); w++) rows.word(w) &= ~column.validity.word(w);
  }
  return rows;
}

std::vector<Nulls> find_nulls(const Batch& batch) {
  std::vector<Nulls> found;
  if (batch.layouts.empty()) return found;  // a projected read knows no nulls
  const std::vector<uint64_t> counts = count_nulls(batch);
  for (std::size_t path = 0; path < counts.size(); path++) {
    if (counts[path] == 0) continue;
    found.push_back({seed_of(batch.paths[path], Type::null), null_rows(batch, static_cast<uint16_t>(path))});
  }
  return found;
}

}  // namespace

Hash128 content_digest(const Batch& batch) {
  Hash128 digest;
  if (batch.rows == 0) return digest;
  std::vector<Cursor> columns;
  columns.reserve(batch.columns.size());
  for (const Column& column : batch.columns) columns.emplace_back(column, batch.paths[column.path]);
  const std::vector<Nulls> nulls = find_nulls(batch);
  Sums sums;
  for (std::size_t begin = 0; begin < batch.rows; begin += kStripe) {
    const std::size_t end = std::min<std::size_t>(begin + kStripe, batch.rows);
    sums.clear(end - begin);
    for (Cursor& column : columns) column.add(begin, end, sums);
    for (const Nulls& null : nulls) null.add(begin, end, sums);
    for (std::size_t row = 0; row < end - begin; row++) digest += row_hash(sums.a0[row], sums.a1[row]);
  }
  return digest;
}

}  // namespace ev

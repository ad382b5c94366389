#include "dedup/event_keys.h"

#include <algorithm>

#include "base/bytes.h"
#include "event/value_order.h"

namespace ev {

namespace {

/// Keys are hashed while they are in the nearest cache.
constexpr std::size_t kHashedTogether = 64;
constexpr std::size_t kMostWaiting = std::size_t{64} << 10;

uint64_t key_word(Type type, uint64_t word) {
  if (type != Type::float64) return word;
  return word == kSignBit ? 0 : canonical_float(word);
}

}  // namespace

void EventKeys::begin(uint32_t rows) {
  fingerprints_.resize(rows);
  unkeyed_.assign(rows, false);
  buffer_.clear();
  ends_.clear();
  all_ends_.clear();
  waiting_at_ = hashed_ = 0;
}

/// Type and value; of a text its length, too, so that no two lists of values have the same bytes.
void EventKeys::add(Cursor& cursor) {
  const Column& column = *cursor.column;
  const uint32_t i = cursor.next++;
  put(buffer_, static_cast<uint8_t>(column.type));
  if (is_text_type(column.type)) {
    const std::string_view text = column.text(i);
    put(buffer_, static_cast<uint32_t>(text.size()));
    put_text(buffer_, text);
  } else {
    put(buffer_, key_word(column.type, column.words[i]));
  }
}

void EventKeys::end_row(uint32_t row, bool keyed) {
  if (!keyed) unkeyed_.set(row);
  const std::size_t waiting = buffer_.size() - waiting_at_;
  ends_.push_back(static_cast<uint32_t>(waiting));
  if (keep_bytes_) all_ends_.push_back(buffer_.size());
  if (ends_.size() == kHashedTogether || waiting > kMostWaiting || row + 1 == fingerprints_.size()) hash_waiting();
}

void EventKeys::hash_waiting() {
  hash_(buffer_.span().subspan(waiting_at_), ends_.span(), fingerprints_.data() + hashed_);
  hashed_ += static_cast<uint32_t>(ends_.size());
  ends_.clear();
  if (!keep_bytes_) buffer_.clear();
  waiting_at_ = buffer_.size();
}

void EventKeys::take_parts(uint32_t rows, std::span<const KeyPart> parts) {
  begin(rows);
  std::vector<std::vector<Cursor>> cursors(parts.size());
  for (std::size_t i = 0; i < parts.size(); i++)
    for (const Column* column : parts[i]) cursors[i].push_back({column, {}});
  for (uint32_t row = 0; row < rows; row++) {
    bool keyed = false;
    for (std::vector<Cursor>& part : cursors) {
      const auto at = std::find_if(part.begin(), part.end(), [&](const Cursor& c) { return c.column->valid(row); });
      if (at == part.end()) {
        put(buffer_, static_cast<uint8_t>(Type::null));
      } else {
        add(*at);
        keyed = true;
      }
    }
    end_row(row, keyed);
  }
}

void EventKeys::take_events(const Batch& batch) {
  begin(batch.rows);
  std::vector<Cursor> cursors;
  for (const Column& column : batch.columns) {
    Cursor cursor{&column, {}};
    const std::string& name = batch.paths[column.path].encoded();
    put(cursor.name, static_cast<uint32_t>(name.size()));
    put_text(cursor.name, name);
    cursors.push_back(std::move(cursor));
  }
  // The order of the columns of a batch is that of the keys in its events, which does not matter.
  std::sort(cursors.begin(), cursors.end(), [](const Cursor& a, const Cursor& b) {
    return std::pair(as_text(a.name), a.column->type) < std::pair(as_text(b.name), b.column->type);
  });
  for (uint32_t row = 0; row < batch.rows; row++) {
    bool keyed = false;
    for (Cursor& cursor : cursors) {
      if (!cursor.column->valid(row)) continue;
      buffer_.append(cursor.name);
      add(cursor);
      keyed = true;
    }
    end_row(row, keyed);
  }
}

std::string_view EventKeys::bytes(uint32_t row) const {
  const std::size_t from = row == 0 ? 0 : all_ends_[row - 1];
  return as_text(buffer_.span().subspan(from, all_ends_[row] - from));
}

}  // namespace ev

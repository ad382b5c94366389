#include "dedup/seen_table.h"

#include <algorithm>
#include <type_traits>

#include "base/bytes.h"

namespace ev {

KeptKey SeenTable::key_at(std::size_t at) const {
  KeptKey key;
  key.print = prints_[at];
  if (shape_.times) key.time = times_[at];
  if (shape_.bytes) {
    const uint8_t* stored = bytes_.data() + offsets_[at];
    key.bytes = {reinterpret_cast<const char*>(stored + 4), load<uint32_t>(stored)};
  }
  return key;
}

/// Of the keys with the fingerprint of the query, which begin at `at`.
bool SeenTable::is_one_of(std::size_t at, const KeyQuery& query) const {
  for (std::size_t i = at; prints_[i] == query.print; i++) {
    if (shape_.times && (times_[i] < query.from || times_[i] > query.to)) continue;
    if (!shape_.bytes || key_at(i).bytes == query.bytes) return true;
  }
  return false;
}

/// The keys from `at` on to the next empty place move up by one.
void SeenTable::put_in_run(std::size_t at, const KeptKey& key) {
  Fingerprint print = key.print;
  std::size_t to = at;
  for (; prints_[to] != Fingerprint{}; to++) std::swap(print, prints_[to]);
  prints_[to] = print;
  const auto shift = [&](auto& values, auto value) {
    std::copy_backward(values.begin() + at, values.begin() + to, values.begin() + to + 1);
    values[at] = value;
  };
  if (shape_.times) shift(times_, key.time);
  if (!shape_.bytes) return;
  shift(offsets_, uint64_t{bytes_.size()});
  put(bytes_, static_cast<uint32_t>(key.bytes.size()));
  put_text(bytes_, key.bytes);
}

bool SeenTable::insert(std::size_t at, const KeptKey& key, int64_t horizon) {
  bool grown = false;
  // The last place is always empty, so that every run ends.
  while (size_ >= limit_ || prints_[places() - 2] != Fingerprint{}) {
    grow(horizon);
    grown = true;
    at = first_not_less(key.print);
  }
  while (shape_.times && prints_[at] == key.print && times_[at] < key.time) at++;
  put_in_run(at, key);
  size_++;
  return grown;
}

/// More places, or the first ones: those there are stay as they are.
void SeenTable::set_places(std::size_t places) {
  const auto resize = [&](auto& values) {
    std::remove_reference_t<decltype(values)> resized(places);
    std::copy(values.begin(), values.end(), resized.begin());
    values = std::move(resized);
  };
  const std::size_t before = prints_.size();
  resize(prints_);
  std::fill(prints_.begin() + before, prints_.end(), Fingerprint{});
  if (shape_.times) resize(times_);
  if (shape_.bytes) resize(offsets_);
}

/// Adds a key that is larger than all there are, at `next` or behind it.
void SeenTable::append(const SeenTable& from, std::size_t at, std::size_t& next) {
  next = std::max(next, home(from.prints_[at]));
  // Only where very many have their homes at the end are there not enough places behind it.
  if (next + 2 > places()) [[unlikely]]
    set_places(2 * next + kTail);
  prints_[next] = from.prints_[at];
  if (shape_.times) times_[next] = from.times_[at];
  if (shape_.bytes) {
    const std::string_view bytes = from.key_at(at).bytes;
    offsets_[next] = bytes_.size();
    put(bytes_, static_cast<uint32_t>(bytes.size()));
    put_text(bytes_, bytes);
  }
  next++;
  size_++;
}

double SeenTable::load_after_growth() const {
  constexpr double kDoubled = kMostLoad / 2;
  if (static_cast<double>(memory()) * kMostLoad / kDoubled <= static_cast<double>(plenty_)) return kDoubled;
  return shape_.times ? 0.75 : 0.67;  // in smaller steps, for keys that are half as large again
}

void SeenTable::grow(int64_t horizon) {
  const auto is_live = [&](std::size_t at) { return !shape_.times || times_[at] >= horizon; };
  std::size_t live = size_;
  if (shape_.times)
    for (std::size_t at = next_place(0); at < places(); at = next_place(at + 1)) live -= !is_live(at);
  SeenTable larger(shape_, shared_bits_, plenty_);
  larger.capacity_ = std::max(kLeastCapacity, static_cast<std::size_t>(static_cast<double>(live + 1) / load_after_growth()));
  larger.limit_ = static_cast<std::size_t>(static_cast<double>(larger.capacity_) * kMostLoad);
  larger.set_places(larger.capacity_ + kTail);
  std::size_t next = 0;
  for (std::size_t at = next_place(0); at < places(); at = next_place(at + 1))
    if (is_live(at)) larger.append(*this, at, next);
  if (next + kTail / 2 > larger.places()) larger.set_places(next + kTail);
  *this = std::move(larger);
}

}  // namespace ev

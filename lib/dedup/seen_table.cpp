#include "dedup/seen_table.h"

#include <algorithm>

#include "base/bytes.h"

namespace ev {

std::size_t SeenTable::first_not_less(const Fingerprint& print) const {
  std::size_t at = home(print);
  if (capacity_ == 0) return at;
  while (prints_[at] != Fingerprint{} && prints_[at] < print) at++;
  return at;
}

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

bool SeenTable::find(const KeyQuery& query, std::size_t& at) const {
  at = first_not_less(query.print);
  if (capacity_ == 0) return false;
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

void SeenTable::resize(std::size_t places) {
  const std::size_t before = prints_.size();
  prints_.resize(places);
  if (places > before) std::fill(prints_.begin() + before, prints_.end(), Fingerprint{});
  if (shape_.times) times_.resize(places);
  if (shape_.bytes) offsets_.resize(places);
}

/// All keys, but for those before the horizon, at the last places, in order. Returns the first of these.
std::size_t SeenTable::gather_at_end(int64_t horizon) {
  std::size_t to = prints_.size();
  for (std::size_t at = prints_.size(); at-- > 0;) {
    if (prints_[at] == Fingerprint{} || (shape_.times && times_[at] < horizon)) continue;
    move(at, --to);
  }
  return to;
}

/// From the last places, gathered there, to as near to their homes as their order allows, and some places stay empty
/// at the end. As long as all behind a key find room between its place and the end, none is moved to the right, onto
/// one that waits; only where very many have their homes at the end there must be more places.
void SeenTable::spread(std::size_t first) {
  std::size_t next = 0;
  for (std::size_t from = first; from < prints_.size(); from++) {
    const std::size_t to = std::max(next, home(prints_[from]));
    if (to > from) [[unlikely]] {
      const std::size_t waiting = prints_.size() - from;
      resize(to + waiting + kTail);
      for (std::size_t i = waiting; i-- > 0;) move(from + i, prints_.size() - waiting + i);
      from = prints_.size() - waiting;
    }
    std::fill(prints_.begin() + next, prints_.begin() + to, Fingerprint{});
    move(from, to);
    next = to + 1;
  }
  std::fill(prints_.begin() + next, prints_.end(), Fingerprint{});
  if (next + kTail / 2 > prints_.size()) resize(next + kTail);
}

double SeenTable::load_after_growth() const {
  constexpr double kDoubled = kMostLoad / 2;
  if (static_cast<double>(memory()) * kMostLoad / kDoubled <= static_cast<double>(plenty_)) return kDoubled;
  return shape_.times ? 0.75 : 0.67;  // in smaller steps, for keys that are half as large again
}

void SeenTable::grow(int64_t horizon) {
  std::size_t live = size_;
  if (shape_.times)
    for (std::size_t at = next_place(0); at < places(); at = next_place(at + 1)) live -= times_[at] < horizon;
  const bool some_go = live < size_;
  capacity_ = std::max({kLeastCapacity, capacity_, static_cast<std::size_t>(static_cast<double>(live + 1) / load_after_growth())});
  limit_ = static_cast<std::size_t>(static_cast<double>(capacity_) * kMostLoad);
  if (capacity_ + kTail > places()) resize(capacity_ + kTail);
  const std::size_t first = gather_at_end(horizon);
  size_ = places() - first;
  spread(first);
  if (shape_.bytes && some_go) drop_unused_bytes();
}

void SeenTable::drop_unused_bytes() {
  Buffer used;
  for (std::size_t at = next_place(0); at < places(); at = next_place(at + 1)) {
    const KeptKey key = key_at(at);
    offsets_[at] = used.size();
    put(used, static_cast<uint32_t>(key.bytes.size()));
    put_text(used, key.bytes);
  }
  bytes_ = std::move(used);
}

}  // namespace ev

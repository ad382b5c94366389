#include "dedup/seen_table.h"

#include "base/bytes.h"

namespace ev {

std::size_t SeenTable::first_not_less(const Fingerprint& print) const {
  std::size_t at = home(print);
  while (at < prints_.size() && prints_[at] != Fingerprint{} && prints_[at] < print) at++;
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

bool SeenTable::find(const KeyQuery& query) const {
  if (size_ == 0) return false;
  for (std::size_t at = first_not_less(query.print); at < prints_.size() && prints_[at] == query.print; at++) {
    if (shape_.times && (times_[at] < query.from || times_[at] > query.to)) continue;
    if (!shape_.bytes || key_at(at).bytes == query.bytes) return true;
  }
  return false;
}

void SeenTable::put(std::size_t at, const KeptKey& key) {
  prints_[at] = key.print;
  if (shape_.times) times_[at] = key.time;
  if (!shape_.bytes) return;
  offsets_[at] = bytes_.size();
  ev::put(bytes_, static_cast<uint32_t>(key.bytes.size()));
  put_text(bytes_, key.bytes);
}

void SeenTable::insert(const KeptKey& key, int64_t horizon) {
  if (static_cast<double>(size_ + 1) > static_cast<double>(capacity_) * kMostLoad) grow(horizon);
  std::size_t at = 0, empty = 0;
  for (;;) {
    at = first_not_less(key.print);
    while (shape_.times && at < prints_.size() && prints_[at] == key.print && times_[at] < key.time) at++;
    empty = at;
    while (empty < prints_.size() && prints_[empty] != Fingerprint{}) empty++;
    if (empty < prints_.size()) break;
    grow(horizon);
  }
  const auto shift = [&](auto& values) {
    std::copy_backward(values.begin() + at, values.begin() + empty, values.begin() + empty + 1);
  };
  shift(prints_);
  if (shape_.times) shift(times_);
  if (shape_.bytes) shift(offsets_);
  put(at, key);
  size_++;
}

void SeenTable::make_room(std::size_t places) {
  const std::size_t before = prints_.size();
  prints_.resize(places);
  std::fill(prints_.begin() + before, prints_.end(), Fingerprint{});
  if (shape_.times) times_.resize(places);
  if (shape_.bytes) offsets_.resize(places);
}

void SeenTable::grow(int64_t horizon) {
  SeenTable larger(shape_, shared_bits_);
  std::size_t live = size_;
  if (shape_.times)
    for_each([&](const KeptKey& key) { live -= key.time < horizon; });
  const double wanted = static_cast<double>(live + 1) / kLoadAfterGrowth;
  larger.capacity_ = std::max(kLeastCapacity, static_cast<std::size_t>(wanted));
  larger.make_room(larger.capacity_ + kTail);
  std::size_t next = 0;
  for_each([&](const KeptKey& key) {
    if (shape_.times && key.time < horizon) return;
    next = std::max(next, larger.home(key.print));
    // Only where very many have their homes at the end.
    if (next == larger.prints_.size()) larger.make_room(next + kTail);
    larger.put(next++, key);
    larger.size_++;
  });
  if (next + kTail / 2 > larger.prints_.size()) larger.make_room(next + kTail);
  *this = std::move(larger);
}

uint64_t SeenTable::memory() const {
  return prints_.capacity() * sizeof(Fingerprint) + times_.capacity() * sizeof(int64_t) +
         offsets_.capacity() * sizeof(uint64_t) + bytes_.capacity();
}

void SeenTable::clear() {
  *this = SeenTable(shape_, shared_bits_);
}

}  // namespace ev

// Kept keys in memory, in the order of their fingerprints.
#pragma once

#include <cstdint>

#include "base/pod_vector.h"
#include "dedup/kept_key.h"
#include "dedup/large_array.h"

namespace ev {

/// Open addressing with linear probing, where a fingerprint's place follows from its size and runs are kept sorted
/// ("ordered hash tables", Amble and Knuth, 1974): a search ends as soon as a larger one is met, a table can be filled to
/// kMostLoad, and going through it gives the keys in their order. A key costs 19 to 24 bytes, 28 to 32 with its time; more
/// where memory is plentiful, which is quicker. One thread.
class SeenTable {
 public:
  /// All fingerprints here begin with the same `shared_bits` bits. Up to `plenty` bytes it doubles when it grows.
  SeenTable(KeyShape shape, unsigned shared_bits, uint64_t plenty)
      : shape_(shape), shared_bits_(shared_bits), plenty_(plenty) {}

  /// Inlined, or the compiler takes it for a function without effect and drops it.
  [[gnu::always_inline]] void prefetch(const Fingerprint& print) const {
    if (capacity_ > 0) __builtin_prefetch(&prints_[home(print)]);
  }
  /// Also where a key with that fingerprint would have its place, for insert().
  bool find(const KeyQuery& query, std::size_t& at) const {
    if (capacity_ == 0) return false;
    at = first_not_less(query.print);
    return prints_[at] == query.print && is_one_of(at, query);
  }
  /// `at` is what find() gave, with nothing inserted since. Keys with times before `horizon` need not be kept any more; they
  /// go when the table grows. Whether it grew.
  bool insert(std::size_t at, const KeptKey& key, int64_t horizon);

  std::size_t size() const { return size_; }
  uint64_t memory() const { return prints_.memory() + times_.memory() + offsets_.memory() + bytes_.capacity(); }
  void clear() { *this = SeenTable(shape_, shared_bits_, plenty_); }

  /// Places from 0 to places(), of which some hold keys, in order.
  std::size_t places() const { return prints_.size(); }
  /// The first one from `at` on that does, or places().
  std::size_t next_place(std::size_t at) const {
    while (at < prints_.size() && prints_[at] == Fingerprint{}) at++;
    return at;
  }
  /// Its batch is 0.
  KeptKey key_at(std::size_t at) const;

 private:
  static constexpr double kMostLoad = 0.86;
  static constexpr std::size_t kLeastCapacity = 16;
  /// Places behind the last home, so that runs there need no growth.
  static constexpr std::size_t kTail = 16;

  std::size_t home(const Fingerprint& print) const {
    __extension__ using uint128 = unsigned __int128;
    return static_cast<std::size_t>(static_cast<uint128>(print.hi << shared_bits_) * capacity_ >> 64);
  }
  std::size_t first_not_less(const Fingerprint& print) const {
    std::size_t at = home(print);
    while (prints_[at] != Fingerprint{} && prints_[at] < print) at++;
    return at;
  }
  bool is_one_of(std::size_t at, const KeyQuery& query) const;
  void put_in_run(std::size_t at, const KeptKey& key);
  double load_after_growth() const;
  void grow(int64_t horizon);
  void set_places(std::size_t places);
  void append(const SeenTable& from, std::size_t at, std::size_t& next);
  void resize(std::size_t places);
  void move(std::size_t from, std::size_t to) {
    prints_[to] = prints_[from];
    if (shape_.times) times_[to] = times_[from];
    if (shape_.bytes) offsets_[to] = offsets_[from];
  }
  std::size_t gather_at_end(int64_t horizon);
  void spread(std::size_t first);

  KeyShape shape_;
  unsigned shared_bits_;
  uint64_t plenty_;
  std::size_t capacity_ = 0;  // homes
  std::size_t size_ = 0;
  std::size_t limit_ = 0;     // keys up to which it need not grow
  LargeArray<Fingerprint> prints_;
  LargeArray<int64_t> times_;     // as many, with KeyShape::times
  LargeArray<uint64_t> offsets_;  // as many, with KeyShape::bytes: where the key stands in bytes_
  Buffer bytes_;                  // u32 length, key
};

}  // namespace ev

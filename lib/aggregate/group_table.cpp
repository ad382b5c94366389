#include "aggregate/group_table.h"

namespace ev {

namespace {

constexpr uint32_t kNone = UINT32_MAX;

uint64_t pair_of(uint32_t left, uint32_t right) {
  return uint64_t{left} << 32 | right;
}

}  // namespace

void GroupTable::Pairs::find_or_add(std::span<const uint64_t> wanted, uint32_t* numbers) {
  table.find_or_add(wanted, numbers, [&](uint64_t pair) {
    pairs.push_back(pair);
    return static_cast<uint32_t>(pairs.size() - 1);
  });
}

void GroupTable::Local::renumber(std::span<const uint32_t> numbers, std::size_t count) {
  std::size_t known = small.size();
  if (count > known) {
    small.resize(count);
    for (std::size_t i = known; i < count; i++) small[i] = 0;
  }
  global.clear();
  of_row.resize(numbers.size());
  for (std::size_t row = 0; row < numbers.size(); row++) {
    uint32_t number = numbers[row], at = small[number];
    if (at >= global.size() || global[at] != number) {
      at = small[number] = static_cast<uint32_t>(global.size());
      global.push_back(number);
    }
    of_row[row] = at;
  }
}

/// Where there are few combinations in all, each that the batch has is looked up once.
void GroupTable::combine_all(Pairs& pairs, std::size_t right_count, PodVector<uint32_t>& left,
                             std::span<const uint32_t> right) {
  for (std::size_t row = 0; row < left.size(); row++) {
    uint32_t& cell = cells_[left[row] * right_count + right[row]];
    if (cell == kNone) {
      const uint64_t pair = pair_of(left[row], right[row]);
      pairs.find_or_add({&pair, 1}, &cell);
    }
    left[row] = cell;
  }
}

/// The same where the batch has few of them at most.
void GroupTable::combine_few(Pairs& pairs, PodVector<uint32_t>& left) {
  std::size_t width = right_.global.size();
  cells_.assign(left_.global.size() * width, kNone);
  for (std::size_t row = 0; row < left.size(); row++) {
    uint32_t& cell = cells_[left_.of_row[row] * width + right_.of_row[row]];
    if (cell == kNone) {
      uint64_t pair = pair_of(left_.global[left_.of_row[row]], right_.global[right_.of_row[row]]);
      pairs.find_or_add({&pair, 1}, &cell);
    }
    left[row] = cell;
  }
}

void GroupTable::combine(Pairs& pairs, std::size_t left_count, std::size_t right_count, PodVector<uint32_t>& left,
                         std::span<const uint32_t> right) {
  if (left_count * right_count <= left.size() / 2) {
    cells_.assign(left_count * right_count, kNone);
    combine_all(pairs, right_count, left, right);
    return;
  }
  left_.renumber(left, left_count);
  right_.renumber(right, right_count);
  if (left_.global.size() * right_.global.size() <= 2 * left.size() + 1024) {
    combine_few(pairs, left);
    return;
  }
  wanted_.resize(left.size());
  for (std::size_t row = 0; row < left.size(); row++) wanted_[row] = pair_of(left[row], right[row]);
  pairs.find_or_add(wanted_, left.data());
}

void GroupTable::number_rows(const Batch& batch, std::span<const int> paths, const Buckets* buckets,
                             PodVector<uint32_t>& groups) {
  for (std::size_t k = 0; k < keys_.size(); k++) {
    PodVector<uint32_t>& numbers = k == 0 ? groups : column_;
    if (k == 0 && buckets)
      keys_[k].number_buckets(batch, *buckets, numbers);
    else
      keys_[k].number_rows(batch, paths[k], numbers);
    if (k == 0) continue;
    std::size_t left_count = k == 1 ? keys_[0].size() : pairs_[k - 2].pairs.size();
    combine(pairs_[k - 1], left_count, keys_[k].size(), groups, column_);
  }
}

PodVector<uint32_t> GroupTable::merge(const GroupTable& other) {
  PodVector<uint32_t> numbers, right;
  for (std::size_t k = 0; k < keys_.size(); k++) {
    PodVector<uint32_t>& of_key = k == 0 ? numbers : right;
    of_key.resize(other.keys_[k].size());
    for (uint32_t v = 0; v < other.keys_[k].size(); v++) of_key[v] = keys_[k].number(other.keys_[k].value(v));
    if (k == 0) continue;
    const PodVector<uint64_t>& theirs = other.pairs_[k - 1].pairs;
    wanted_.resize(theirs.size());
    for (std::size_t i = 0; i < theirs.size(); i++)
      wanted_[i] = pair_of(numbers[theirs[i] >> 32], right[static_cast<uint32_t>(theirs[i])]);
    numbers.resize(theirs.size());
    pairs_[k - 1].find_or_add(wanted_, numbers.data());
  }
  return numbers;
}

uint32_t GroupTable::number_group(std::span<const uint32_t> values) {
  uint32_t group = values[0];
  for (std::size_t k = 1; k < keys_.size(); k++) {
    const uint64_t pair = pair_of(group, values[k]);
    pairs_[k - 1].find_or_add({&pair, 1}, &group);
  }
  return group;
}

uint32_t GroupTable::size() const {
  if (keys_.empty()) return 0;
  return pairs_.empty() ? keys_[0].size() : static_cast<uint32_t>(pairs_.back().pairs.size());
}

void GroupTable::split(uint32_t group, uint32_t* values) const {
  for (std::size_t k = keys_.size() - 1; k > 0; k--) {
    uint64_t pair = pairs_[k - 1].pairs[group];
    values[k] = static_cast<uint32_t>(pair);
    group = static_cast<uint32_t>(pair >> 32);
  }
  values[0] = group;
}

PodVector<uint32_t> GroupTable::sorted() const {
  if (keys_.size() == 1) return keys_[0].sorted();
  std::size_t n = size(), keys = keys_.size();
  PodVector<uint32_t> values(n * keys), order(n), next(n), rank, begin;
  for (uint32_t g = 0; g < n; g++) {
    split(g, values.data() + g * keys);
    order[g] = g;
  }
  // Counting sort by each key, the last first: each pass keeps the order of the passes before among equals.
  for (std::size_t k = keys; k-- > 0;) {
    PodVector<uint32_t> by_value = keys_[k].sorted();
    rank.resize(by_value.size());
    for (std::size_t i = 0; i < by_value.size(); i++) rank[by_value[i]] = static_cast<uint32_t>(i);
    begin.assign(by_value.size() + 1, 0);
    for (uint32_t g = 0; g < n; g++) begin[rank[values[g * keys + k]] + 1]++;
    for (std::size_t i = 1; i < begin.size(); i++) begin[i] += begin[i - 1];
    for (uint32_t g : order) next[begin[rank[values[g * keys + k]]]++] = g;
    order.swap(next);
  }
  return order;
}

uint64_t GroupTable::memory() const {
  uint64_t bytes = 0;
  for (const KeyValues& key : keys_) bytes += key.memory();
  for (const Pairs& pairs : pairs_) bytes += pairs.table.memory() + pairs.pairs.capacity() * 8;
  return bytes;
}

}  // namespace ev

#include "aggregate/word_counts.h"

#include <algorithm>

namespace ev {

void WordCounts::insert(const Entry& entry) {
  if ((size_ + 1) * 8 > slots_.size() * 5) {
    PodVector<Entry> old(slots_.size() * 2, Entry{0, 0});
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    for (const Entry& slot : old)
      if (slot.count) place(slot);
  }
  place(entry);
  size_++;
}

void WordCounts::place(const Entry& entry) {
  std::size_t at = hash(entry.word) & mask_;
  while (slots_[at].count) at = (at + 1) & mask_;
  slots_[at] = entry;
}

std::vector<WordCounts::Entry> WordCounts::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for_each([&](const Entry& entry) { entries.push_back(entry); });
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.word < b.word; });
  return entries;
}

}  // namespace ev

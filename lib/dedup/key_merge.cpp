#include "dedup/key_merge.h"

namespace ev {

KeyCursor::KeyCursor(const KeySegment& segment) : segment_(&segment) {
  settle();
}

KeyCursor::KeyCursor(const SeenTable& table, uint32_t batch) : table_(&table), batch_(batch) {
  settle();
}

void KeyCursor::advance() {
  at_++;
  settle();
}

/// Finds the key at `at_` or behind it.
void KeyCursor::settle() {
  if (table_) {
    at_ = table_->next_place(at_);
    done_ = at_ == table_->places();
    if (done_) return;
    key_ = table_->key_at(at_);
    key_.batch = batch_;
    return;
  }
  while (at_ == bucket_.keys.size() && next_bucket_ < segment_->footer().buckets) {
    segment_->read_bucket(next_bucket_++, bucket_);
    at_ = 0;
  }
  done_ = at_ == bucket_.keys.size();
  if (!done_) key_ = bucket_.keys[at_];
}

void merge_keys(std::vector<KeyCursor>& cursors, const std::function<void(const KeptKey&)>& take) {
  for (;;) {
    KeyCursor* least = nullptr;
    for (KeyCursor& cursor : cursors)
      if (!cursor.done() && (!least || cursor.key() < least->key())) least = &cursor;
    if (!least) return;
    take(least->key());
    least->advance();
  }
}

}  // namespace ev

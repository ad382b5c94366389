// Where formats write their rows: a small buffer that stays in the cache, emptied into the text of the batch.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "base/pod_vector.h"

namespace ev {

class TextSink {
 public:
  /// Where `n` more characters can be written; up to PodVector::kSlack further ones may be overwritten as well.
  char* room(std::size_t n) {
    buffer_.reserve(buffer_.size() + n);
    return buffer_.data() + buffer_.size();
  }
  /// Ends the text at `end`, within what room() gave.
  void end_at(const char* end) { buffer_.resize(static_cast<std::size_t>(end - buffer_.data())); }

  void append(char c) { buffer_.push_back(c); }
  void append(std::string_view text) { buffer_.append(text.data(), text.size()); }
  /// Copies in steps of 16 bytes, which costs less than memcpy for the short texts of a row.
  /// Requires: 15 bytes after the text can be read (it lies in a PodVector).
  void append_wide(const char* from, std::size_t n) {
    char* to = room(n);
    for (std::size_t i = 0; i < n; i += 16) std::memcpy(to + i, from + i, 16);
    end_at(to + n);
  }

  std::string_view text() const { return {buffer_.data(), buffer_.size()}; }
  std::size_t size() const { return buffer_.size(); }
  void clear() { buffer_.clear(); }

 private:
  PodVector<char> buffer_;
};

/// Collects the rows of a batch from a TextSink.
class BatchText {
 public:
  explicit BatchText(std::size_t rows) : rows_(rows) {}
  TextSink& sink() { return sink_; }
  /// Called after each row.
  void end_row(std::size_t row) {
    if (sink_.size() >= kFlushBytes) flush(row + 1);
  }
  std::string finish() {
    flush(rows_);
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kFlushBytes = std::size_t{64} << 10;

  void flush(std::size_t rows_done) {
    // The first rows tell about how much the others will take, so that the text is rarely moved.
    if (text_.empty() && rows_done < rows_) {
      std::size_t expected = sink_.size() / rows_done * rows_;
      text_.reserve(expected + expected / 16 + kFlushBytes);
    }
    text_.append(sink_.text());
    sink_.clear();
  }

  std::size_t rows_;
  TextSink sink_;
  std::string text_;
};

}  // namespace ev

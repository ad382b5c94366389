// Text of single values as all formats but JSON write them, and the column printer that all row formats share.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/format.h"
#include "base/text.h"
#include "base/time.h"
#include "emit/text_sink.h"
#include "event/batch.h"

namespace ev {

/// Bytes as text: themselves where they are valid UTF-8, else "base64:" and their base64 form, held by `storage`.
std::string_view bytes_as_text(std::string_view bytes, std::string& storage);
/// RFC 4648 with padding.
std::string base64(std::string_view bytes);

/// Which value of a column a row has, in any order of rows.
class ValueIndex {
 public:
  explicit ValueIndex(const Bitmap& validity);
  static constexpr std::size_t kNone = SIZE_MAX;
  std::size_t of(std::size_t row) const {
    if (!validity_) return row;
    uint64_t word = validity_->word(row >> 6), bit = uint64_t{1} << (row & 63);
    if (!(word & bit)) return kNone;
    return before_[row >> 6] + static_cast<std::size_t>(std::popcount(word & (bit - 1)));
  }

 private:
  const Bitmap* validity_ = nullptr;  // nullptr: every row has a value
  PodVector<uint32_t> before_;        // per word of the bitmap: values before it
};

/// Prints the values of one column in the style of a format. The texts of a dictionary are put into that style once.
///
/// A Style has static functions that append one value to a TextSink: text(sink, view) for strings and bytes,
/// json(sink, view), real(sink, double), time(sink, ns, form).
template <class Style>
class ColumnPrinter {
 public:
  explicit ColumnPrinter(const Column& column) : column_(&column), index_(column.validity) {
    if (column.type == Type::state || column.type == Type::null)
      throw Error(ErrorKind::bug, "", concat("a column of type ", type_name(column.type), " cannot be printed"));
    // Where filters left more texts than values, to prepare them all would cost more than it saves.
    if (column.codes.empty() || column.texts.size() > column.codes.size()) return;
    TextSink sink;
    ready_.offsets.reserve(column.texts.size() + 1);
    for (std::size_t i = 0; i < column.texts.size(); i++) {
      print_text(sink, column.texts[i]);
      ready_.push_back(sink.text());
      sink.clear();
    }
    prepared_ = true;
  }

  Type type() const { return column_->type; }
  /// Appends the row's value; false, and nothing appended, where it has none.
  bool print(std::size_t row, TextSink& sink) const {
    std::size_t i = index_.of(row);
    if (i == ValueIndex::kNone) return false;
    if (prepared_) {
      uint32_t code = column_->codes[i], begin = ready_.offsets[code];
      sink.append_wide(ready_.data.data() + begin, ready_.offsets[code + 1] - begin);
      return true;
    }
    switch (column_->type) {
      case Type::boolean:
        sink.append(column_->words[i] ? std::string_view("true") : std::string_view("false"));
        break;
      case Type::int64:
        sink.end_at(print_int(sink.room(24), column_->integer(i)));
        break;
      case Type::uint64:
        sink.end_at(print_uint(sink.room(24), column_->words[i]));
        break;
      case Type::float64:
        Style::real(sink, column_->real(i));
        break;
      case Type::time:
        Style::time(sink, column_->integer(i), column_->form_at(i));
        break;
      default:
        print_text(sink, column_->text(i));
    }
    return true;
  }

 private:
  void print_text(TextSink& sink, std::string_view text) const {
    if (column_->type == Type::json) return Style::json(sink, text);
    if (column_->type == Type::string) return Style::text(sink, text);
    std::string storage;
    Style::text(sink, bytes_as_text(text, storage));
  }

  const Column* column_;
  ValueIndex index_;
  Texts ready_;  // the dictionary in the style of the format
  bool prepared_ = false;
};

/// Numbers and times as every format but JSON writes them: a base of Styles.
struct PlainNumbers {
  static void real(TextSink& sink, double value) { sink.end_at(print_float(sink.room(32), value)); }
  static void time(TextSink& sink, int64_t ns, uint32_t form) {
    sink.end_at(print_time(sink.room(kMaxTimeText), ns, form));
  }
};

}  // namespace ev

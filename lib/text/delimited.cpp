#include "text/delimited.h"

#include <emmintrin.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "text/column_names.h"
#include "text/hex_digit.h"
#include "text/lines.h"
#include "text/record_ends.h"
#include "text/text_row.h"
#include "text/utf8.h"

namespace ev {
namespace {

constexpr const char* kNotClosed = "a quoted field is not closed";
constexpr const char* kAfterQuote = "text follows the closing quote of a field";

// Lines are looked at more than once; so many bytes stay in the cache in between.
constexpr std::size_t kStretch = std::size_t{64} << 10;

/// First byte from `p` on that is `a` or `b`. There is one, with 16 readable bytes behind it.
const char* find_either(const char* p, char a, char b) {
  const __m128i as = _mm_set1_epi8(a), bs = _mm_set1_epi8(b);
  for (;; p += 16) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, as), _mm_cmpeq_epi8(x, bs))));
    if (mask) return p + __builtin_ctz(mask);
  }
}

struct DelimitedField {
  std::string_view text;  // in the record, or in the reader's own memory, good until start()
  bool null = false;
};

/// Takes records apart. All texts end with a newline, behind which 32 bytes are readable.
class FieldReader {
 public:
  explicit FieldReader(const TextFormat& format) : separator_(format.separator), escaped_(format.escaped) {}

  /// Before records of `bytes` bytes in all.
  void start(std::size_t bytes) {
    scratch_.clear();
    scratch_.reserve(bytes + PodVector<char>::kSlack);
  }
  /// Reads the field at `p` and returns what ends it: a separator or the newline; nullptr with problem() set.
  const char* read(const char* p, const char* end, DelimitedField& field) {
    if (escaped_) return read_escaped(p, end, field);
    if (*p == '"') [[unlikely]]
      return read_quoted(p + 1, end, field);
    const char* stop = find_either(p, separator_, '\n');
    const char* text_end = stop > p && *stop == '\n' && stop[-1] == '\r' ? stop - 1 : stop;
    field.text = {p, static_cast<std::size_t>(text_end - p)};
    field.null = field.text.empty();
    return stop;
  }
  const char* problem() const { return problem_; }
  uint64_t take_newlines() { return std::exchange(newlines_, 0); }

 private:
  const char* read_escaped(const char* p, const char* end, DelimitedField& field) {
    const char* stop = find_escaped_stop(p);
    const char* copy = nullptr;  // of what stood before the last escape
    const char* from = p;        // what follows it
    bool sound = true;
    while (*stop == '\\') {
      if (!copy) copy = scratch_.end();
      scratch_.append(from, static_cast<std::size_t>(stop - from));
      from = unescape(stop + 1, sound);
      if (from >= end) return fail("ends in a backslash");
      stop = find_escaped_stop(from);
    }
    const bool line_end_has_cr = *stop == '\n' && stop > from && stop[-1] == '\r';
    const char* const text_end = stop - line_end_has_cr;
    field = {{p, static_cast<std::size_t>(text_end - p)}, false};
    if (!copy) return stop;
    field.null = field.text == "\\N";
    scratch_.append(from, static_cast<std::size_t>(text_end - from));
    field.text = {copy, static_cast<std::size_t>(scratch_.end() - copy)};
    return sound || is_utf8(field.text) ? stop : fail("escapes make invalid UTF-8");
  }
  const char* find_escaped_stop(const char* p) const {
    while (*p != '\\' && *p != separator_ && *p != '\n') p++;
    return p;
  }
  /// Appends what the escape at `p`, behind its backslash, stands for; returns its end. It is not
  /// sound where it may make bytes that are no UTF-8.
  const char* unescape(const char* p, bool& sound) {
    static constexpr std::string_view kLetters = "tnrbfav0e", kMeaning("\t\n\r\b\f\a\v\0\x1b", 9);
    char meant = *p;
    const std::size_t at = kLetters.find(*p);
    if (at != kLetters.npos) meant = kMeaning[at];
    newlines_ += *p == '\n';
    if (*p == 'x' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
      meant = static_cast<char>(hex_digit(p[1]) * 16 + hex_digit(p[2]));
      sound = sound && static_cast<unsigned char>(meant) < 0x80;
      p += 2;
    }
    scratch_.push_back(meant);
    return p + 1;
  }
  const char* read_quoted(const char* p, const char* end, DelimitedField& field) {
    const char* from = p;
    const char* copy = nullptr;  // of what stood before the doubled quotes so far
    for (;;) {
      auto quote = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
      if (!quote) return fail(kNotClosed);
      if (quote[1] != '"') {
        if (copy) scratch_.append(from, static_cast<std::size_t>(quote - from));
        const char* begin = copy ? copy : from;
        const char* stop = copy ? scratch_.end() : quote;
        field = {{begin, static_cast<std::size_t>(stop - begin)}, false};
        newlines_ += static_cast<uint64_t>(std::count(begin, stop, '\n'));
        const char* next = quote + 1;
        if (*next == '\r' && next[1] == '\n') next++;
        return *next == separator_ || *next == '\n' ? next : fail(kAfterQuote);
      }
      if (!copy) copy = scratch_.end();
      scratch_.append(from, static_cast<std::size_t>(quote + 1 - from));
      from = p = quote + 2;
    }
  }
  const char* fail(const char* problem) {
    problem_ = problem;
    return nullptr;
  }

  char separator_;
  bool escaped_;
  PodVector<char> scratch_;  // never moves: start() saw to it
  const char* problem_ = nullptr;
  uint64_t newlines_ = 0;  // inside quoted fields
};

class DelimitedParser final : public TextParser {
 public:
  DelimitedParser(const TextFormat& format, FieldChoice fields)
      : format_(format), rows_(std::move(fields)), reader_(format) {}

  ParsedText parse(const TextUnit& unit) override {
    if (rows_.start(unit) || columns_.empty()) resolve_columns();
    rows_.waiting().reserve(wanted_);
    line_ = unit.first_line;
    std::string_view text(unit.text.data(), unit.text.size());
    valid_utf8_ = is_utf8(text);
    reader_.start(text.size() + 1);
    if (unit.first_offset == 0) {
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      text.remove_prefix(std::min(text.size(), format_.header_bytes));
      line_ += format_.header_lines;
    }
    std::string_view tail;
    if (!text.ends_with('\n')) {
      const std::size_t whole = RecordEnds(format_).find(text, SIZE_MAX).end;
      tail = text.substr(whole);
      text = text.substr(0, whole);
    }
    read_records(text);
    if (!tail.empty()) {
      const PodVector<char> copy = with_newline(tail);
      rows_.read_from_copy(tail.data(), copy.data());
      read_records({copy.data(), tail.size() + 1});
      rows_.settle();
    }
    return rows_.finish(0);
  }

 private:
  void resolve_columns() {
    columns_.clear();
    std::vector<uint32_t> paths;
    for (const std::string& name : format_.columns) {
      KeyProblem problem = KeyProblem::none;
      columns_.push_back(rows_.fields().find_or_add(rows_.fields().root(), name, problem));
      assert(columns_.back() && "read_header() and --columns let no name pass that is too long");
      if (columns_.back()->wanted) paths.push_back(rows_.fields().path(*columns_.back()));
    }
    layout_ = rows_.layout(paths);
    wanted_ = paths.size();
  }

  void read_records(std::string_view text) {
    const char* p = text.data();
    const char* end = p + text.size();
    while (p < end) {
      const auto left = static_cast<std::size_t>(end - p), least = std::min(kStretch, left);
      const char* stop = static_cast<const char*>(std::memchr(p + least - 1, '\n', left - least + 1)) + 1;
      const std::string_view stretch(p, static_cast<std::size_t>(stop - p));
      if (valid_utf8_ && !format_.escaped && stretch.find('"') == stretch.npos) {
        read_lines(stretch, end);
        p = stop;
      } else {
        while (p < stop) p = read_or_reject(p, end);
      }
    }
  }

  /// Whole lines without quotes: each is a record.
  void read_lines(std::string_view stretch, const char* end) {
    lines_.set(stretch);
    for (std::size_t at = 0; at < lines_.size();) {
      const std::size_t records = read_together(at);
      if (records == 0) read_or_reject(lines_[at].data(), end);
      at += std::max<std::size_t>(records, 1);
    }
  }

  /// Reads several records column by column, so that none has to wait for another; returns how many. As many are tried
  /// as went well before, and as many again.
  std::size_t read_together(std::size_t at) {
    if (rows_.has_oversized()) return 0;
    const auto tried =
        static_cast<uint32_t>(std::min<std::size_t>({lines_.size() - at, together_, rows_.waiting().room()}));
    const char* fields[RowGroup::kMaxRows];
    for (uint32_t i = 0; i < tried; i++) fields[i] = lines_[at + i].data();
    Cell* cells = rows_.waiting().next();
    uint32_t count = tried;
    for (std::size_t column = 0; column < columns_.size() && count > 0; column++) {
      count = read_column(*columns_[column], column + 1 == columns_.size(), fields, count, cells);
      if (columns_[column]->wanted) cells += RowGroup::kStride;
    }
    together_ = count < tried ? 1 : std::min(2 * together_, RowGroup::kMaxRows);
    if (count == 0) return 0;
    rows_.take_waiting(layout_, wanted_, count, line_,
                       [&](uint32_t i) { return without_carriage_return(lines_[at + i], format_.escaped); });
    line_ += count;
    return count;
  }

  /// The next field of each record; returns how many records, from the first on, have it.
  uint32_t read_column(Field& column, bool last, const char** fields, uint32_t count, Cell* cells) {
    const char ending = last ? '\n' : format_.separator;
    for (uint32_t i = 0; i < count; i++) {
      const char* p = fields[i];
      const char* stop = find_either(p, format_.separator, '\n');
      if (*stop != ending) return i;
      fields[i] = stop + 1;
      if (!column.wanted) continue;
      if (last && stop > p && stop[-1] == '\r') stop--;
      const std::string_view text(p, static_cast<std::size_t>(stop - p));
      cells[i] = text.empty() ? Cell{Cell::kNull, 0, 0} : rows_.fields().cell(column, typed(text), text);
    }
    return count;
  }

  /// Returns where the record after the one at `p` begins.
  const char* read_or_reject(const char* p, const char* end) {
    rows_.take_oversized(line_);
    if (columns_.size() > 1 && (*p == '\n' || (*p == '\r' && p[1] == '\n'))) {
      line_++;
      return p + (*p == '\n' ? 1 : 2);
    }
    const char* next = read_record(p, end);
    return next ? next : reject_record({p, static_cast<std::size_t>(end - p)});
  }

  /// Appends the record at `p` and returns where the next one begins; nullptr: it is to be rejected.
  const char* read_record(const char* p, const char* end) {
    const char* const begin = p;
    std::size_t count = 0;
    Cell* cell = rows_.waiting().next();
    for (;;) {
      DelimitedField field;
      const char* stop = reader_.read(p, end, field);
      if (!stop) return nullptr;
      if (count < columns_.size() && columns_[count]->wanted) {
        *cell =
            field.null ? Cell{Cell::kNull, 0, 0} : rows_.fields().cell(*columns_[count], typed(field.text), field.text);
        cell += RowGroup::kStride;
      }
      count++;
      p = stop + 1;
      if (*stop == '\n') break;
    }
    if (count != columns_.size()) {
      count_ = count;
      return nullptr;
    }
    std::string_view record(begin, static_cast<std::size_t>(p - 1 - begin));
    if (!valid_utf8_ && !is_utf8(record)) {
      not_utf8_ = true;
      return nullptr;
    }
    rows_.take_waiting(layout_, wanted_, 1, line_,
                       [&](uint32_t) { return without_carriage_return(record, format_.escaped); });
    line_ += 1 + reader_.take_newlines();
    return p;
  }

  const char* reject_record(std::string_view rest) {
    const RecordCut cut = RecordEnds(format_).find(rest, 1);
    // A quote that never closes takes in all that follows.
    const std::size_t end = cut.records ? cut.end : rest.size();
    const std::string_view record = without_carriage_return(rest.substr(0, end - 1), format_.escaped);
    rows_.reject(line_, record.data(), record.size(), reason(record));
    line_ += cut.records ? cut.lines : static_cast<uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
    reader_.take_newlines();
    count_ = 0;
    not_utf8_ = false;
    return rest.data() + end;
  }

  std::string reason(std::string_view record) const {
    if (not_utf8_) return why_not_utf8(record);
    if (count_ == 0) return reader_.problem();
    return concat("has ", count_, count_ == 1 ? " field" : " fields", ", not ", columns_.size());
  }

  TextFormat format_;
  UnitRows rows_;
  FieldReader reader_;
  std::vector<Field*> columns_;
  uint32_t layout_ = 0;
  std::size_t wanted_ = 0;  // columns
  uint32_t together_ = 1;   // how many records to read at a time
  IndexedLines lines_;      // those without quotes that are read at the moment
  uint64_t line_ = 0;
  bool valid_utf8_ = false;
  // Why the record at hand is to be rejected, where the reader does not know.
  std::size_t count_ = 0;
  bool not_utf8_ = false;
};

}  // namespace

void read_header(std::string_view text, TextFormat& format, std::string_view place) {
  if (!format.columns.empty()) return;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const RecordCut cut = RecordEnds(format).find(text, 1);
  const std::string_view record = cut.records ? text.substr(0, cut.end - 1) : text;
  if (!is_utf8(record)) fail_header(place, concat("is no text: ", why_not_utf8(record)));
  const PodVector<char> copy = with_newline(record);
  FieldReader reader(format);
  reader.start(copy.size());
  std::vector<std::string> names;
  for (const char* p = copy.data();; p++) {
    DelimitedField field;
    p = reader.read(p, copy.data() + record.size() + 1, field);
    if (!p) fail_header(place, concat("is broken: ", reader.problem()));
    names.emplace_back(field.text);
    if (*p == '\n') break;
  }
  format.columns = column_names(std::move(names), place);
  format.header_bytes = cut.records ? cut.end : text.size();
  format.header_lines = cut.records ? cut.lines : 1;
}

std::unique_ptr<TextParser> make_delimited_parser(const TextFormat& format, const FieldChoice& fields) {
  return std::make_unique<DelimitedParser>(format, fields);
}

}  // namespace ev

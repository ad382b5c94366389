// Tables for people: columns as wide as their cells on the screen, numbers to the right, nulls empty. Fields that come
// with later rows become columns at the right.
//
// Without a row limit the first 10,000 rows (or 16 MiB of cells) fix the columns and their widths; the rows after
// them are written at once. Wider cells are cut if a width is given, else they push their line to the right. Fields
// that only come then are named below the table.
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "emit/display_text.h"
#include "emit/formats.h"
#include "emit/row_template.h"
#include "emit/table_layout.h"

namespace ev {
namespace {

constexpr std::size_t kSampleRows = 10'000;
constexpr std::size_t kSampleBytes = std::size_t{16} << 20;
constexpr std::string_view kBold = "\x1b[1m", kDim = "\x1b[2m", kPlain = "\x1b[0m";

struct Cell {
  std::string text;  // empty: null or an empty string
  std::size_t width = 0;
};
using Row = std::vector<Cell>;  // may be shorter than the columns: the rest is empty

/// One line; blanks are written only when something follows them.
class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) {}
  void cell(std::string_view text, std::size_t text_width, std::size_t width, bool right) {
    std::size_t pad = width > text_width ? width - text_width : 0;
    if (right) blanks_ += pad;
    if (!text.empty()) {
      out_.append(blanks_, ' ').append(text);
      blanks_ = 0;
    }
    if (!right) blanks_ += pad;
    blanks_ += kColumnGap;
  }
  void end() {
    out_ += '\n';
    blanks_ = 0;
  }

 private:
  std::string& out_;
  std::size_t blanks_ = 0;
};

class TableEmitter : public Emitter {
 public:
  explicit TableEmitter(const EmitOptions& options) : options_(options) {
    for (const Path& path : options.columns) add_column(path);
    columns_known_ = !options.columns.empty();
  }

  bool buffers() const override { return true; }
  std::string begin() override { return {}; }
  std::string format(const Batch&) const override { return ready_; }

  void announce(const Batch& batch) override {
    ready_.clear();
    uint64_t shown = std::min<uint64_t>(batch.rows, options_.max_rows - shown_rows_);
    shown_rows_ += shown;
    more_rows_ += batch.rows - shown;
    if (shown > 0) add_rows(batch, shown);
  }

  std::string end() override {
    ready_.clear();
    if (!streaming_) start_streaming();
    std::string out = std::move(ready_);
    if (more_rows_ > 0) note(out, more_rows_, "row", {});
    std::vector<std::string> hidden;
    for (std::size_t i = widths_.size(); i < columns_.size(); i++) hidden.push_back(columns_[i].name.text);
    hidden.insert(hidden.end(), late_fields_.begin(), late_fields_.end());
    if (!hidden.empty()) note(out, hidden.size(), "column", join(hidden, ", "));
    return out;
  }

 private:
  struct TableColumn {
    Cell name;
    std::size_t widest = 0;
    bool has_numbers = false, has_others = false;
    bool right() const { return has_numbers && !has_others; }
  };

  void add_column(const Path& path) {
    if (!numbers_.emplace(path.encoded(), columns_.size()).second) return;
    TableColumn column;
    column.name = make_cell(path.name());
    columns_.push_back(std::move(column));
  }

  Cell make_cell(std::string_view text) const {
    Cell cell;
    // What a terminal cannot show need not be kept; a character of the screen rarely takes more than 32 bytes.
    std::size_t enough = options_.width == 0 ? text.size() : std::size_t{options_.width} * 32;
    cell.text = visible_text(text.substr(0, enough));
    if (options_.width > 0) cell.text = cut_to_width(cell.text, options_.width);
    cell.width = display_width(cell.text);
    return cell;
  }

  /// Per column the number of its path in the batch or -1. New fields become columns while that is possible.
  std::vector<int> paths_in(const Batch& batch) {
    std::vector<bool> has_values(batch.paths.size());
    for (const Column& column : batch.columns) has_values[column.path] = has_values[column.path] || column.size() > 0;
    std::vector<int> paths(columns_.size(), -1);
    for (std::size_t i = 0; i < batch.paths.size(); i++) {
      auto known = numbers_.find(batch.paths[i].encoded());
      if (known != numbers_.end()) {
        paths[known->second] = static_cast<int>(i);
      } else if (!streaming_ && !columns_known_) {
        add_column(batch.paths[i]);
        paths.push_back(static_cast<int>(i));
      } else if (has_values[i]) {
        std::string name = visible_text(batch.paths[i].name());
        if (late_fields_.size() < kMaxColumns &&
            std::find(late_fields_.begin(), late_fields_.end(), name) == late_fields_.end())
          late_fields_.push_back(std::move(name));
      }
    }
    return paths;
  }

  void add_rows(const Batch& batch, std::size_t rows) {
    std::vector<int> paths = paths_in(batch);
    BatchPrinter<DisplayStyle> values(batch);
    TextSink sink;
    for (std::size_t row = 0; row < rows; row++) {
      if (!streaming_ && (sample_.size() == kSampleRows || sample_bytes_ > kSampleBytes)) start_streaming();
      Row cells;
      for (std::size_t i = 0; i < paths.size(); i++) {
        cells.emplace_back();
        if (paths[i] < 0) continue;
        sink.clear();
        Type type = values.print(static_cast<uint16_t>(paths[i]), row, sink);
        if (type == Type::null) continue;
        cells.back() = make_cell(sink.text());
        if (!streaming_) measure(columns_[i], cells.back(), type, sink.text());
      }
      if (streaming_)
        print_row(cells);
      else
        keep(std::move(cells));
    }
  }

  static void measure(TableColumn& column, const Cell& cell, Type type, std::string_view text) {
    column.widest = std::max(column.widest, cell.width);
    // An epoch is a number to the eye; an ISO time is not.
    bool number = type == Type::int64 || type == Type::uint64 || type == Type::float64 ||
                  (type == Type::time && text.find_first_of(":T") == text.npos);
    (number ? column.has_numbers : column.has_others) = true;
  }

  void keep(Row&& cells) {
    sample_bytes_ += sizeof(Row) + cells.size() * sizeof(Cell);
    for (const Cell& cell : cells) sample_bytes_ += cell.text.size();
    sample_.push_back(std::move(cells));
  }

  /// Fixes the columns and writes the rows kept so far.
  void start_streaming() {
    streaming_ = true;
    std::vector<ColumnNeed> needs;
    for (const TableColumn& column : columns_)
      needs.push_back({column.widest, options_.header ? column.name.width : 0, column.right()});
    widths_ = table_widths(needs, options_.width);
    if (options_.header && !columns_.empty()) print_header();
    for (const Row& row : sample_) print_row(row);
    sample_ = {};
  }

  void print_header() {
    if (options_.color) ready_ += kBold;
    LineWriter line(ready_);
    for (std::size_t i = 0; i < widths_.size(); i++) print_cell(line, columns_[i].name, i);
    if (options_.color) ready_ += kPlain;
    line.end();
    for (std::size_t i = 0; i < widths_.size(); i++) {
      std::string rule;
      for (std::size_t n = 0; n < widths_[i]; n++) rule += "─";
      line.cell(rule, widths_[i], widths_[i], false);
    }
    line.end();
  }

  void print_row(const Row& cells) {
    LineWriter line(ready_);
    for (std::size_t i = 0; i < std::min(cells.size(), widths_.size()); i++) print_cell(line, cells[i], i);
    line.end();
  }

  void print_cell(LineWriter& line, const Cell& cell, std::size_t column) const {
    std::size_t width = widths_[column];
    if (cell.width <= width || options_.width == 0)
      return line.cell(cell.text, cell.width, width, columns_[column].right());
    std::string cut = cut_to_width(cell.text, width);
    line.cell(cut, display_width(cut), width, columns_[column].right());
  }

  void note(std::string& out, uint64_t count, std::string_view what, std::string_view names) const {
    std::string text = concat("… and ", grouped(count), " more ", what, count == 1 ? "" : "s");
    if (!names.empty()) text += concat(": ", names);
    if (options_.width > 0) text = cut_to_width(text, options_.width);
    if (options_.color) text = concat(kDim, text, kPlain);
    out += text + "\n";
  }

  EmitOptions options_;
  bool columns_known_ = false;
  std::vector<TableColumn> columns_;
  std::unordered_map<std::string, std::size_t> numbers_;  // by Path::encoded()
  std::vector<std::size_t> widths_;                       // of the columns shown, once streaming
  std::vector<Row> sample_;
  std::size_t sample_bytes_ = 0;
  bool streaming_ = false;
  std::string ready_;  // what format() gives for the batch just announced
  uint64_t shown_rows_ = 0, more_rows_ = 0;
  std::vector<std::string> late_fields_;
};

}  // namespace

std::unique_ptr<Emitter> make_table_emitter(const EmitOptions& options) {
  return std::make_unique<TableEmitter>(options);
}

}  // namespace ev

// What every batch must keep to, checked.
#include <algorithm>
#include <set>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "event/batch.h"

namespace ev {

namespace {

class ShapeCheck {
 public:
  ShapeCheck(const Batch& batch, ErrorKind kind, std::string_view place) : batch_(batch), kind_(kind), place_(place) {}

  void run() const {
    check_paths();
    check_layouts();
    check_row_layouts();
    for (const Column& column : batch_.columns) check_column(column);
    check_one_column_each();
    check_one_value_each();
    check_values_in_layouts();
  }

 private:
  [[noreturn]] void fail(std::string what) const { throw Error(kind_, std::string(place_), std::move(what)); }
  [[noreturn]] void fail(const Column& column, std::string_view what) const {
    fail(
        concat("field ", escape_controls(batch_.paths[column.path].name()), " (", type_name(column.type), "): ", what));
  }
  void require(const Column& column, bool holds, std::string_view otherwise) const {
    if (!holds) fail(column, otherwise);
  }

  void check_paths() const {
    if (batch_.paths.size() > kLayoutChunkPath) fail(concat("has ", batch_.paths.size(), " field paths"));
    std::set<std::string_view> seen;
    for (const Path& path : batch_.paths) {
      std::size_t steps = path.step_count();
      if (steps < 1 || steps > kMaxPathSteps) fail(concat("a field path has ", steps, " steps"));
      if (path.encoded().size() > kMaxPathBytes) fail("a field path is too long");
      if (!seen.insert(path.encoded()).second)
        fail(concat("the field path ", escape_controls(path.name()), " stands twice"));
    }
    if (batch_.time_path < -1 || batch_.time_path >= static_cast<int>(batch_.paths.size()))
      fail("the number of the event-time field is out of range");
  }

  void check_layouts() const {
    if (batch_.layouts.size() > batch_.rows) fail("has more layouts than rows");
    std::vector<std::size_t> last_layout(batch_.paths.size());
    for (std::size_t i = 0; i < batch_.layouts.size(); i++) {
      for (uint16_t path : batch_.layouts[i]) {
        if (path >= batch_.paths.size()) fail(concat("layout ", i, ": a path number is out of range"));
        if (last_layout[path] == i + 1) fail(concat("layout ", i, ": a path stands twice"));
        last_layout[path] = i + 1;
      }
    }
  }

  void check_row_layouts() const {
    if (batch_.row_layouts.empty()) return;
    if (batch_.row_layouts.size() != batch_.rows) fail("the layout numbers are not as many as the rows");
    uint32_t largest = 0;
    for (uint32_t layout : batch_.row_layouts) largest = std::max(largest, layout);
    if (largest >= std::max<std::size_t>(batch_.layouts.size(), 1)) fail("a layout number is out of range");
  }

  void check_column(const Column& column) const {
    if (column.path >= batch_.paths.size()) fail("a column has a path number out of range");
    if (column.type == Type::null || static_cast<uint8_t>(column.type) > kLastType)
      fail("a column has an unknown type");
    require(column, column.validity.empty() || column.validity.size() == batch_.rows,
            "the validity bitmap does not have a bit for each row");
    check_bits_beyond(column);
    if (is_text_type(column.type)) {
      check_texts(column);
    } else {
      check_words(column);
    }
    const std::size_t valid = column.validity.empty() ? batch_.rows : column.validity.count();
    require(column, column.size() == valid, "the values are not as many as the rows that have one");
  }

  void check_bits_beyond(const Column& column) const {
    const std::size_t tail = column.validity.size() & 63;
    require(column, tail == 0 || column.validity.word(column.validity.word_count() - 1) >> tail == 0,
            "the validity bitmap has bits beyond the rows");
  }

  void check_words(const Column& column) const {
    require(column, column.texts.size() == 0 && column.codes.empty(), "a column of words has texts");
    if (column.type == Type::boolean) {
      uint64_t all = 0;
      for (uint64_t word : column.words) all |= word;
      require(column, all <= 1, "a bool is neither 0 nor 1");
    }
    if (column.type != Type::time)
      require(column, column.forms.empty() && column.form == 0, "a column that is not of times has time forms");
    require(column, column.forms.empty() || column.forms.size() == column.words.size(),
            "the time forms are not as many as the values");
  }

  void check_texts(const Column& column) const {
    require(column, column.words.empty() && column.forms.empty(), "a column of texts has words");
    const PodVector<uint32_t>& offsets = column.texts.offsets;
    require(column, !offsets.empty() && offsets[0] == 0, "the text offsets do not begin with 0");
    uint32_t descents = 0;
    for (std::size_t i = 1; i < offsets.size(); i++) descents += offsets[i] < offsets[i - 1];
    require(column, descents == 0 && offsets.back() == column.texts.data.size(), "the text offsets do not add up");
    if (column.codes.empty()) return;
    require(column, column.texts.size() <= column.codes.size(), "the dictionary has more texts than there are values");
    uint32_t largest = 0;
    for (uint32_t code : column.codes) largest = std::max(largest, code);
    require(column, largest < column.texts.size(), "a text number is out of range");
  }

  void check_one_column_each() const {
    std::set<std::pair<uint16_t, Type>> seen;
    for (const Column& column : batch_.columns)
      require(column, seen.emplace(column.path, column.type).second, "stands twice");
  }

  /// Columns of one path share no row.
  void check_one_value_each() const {
    std::vector<const Column*> by_path;
    for (const Column& column : batch_.columns) by_path.push_back(&column);
    std::stable_sort(by_path.begin(), by_path.end(), [](auto* a, auto* b) { return a->path < b->path; });
    Bitmap taken;
    for (std::size_t i = 0; i < by_path.size(); i++) {
      const Column& column = *by_path[i];
      const bool first = i == 0 || by_path[i - 1]->path != column.path;
      const bool last = i + 1 == by_path.size() || by_path[i + 1]->path != column.path;
      if (first && last) continue;
      if (first) taken.assign(batch_.rows, false);
      const Bitmap all = column.validity.empty() ? Bitmap(batch_.rows, true) : Bitmap();
      const Bitmap& valid = column.validity.empty() ? all : column.validity;
      for (std::size_t w = 0; w < taken.word_count(); w++) {
        require(column, (taken.word(w) & valid.word(w)) == 0, "a row has a value of another type, too");
        taken.word(w) |= valid.word(w);
      }
    }
  }

  /// The layout of a row lists every path that has a value in it. Without layouts (a projected read) there is no rule.
  void check_values_in_layouts() const {
    if (batch_.layouts.empty() || batch_.rows == 0) return;
    std::vector<uint32_t> layouts_with(batch_.paths.size());
    for (const Layout& layout : batch_.layouts)
      for (uint16_t path : layout) layouts_with[path]++;
    std::vector<bool> has_path(batch_.layouts.size());
    for (const Column& column : batch_.columns) {
      if (layouts_with[column.path] == batch_.layouts.size()) continue;
      for (std::size_t i = 0; i < batch_.layouts.size(); i++) {
        const Layout& layout = batch_.layouts[i];
        has_path[i] = std::find(layout.begin(), layout.end(), column.path) != layout.end();
      }
      for_each_value(column, batch_.rows, [&](std::size_t row, std::size_t) {
        require(column, has_path[batch_.layout_of(row)], "has a value in a row whose layout does not list it");
      });
    }
  }

  const Batch& batch_;
  ErrorKind kind_;
  std::string_view place_;
};

}  // namespace

void check_shape(const Batch& batch, ErrorKind kind, std::string_view place) {
  ShapeCheck(batch, kind, place).run();
}

}  // namespace ev

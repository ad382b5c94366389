// What csv and tsv share: fixed columns, a header, a line per event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emit/emitter.h"
#include "emit/row_template.h"

namespace ev {

/// The columns of a delimited text. Fixed once, so that batches can be formatted in parallel from then on.
class DelimitedColumns {
 public:
  DelimitedColumns(std::string_view format, const std::vector<Path>& columns);

  /// The first batch with rows fixes the columns where they were not known before; any later one is checked.
  void announce(const Batch& batch);
  /// Nothing more can be added: what has come by now makes the header.
  void fix_at_begin();
  const std::vector<Path>& paths() const { return paths_; }

  /// Per column the number of its path in the batch, or -1. Throws Error(usage) if a value of the batch has no column.
  std::vector<int> paths_in(const Batch& batch) const;

 private:
  void fix(const std::vector<Path>& paths);

  std::string format_;
  bool fixed_ = false;
  std::vector<Path> paths_;
  std::vector<Path> without_rows_;                        // paths of the first batch, as long as none had rows
  std::unordered_map<std::string, std::size_t> numbers_;  // by Path::encoded()
};

/// Style: text(), json(), real(), time() as in ColumnPrinter, and kFormat, kSeparator, null(columns).
template <class Style>
class DelimitedEmitter : public Emitter {
 public:
  explicit DelimitedEmitter(const EmitOptions& options)
      : header_(options.header), columns_(Style::kFormat, options.columns) {}

  void announce(const Batch& batch) override { columns_.announce(batch); }

  std::string begin() override {
    columns_.fix_at_begin();
    if (!header_ || columns_.paths().empty()) return {};
    TextSink line;
    bool first = true;
    for (const Path& path : columns_.paths()) {
      if (!first) line.append(Style::kSeparator);
      first = false;
      Style::text(line, path.name());
    }
    line.append('\n');
    return std::string(line.text());
  }

  std::string format(const Batch& batch) const override {
    if (batch.rows == 0) return {};
    std::string_view null = Style::null(columns_.paths().size());
    struct {
      RowTemplate row;
      const RowTemplate& of(std::size_t) const { return row; }
    } same;
    bool first = true;
    for (int path : columns_.paths_in(batch)) {
      if (!first) same.row.literal(std::string_view(&Style::kSeparator, 1));
      first = false;
      if (path < 0)
        same.row.literal(null);
      else
        same.row.value(static_cast<uint16_t>(path));
    }
    same.row.literal("\n");
    return print_rows<Style>(batch, same, null);
  }

  std::string end() override { return {}; }

 private:
  bool header_;
  DelimitedColumns columns_;
};

}  // namespace ev

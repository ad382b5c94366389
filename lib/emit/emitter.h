// Batches to foreign formats: one file each, one line each in the table of formats.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace ev {

struct EmitOptions {
  bool header = true;              // --no-header turns it off
  uint64_t max_rows = UINT64_MAX;  // table on a terminal: 40; the rest is counted
  unsigned width = 0;              // of the terminal, 0: unlimited
  bool color = false;
  /// csv, tsv, table: the columns, where known before (files); empty: those of the first batch.
  std::vector<Path> columns;
};

/// Formats a batch: parallel part, then the serial part puts the pieces together. State columns must have been
/// replaced by their final values.
///
/// Order of calls: announce() of the first batch that has rows, begin(), format() of each batch, end(). The text is
/// begin(), the texts of the batches in order, end(). Batches without rows may be left out.
class Emitter {
 public:
  virtual ~Emitter() = default;
  /// Serial, called with each batch in order, before format(): fixes what depends on order (the columns of a csv).
  /// Throws Error(usage) where a batch brings a column that csv cannot add any more (names it and the remedy). Unless
  /// buffers(), only the first batch with rows must be announced: format() makes the same check.
  virtual void announce(const Batch& batch) = 0;
  /// Thread-safe (but see buffers()). Text of the batch's rows.
  virtual std::string format(const Batch& batch) const = 0;
  /// Serial, in order: what stands before the first rows; what stands after the last. An input without any rows has
  /// both, too.
  virtual std::string begin() = 0;
  virtual std::string end() = 0;
  /// Whether rows are held back to see more of them before the first is written (table: column widths). Then
  /// announce() and format() of a batch are called one after the other, batch by batch, by one thread at a time;
  /// format() gives what can be written by now, end() the rest.
  virtual bool buffers() const { return false; }
};

/// "jsonl", "csv", "tsv", "table", "record". Throws Error(usage) with a near name.
std::unique_ptr<Emitter> make_emitter(std::string_view format, const EmitOptions& options);
std::span<const std::string_view> emit_formats();

}  // namespace ev

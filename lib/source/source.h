// The inputs of a tool: event streams, or text ingested on the fly; one or several files, folders, standard input.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "io/input.h"
#include "source/input_queue.h"
#include "source/reject_records.h"
#include "stream/reader.h"
#include "text/field_parser.h"
#include "text/text_format.h"
#include "text/text_unit.h"

namespace ev {

struct SourceOptions {
  std::vector<std::string> paths;  // empty: standard input
  InputQueue* queue = nullptr;     // in place of paths, with text_only: inputs that are gone on with; not owned
  bool from_rejects = false;       // the inputs are streams of rejects, whose records are read again
  bool text_only = false;          // ingest: event streams are refused, zero bytes are an empty log, any file ending
  std::optional<TextFormat> format;  // -f: of text, whatever its first bytes look like
  int64_t since = std::numeric_limits<int64_t>::min();  // half-open range of event time
  int64_t until = std::numeric_limits<int64_t>::max();
  int32_t year = 0;                  // of syslog's times, which have none
  TimeRules time_rules;                  // of text; plausible_only follows from time_fields
  std::shared_ptr<const FieldTypes> types;  // of fields of text whose type was chosen
  std::shared_ptr<const RowCheck> check;  // of rows of text: what it refuses becomes a reject
  std::vector<std::string> time_fields;  // -t; empty: default_time_fields(). Of text inputs only.
  FieldChoice fields;                    // what the tool needs; of streams with layouts only where `all` or `below`
  std::vector<FieldFormat> field_formats;   // of text: fields whose texts are parsed, one after the other
  std::optional<std::string> source_field;  // of text: the field that gets the input's name
  bool event_time = false;               // it needs the event time as well: Error(usage) where an input has none
  std::shared_ptr<BlockFilter> filter;   // blocks of streams that it does not want are skipped
  bool pass_blocks = false;              // hand over blocks unopened where all their rows are in the time range
  bool directory_only = false;           // with pass_blocks: of seekable inputs read headers and directories alone
  bool accept_partial = false;           // what is intact of a cut-off or aborted input is taken, and marked PARTIAL
  uint32_t block_rows = kMaxBlockRows;   // of text
  std::chrono::nanoseconds latency{20'000'000};
  std::chrono::nanoseconds idle{0};  // above 0: a pipe that brings nothing for so long gives an IdleInput, each time
  unsigned workers = 1;
  StopCheck stop;
};

/// Stands for the silence of an input.
struct IdleInput {};

/// A piece of input on its way to a worker.
struct SourceUnit {
  std::variant<RawBlock, TextUnit, RejectedRun, IdleInput> content;
  uint32_t input = 0;  // number of the input
};

/// What became of the fields that options add to those of a text.
struct FieldCounts {
  std::vector<FieldParseCounts> parsed;  // of each of the field_formats
  uint64_t unnamed = 0;  // rows that did not get the source_field: they had a field of that name
};

/// What a unit gave. Exactly one of batch and block is set.
struct SourceItem {
  std::optional<Batch> batch;
  std::optional<RawBlock> block;  // pass_blocks: every row is in the time range; only `fields` can be decoded
  Ledger ledger;                  // in, and filtered, untimed, rejected; `passed` and `out` are left to the tool
  std::vector<Reject> rejects;
  uint32_t input = 0;
  bool idle = false;              // no rows: the input was silent
  uint64_t duplicate_keys = 0;
  std::vector<TypeCount> type_counts;  // of SourceOptions::types, of a text
  FieldCounts fields;                  // of a text
  std::string read_as;                 // how the records of a text were read, for a stream of rejects
};

class Source {
 public:
  /// Opens nothing yet but checks that every path exists. Throws Error(no_input).
  explicit Source(SourceOptions options);
  ~Source();

  /// Serial. Opens inputs as they come. nullopt at the end or when the stop check asked to stop (then interrupted()).
  std::optional<SourceUnit> next();
  /// Parallel: decodes or parses, drops rows outside the time range.
  SourceItem open(SourceUnit&& unit, unsigned worker);

  /// Rows of blocks that were skipped by time or by the filter, up to what next() gave last. Serial, as next() is.
  Ledger skipped() const;
  /// After next() returned nullopt: kEndPartial, kEndLimited, kEndInterrupted of the inputs; kEndInterrupted where this tool stopped reading.
  uint32_t end_flags() const;
  bool interrupted() const;
  /// What accept_partial let pass: the message of each input that was cut off.
  const std::vector<std::string>& accepted() const;
  /// Sum of what the inputs' ENDs said.
  const StreamTotals& totals() const;
  const std::string& input_name(uint32_t input) const;
  /// Bytes read so far and bytes there are (nullopt for pipes), for the progress line. Any thread.
  uint64_t bytes_read() const;
  std::optional<uint64_t> bytes_total() const;
  uint64_t rows_read() const;
  /// Event-time field in force for text inputs, once found: for the notice.
  std::optional<Path> time_path() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ev

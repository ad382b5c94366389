#include "base/text.h"
#include "cli/inputs.h"
#include "cli/terminal.h"
#include "info/info.h"
#include "info/report.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// The directory of a piece of input, and its first values.
struct Described {
  BlockHeader header;
  std::vector<Path> paths;
  std::vector<ChunkEntry> chunks;
  std::optional<Path> time_path;
  std::optional<Batch> first;  // of the first block of the run: for examples
  bool text = false;
  Ledger ledger;
  std::vector<Reject> rejects;
  uint32_t input = 0;
};

Described describe(SourceItem&& item) {
  Described d;
  d.ledger = item.ledger;
  d.rejects = std::move(item.rejects);
  d.input = item.input;
  if (item.block) {
    d.header = item.block->header;
    d.paths = item.block->meta->paths;
    d.chunks = item.block->meta->chunks;
    d.time_path = item.block->time_path;
    if (!item.block->partial && item.block->first_row == 0) d.first = decode_block(*item.block, {});
  } else {
    EncodedBlock encoded = encode_block(*item.batch, {});
    d.text = true;
    d.header = encoded.header;
    d.paths = std::move(encoded.paths);
    d.chunks = std::move(encoded.chunks);
    d.time_path = encoded.time_path;
    d.first = slice(*item.batch, 0, std::min<uint32_t>(item.batch->rows, 1000));
  }
  return d;
}

/// The first block of a stream in a regular file, for examples.
std::optional<Batch> first_block(const std::string& path) {
  if (path == "-") return std::nullopt;
  std::unique_ptr<Input> input = open_input(path);
  if (!input->seekable()) return std::nullopt;
  StreamReader reader(std::move(input), {});
  std::optional<RawBlock> block = reader.next();
  if (!block) return std::nullopt;
  return decode_block(*block, {});
}

}  // namespace

std::vector<std::string> InfoTool::examples() const { return {"ev info events.ev", "ev info --json app.jsonl.gz"}; }

SharedOptionSet InfoTool::shared() const {
  SharedOptionSet set;
  set.where = set.stream_out = set.memory = false;
  return set;
}

void InfoTool::declare(Command& command) { command.flag("--json", json_, "one JSON object, for programs"); }

int InfoTool::run(Session& session) {
  SourceOptions options = source_options(session);
  options.pass_blocks = options.directory_only = true;
  Source source(options);
  Summary summary;
  InputCounts counts;
  RejectCount rejects;
  Ledger seen;
  std::optional<uint32_t> first_input;

  run_ordered<SourceUnit, Described>(
      pipeline_options(session), [&] { return source.next(); },
      [&](SourceUnit&& unit, unsigned worker) { return describe(source.open(std::move(unit), worker)); },
      [&](Described&& d) {
        summary.add(d.header, d.paths, d.chunks);
        if (d.time_path) summary.time_fields.insert(d.time_path->name());
        if (!d.first && !first_input) d.first = first_block(source.input_name(d.input));
        if (d.first) summary.add_examples(*d.first);
        first_input = d.input;
        counts.text |= d.text;
        seen += d.ledger;
        rejects.add(source.input_name(d.input), d.rejects);
        session.progress(progress_of(source));
      });

  const std::vector<std::string>& files = session.options().files;
  counts.name = files.empty() ? "standard input" : join(files, ", ");
  counts.segments = source.totals().segments;
  counts.input_bytes = source.bytes_read();
  counts.flags = source.end_flags();
  seen += source.skipped();
  counts.ledger = source.totals().ledger;
  if (counts.text) {
    seen.passed = seen.out = summary.rows;
    counts.ledger += seen;
  }
  std::string text = json_ ? info_json(summary, counts)
                           : info_table(summary, counts, session.output().is_terminal() ? terminal_width() : 0);
  session.output().write(as_bytes(text));
  session.set_ledger(seen);
  session.finish_output();
  report_inputs(session, source, rejects);
  return 0;
}

}  // namespace ev

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>

#include "aggregate/aggregator.h"
#include "base/text.h"
#include "cli/inputs.h"
#include "cli/row_options.h"
#include "cli/terminal.h"
#include "emit/emitter.h"
#include "export/export.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

constexpr uint64_t kTerminalRows = 40;

/// A batch on its way to text.
struct Written {
  std::string text;
  std::optional<Batch> batch;  // kept for the emitters that write row after row in order
  Ledger ledger;
  std::vector<Reject> rejects;
  uint32_t input = 0;
};

/// All fields of the inputs in order of first appearance, where each is a file and so can be read twice; else none.
/// What is wrong with an input is left to the reading that follows.
std::vector<Path> fields_of_files(Session& session) {
  const std::vector<std::string>& files = session.options().files;
  bool all_files = !files.empty() && std::all_of(files.begin(), files.end(), [](const std::string& name) {
    std::error_code error;
    return name != "-" && (std::filesystem::is_regular_file(name, error) || std::filesystem::is_directory(name, error));
  });
  std::vector<Path> fields;
  if (!all_files) return fields;
  std::set<std::string> known;
  auto add = [&](const std::vector<Path>& paths) {
    for (const Path& path : paths)
      if (known.insert(path.encoded()).second) fields.push_back(path);
  };
  SourceOptions options = source_options(session);
  options.pass_blocks = options.directory_only = true;
  options.workers = 1;
  try {
    Source source(options);
    while (std::optional<SourceUnit> unit = source.next()) {
      SourceItem item = source.open(std::move(*unit), 0);
      add(item.block ? item.block->meta->paths : item.batch->paths);
    }
  } catch (const Error&) {
  }
  return fields;
}

/// Puts the texts of batches in order. One thread at a time, except format().
class TextOutput {
 public:
  TextOutput(Session& session, std::unique_ptr<Emitter> emitter) : output_(session.output()), emitter_(std::move(emitter)) {}
  bool buffers() const { return emitter_->buffers(); }
  bool begun() const { return begun_; }
  void begin(const Batch* first) {
    if (begun_) return;
    if (first) emitter_->announce(*first);
    begun_ = true;
    put(emitter_->begin());
  }
  std::string format(const Batch& batch) const { return emitter_->format(batch); }
  void write_in_order(const Batch& batch) {
    if (begun_) emitter_->announce(batch);
    else begin(&batch);
    put(emitter_->format(batch));
  }
  void put(std::string_view text) {
    if (!text.empty()) output_.write(as_bytes(text));
  }
  void end() {
    begin(nullptr);
    put(emitter_->end());
  }

 private:
  Output& output_;
  std::unique_ptr<Emitter> emitter_;
  bool begun_ = false;
};

}  // namespace

std::vector<std::string> ExportTool::examples() const {
  return {"ev export events.ev | jq .", "ev export -f csv -o events.csv events.ev"};
}

SharedOptionSet ExportTool::shared() const {
  SharedOptionSet set;
  set.stream_out = false;
  return set;
}

void ExportTool::declare(Command& command) {
  command.text("-f,--format", "FORMAT", format_, "jsonl, csv, tsv, table or record (default: table on a terminal, else jsonl)");
  command.number("--head", "N", head_, "the first N events; a table counts the rest");
  command.flag("--no-header", no_header_, "csv, tsv and table without the line of names");
}

void ExportTool::validate() {
  if (format_) make_emitter(*format_, {});  // refuses an unknown format
}

int ExportTool::run(Session& session) {
  bool terminal = session.output().is_terminal();
  std::string format = format_.value_or(terminal ? "table" : "jsonl");
  EmitOptions emit;
  emit.header = !no_header_;
  emit.width = terminal ? terminal_width() : 0;
  emit.color = terminal && color_wanted();
  bool table = format == "table";
  // A table says how many rows it leaves out, so it has to see them; the other formats stop at the last one wanted.
  if (table) emit.max_rows = head_ ? *head_ : (terminal ? kTerminalRows : UINT64_MAX);
  uint64_t limit = table ? UINT64_MAX : head_.value_or(UINT64_MAX);

  if (format == "csv" || format == "tsv") emit.columns = fields_of_files(session);

  SourceOptions options = source_options(session);
  RowSteps steps(where_plan(session), options.workers);
  steps.prepare(options);
  Source source(options);
  TextOutput text(session, make_emitter(format, emit));
  RejectCount rejects;
  Ledger ledger;
  std::atomic<uint64_t> written_rows{0};  // read by the thread that reads ahead

  auto open = [&](SourceUnit&& unit, unsigned worker) {
    SourceItem item = source.open(std::move(unit), worker);
    steps.apply(item, worker);
    Written done{{}, finalize_states(std::move(*item.batch)), item.ledger, std::move(item.rejects), item.input};
    done.ledger.absorbed = done.batch->rows;
    return done;
  };
  auto account = [&](const Written& done) {
    ledger += done.ledger;
    rejects.add(source.input_name(done.input), done.rejects);
    session.progress(progress_of(source));
  };
  auto cut_to_limit = [&](Written& done) {
    if (written_rows + done.batch->rows > limit) {
      done.batch = slice(*done.batch, 0, static_cast<uint32_t>(limit - written_rows));
      done.text.clear();  // of more rows than are wanted
    }
    written_rows += done.batch->rows;
  };
  // The columns of a csv from a pipe are those of the first batch with rows: up to it, one after the other.
  auto write = [&](Written&& done) {
    account(done);
    cut_to_limit(done);
    if (text.buffers()) {
      text.write_in_order(*done.batch);
    } else if (done.batch->rows > 0) {
      text.begin(&*done.batch);
      text.put(done.text.empty() ? text.format(*done.batch) : done.text);
    }
  };
  while (!text.begun() && limit > 0) {
    std::optional<SourceUnit> unit = source.next();
    if (!unit) break;
    write(open(std::move(*unit), 0));
  }
  if (text.begun())
    run_ordered<SourceUnit, Written>(
        pipeline_options(session),
        [&]() -> std::optional<SourceUnit> { return written_rows < limit ? source.next() : std::nullopt; },
        [&](SourceUnit&& unit, unsigned worker) {
          Written done = open(std::move(unit), worker);
          if (!text.buffers() && done.batch->rows > 0) done.text = text.format(*done.batch);
          return done;
        },
        write);
  text.end();
  ledger += source.skipped();
  session.set_ledger(ledger);
  session.finish_output();
  report_rows(session, steps);
  report_inputs(session, source, rejects);
  return 0;
}

}  // namespace ev

// The event stream that a tool writes: encoding in the workers, writing in order, END at the close.
#pragma once

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "archive/archive_output.h"
#include "cli/tool.h"
#include "event/batch.h"
#include "stream/writer.h"

namespace ev {

/// One block on its way out with its ledger entry.
struct OutgoingBlock {
  std::vector<std::pair<EncodedBlock, Ledger>> encoded;  // in order; empty when `raw` is set or nothing came out
  std::optional<RawBlock> raw;
  Ledger ledger;  // of `raw`, or of an item without a block
  // Where -o is a template:
  SplitBatch split;
  std::vector<FinishedBlock> finished;  // of rows that came earlier
};

/// What --compress says, or the default for a file or a pipe.
Compression output_compression(const SharedOptions& options, bool is_file);

class StreamOutput {
 public:
  explicit StreamOutput(Session& session);
  /// A stream beside the one of -o, into a file of its own; its ledger is not that of the session.
  StreamOutput(Session& session, std::unique_ptr<Output> beside);
  ~StreamOutput();  // writes nothing: without finish() or abort() the stream has no END
  /// Thread-safe: cuts to the caps and encodes. `ledger` goes with the first part, passed, created and out are shared out
  /// by the rows of each. Requires ledger.passed + ledger.created == batch.rows (Error(bug)); ledger.out is set here.
  /// A batch without rows gives a block only where it has a watermark to tell. `digest`: as of encode_block().
  OutgoingBlock encode(Batch&& batch, const Ledger& ledger, std::optional<Hash128> digest = std::nullopt) const;
  /// Serial, in order. Where -o is a template (SharedOptions::route), blocks cannot be passed on unopened.
  void write(OutgoingBlock&& block);
  /// Ledger entries that belong to no block.
  void add(const Ledger& delta);
  /// What comes next stands in a segment of its own, or in parts of its own. Parts of the segment before appear now.
  void begin_segment();
  /// All rows of a segment were written. What they are by number and content.
  struct Written {
    uint64_t rows = 0;
    Hash128 digest;
  };
  Written end_segment(uint32_t flags);
  /// Drops all that was written, and begins the output of -o anew. Where that fails, abort() is all that may follow.
  void restart();
  /// The file that finish() gives its name; nullopt where the output is written directly.
  std::optional<FileId> file() const;
  /// END COMPLETE with `flags`, the ledger told to the session, and the output committed.
  void finish(uint32_t flags);
  /// Gives up: END ABORT with this exit status where the output is written directly; a file is dropped. Never throws.
  void abort(int reason) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs `body`; where it fails, the next program in the pipe is told by END ABORT before the failure goes on. Not where
/// the reader went away: there is nobody to tell.
template <class Body>
void run_with_abort(StreamOutput& out, Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const BrokenPipe&) {
    throw;
  } catch (const Error& error) {
    out.abort(exit_code(error.kind()));
    throw;
  } catch (const std::bad_alloc&) {
    out.abort(exit_code(ErrorKind::io));
    throw;
  } catch (...) {
    out.abort(exit_code(ErrorKind::bug));
    throw;
  }
}

}  // namespace ev

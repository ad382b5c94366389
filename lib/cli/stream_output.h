// The event stream that a tool writes: encoding in the workers, writing in order, END at the close.
#pragma once

#include <memory>
#include <optional>

#include "cli/tool.h"
#include "event/batch.h"
#include "stream/writer.h"

namespace ev {

/// One block on its way out with its ledger entry.
struct OutgoingBlock {
  std::vector<std::pair<EncodedBlock, Ledger>> encoded;  // in order; empty when `raw` is set or nothing came out
  std::optional<RawBlock> raw;
  Ledger ledger;  // of `raw`, or of an item without a block
};

class StreamOutput {
 public:
  explicit StreamOutput(Session& session);
  ~StreamOutput();  // without finish(): END says ABORT where the output is written directly
  /// Thread-safe: cuts to the caps and encodes. `ledger` goes with the first part; out and passed are per part.
  OutgoingBlock encode(Batch&& batch, const Ledger& ledger) const;
  /// Serial, in order.
  void write(OutgoingBlock&& block);
  StreamWriter& writer();
  /// END COMPLETE with `flags`, and the output committed.
  void finish(uint32_t flags);
  /// END ABORT with this exit status. Never throws.
  void abort(int reason) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ev

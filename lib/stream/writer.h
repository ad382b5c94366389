// Writes event streams: segments of blocks with INDEX and END.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "io/output.h"
#include "stream/block.h"

namespace ev {

/// One thread at a time; blocks are encoded elsewhere (encode_block) and written in order here. A segment is opened by
/// the first block (or by finish(), for an empty stream); a new one (MORE on the one before) where the event-time field
/// changes or the INDEX would outgrow its cap. Without finish() or abort() the stream has no END: its reader will say 76.
class StreamWriter {
 public:
  explicit StreamWriter(Output& out);
  ~StreamWriter();
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;

  /// Event-time field of an empty stream, or of the first segment if no block says otherwise.
  void set_time_path(std::optional<Path> path);
  /// Writes a block; `delta` is what the ledger gained since the block before (out and rows must agree).
  void write(EncodedBlock&& block, const Ledger& delta);
  /// Passes a block on unopened: a new header over copied chunks. Requires !block.partial.
  void write(RawBlock&& block, const Ledger& delta);
  /// Ledger entries that belong to no block (rows filtered at the end, rejects).
  void add(const Ledger& delta);
  /// What comes next stands in a segment of its own, if anything comes.
  void cut();
  /// END with status COMPLETE and these flags (kEndPartial, kEndLimited, kEndInterrupted). Does not finish the Output.
  /// Throws Error(bug) if the ledger does not balance.
  void finish(uint32_t flags);
  /// END with status ABORT.
  void abort(int reason);

  /// Totals over all segments.
  const Ledger& ledger() const;
  Hash128 digest() const;
  uint64_t rows() const;
  uint64_t blocks() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ev

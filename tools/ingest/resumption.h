// A run of ev ingest that goes on where the last one ended: what it takes, step by step, and its checkpoint.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/stream_output.h"
#include "cli/tool.h"
#include "ingest/checkpoint_options.h"
#include "io/state_file.h"
#include "source/new_inputs.h"
#include "source/repeated_inputs.h"

namespace ev {

/// Without --checkpoint and --follow a single step without a queue: the inputs as they are. Else first each segment
/// that an earlier run prepared, then what is new:
///
///   while (step())  read queue() into a segment of the output, then wrote() what that was
///   prepare()       durable: what was taken, before anything of the output is
///   ...             the output is made durable
///   commit()        unless the output is a pipe, whose end somebody else must know: ev commit
class Resumption {
 public:
  /// Locks and reads the checkpoint. Throws Error(locked), Error(corrupt), Error(usage).
  Resumption(const CheckpointOptions& options, Session& session);

  /// Whether the file that this run would write holds what an earlier run prepared, and nobody may have read it yet:
  /// that was committed now, and this run is over.
  bool output_stands() const { return output_stands_; }
  /// Begins the next step; false: there is none.
  bool step();
  /// nullptr: the inputs are read as they are.
  InputQueue* queue();
  /// Throws Error(corrupt) where a segment that was repeated came out as something else.
  void wrote(const StreamOutput::Written& written);

  void prepare(const StreamOutput& out);
  void commit();
  /// Says what else there is to say, raises the exit status for inputs that end early.
  void report() const;
  uint32_t end_flags() const;

 private:
  void load();
  void check_same_options() const;
  bool same_output() const;

  const CheckpointOptions& options_;
  Session& session_;
  int64_t now_ns_;
  std::string deciding_;  // the options that decide which rows come out
  std::unique_ptr<StateFile> state_;
  std::vector<InputPosition> positions_;
  PreparedRun run_;
  std::unique_ptr<InputFiles> files_;
  std::unique_ptr<RepeatedInputs> repeated_;
  std::unique_ptr<NewInputs> fresh_;
  std::size_t steps_ = 0;
  bool output_stands_ = false, unchanged_ = false, plain_done_ = false;
};

}  // namespace ev

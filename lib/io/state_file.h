// What a program remembers from run to run, committed in two phases.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/file_lock.h"
#include "io/input.h"

namespace ev {

/// A state that was made ready, but that nobody may rely on yet: the output that it vouches for may not be durable.
struct PreparedState {
  std::string state;   // becomes the committed one
  std::string ranges;  // what was worked off to get there, exactly enough to do it again
  bool operator==(const PreparedState&) const = default;
};

/// How a file is replaced: durably, and by all of the bytes or not at all. Tests inject one that fails.
using ReplaceFile = std::function<void(const std::string& path, std::string_view bytes)>;
/// Writes beside, syncs, renames, syncs the folder. Throws Error(cannot_create), Error(io).
void replace_file(const std::string& path, std::string_view bytes);

struct StateFileOptions {
  std::chrono::nanoseconds wait{0};  // for another process that works with it
  StopCheck stop;                    // ends that waiting
  ReplaceFile replace = replace_file;
};

/// A file, or the file "state" in a folder of states, locked as long as this lives. What it holds is opaque here:
///
///   prepare()  what the run took and where that leads is durable; its output is not
///   ...        the output is made durable
///   commit()   the prepared state is the committed one
///
/// Each step replaces the file as a whole, so that a crash at any moment leaves the one before it or the one after.
/// ev-state(5) has the bytes. One thread at a time.
class StateFile {
 public:
  /// A missing file is a state that holds nothing yet; it appears with the first change. `kind` is a word that says
  /// whose state it is ("checkpoint"); empty: any, and then the file must exist. Throws Error(locked); Error(corrupt)
  /// for damage, other files and other kinds; Error(no_input); Error(cannot_create).
  StateFile(std::string path, std::string_view kind, StateFileOptions options = {});

  const std::optional<std::string>& committed() const { return committed_; }
  const std::optional<PreparedState>& prepared() const { return prepared_; }
  const std::string& kind() const { return kind_; }
  /// As it was given, for messages.
  const std::string& name() const { return name_; }

  /// Durable when it returns. Replaces what was prepared before.
  void prepare(PreparedState next);
  /// Requires prepared().
  void commit();
  /// For states that are committed together: from now on, where a crash comes between, this one is committed when it is
  /// opened next if `first` was, and stays prepared if `first` is still prepared as it is now. Requires prepared() of both.
  void follow(const StateFile& first);
  /// The committed state is this one, in one step: for what needs no output to be durable in between. Requires that
  /// nothing is prepared.
  void commit_at_once(std::string next);
  /// Forgets what was prepared.
  void discard();

 private:
  void load();
  void store(const std::optional<std::string>& committed, const std::optional<PreparedState>& prepared);
  void settle();

  std::string name_, path_, kind_;
  StateFileOptions options_;
  std::unique_ptr<FileLock> lock_;
  std::optional<std::string> committed_;
  std::optional<PreparedState> prepared_;
  std::optional<std::string> follows_;  // the body of that section
};

/// What is committed, read without the lock: whoever changes a state replaces the file as a whole. nullopt: nothing is.
/// Throws Error(no_input), Error(corrupt).
std::optional<std::string> read_committed_state(const std::string& path, std::string_view kind);

}  // namespace ev

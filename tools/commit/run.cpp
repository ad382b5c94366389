#include <filesystem>
#include <memory>
#include <optional>
#include <set>

#include "base/text.h"
#include "cli/exit_status.h"
#include "commit/commit.h"
#include "io/state_file.h"
#include "io/state_values.h"

namespace ev {
namespace {

/// Failures of some states, while the others go on: all are said, and the worst one ends the program.
class Failures {
 public:
  explicit Failures(Session& session) : session_(session) {}

  template <class Body>
  void collect(Body&& body) {
    try {
      body();
    } catch (const Error& error) {
      if (!worst_) {
        worst_ = error;
        return;
      }
      const int before = exit_code(worst_->kind()), now = exit_code(error.kind());
      const bool worse = now != before && worse_exit(before, now) == now;
      session_.warn(worse ? worst_->what() : error.what());
      if (worse) worst_ = error;
    }
  }
  void finish() const {
    if (worst_) throw *worst_;
  }

 private:
  Session& session_;
  std::optional<Error> worst_;
};

/// All follow the first one that is prepared: whichever moment this program dies at, they are committed all or none.
void follow_first(const std::vector<std::unique_ptr<StateFile>>& states, Failures& failures) {
  const StateFile* first = nullptr;
  for (const auto& state : states) {
    if (!state->prepared()) continue;
    if (first) failures.collect([&] { state->follow(*first); });
    if (!first) first = state.get();
  }
}

/// Whichever way a state is named.
std::string file_of(const std::string& path) {
  std::error_code ec;
  return whole_path(std::filesystem::is_directory(path, ec) ? concat(path, "/state") : path);
}

}  // namespace

std::vector<std::string> CommitTool::examples() const {
  return {"ev ingest --checkpoint c logs/ | ev export -f tsv > new.tsv && ev commit c"};
}

SharedOptionSet CommitTool::shared() const {
  SharedOptionSet set;
  set.output = set.inputs = set.rows = set.stream_out = set.text_in = set.memory = false;
  set.locks = true;
  return set;
}

void CommitTool::declare(Command& command) {
  command.flag("--discard", discard_, "forget what is prepared instead, so that it is new again");
  command.files(paths_, "states: files that --checkpoint names, folders of other programs");
}

void CommitTool::validate() {
  // A state that is named twice would wait for itself.
  std::vector<std::string> once;
  std::set<std::string> known;
  for (std::string& path : paths_)
    if (known.insert(file_of(path)).second) once.push_back(std::move(path));
  paths_ = std::move(once);
  if (paths_.empty())
    throw Error(ErrorKind::usage, "", "needs the name of a state", "for example ev commit app.checkpoint");
}

int CommitTool::run(Session& session) {
  StateFileOptions options;
  options.wait = session.options().wait;
  options.stop = session.stop_check();
  Failures failures(session);
  // All are locked and read before the first is changed: what can be told beforehand is told beforehand.
  std::vector<std::unique_ptr<StateFile>> states;
  for (const std::string& path : paths_)
    failures.collect([&] { states.push_back(std::make_unique<StateFile>(path, "", options)); });
  if (!discard_) follow_first(states, failures);
  for (const auto& state : states) {
    failures.collect([&] {
      if (!state->prepared()) return session.notice(concat(state->name(), ": nothing is prepared"));
      if (discard_)
        state->discard();
      else
        state->commit();
      session.notice(concat(state->name(), discard_ ? ": discarded" : ": committed"));
    });
  }
  failures.finish();
  return 0;
}

}  // namespace ev

// What is new in the inputs of a run: what was appended since the last one, and files that were not there then.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "io/folder_watch.h"
#include "io/input.h"
#include "source/input_files.h"
#include "source/input_queue.h"
#include "source/known_texts.h"
#include "source/segment_record.h"

namespace ev {

struct NewInputsOptions {
  std::vector<std::string> paths;
  std::string left_out;                          // the state of this run
  bool follow = false;                           // wait for more, until the stop check asks to stop
  bool only_whole = true;                        // a last record that is not whole is left for later
  std::chrono::nanoseconds latency{20'000'000};  // under follow: how long lines may wait for others
  StopCheck stop;
  std::function<int64_t()> now_ns;  // the clock
};

/// - A last line without newline is left for later. Of compressed files it is taken once they rest for kRestingNs.
/// - So is a last record of several lines to which somebody may write on: until its file rests for kRecordRest, or under
///   follow for kRecordAge at most.
/// - Of an argument that is a file, what rotation makes of it is taken, too: app.log.1, app.log-20240601.gz in its
/// folder.
///   Those that are there when the argument is met for the first time are taken as read.
/// - Files that vanish between being listed and opened are for the next run.
/// - Under follow, each file is read to its present end, again and again, and closed in between: whatever happens to
/// its
///   name, it is known by what KnownTexts knows it by.
class NewInputs final : public InputQueue {
 public:
  static constexpr int64_t kRestingNs = int64_t{10} * 1'000'000'000;
  static constexpr std::chrono::seconds kScanEvery{5};  // under follow, also where nothing was told

  /// Throws Error(usage) for standard input, Error(no_input) for what is missing and not known.
  NewInputs(NewInputsOptions options, std::vector<InputPosition> known);

  std::optional<QueuedInput> next() override;
  void took(const ReadingProgress& progress) override;
  void closed(const Error* cut_short, bool left) override;

  /// Where all inputs stand now, those that are gone among them.
  std::vector<InputPosition> positions();
  const std::vector<TakenRange>& ranges() const { return record_.ranges(); }
  /// Compressed inputs that end early so far: what was said about each.
  std::vector<Error> unfinished() const;
  /// Files that were passed over as copies of others.
  const std::vector<std::string>& copies() const { return copies_; }

 private:
  using Clock = std::chrono::steady_clock;
  void scan();
  void pass_over_history();
  bool worth_opening(const std::string& path, const FileFacts& facts) const;
  std::optional<QueuedInput> open(const std::string& path);
  bool wait();
  bool is_settled(const std::string& path) const;
  void note_rest(bool left);
  bool packed(const std::string& path) const;

  NewInputsOptions options_;
  InputFiles files_;
  KnownTexts known_;
  SegmentRecord record_;
  std::unique_ptr<FolderWatch> watch_;
  std::deque<std::string> tasks_;            // files to be looked at
  std::unordered_set<std::string> watched_;  // files that count when they grow
  std::vector<bool> there_;                  // positions whose file was met
  std::map<FileId, Error> cut_short_;
  std::vector<std::string> copies_;
  std::size_t current_ = 0;
  // Of the file that is open: where, what it was like then, and whether its last record is whole.
  std::string path_;
  FileFacts facts_;
  bool settled_ = false;
  // Under follow: files of which something was left, and since when nothing of that was taken.
  struct Resting {
    uint64_t offset;
    Clock::time_point since, look_again;
  };
  std::map<std::string, Resting> resting_;
  bool scanned_ = false;
  std::chrono::steady_clock::time_point next_scan_;
};

}  // namespace ev

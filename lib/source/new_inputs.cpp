#include "source/new_inputs.h"

#include <algorithm>

#include "source/text_units.h"

namespace ev {
namespace {

// A file that rested while it was read is looked at again, but not at once.
constexpr std::chrono::milliseconds kLookSoonest{10};

}  // namespace

NewInputs::NewInputs(NewInputsOptions options, std::vector<InputPosition> known)
    : options_(std::move(options)), files_(options_.paths, options_.left_out), known_(std::move(known)) {
  std::vector<std::string> paths;
  for (const InputPosition& position : known_.positions()) paths.push_back(position.path);
  files_.require(paths);
  pass_over_history();
  if (options_.follow) watch_ = watch_folders();
}

/// What rotation made of an argument before it was met for the first time is no news.
void NewInputs::pass_over_history() {
  std::unordered_set<std::string> met;
  for (const InputPosition& position : known_.positions()) {
    met.insert(position.path);
    met.emplace(name_before_rotation(position.path));
  }
  for (const std::string& path : files_.beside()) {
    const std::string* argument = files_.argument_of(path);
    const auto facts = file_facts(path);
    if (argument && facts && !met.contains(*argument) && known_.find(facts->id) == KnownTexts::kNone)
      known_.take_as_read(path);
  }
}

/// Under follow, what did not change is not even opened.
bool NewInputs::worth_opening(const std::string& path, const FileFacts& facts) const {
  const std::size_t i = known_.find(facts.id);
  if (!scanned_ || i == KnownTexts::kNone) return true;
  const InputPosition& known = known_.positions()[i];
  if (known.path != path) return true;
  return known.packed ? *known.packed != PackedFile{facts.size, facts.modified_ns} : facts.size != known.mark.offset;
}

/// Lists the inputs and plans which are opened: known ones first, so that copies find where their originals stand.
void NewInputs::scan() {
  if (watch_)
    for (const std::string& folder : files_.folders()) watch_->watch(folder);
  next_scan_ = std::chrono::steady_clock::now() + kScanEvery;
  std::vector<std::string> unknown;
  watched_.clear();
  there_.assign(known_.positions().size(), false);
  auto plan = [&](const std::string& path, bool argument) {
    const auto facts = file_facts(path);
    const std::size_t position = facts ? known_.find(facts->id) : KnownTexts::kNone;
    if (position != KnownTexts::kNone) there_[position] = true;
    if (facts && known_.is_history(*facts)) return;
    // What is no regular file is opened all the same: that says so.
    if (!argument && position == KnownTexts::kNone && !(facts && files_.argument_of(path))) return;
    watched_.insert(path);
    if (facts && !worth_opening(path, *facts)) return;
    if (facts && known_.knows(facts->id))
      tasks_.push_back(path);
    else
      unknown.push_back(path);
  };
  for (const std::string& path : files_.beside()) plan(path, false);
  for (const std::string& path : files_.list()) plan(path, true);
  tasks_.insert(tasks_.end(), unknown.begin(), unknown.end());
  scanned_ = true;
}

std::optional<QueuedInput> NewInputs::open(const std::string& path) {
  std::optional<KnownTexts::Match> match = known_.open(path);
  if (!match || !match->text) resting_.erase(path);
  if (!match) return std::nullopt;
  if (match->position == KnownTexts::kNone) {
    if (std::find(copies_.begin(), copies_.end(), path) == copies_.end()) copies_.push_back(path);
    return std::nullopt;
  }
  current_ = match->position;
  there_.resize(known_.positions().size());
  there_[current_] = true;
  if (!match->text) return std::nullopt;
  const InputPosition& position = known_.positions()[current_];
  QueuedInput input{path, nullptr, std::move(match->taken), position.line, position.reading, options_.only_whole};
  path_ = path;
  facts_ = match->text->facts();
  settled_ = !position.packed && is_settled(path);
  if (settled_) input.settled = facts_.size;
  if (position.packed) {
    cut_short_.erase(position.id);
    if (options_.now_ns() - facts_.modified_ns >= kRestingNs) input.hold_back = false;
  }
  input.input = match->text->take();
  return input;
}

std::optional<QueuedInput> NewInputs::next() {
  for (;;) {
    if (!scanned_) scan();
    while (!tasks_.empty()) {
      const std::string path = std::move(tasks_.front());
      tasks_.pop_front();
      if (std::optional<QueuedInput> input = open(path)) return input;
    }
    if (!watch_ || !wait()) return std::nullopt;
  }
}

/// Whether nobody is expected to go on with the last record of the file that was just opened.
bool NewInputs::is_settled(const std::string& path) const {
  if (std::chrono::nanoseconds(options_.now_ns() - facts_.modified_ns) >= kRecordRest) return true;
  const auto at = resting_.find(path);
  return at != resting_.end() && at->second.offset == known_.positions()[current_].mark.offset &&
         Clock::now() - at->second.since >= kRecordAge;
}

/// Under follow, what is left of a file is looked at again when it has rested.
void NewInputs::note_rest(bool left) {
  const InputPosition& position = known_.positions()[current_];
  const uint64_t offset = position.mark.offset;
  if (!watch_ || !left || position.packed || settled_) {
    resting_.erase(path_);
    return;
  }
  const auto now = Clock::now();
  Resting& rest = resting_.try_emplace(path_, Resting{offset, now, now}).first->second;
  if (rest.offset != offset) rest = {offset, now, now};
  const std::chrono::nanoseconds rested(options_.now_ns() - facts_.modified_ns);
  rest.look_again = now + std::clamp<std::chrono::nanoseconds>(kRecordRest - rested, kLookSoonest, kRecordRest);
}

/// Until a file may have changed. False: the run is asked to stop.
bool NewInputs::wait() {
  std::chrono::nanoseconds most = kScanEvery;
  for (const auto& [path, rest] : resting_) most = std::min<std::chrono::nanoseconds>(most, rest.look_again - Clock::now());
  FolderChanges changes = watch_->wait(std::max(most, std::chrono::nanoseconds(0)), options_.latency, options_.stop);
  if (options_.stop.stop && options_.stop.stop()) return false;
  if (changes.names || std::chrono::steady_clock::now() >= next_scan_) {
    try {
      scan();
    } catch (const Error& error) {
      // A folder went away while it was listed. The next scan sees what is left.
      if (error.kind() != ErrorKind::no_input) throw;
    }
  }
  for (const std::string& path : changes.grown)
    if (watched_.contains(path) && !packed(path)) tasks_.push_back(path);
  for (const auto& [path, rest] : resting_)
    if (rest.look_again <= Clock::now()) tasks_.push_back(path);
  return true;
}

/// Compressed files are read from their first byte each time, so only when all are looked at.
bool NewInputs::packed(const std::string& path) const {
  const auto facts = file_facts(path);
  const std::size_t i = facts ? known_.find(facts->id) : KnownTexts::kNone;
  return i != KnownTexts::kNone && known_.positions()[i].packed;
}

void NewInputs::took(const ReadingProgress& progress) {
  known_.took(current_, progress.mark, progress.line, progress.reading);
  const InputPosition& position = known_.positions()[current_];
  record_.took(position.path, position.id, progress);
}

void NewInputs::closed(const Error* cut_short, bool left) {
  note_rest(left);
  const bool packed = known_.positions()[current_].packed.has_value();
  if (cut_short || (left && packed)) known_.cut_short(current_);
  if (!cut_short) return;
  cut_short_.insert_or_assign(known_.positions()[current_].id, *cut_short);
}

std::vector<InputPosition> NewInputs::positions() {
  there_.resize(known_.positions().size());
  known_.mark_gone(there_, options_.now_ns());
  there_.assign(known_.positions().size(), false);
  return known_.positions();
}

std::vector<Error> NewInputs::unfinished() const {
  std::vector<Error> all;
  for (const auto& [id, error] : cut_short_) all.push_back(error);
  return all;
}

}  // namespace ev

#include "source/repeated_inputs.h"

#include <algorithm>

#include "base/text.h"

namespace ev {
namespace {

/// The file, if it holds the text of the range to its end, about to be read from its first byte.
std::optional<TextFile> open_if_same(const std::string& path, const TextMark& mark) {
  std::optional<TextFile> text = TextFile::open(path);
  if (!text || !text->go_to(mark)) return std::nullopt;
  return TextFile::open(path);
}

}  // namespace

RepeatedInputs::RepeatedInputs(std::vector<TakenRange> ranges, const InputFiles& files, std::string remedy)
    : ranges_(std::move(ranges)), candidates_(files.list()), remedy_(std::move(remedy)) {
  for (std::string& path : files.beside()) candidates_.push_back(std::move(path));
}

/// By the file's identity first; then by what it holds.
std::optional<TextFile> RepeatedInputs::find(const TakenRange& range) const {
  auto has_id = [&](const std::string& path) {
    const auto facts = file_facts(path);
    return facts && facts->id == range.id;
  };
  if (has_id(range.path))
    if (auto text = open_if_same(range.path, range.to)) return text;
  for (const std::string& path : candidates_)
    if (path != range.path && has_id(path))
      if (auto text = open_if_same(path, range.to)) return text;
  for (const std::string& path : candidates_) {
    // A short beginning says nothing where the names have nothing to do with each other.
    if (range.to.bytes() < kMarkBytes && !named_after(path, name_before_rotation(range.path))) continue;
    if (auto text = open_if_same(path, range.to)) return text;
  }
  return std::nullopt;
}

std::optional<QueuedInput> RepeatedInputs::next() {
  if (next_ == ranges_.size()) return std::nullopt;
  const TakenRange& range = ranges_[next_++];
  std::optional<TextFile> text = find(range);
  if (!text)
    throw Error(ErrorKind::no_input, range.path,
                concat("bytes ", range.from, " to ", range.to.offset,
                       ", which an earlier run took and did not commit, are nowhere to be found"),
                remedy_);
  QueuedInput input{range.path, nullptr, {}, range.line, range.reading, false};
  auto taken = text->cut_out(range.from, range.to.offset);
  if (taken) input.taken = std::move(*taken);
  input.input = text->take();
  return input;
}

void RepeatedInputs::closed(const Error*, bool) {
  const TakenRange& range = ranges_[next_ - 1];
  if (reached_ != range.to)
    throw Error(ErrorKind::corrupt, range.path,
                concat("changes while bytes ", range.from, " to ", range.to.offset, " are read again"), "run it again");
}

}  // namespace ev

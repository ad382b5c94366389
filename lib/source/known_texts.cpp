#include "source/known_texts.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "source/input_files.h"

namespace ev {
namespace {

PackedFile packed_file(const TextFile& text) {
  return {text.facts().size, text.facts().modified_ns};
}

/// Whether the file of a position still holds the text that was taken.
bool is_there(const InputPosition& position) {
  if (position.id == FileId{}) return false;
  std::optional<TextFile> text = TextFile::open(position.path);
  return text && text->facts().id == position.id && text->go_to(position.mark);
}

bool is_beginning(const std::string& path, const std::string& of) {
  std::optional<TextFile> copy = TextFile::open(path), original = TextFile::open(of);
  return copy && original && copy->begins(*original);
}

}  // namespace

KnownTexts::KnownTexts(std::vector<InputPosition> positions) : positions_(std::move(positions)) {
  for (std::size_t i = 0; i < positions_.size(); i++) {
    if (positions_[i].id != FileId{}) by_id_.emplace(positions_[i].id, i);
    index(i);
  }
}

void KnownTexts::index(std::size_t i) {
  const InputPosition& position = positions_[i];
  if (position.mark.bytes() == kMarkBytes) by_head_.emplace(position.mark.head, i);
  by_name_.emplace(name_before_rotation(position.path), i);
}

std::size_t KnownTexts::find(FileId id) const {
  auto at = by_id_.find(id);
  return at == by_id_.end() ? kNone : at->second;
}

bool KnownTexts::is_history(const FileFacts& facts) const {
  const std::size_t i = find(facts.id);
  return i != kNone && positions_[i].history && positions_[i].packed == PackedFile{facts.size, facts.modified_ns};
}

void KnownTexts::set_id(std::size_t i, FileId id) {
  // One file, one position: another one had taken nothing of it.
  if (const std::size_t other = find(id); other != kNone && other != i) positions_[other].id = {};
  if (positions_[i].id != FileId{}) by_id_.erase(positions_[i].id);
  positions_[i].id = id;
  if (id != FileId{}) by_id_[id] = i;
}

/// A position for a text of which nothing was taken yet.
std::size_t KnownTexts::begin(const TextFile& text) {
  InputPosition& fresh = positions_.emplace_back();
  fresh.path = text.path();
  fresh.mark = TakenText().mark();
  if (text.packed()) fresh.packed = packed_file(text);
  set_id(positions_.size() - 1, text.facts().id);
  index(positions_.size() - 1);
  return positions_.size() - 1;
}

void KnownTexts::took(std::size_t i, const TextMark& mark, uint64_t line, const TextReading& reading) {
  InputPosition& position = positions_[i];
  const bool had_head = position.mark.bytes() == kMarkBytes;
  position.mark = mark;
  position.line = line;
  position.reading = reading;
  if (!had_head && mark.bytes() == kMarkBytes) by_head_.emplace(mark.head, i);
}

/// Positions of which a file that begins so may hold the text.
std::vector<std::size_t> KnownTexts::possible_originals(const std::string& path, std::string_view first) const {
  std::vector<std::size_t> found;
  if (first.size() == kMarkBytes) {
    auto [from, to] = by_head_.equal_range(checksum64(as_bytes(first)));
    for (auto at = from; at != to; ++at) found.push_back(at->second);
  }
  // Of the same name, where devices got other numbers, or of the one that rotation began with.
  for (std::size_t size = path.rfind('/') == path.npos ? 1 : path.rfind('/') + 2; size <= path.size(); size++) {
    if (first.empty() || !named_after(path, path.substr(0, size))) continue;
    auto [from, to] = by_name_.equal_range(path.substr(0, size));
    for (auto at = from; at != to; ++at) {
      const InputPosition& original = positions_[at->second];
      if (original.mark.offset == 0) continue;
      // A copy that is being made may have fewer bytes than were taken of the original.
      if (original.mark.begins_like(first) || first.size() < original.mark.bytes()) found.push_back(at->second);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// The file holds the text of position i now.
KnownTexts::Match KnownTexts::adopt(std::size_t i, TextFile&& text, TakenText&& taken) {
  set_id(i, text.facts().id);
  InputPosition& position = positions_[i];
  position.path = text.path();
  position.packed = text.packed() ? std::optional(packed_file(text)) : std::nullopt;
  by_name_.emplace(name_before_rotation(position.path), i);
  return {i, std::move(text), std::move(taken)};
}

/// An unknown file, if it is a copy.
std::optional<KnownTexts::Match> KnownTexts::match_copy(const std::string& path, std::string_view first,
                                                        bool& passed_over) {
  for (std::size_t i : possible_originals(path, first)) {
    if (is_there(positions_[i])) {
      passed_over = is_beginning(path, positions_[i].path);
      if (passed_over) return std::nullopt;
      continue;
    }
    std::optional<TextFile> text = TextFile::open(path);
    if (!text) return std::nullopt;
    if (auto taken = text->go_to(positions_[i].mark)) return adopt(i, std::move(*text), std::move(*taken));
    // More was taken of the original after the copy was made.
    if (positions_[i].mark.bytes() < kMarkBytes || !positions_[i].mark.begins_like(first)) continue;
    text = TextFile::open(path);
    if (!text) return std::nullopt;
    TakenText all = text->go_to_end();
    if (all.offset() >= positions_[i].mark.offset) continue;
    const std::size_t copy = begin(*text);
    took(copy, all.mark(), positions_[i].line, positions_[i].reading);
    return Match{copy, std::nullopt, std::move(all)};
  }
  return std::nullopt;
}

void KnownTexts::take_as_read(const std::string& path) {
  std::optional<TextFile> text = TextFile::open(path);
  if (!text) return;
  const std::size_t i = begin(*text);
  // A compressed file is not turned into another one again, so it need not be read to its end.
  positions_[i].history = text->packed();
  const uint64_t size = text->packed() ? 0 : text->facts().size;
  if (auto all = text->cut_out(size, size)) took(i, all->mark(), 1, {});
}

std::optional<KnownTexts::Match> KnownTexts::open(const std::string& path) {
  std::optional<TextFile> text = TextFile::open(path);
  if (!text) return std::nullopt;
  return knows(text->facts().id) ? go_on(std::move(*text)) : open_unknown(std::move(*text));
}

/// A file of which nothing was taken yet.
std::optional<KnownTexts::Match> KnownTexts::open_unknown(TextFile&& text) {
  bool passed_over = false;
  if (auto match = match_copy(text.path(), text.first(), passed_over)) return match;
  if (passed_over) return Match{};
  const std::size_t known = find(text.facts().id);
  if (known != kNone) set_id(known, {});
  const std::size_t fresh = begin(text);
  return Match{fresh, std::move(text), {}};
}

/// A file of which something was taken.
std::optional<KnownTexts::Match> KnownTexts::go_on(TextFile&& text) {
  const FileId id = text.facts().id;
  const std::string path = text.path();
  const std::size_t i = find(id);
  InputPosition& known = positions_[i];
  if (name_before_rotation(known.path) != name_before_rotation(path)) by_name_.emplace(name_before_rotation(path), i);
  known.path = path;
  if (known.packed.has_value() == text.packed()) {
    if (text.packed() && *known.packed == packed_file(text)) return Match{i, std::nullopt, {}};
    if (auto taken = text.go_to(known.mark)) {
      const bool grown = text.packed() || text.facts().size > known.mark.offset;
      if (text.packed()) known.packed = packed_file(text);
      return Match{i, grown ? std::optional(std::move(text)) : std::nullopt, std::move(*taken)};
    }
  }
  set_id(i, {});
  // Looking for the place has moved a compressed file.
  std::optional<TextFile> anew = text.packed() ? TextFile::open(path) : std::optional(std::move(text));
  if (!anew || anew->facts().id != id) return std::nullopt;
  const std::size_t fresh = begin(*anew);
  return Match{fresh, std::move(anew), {}, true};
}

void KnownTexts::mark_gone(const std::vector<bool>& there, int64_t now_ns) {
  std::vector<std::pair<int64_t, std::size_t>> gone;
  for (std::size_t i = 0; i < positions_.size(); i++) {
    InputPosition& position = positions_[i];
    if (i < there.size() && there[i]) {
      position.gone_since_ns = 0;
      continue;
    }
    if (position.gone_since_ns == 0) position.gone_since_ns = now_ns;
    gone.emplace_back(position.gone_since_ns, i);
  }
  // Those that went last are kept.
  std::sort(gone.rbegin(), gone.rend());
  std::vector<bool> dropped(positions_.size());
  for (std::size_t n = 0; n < gone.size(); n++) {
    const auto& [since, i] = gone[n];
    dropped[i] = n >= kMaxGoneInputs || now_ns - since > kGoneKeptNs ||
                 (positions_[i].mark.offset == 0 && !positions_[i].history);
  }
  std::vector<InputPosition> kept;
  for (std::size_t i = 0; i < positions_.size(); i++)
    if (!dropped[i]) kept.push_back(std::move(positions_[i]));
  *this = KnownTexts(std::move(kept));
}

}  // namespace ev

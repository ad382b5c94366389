// The texts that a checkpoint knows, and which of them a file holds: after rotation by renaming, copying, compressing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/checkpoint.h"
#include "source/text_file.h"

namespace ev {

/// A file is known by its device and inode, and by the first and last bytes of what was taken of it. Where the bytes
/// differ, the file was truncated: it begins anew, and what was taken stays known as a text without a file.
/// A file that is not known but holds a known text is a copy of it, as logrotate makes with copytruncate or compress:
/// - of a text whose file is gone or was truncated: it goes on where the taking of that text ended;
/// - of a file that is there: it is passed over, as long as all of it is the beginning of that file.
/// So many bytes must be the same by chance for that to be wrong: kMarkBytes, or as many as were taken where the name
/// of the copy begins with that of the original (app.log.1 and app.log). One thread at a time.
class KnownTexts {
 public:
  explicit KnownTexts(std::vector<InputPosition> positions);

  static constexpr std::size_t kNone = SIZE_MAX;
  const std::vector<InputPosition>& positions() const { return positions_; }
  std::size_t find(FileId id) const;
  /// Whether something was taken of that file.
  bool knows(FileId id) const { return find(id) != kNone && positions_[find(id)].mark.offset > 0; }

  /// Whether that file is history.
  bool is_history(const FileFacts& facts) const;

  /// What a file turned out to be.
  struct Match {
    std::size_t position = kNone;  // kNone: a copy, to be passed over
    std::optional<TextFile> text;  // stands where reading goes on; nullopt: there is nothing new
    TakenText taken;               // the text before
    bool began_anew = false;       // the file was truncated, or another file was given its inode
  };
  /// Opens the file and gives it a position. nullopt: it is not there any more. Throws as TextFile::open().
  std::optional<Match> open(const std::string& path);
  /// Gives the file a position at its end, as if all of it had been taken.
  void take_as_read(const std::string& path);
  /// More was taken of the text of a position.
  void took(std::size_t position, const TextMark& mark, uint64_t line, const TextReading& reading);

  /// Of its compressed text not all was taken: it is read again even if the file stays as it is.
  void cut_short(std::size_t position) { positions_[position].packed = PackedFile{}; }

  /// Notes which positions have a file now, and forgets those whose file is gone for long. Their numbers change.
  void mark_gone(const std::vector<bool>& there, int64_t now_ns);

 private:
  std::vector<std::size_t> possible_originals(const std::string& path, std::string_view first) const;
  std::optional<Match> open_unknown(TextFile&& text);
  std::optional<Match> go_on(TextFile&& text);
  std::optional<Match> match_copy(const std::string& path, std::string_view first, bool& passed_over);
  Match adopt(std::size_t i, TextFile&& text, TakenText&& taken);
  std::size_t begin(const TextFile& text);
  void index(std::size_t i);
  void set_id(std::size_t i, FileId id);

  std::vector<InputPosition> positions_;
  std::map<FileId, std::size_t> by_id_;
  // Where originals of copies are looked for. Entries that are out of date are harmless: what they lead to is verified.
  std::unordered_multimap<uint64_t, std::size_t> by_head_;     // those of kMarkBytes
  std::unordered_multimap<std::string, std::size_t> by_name_;  // before rotation
};

}  // namespace ev

// A file as a text, decompressed where it is compressed, and finding the place in it where reading goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/input.h"
#include "source/taken_text.h"

namespace ev {

class TextFile {
 public:
  /// nullopt: there is no such file (any more). Signals do not stop its reading: half a look at a file would be taken
  /// for another file. Throws Error(usage) for what is no regular file, Error(no_input), and what
  /// reading throws.
  static std::optional<TextFile> open(const std::string& path);

  const std::string& path() const { return path_; }
  const FileFacts& facts() const { return facts_; }
  bool packed() const { return packed_; }
  /// Its first kMarkBytes, or all that there are.
  std::string_view first() const { return first_; }

  /// Where the text is the marked one, moves to the end of what the mark covers and returns that. Else nothing may be
  /// read of this file: open it again. A compressed file is read up to there.
  std::optional<TakenText> go_to(const TextMark& mark);
  /// Moves to the end, or as far as a compressed text that ends early goes; what there is before.
  TakenText go_to_end();
  /// The text from `from` to `to` remains to be taken; what is before. nullopt: the text ends before `to`.
  std::optional<TakenText> cut_out(uint64_t from, uint64_t to);
  /// Whether all of this text, from its first byte, is the beginning of `other`. Reads both; neither may be read then.
  /// A compressed text that ends early counts as far as it goes.
  bool begins(TextFile& other);

  /// The text from where go_to() moved to, else from its first byte. Once.
  std::unique_ptr<Input> take() { return std::move(input_); }

 private:
  TextFile() = default;
  TakenText read_on(uint64_t offset);

  std::string path_;
  std::unique_ptr<Input> input_;
  FileFacts facts_;
  bool packed_ = false;
  std::string first_;
};

}  // namespace ev

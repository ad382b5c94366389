#include "source/text_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/pod_vector.h"

namespace ev {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{128} << 10;

std::string pread_text(const Input& input, uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '\0');
  text.resize(input.pread({reinterpret_cast<uint8_t*>(text.data()), bytes}, offset));
  return text;
}

/// Fills `into`; fewer bytes at the end only, or where compressed data ends early.
std::size_t read_as_far_as_it_goes(Input& input, std::span<uint8_t> into) {
  std::size_t done = 0;
  try {
    while (done < into.size()) {
      const std::size_t n = input.read(into.subspan(done));
      if (n == 0) break;
      done += n;
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::truncated) throw;
  }
  return done;
}

}  // namespace

std::optional<TextFile> TextFile::open(const std::string& path) {
  TextFile file;
  file.path_ = path;
  try {
    file.input_ = open_input(path);
  } catch (const Error&) {
    std::error_code ec;
    if (std::filesystem::symlink_status(path, ec).type() != std::filesystem::file_type::not_found) throw;
    return std::nullopt;
  }
  auto facts = file.input_->facts();
  if (!facts)
    throw Error(ErrorKind::usage, path, "is no regular file",
                "--checkpoint and --follow take files and folders of files");
  file.facts_ = *facts;
  file.first_ = pread_text(*file.input_, 0, kMarkBytes);
  const FileCompression how = detect_compression(as_bytes(file.first_));
  if (how == FileCompression::none) return file;
  file.packed_ = true;
  file.input_ = decompress(std::move(file.input_), how);
  file.first_.assign(kMarkBytes, '\0');
  file.first_.resize(
      read_as_far_as_it_goes(*file.input_, {reinterpret_cast<uint8_t*>(file.first_.data()), kMarkBytes}));
  file.input_ = rejoin(file.first_, std::move(file.input_));
  return file;
}

/// Reads from the first byte to `offset`, or to the end.
TakenText TextFile::read_on(uint64_t offset) {
  TakenText passed;
  Buffer piece(kPieceBytes);
  while (passed.offset() < offset) {
    const std::size_t wanted = std::min<uint64_t>(kPieceBytes, offset - passed.offset());
    const std::size_t n = read_as_far_as_it_goes(*input_, {piece.data(), wanted});
    passed.add({reinterpret_cast<const char*>(piece.data()), n});
    if (n < wanted) break;
  }
  return passed;
}

TakenText TextFile::go_to_end() {
  return read_on(UINT64_MAX);
}

std::optional<TakenText> TextFile::go_to(const TextMark& mark) {
  if (!mark.begins_like(first_)) return std::nullopt;
  if (packed_) {
    TakenText passed = read_on(mark.offset);
    if (passed.mark() != mark) return std::nullopt;
    return passed;
  }
  const std::size_t bytes = mark.bytes();
  const std::string tail = pread_text(*input_, mark.offset - bytes, bytes);
  if (tail.size() < bytes || checksum64(as_bytes(tail)) != mark.tail) return std::nullopt;
  input_ = part_of(std::move(input_), mark.offset);
  return TakenText(mark.offset, first().substr(0, bytes), tail);
}

std::optional<TakenText> TextFile::cut_out(uint64_t from, uint64_t to) {
  if (packed_) {
    TakenText passed = read_on(from);
    if (passed.offset() < from) return std::nullopt;
    input_ = at_most(std::move(input_), to - from);
    return passed;
  }
  if (input_->size().value_or(0) < to) return std::nullopt;
  const std::size_t bytes = std::min<uint64_t>(from, kMarkBytes);
  const std::string tail = pread_text(*input_, from - bytes, bytes);
  input_ = part_of(std::move(input_), from, to);
  return TakenText(from, first().substr(0, bytes), tail);
}

bool TextFile::begins(TextFile& other) {
  Buffer mine(kPieceBytes), its(kPieceBytes);
  for (;;) {
    const std::size_t n = read_as_far_as_it_goes(*input_, {mine.data(), mine.size()});
    if (n == 0) return true;
    if (read_as_far_as_it_goes(*other.input_, {its.data(), n}) < n || std::memcmp(mine.data(), its.data(), n) != 0) return false;
  }
}

}  // namespace ev

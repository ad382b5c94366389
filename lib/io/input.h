// Where bytes come from: files, pipes, memory; plain, gzip or zstd.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ev {

/// Which file it is, whatever its name. Inodes are used again: the time of birth tells two files apart (0: the file
/// system does not say).
struct FileId {
  uint64_t device = 0, inode = 0;
  int64_t born_ns = 0;
  bool operator==(const FileId&) const = default;
  auto operator<=>(const FileId&) const = default;
};

/// A regular file as it is now.
struct FileFacts {
  FileId id;
  uint64_t size = 0;
  int64_t modified_ns = 0;  // since the epoch
};
/// nullopt: there is no such file, or it is no regular one.
std::optional<FileFacts> file_facts(const std::string& path);
std::optional<FileFacts> file_facts(int fd);

/// A source of bytes. One thread at a time, except pread(), which any thread may call.
class Input {
 public:
  virtual ~Input() = default;
  /// Up to `into.size()` bytes; 0 only at the end. Restarts after signals, unless the stop check asks to stop: then 0,
  /// and stopped() is true. Throws Error(io).
  virtual std::size_t read(std::span<uint8_t> into) = 0;
  /// True if read() would not block: data, the end, or an error is there. Waits at most `timeout`.
  virtual bool ready(std::chrono::nanoseconds timeout) = 0;
  /// Whether pread() and size() work: a regular file.
  virtual bool seekable() const = 0;
  /// Fills `into` from `offset`; fewer bytes only at the end. Requires seekable().
  virtual std::size_t pread(std::span<uint8_t> into, uint64_t offset) const = 0;
  /// Bytes of a regular file now; nullopt for pipes.
  virtual std::optional<uint64_t> size() const = 0;
  /// Of the file that is open, which may have lost its name since; nullopt for what is no regular file.
  virtual std::optional<FileFacts> facts() const { return std::nullopt; }
  /// Bytes of the underlying file or pipe consumed by read() so far (compressed bytes where it decompresses).
  virtual uint64_t consumed() const = 0;
  /// For messages: the path, or "standard input".
  virtual const std::string& name() const = 0;
  bool stopped() const { return stopped_; }
  /// From now on signals do not stop reading: a stage in a pipe drains what its producer still sends.
  /// A read that a stop ended may be repeated after it.
  virtual void ignore_stop() {}

 protected:
  bool stopped_ = false;
};

/// Asked before and during reads that would block: true means "stop reading, a signal came". `wake_fd` becomes readable
/// then (-1: none).
struct StopCheck {
  std::function<bool()> stop;
  int wake_fd = -1;
};

/// "-" is standard input. Throws Error(no_input): missing, a folder, no permission (each with its remedy).
std::unique_ptr<Input> open_input(const std::string& path, StopCheck stop = {});
/// For tests and for bytes already read.
std::unique_ptr<Input> memory_input(std::string name, std::string bytes);
/// Gives `first` and then the rest of `input`; not seekable.
std::unique_ptr<Input> rejoin(std::string first, std::unique_ptr<Input> input);

/// Bytes [from, to) of a seekable input, which end earlier where it does. Seekable, too.
std::unique_ptr<Input> part_of(std::unique_ptr<Input> input, uint64_t from, uint64_t to = UINT64_MAX);
/// The next `bytes` of what read() gives, which end earlier where that does; not seekable.
std::unique_ptr<Input> at_most(std::unique_ptr<Input> input, uint64_t bytes);

enum class FileCompression : uint8_t { none, gzip, zstd };
/// Told by the first bytes (at least 4 are wanted).
FileCompression detect_compression(std::span<const uint8_t> first);
/// Decompresses multi-member gzip or multi-frame zstd. A file that ends within a member or frame gives its bytes, then
/// throws Error(truncated); damage throws Error(corrupt).
std::unique_ptr<Input> decompress(std::unique_ptr<Input> input, FileCompression how);

/// The files that a command line names: "-" and files as they are, folders as all *.ev below them in byte order of
/// their paths (other endings too with `any_ending`, hidden files never). Throws Error(no_input) for a missing path or,
/// unless `may_be_empty`, a folder without a file.
std::vector<std::string> list_inputs(std::span<const std::string> paths, bool any_ending, bool may_be_empty = false);

}  // namespace ev

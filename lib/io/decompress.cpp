#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/pod_vector.h"
#include "base/text.h"
#include "io/input.h"

namespace ev {

namespace {

constexpr std::size_t kCompressedBytes = std::size_t{256} << 10;

/// What gzip and zstd have in common: a buffer of compressed bytes, and errors that wait until the bytes before them
/// were given out.
class DecompressedInput : public Input {
 public:
  explicit DecompressedInput(std::unique_ptr<Input> input) : input_(std::move(input)), buffer_(kCompressedBytes) {}

  std::size_t read(std::span<uint8_t> into) final {
    if (into.empty() || finished_) return 0;
    if (error_) throw *error_;
    std::size_t done = 0;
    while (done < into.size() && !finished_ && !error_) {
      if (left_.empty() && !flushing_) {
        if (done > 0) break;  // what is there leaves before a read that may block
        fill();
        if (stopped_) return 0;
      }
      std::size_t n = step(into.subspan(done));
      // A full output may hide more that is ready inside the decompressor.
      flushing_ = n > 0 && n == into.size() - done;
      done += n;
      given_ += n;
    }
    if (done == 0 && error_) throw *error_;
    return done;
  }
  bool ready(std::chrono::nanoseconds timeout) final {
    return finished_ || error_ || !left_.empty() || flushing_ || end_ || input_->ready(timeout);
  }
  bool seekable() const final { return false; }
  std::size_t pread(std::span<uint8_t>, uint64_t) const final { return 0; }
  std::optional<uint64_t> size() const final { return input_->size(); }
  uint64_t consumed() const final { return input_->consumed() - left_.size(); }
  const std::string& name() const final { return input_->name(); }
  void ignore_stop() final {
    input_->ignore_stop();
    stopped_ = false;
  }

 protected:
  /// Decompresses from left_ to `into`, as far as both reach, and returns how much was written. With left_ empty and
  /// end_ set it finishes or fails.
  virtual std::size_t step(std::span<uint8_t> into) = 0;
  virtual std::string_view format() const = 0;

  void fail(ErrorKind kind, std::string_view what, std::string_view remedy) {
    error_.emplace(kind, concat(name(), ": compressed byte ", consumed()),
                   concat(format(), " data ", what, "; ", given_, " bytes before it were read"), std::string(remedy));
  }
  void truncated() { fail(ErrorKind::truncated, "ends early", "fetch the file again or wait until it is complete"); }
  void finish() { finished_ = true; }

  std::span<const uint8_t> left_;
  bool end_ = false;  // no compressed bytes follow left_

 private:
  void fill() {
    if (end_) return;
    std::size_t n = input_->read({buffer_.data(), buffer_.size()});
    if (n == 0 && input_->stopped())
      stopped_ = true;
    else if (n == 0)
      end_ = true;
    left_ = buffer_.span().first(n);
  }

  std::unique_ptr<Input> input_;
  Buffer buffer_;
  uint64_t given_ = 0;
  bool flushing_ = false;
  bool finished_ = false;
  std::optional<Error> error_;
};

class GzipInput final : public DecompressedInput {
 public:
  explicit GzipInput(std::unique_ptr<Input> input) : DecompressedInput(std::move(input)) {
    if (inflateInit2(&zlib_, 15 + 16) != Z_OK) throw Error(ErrorKind::io, name(), "no memory to decompress");
  }
  ~GzipInput() override { inflateEnd(&zlib_); }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

 private:
  std::string_view format() const override { return "gzip"; }

  std::size_t step(std::span<uint8_t> into) override {
    if (between_ && members_ > 0) {
      // tar and tapes pad with zeros; anything else after the last member is damage.
      while (!left_.empty() && left_[0] == 0) left_ = left_.subspan(1), padded_ = true;
      if (left_.empty()) {
        if (end_) finish();
        return 0;
      }
      if (padded_ || left_[0] != 0x1f) {
        fail(ErrorKind::corrupt, "is followed by other bytes", "cut them off, or fetch the file again");
        return 0;
      }
    }
    between_ = false;
    zlib_.next_in = const_cast<Bytef*>(left_.data());
    zlib_.avail_in = static_cast<uInt>(left_.size());
    zlib_.next_out = into.data();
    zlib_.avail_out = static_cast<uInt>(std::min<std::size_t>(into.size(), std::size_t{1} << 30));
    uInt room = zlib_.avail_out;
    int result = inflate(&zlib_, Z_NO_FLUSH);
    left_ = left_.last(zlib_.avail_in);
    std::size_t n = room - zlib_.avail_out;
    if (result == Z_STREAM_END) {
      members_++;
      between_ = true;
      inflateReset(&zlib_);
    } else if (result == Z_MEM_ERROR) {
      throw Error(ErrorKind::io, name(), "no memory to decompress");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(ErrorKind::corrupt, concat("is damaged (", zlib_.msg ? zlib_.msg : "no reason given", ")"),
           "fetch the file again; gzip -t tests it");
    } else if (n == 0 && left_.empty() && end_) {
      truncated();
    }
    return n;
  }

  z_stream zlib_{};
  uint64_t members_ = 0;
  bool between_ = true;
  bool padded_ = false;
};

class ZstdInput final : public DecompressedInput {
 public:
  explicit ZstdInput(std::unique_ptr<Input> input) : DecompressedInput(std::move(input)), zstd_(ZSTD_createDCtx()) {
    if (!zstd_) throw Error(ErrorKind::io, name(), "no memory to decompress");
  }
  ~ZstdInput() override { ZSTD_freeDCtx(zstd_); }
  ZstdInput(const ZstdInput&) = delete;
  ZstdInput& operator=(const ZstdInput&) = delete;

 private:
  std::string_view format() const override { return "zstd"; }

  std::size_t step(std::span<uint8_t> into) override {
    if (left_.empty() && end_ && between_ && frames_ > 0) {
      finish();
      return 0;
    }
    ZSTD_inBuffer in{left_.data(), left_.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    std::size_t result = ZSTD_decompressStream(zstd_, &out, &in);
    left_ = left_.subspan(in.pos);
    if (ZSTD_isError(result)) {
      damaged(ZSTD_getErrorName(result));
    } else if (result == 0) {
      frames_++;
      between_ = true;
    } else {
      if (in.pos > 0 || out.pos > 0) between_ = false;
      if (in.pos == 0 && out.pos == 0 && left_.empty() && end_) truncated();
    }
    return out.pos;
  }

  /// `why` as zstd words it: the error codes are no part of its stable header.
  void damaged(std::string_view why) {
    if (why.find("not enough memory") != why.npos) throw Error(ErrorKind::io, name(), "no memory to decompress");
    if (why.find("too much memory") != why.npos) {
      fail(ErrorKind::corrupt, "needs more memory than the limit of 128 MiB",
           "compress it again without --long, or pipe it in with zstd -dc --long=31");
    } else if (between_ && frames_ > 0) {
      fail(ErrorKind::corrupt, "is followed by other bytes", "cut them off, or fetch the file again");
    } else {
      fail(ErrorKind::corrupt, concat("is damaged (", why, ")"), "fetch the file again; zstd -t tests it");
    }
  }

  ZSTD_DCtx* zstd_;
  uint64_t frames_ = 0;
  bool between_ = true;
};

}  // namespace

FileCompression detect_compression(std::span<const uint8_t> first) {
  if (first.size() >= 2 && first[0] == 0x1f && first[1] == 0x8b) return FileCompression::gzip;
  if (first.size() >= 4 && first[0] == 0x28 && first[1] == 0xb5 && first[2] == 0x2f && first[3] == 0xfd)
    return FileCompression::zstd;
  // A skippable frame: pzstd and seekable zstd files may begin with one.
  if (first.size() >= 4 && (first[0] & 0xf0) == 0x50 && first[1] == 0x2a && first[2] == 0x4d && first[3] == 0x18)
    return FileCompression::zstd;
  return FileCompression::none;
}

std::unique_ptr<Input> decompress(std::unique_ptr<Input> input, FileCompression how) {
  switch (how) {
    case FileCompression::gzip:
      return std::make_unique<GzipInput>(std::move(input));
    case FileCompression::zstd:
      return std::make_unique<ZstdInput>(std::move(input));
    case FileCompression::none:
      break;
  }
  return input;
}

}  // namespace ev

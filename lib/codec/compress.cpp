#include "codec/compress.h"

#include <zstd.h>

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace ev {
namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A context costs more to make than a chunk to compress, so each thread keeps one. It carries nothing over from one
// frame to the next.
ZSTD_CCtx* compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  return context.get();
}

[[noreturn]] void damaged(std::string_view place, std::string what) {
  throw Error(ErrorKind::corrupt, std::string(place), std::move(what));
}

}  // namespace

void zstd_compress(std::span<const uint8_t> raw, int level, Buffer& out) {
  const std::size_t before = out.size(), bound = ZSTD_compressBound(raw.size());
  uint8_t* at = out.extend(bound);
  std::size_t bytes = ZSTD_compressCCtx(compressor(), at, bound, raw.data(), raw.size(), level);
  if (ZSTD_isError(bytes)) throw Error(ErrorKind::io, "zstd", ZSTD_getErrorName(bytes));
  out.resize(before + bytes);
}

void zstd_decompress(std::span<const uint8_t> stored, std::size_t raw_bytes, Buffer& out, std::string_view place) {
  // The library may read frames of zstd's past and skippable ones; the format has neither.
  if (stored.size() < sizeof(uint32_t) || load<uint32_t>(stored.data()) != ZSTD_MAGICNUMBER)
    damaged(place, "is no zstd frame");
  const unsigned long long content = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (content == ZSTD_CONTENTSIZE_ERROR) damaged(place, "is no zstd frame");
  if (content != ZSTD_CONTENTSIZE_UNKNOWN && content != raw_bytes)
    damaged(place, "the zstd frame has another size than the directory says");
  if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size())
    damaged(place, "is not one zstd frame");
  // Memory is reserved only for what so many bytes can hold: a block of zstd takes at least 3 and yields at most 128
  // KiB.
  if (raw_bytes / ZSTD_BLOCKSIZE_MAX > stored.size() / 3) damaged(place, "is too short for the size that it says");
  out.resize(raw_bytes);
  std::size_t bytes = ZSTD_decompressDCtx(decompressor(), out.data(), raw_bytes, stored.data(), stored.size());
  if (ZSTD_isError(bytes)) damaged(place, std::string("zstd: ") + ZSTD_getErrorName(bytes));
  if (bytes != raw_bytes) damaged(place, "the zstd frame has another size than the directory says");
}

}  // namespace ev

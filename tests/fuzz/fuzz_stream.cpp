// Any bytes as an event stream: as they are, and with their checksums recomputed so that the parsers behind them are
// reached. Reading ends or throws ev::Error; what decodes must have the shape of a batch.
#include <cstdint>
#include <string>

#include "base/error.h"
#include "event/batch.h"
#include "stream/reader.h"
#include "stream/reseal.h"

namespace {

void read_stream(const std::string& bytes, ev::ReadOptions options) {
  ev::Projection projection = options.projection;
  try {
    ev::StreamReader reader(ev::memory_input("fuzz", bytes), std::move(options));
    while (auto block = reader.next()) {
      ev::Batch batch = ev::decode_block(*block, projection);
      try {
        ev::check_shape(batch, ev::ErrorKind::bug, "decoded");
      } catch (const ev::Error&) {
        __builtin_trap();  // accepted by the decoder, but not what later code relies on
      }
    }
  } catch (const ev::Error& error) {
    if (error.kind() != ev::ErrorKind::corrupt && error.kind() != ev::ErrorKind::truncated) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  read_stream(bytes, {});
  ev::reseal(bytes);
  read_stream(bytes, {});
  ev::ReadOptions few;
  few.projection = {false, {"id", "meta.chain"}, true};
  few.since = 0;
  read_stream(bytes, few);
  return 0;
}

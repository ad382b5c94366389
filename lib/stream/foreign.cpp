#include "stream/foreign.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/bytes.h"
#include "base/format.h"
#include "base/text.h"

namespace ev {
namespace {

struct Look {
  std::string_view name, remedy;
};

constexpr std::string_view kIngest = "turn it into an event stream with ev ingest";

struct Signature {
  std::string_view bytes;
  Look look;
};
constexpr std::array<Signature, 6> kSignatures = {{
    {"\x1f\x8b", {"gzip data", "give it to ev ingest, or unpack it"}},
    {"\x28\xb5\x2f\xfd", {"zstd data", "give it to ev ingest, or unpack it"}},
    {"PAR1", {"a Parquet file", ""}},
    {"ARROW1", {"an Arrow file", ""}},
    {"PK\x03\x04", {"a zip archive", ""}},
    {"\x42\x5a\x68", {"bzip2 data", "unpack it and give it to ev ingest"}},
}};

bool is_text(std::span<const uint8_t> bytes) {
  auto readable = [](uint8_t c) { return c >= 0x20 || c == '\n' || c == '\r' || c == '\t'; };
  if (!std::all_of(bytes.begin(), bytes.end(), readable)) return false;
  for (std::size_t cut = 0; cut < 4 && cut < bytes.size(); cut++)  // the last character may be there in part
    if (valid_utf8(as_text(bytes.first(bytes.size() - cut)))) return true;
  return false;
}

Look look_of(std::span<const uint8_t> bytes) {
  for (const Signature& s : kSignatures)
    if (as_text(bytes).starts_with(s.bytes)) return s.look;
  if (std::all_of(bytes.begin(), bytes.end(), [](uint8_t c) { return c == 0; }))
    return {"zero bytes, as a crash leaves them in a file", ""};
  if (!is_text(bytes)) return {"unknown binary data", ""};
  auto first = std::find_if(bytes.begin(), bytes.end(), [](uint8_t c) { return c > ' '; });
  if (first != bytes.end() && (*first == '{' || *first == '[')) return {"JSON", kIngest};
  return {"text", kIngest};
}

}  // namespace

bool begins_like_record(std::span<const uint8_t> bytes) {
  std::size_t n = std::min(bytes.size(), kMagic.size());
  return std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n), kMagic.begin());
}

Error not_a_stream(std::span<const uint8_t> first, std::string_view place) {
  Look look = look_of(first);
  return Error(ErrorKind::corrupt, std::string(place), concat("not an event stream: this looks like ", look.name),
               std::string(look.remedy));
}

Error not_a_record(std::span<const uint8_t> bytes, std::string_view place) {
  return Error(ErrorKind::corrupt, std::string(place),
               concat("damaged: a record should begin here, but this looks like ", look_of(bytes).name));
}

}  // namespace ev

// JSON lines: the predicting path and the plain one accept the same lines and give the same batch, whatever the bytes.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "event/row_digest.h"
#include "text/json_lines.h"

namespace {

ev::TextUnit unit_of(const uint8_t* data, size_t size) {
  ev::TextUnit unit;
  unit.text.append(reinterpret_cast<const char*>(data), size);
  unit.text.reserve(size + 1);
  std::memset(unit.text.data() + size, 0, ev::PodVector<char>::kSlack);
  unit.time_path = ev::Path::key("ts");
  return unit;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ev::JsonLinesParser fast, plain;
  ev::ParsedText first = fast.parse(unit_of(data, size));
  ev::ParsedText again = fast.parse(unit_of(data, size));  // with all that was learnt
  ev::ParsedText slow = plain.parse_plain(unit_of(data, size));
  ev::check_shape(slow.batch, ev::ErrorKind::bug, "fuzz");
  for (const ev::ParsedText* parsed : {&first, &again}) {
    require(parsed->records == slow.records && parsed->rejects.size() == slow.rejects.size());
    require(parsed->records == parsed->batch.rows + parsed->rejects.size());
    require(parsed->batch.rows == slow.batch.rows && parsed->batch.paths == slow.batch.paths);
    require(parsed->batch.layouts == slow.batch.layouts);
    require(ev::content_digest(parsed->batch) == ev::content_digest(slow.batch));
  }
  return 0;
}

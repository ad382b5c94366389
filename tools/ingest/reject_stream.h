// --rejects FILE: the records that were not accepted, as an event stream of source, line, offset, reason and raw bytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "event/batch_builder.h"
#include "io/output.h"
#include "stream/writer.h"
#include "text/json_lines.h"

namespace ev {

/// One thread at a time. Without finish() no file appears.
class RejectStream {
 public:
  RejectStream(const std::string& path, bool no_clobber, Compression compression);
  void add(const std::string& source, const std::string& read_as, const std::vector<Reject>& rejects);
  void finish(uint32_t flags);

 private:
  void write_block();

  std::unique_ptr<Output> output_;
  StreamWriter writer_;
  Compression compression_;
  BatchBuilder builder_;
  uint32_t source_, line_, offset_, reason_, read_as_, raw_, layout_;
  uint64_t held_bytes_ = 0;
};

}  // namespace ev

#include "ingest/reject_stream.h"

namespace ev {
namespace {

constexpr uint64_t kHeldBytes = uint64_t{4} << 20;  // of raw lines, before a block is written

Cell text_cell(uint32_t column, std::string_view text) {
  return {column, static_cast<uint32_t>(text.size()), reinterpret_cast<uintptr_t>(text.data())};
}

}  // namespace

RejectStream::RejectStream(const std::string& path, bool no_clobber, Compression compression)
    : output_(open_output(path, no_clobber)), writer_(*output_), compression_(compression) {
  std::vector<uint32_t> paths;
  auto column = [&](std::string_view name, Type type) {
    paths.push_back(builder_.path(Path::key(name)));
    return builder_.column(paths.back(), type);
  };
  source_ = column("source", Type::string);
  line_ = column("line", Type::int64);
  offset_ = column("offset", Type::int64);
  reason_ = column("reason", Type::string);
  read_as_ = column("read_as", Type::string);
  raw_ = column("raw", Type::bytes);
  layout_ = builder_.layout(paths);
}

void RejectStream::add(const std::string& source, const std::string& read_as, const std::vector<Reject>& rejects) {
  for (const Reject& reject : rejects) {
    const Cell cells[] = {text_cell(source_, source), {line_, 0, reject.line}, {offset_, 0, reject.offset},
                          text_cell(reason_, reject.reason), text_cell(read_as_, read_as), text_cell(raw_, reject.raw)};
    builder_.append(layout_, cells);
    held_bytes_ += reject.raw.size();
    if (builder_.rows() == kMaxBlockRows || held_bytes_ >= kHeldBytes) write_block();
  }
}

void RejectStream::write_block() {
  if (builder_.rows() == 0) return;
  Batch held = builder_.finish(-1);
  for (Batch& batch : split_to_caps(std::move(held), kMaxBlockRows)) {
    Ledger ledger;
    ledger.out = ledger.created = batch.rows;
    writer_.write(encode_block(batch, compression_), ledger);
  }
  held_bytes_ = 0;
}

void RejectStream::finish(uint32_t flags) {
  write_block();
  writer_.finish(flags);
  output_->finish();
}

}  // namespace ev

#include "archive/spool.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "stream/writer.h"

namespace ev {

namespace {

constexpr unsigned kPartBits = 6;
static_assert(Spool::kParts == 1u << kPartBits);
constexpr uint64_t kBlockBytes = uint64_t{8} << 20;
constexpr std::size_t kRunsAtOnce = 4096;

unsigned part_of(uint32_t destination, unsigned level) {
  const uint64_t hash = fold_multiply(destination ^ 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f);
  return static_cast<unsigned>(hash >> (kPartBits * level)) % Spool::kParts;
}

}  // namespace

void Spool::add(std::vector<DestinationRows>&& rows, RowJoiner& joiner) {
  std::array<std::vector<DestinationRows*>, kParts> by_part;
  for (DestinationRows& each : rows) by_part[part_of(each.destination, level_)].push_back(&each);
  for (unsigned part = 0; part < kParts; part++) {
    std::vector<RowRange> ranges;
    std::vector<Run> runs;
    uint64_t raw_bytes = 0, count = 0;
    const std::optional<Path>* time_path = nullptr;
    auto write_ranges = [&] {
      if (!ranges.empty()) write(parts_[part], ranges, runs, *time_path, joiner);
      ranges.clear();
      runs.clear();
      raw_bytes = count = 0;
    };
    for (DestinationRows* each : by_part[part]) {
      if (time_path && *time_path != each->time_path) write_ranges();
      time_path = &each->time_path;
      std::move(each->ranges.begin(), each->ranges.end(), std::back_inserter(ranges));
      runs.push_back({each->destination, each->rows});
      raw_bytes += each->raw_bytes;
      count += each->rows;
      if (raw_bytes >= kBlockBytes || count >= kMaxBlockRows) write_ranges();
    }
    write_ranges();
  }
}

/// Appends a segment of its own to the events: a stream may have any number of them.
void Spool::write(Part& part, const std::vector<RowRange>& ranges, const std::vector<Run>& runs,
                  const std::optional<Path>& time_path, RowJoiner& joiner) {
  if (part.events.empty()) {
    part.events = staging_.file(next_file_++);
    part.runs = staging_.file(next_file_++);
  }
  StagedFile events(files_, part.events, part.events);
  StreamWriter writer(events);
  for (const Batch& batch : joiner.join(ranges, time_path, kMaxBlockRows)) {
    Ledger ledger;
    ledger.in = ledger.passed = ledger.out = batch.rows;
    writer.write(encode_block(batch, {Codec::none, 0}), ledger);
  }
  writer.finish(0);
  StagedFile run_file(files_, part.runs, part.runs);
  run_file.write({reinterpret_cast<const uint8_t*>(runs.data()), runs.size() * sizeof(Run)});
  bytes_ += events.written() + run_file.written();
}

bool Spool::next_part() {
  if (reader_) {
    reader_.reset();
    const Part& done = parts_[next_part_ - 1];
    ::unlink(done.events.c_str());
    ::unlink(done.runs.c_str());
  }
  while (next_part_ < kParts && parts_[next_part_].events.empty()) next_part_++;
  if (next_part_ == kParts) return false;
  const Part& part = parts_[next_part_++];
  files_.close(part.events, part.events);
  files_.close(part.runs, part.runs);
  reader_ = std::make_unique<StreamReader>(open_input(part.events), ReadOptions{});
  run_input_ = open_input(part.runs);
  runs_.clear();
  at_run_ = 0;
  return true;
}

/// The run that the next row belongs to.
Spool::Run& Spool::current_run() {
  if (at_run_ < runs_.size() && runs_[at_run_].rows == 0) at_run_++;
  if (at_run_ == runs_.size()) {
    runs_.resize(kRunsAtOnce);
    const std::size_t bytes = kRunsAtOnce * sizeof(Run);
    std::size_t got = 0;
    for (std::size_t n = 1; n > 0 && got < bytes; got += n)
      n = run_input_->read({reinterpret_cast<uint8_t*>(runs_.data()) + got, bytes - got});
    runs_.resize(got / sizeof(Run));
    at_run_ = 0;
    if (runs_.empty()) throw Error(ErrorKind::io, run_input_->name(), "ends early");
  }
  return runs_[at_run_];
}

std::optional<Spool::Rows> Spool::next_rows() {
  const std::optional<RawBlock> block = reader_->next();
  if (!block) return std::nullopt;
  Rows rows;
  const auto shared = std::make_shared<const RankedBatch>(decode_block(*block, {}));
  rows.split.time_path = block->time_path;
  const std::vector<uint64_t> bytes = raw_bytes_by_row(shared->batch());
  for (uint32_t row = 0; row < shared->batch().rows;) {
    Run& run = current_run();
    const uint32_t end = row + std::min(run.rows, shared->batch().rows - row);
    const uint64_t raw_bytes = std::accumulate(bytes.begin() + row, bytes.begin() + end, uint64_t{0});
    rows.split.pieces.push_back({{}, {shared, row, end}, raw_bytes, 0});
    rows.destinations.push_back(run.destination);
    run.rows -= end - row;
    row = end;
  }
  return rows;
}

}  // namespace ev

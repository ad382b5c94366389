// Deterministic events and streams for the tests of this module, and their rows as texts to compare.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/batch.h"
#include "stream/reader.h"
#include "stream/writer.h"

namespace ev {

/// Rows first..first+rows-1 of an endless log with all types, nulls, missing fields, a field of two types, several
/// layouts, and an event time in most rows that grows by kSampleStep.
Batch sample_batch(uint32_t first, uint32_t rows);
inline constexpr int64_t kSampleStart = 1717200000'000000000;
inline constexpr int64_t kSampleStep = 137'000000;

Ledger created(uint64_t rows);
/// One segment of the sample log.
std::string sample_stream(uint32_t blocks, uint32_t rows_per_block, Codec codec = Codec::none);
/// Of large_sample(): enough for about 64 KiB.
inline constexpr uint32_t kLargeBlockRows = 78;
/// About 64 KiB in 12 blocks.
const std::string& large_sample();
/// About 8 KiB in 4 blocks, one of them without rows.
const std::string& small_sample();

/// Each row as text: its layout in order with types, values and time forms.
std::vector<std::string> row_texts(const Batch& batch);
/// The values of one field as texts, "" where there is none.
std::vector<std::string> field_texts(const Batch& batch, std::string_view name);

struct Outcome {
  std::vector<std::string> rows;  // of the blocks before the error
  std::vector<uint64_t> block_rows;
  std::optional<ErrorKind> error;
  std::string message;
  StreamTotals totals;
  uint64_t skipped = 0, untimed = 0;
};
/// Reads and decodes to the end or to the first error.
Outcome read_all(std::unique_ptr<Input> input, ReadOptions options = {});
Outcome read_all(const std::string& bytes, ReadOptions options = {});

/// An input that cannot seek and gives at most `step` bytes a read.
std::unique_ptr<Input> trickle_input(std::string bytes, std::size_t step);
/// A seekable input that counts the bytes it gives.
std::unique_ptr<Input> counting_input(std::string bytes, uint64_t& count);

/// A pseudo-random number; advances the state.
uint64_t next_random(uint64_t& state);

}  // namespace ev

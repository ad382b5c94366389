#include "cli/passing_rows.h"

namespace ev {

std::optional<CountedUnit> next_counted(Source& source) {
  std::optional<SourceUnit> unit = source.next();
  if (!unit) return std::nullopt;
  const auto* block = std::get_if<RawBlock>(&unit->content);
  const uint64_t segment = block && source.input_name(unit->input) == "-" ? block->segment : 0;
  return CountedUnit{std::move(*unit), source.skipped(), segment};
}

uint32_t rows_of(const SourceItem& item) {
  return item.block ? item.block->header.rows : item.batch->rows;
}

void keep_rows(SourceItem& item, uint32_t begin, uint32_t end) {
  const uint32_t rows = rows_of(item);
  if (begin == 0 && end == rows) return;
  const Batch all = item.block ? decode_block(*item.block, {}) : std::move(*item.batch);
  item.block.reset();
  item.batch = slice(all, begin, end);
  item.ledger.filtered += rows - (end - begin);
}

OutgoingBlock outgoing(const StreamOutput& out, SourceItem&& item) {
  item.ledger.passed = rows_of(item);
  if (item.batch) return out.encode(std::move(*item.batch), item.ledger);
  item.ledger.out = item.ledger.passed;
  OutgoingBlock block;
  block.raw = std::move(item.block);
  block.ledger = item.ledger;
  return block;
}

}  // namespace ev

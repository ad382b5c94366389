#include "stream/check.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "event/row_digest.h"
#include "stream/zone_bounds.h"

namespace ev {
namespace {

void require(bool holds, std::string_view what, const RawBlock& block) {
  if (!holds) throw Error(ErrorKind::corrupt, block.place, concat("damaged: ", what));
}

bool is_utf8_type(Type type) {
  return type == Type::string || type == Type::json;
}

bool texts_valid(const Column& column) {
  for (std::size_t i = 0; i < column.texts.size(); i++)
    if (!valid_utf8(column.texts[i])) return false;
  return true;
}

/// Whether the values are what their types say; their number and the like were checked by decode_block().
void verify_values(const RawBlock& block, const Batch& batch) {
  require(batch.columns.size() + 1 == block.meta->chunks.size(), "a column is missing", block);
  for (std::size_t c = 0; c < batch.columns.size(); c++) {
    const Column& column = batch.columns[c];
    auto in_field = [&](std::string_view what) { return concat(what, " in field ", batch.paths[column.path].name()); };
    require(!is_utf8_type(column.type) || texts_valid(column), in_field("text that is no UTF-8"), block);
    require(zone_holds(block.meta->chunks[c + 1].zone, column), in_field("values outside of their zone map"), block);
  }
}

}  // namespace

void verify_block(const RawBlock& block, const Batch& batch) {
  const BlockHeader& header = block.header;
  verify_values(block, batch);
  require(raw_bytes(batch) == header.raw_bytes, "the raw bytes are not those of the header", block);
  TimeRange times = time_range(batch);
  require(times.timed == header.timed_rows, "the timed rows are not those of the header", block);
  require(times.timed == 0 || (times.min == header.min_time && times.max == header.max_time),
          "the event times are not those of the header", block);
  require(times.sorted || !(header.flags & kBlockSorted), "the rows are not in order of time, as the header says",
          block);
  require(content_digest(batch) == header.digest, "the content digest is not that of the rows", block);
}

StreamTotals check_stream(std::unique_ptr<Input> input, bool quick) {
  ReadOptions options;
  options.projection.all = !quick;
  options.verify_index = true;
  StreamReader reader(std::move(input), options);
  while (auto block = reader.next())
    if (!quick) verify_block(*block, decode_block(*block, Projection{}));
  return reader.totals();
}

}  // namespace ev

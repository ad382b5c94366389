// Items of a source and plans for the tests of row steps.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "rows/row_steps.h"
#include "stream/block.h"
#include "text/json_lines.h"

namespace ev::test {

using Rows = std::vector<std::string>;

inline Batch events(std::string_view json_lines, std::string_view time_field = {}) {
  TextUnit unit;
  unit.text.append(json_lines.data(), json_lines.size());
  unit.text.reserve(json_lines.size() + 64);
  if (!time_field.empty()) unit.time_path = Path::key(time_field);
  return JsonLinesParser().parse(unit).batch;
}

inline SourceItem item_of(Batch&& batch) {
  SourceItem item;
  item.ledger.in = batch.rows;
  item.batch = std::move(batch);
  return item;
}

/// As a reader would give it.
inline SourceItem block_of(const Batch& batch) {
  EncodedBlock encoded = encode_block(batch, {});
  RawBlock block;
  block.header = encoded.header;
  block.meta = std::make_shared<BlockMeta>(
      read_block_meta(encoded.header, encoded.body.span().first(encoded.header.meta_stored), "block"));
  block.time_path = encoded.time_path;
  block.body = std::move(encoded.body);
  SourceItem item;
  item.ledger.in = batch.rows;
  item.block = std::move(block);
  return item;
}

inline RowPlan plan_of(std::string_view where, const Rows& settings = {}, Rows select = {}) {
  RowPlan plan;
  for (const std::string& setting : settings) plan.settings.push_back(parse_setting(setting, {}));
  if (!where.empty()) plan.where = Expression::parse_condition(where, {});
  plan.select = std::move(select);
  return plan;
}

inline SourceItem applied(RowSteps& steps, SourceItem item, unsigned worker = 0) {
  steps.apply(item, worker);
  if (item.batch) CHECK(item.ledger.in == item.batch->rows + item.ledger.filtered);
  return item;
}

inline const char kEvents[] =
    "{\"a\":1,\"m\":{\"x\":\"p\",\"y\":2},\"z\":5}\n{\"a\":2,\"m\":{\"x\":\"q\"}}\n{\"a\":3,\"z\":7}\n";

}  // namespace ev::test

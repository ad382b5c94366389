// Rows of a batch in words, for comparing with what is expected.
#pragma once

#include <bit>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "event/batch.h"

namespace ev::test {

/// "a.b=1 c=null" for each row, in the order of its layout. The batch's shape is checked, too.
inline std::vector<std::string> described_rows(const Batch& batch) {
  check_shape(batch, ErrorKind::bug, "batch");
  std::vector<std::string> rows;
  RowReader reader(batch);
  while (reader.next()) {
    std::string row;
    for (uint16_t path : reader.layout()) {
      const Value value = reader.value(path);
      row += (row.empty() ? "" : " ") + batch.paths[path].name() + "=";
      row += value.type == Type::null      ? "null"
             : is_text_type(value.type)    ? std::string(value.text)
             : value.type == Type::float64 ? float_text(std::bit_cast<double>(value.word))
                                           : std::to_string(value.word);
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace ev::test

#include "events.h"

#include <doctest/doctest.h>

#include <bit>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "text/json_lines.h"

namespace ev::test {

Batch events(std::string_view json_lines, std::string_view time_field) {
  TextUnit unit;
  unit.text.append(json_lines.data(), json_lines.size());
  unit.text.reserve(json_lines.size() + 64);
  if (!time_field.empty()) unit.time_path = Path::key(time_field);
  ParsedText parsed = JsonLinesParser().parse(unit);
  REQUIRE(parsed.rejects.empty());
  return std::move(parsed.batch);
}

std::string shown(const Value& value) {
  switch (value.type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return value.word ? "true" : "false";
    case Type::int64:
      return concat("int ", static_cast<int64_t>(value.word));
    case Type::uint64:
      return concat("uint ", value.word);
    case Type::float64:
      return "float " + float_text(std::bit_cast<double>(value.word));
    case Type::time: {
      char text[kMaxTimeText];
      char* end = print_time(text, static_cast<int64_t>(value.word), value.form);
      return "time " + std::string(text, end);
    }
    case Type::string:
      return concat("\"", value.text, "\"");
    default:
      return concat(type_name(value.type), " ", value.text);
  }
}

std::string shown(const std::vector<Column>& columns, uint32_t rows) {
  std::vector<std::string> values(rows, "null");
  for (const Column& column : columns)
    for_each_value(column, rows, [&](std::size_t row, std::size_t i) {
      REQUIRE(values[row] == "null");
      Value value;
      value.type = column.type;
      if (is_text_type(column.type)) {
        value.text = column.text(i);
      } else {
        value.word = column.words[i];
        if (column.type == Type::time) value.form = column.form_at(i);
      }
      values[row] = shown(value);
    });
  return join(values, ", ");
}

std::string selected(std::string_view expression, const Batch& batch, const ExpressionOptions& options) {
  Evaluator evaluator(Expression::parse(expression, options));
  std::string rows;
  for (uint32_t row : evaluator.select(batch)) rows += (rows.empty() ? "" : " ") + std::to_string(row);
  return rows;
}

std::string evaluated(std::string_view expression, const Batch& batch, const ExpressionOptions& options) {
  Evaluator evaluator(Expression::parse(expression, options));
  const std::vector<Column> columns = evaluator.evaluate(batch);
  std::string rows;
  for (const Column& column : columns)
    if (column.type == Type::boolean)
      for_each_value(column, batch.rows, [&](std::size_t row, std::size_t i) {
        if (column.words[i]) rows += (rows.empty() ? "" : " ") + std::to_string(row);
      });
  const std::string picked = selected(expression, batch, options);
  if (picked != rows) return concat("select() picks ", picked, ", evaluate() is true for ", rows);
  return shown(columns, batch.rows);
}

std::string computed(std::string_view expression, const ExpressionOptions& options) {
  return evaluated(expression, events("{}\n"), options);
}

std::string parse_failure(std::string_view expression, const ExpressionOptions& options) {
  try {
    Expression::parse(expression, options);
    return "no failure";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
}

std::string warned(std::string_view expression, const Batch& batch, const ExpressionOptions& options) {
  Evaluator evaluator(Expression::parse(expression, options));
  evaluator.select(batch);
  return join(evaluator.findings().warnings(evaluator.expression(), batch.rows), "\n");
}

}  // namespace ev::test

#include "dedup/key_columns.h"

#include "base/of_option.h"
#include "base/text.h"
#include "rows/key_text.h"

namespace ev {

std::vector<KeyText> parse_keys(const std::vector<std::string>& keys, const ExpressionOptions& options) {
  std::vector<KeyText> parsed;
  for (const std::string& key : keys) {
    const bool is_field = !is_key_expression(key, options);
    parsed.push_back(
        {key, is_field, of_option("-k", [&] { return Expression::parse(is_field ? field_call(key) : key, options); })});
  }
  return parsed;
}

Projection needed_fields(const std::vector<KeyText>& keys) {
  Projection needed;
  if (keys.empty()) return needed;
  needed.all = false;
  for (const KeyText& key : keys) {
    if (!key.is_field && key.expression.needs_layouts()) return {};
    const std::vector<std::string> fields = key.is_field ? std::vector{key.text} : key.expression.fields();
    needed.names.insert(needed.names.end(), fields.begin(), fields.end());
  }
  return needed;
}

KeyColumns::KeyColumns(const std::vector<KeyText>& keys) {
  for (const KeyText& key : keys) parts_.push_back({key, Evaluator(key.expression), {}});
}

void KeyColumns::see_paths(std::span<const Path> paths) {
  for (Part& part : parts_)
    if (!part.evaluator.findings().all_found()) part.evaluator.findings().see_paths(paths);
}

const std::vector<KeyPart>& KeyColumns::read(const Batch& batch) {
  rows_ += batch.rows;
  columns_.assign(parts_.size(), {});
  for (std::size_t i = 0; i < parts_.size(); i++) {
    Part& part = parts_[i];
    if (part.key.is_field) {
      const int path = find_path(batch.paths, part.key.text);
      for (const Column& column : batch.columns)
        if (column.path == path && path >= 0) columns_[i].push_back(&column);
    } else {
      part.values = part.evaluator.evaluate(batch);
      for (const Column& column : part.values) columns_[i].push_back(&column);
    }
  }
  return columns_;
}

std::vector<std::string> KeyColumns::warnings(const std::vector<KeyColumns>& all) {
  std::vector<std::string> warnings;
  uint64_t rows = 0;
  for (const KeyColumns& columns : all) rows += columns.rows_;
  for (std::size_t i = 0; i < all[0].parts_.size(); i++) {
    const Expression& expression = all[0].parts_[i].key.expression;
    Findings findings(expression);
    for (const KeyColumns& columns : all) findings.merge(columns.parts_[i].evaluator.findings());
    for (std::string& warning : findings.warnings(expression, rows)) warnings.push_back(concat("-k: ", warning));
  }
  return warnings;
}

}  // namespace ev

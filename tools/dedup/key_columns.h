// Where the values of keys stand in a batch.
#pragma once

#include <string>
#include <vector>

#include "dedup/event_keys.h"
#include "expr/evaluator.h"
#include "stream/block.h"

namespace ev {

/// A part of a key as -k names it: a field, or an expression.
struct KeyText {
  std::string text;
  bool is_field = true;
  Expression expression;  // of the field, too
};
/// Throws Error(usage).
std::vector<KeyText> parse_keys(const std::vector<std::string>& keys, const ExpressionOptions& options);
/// What they need of a block.
Projection needed_fields(const std::vector<KeyText>& keys);

/// One per thread.
class KeyColumns {
 public:
  explicit KeyColumns(const std::vector<KeyText>& keys);
  /// Good until the next call, and as long as the batch. Throws Error(usage) where a name means two fields.
  const std::vector<KeyPart>& read(const Batch& batch);
  /// What the batch, or the block that it is of, has as fields.
  void see_paths(std::span<const Path> paths);

  /// Of the fields that no event has had. `all` are those of all threads.
  static std::vector<std::string> warnings(const std::vector<KeyColumns>& all);

 private:
  struct Part {
    KeyText key;
    Evaluator evaluator;
    std::vector<Column> values;  // of an expression
  };
  std::vector<Part> parts_;
  std::vector<KeyPart> columns_;
  uint64_t rows_ = 0;
};

}  // namespace ev

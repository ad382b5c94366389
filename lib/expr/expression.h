// Expressions over the fields of an event: ev-expr(7).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace ev {

struct Program;

struct ExpressionOptions {
  std::string timezone;  // of times without a zone and of calendar functions: an IANA name, empty for UTC
  int64_t now_ns = 0;    // what "now" and "today" count from
};

/// Immutable and cheap to copy; any number of threads may use it.
class Expression {
 public:
  /// Throws Error(usage) that names the column of what is wrong.
  static Expression parse(std::string_view text, const ExpressionOptions& options);
  /// The same, and the expression must be able to be true.
  static Expression parse_condition(std::string_view text, const ExpressionOptions& options);

  const std::string& text() const;
  /// Names of the fields that it looks at, as find_path() takes them.
  std::vector<std::string> fields() const;
  /// Whether it asks if a field is there: then it must see whole events with their layouts, not a choice of fields.
  bool needs_layouts() const;
  const Program& program() const { return *program_; }

 private:
  explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace ev

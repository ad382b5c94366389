// What is to happen to rows between reading and writing, as the options of a command say it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/expression.h"
#include "source/lookup.h"

namespace ev {

/// A field that is computed.
struct Setting {
  std::string name;
  Expression expression;
  std::string from;  // the option that it comes from: what warnings are about
};
/// --set NAME=EXPR. Throws Error(usage).
Setting parse_setting(std::string_view text, const ExpressionOptions& options);

/// --rename OLD=NEW.
struct Renaming {
  std::string from, to;
};
/// Throws Error(usage).
Renaming parse_renaming(std::string_view text);

/// --sample P --key FIELDS: true for a share of the events that their keys alone decide on. "10%" or "0.1". Throws
/// Error(usage).
Expression parse_sample(std::string_view share, const std::vector<std::string>& keys);

/// Steps in the order of the members; each sees what those before it made.
struct RowPlan {
  std::shared_ptr<const Lookup> lookup;  // adds fields of a table; may be null
  std::vector<Setting> settings;         // one after the other
  std::optional<Expression> where;       // rows for which it is not true are filtered
  std::optional<Expression> sample;      // so are those for which this is not true
  bool split = false;                    // rows that are filtered come out, too
  std::optional<std::string> explode;    // of the others, a row for each element of the array in this field
  std::vector<std::string> select;  // only these fields, or all that lie in objects of these names; empty: all fields
  std::vector<std::string> drop;    // not these fields, nor those in objects of these names
  std::vector<Renaming> renames;    // one after the other
  ExpressionOptions options;        // that the expressions were parsed with
};

}  // namespace ev

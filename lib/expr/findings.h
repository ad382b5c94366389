// What evaluation found worth saying, to be said once at the end.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "event/path.h"
#include "expr/function.h"

namespace ev {

class Expression;

/// Counts of all batches, in any order: merged, they do not depend on how the rows were cut or shared out.
class Findings {
 public:
  explicit Findings(const Expression& expression);
  void merge(const Findings& other);

  /// Rows with an issue at a node, and the types of its first two operands there.
  void count(uint32_t node, Issue issue, TypeMask left, TypeMask right) {
    Count& count = nodes_[node][issue];
    count.rows++;
    count.left |= left;
    count.right |= right;
  }
  uint64_t rows_with(Issue issue) const;

  /// A batch, or the schema of a block, has these paths.
  void see_paths(std::span<const Path> paths);
  /// Whether all fields of the expression were seen.
  bool all_found() const { return std::find(found_.begin(), found_.end(), false) == found_.end(); }

  /// What to warn of. `rows` were evaluated; without any, no field is missed.
  std::vector<std::string> warnings(const Expression& expression, uint64_t rows) const;

 private:
  struct Count {
    uint64_t rows = 0;
    TypeMask left = kNoType, right = kNoType;
  };
  void warn_of_node(const Expression& expression, uint32_t node, std::vector<std::string>& out) const;
  void warn_of_fields(const Expression& expression, std::vector<std::string>& out) const;

  static constexpr std::size_t kMaxNames = 1000;  // of fields that exist, for suggestions

  std::vector<std::array<Count, kIssues>> nodes_;
  std::vector<bool> found_;  // per field of the expression
  std::vector<std::string> wanted_;
  bool tests_objects_;           // by has()
  std::set<std::string> names_;  // of fields that exist
};

}  // namespace ev

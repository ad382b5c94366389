// What becomes of the groups before they are written: --having, --sort, --top.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/aggregator.h"
#include "event/batch.h"
#include "expr/expression.h"

namespace ev {

class Evaluator;

struct SortKey {
  std::string field;
  bool descending = false;
};
/// "count desc, country". Throws Error(usage).
std::vector<SortKey> parse_sort(std::string_view text);

struct Arrangement {
  std::optional<Expression> having;  // groups for which it is true stay
  std::vector<SortKey> sort;         // by final values, in the order of value_order.h; empty: as they are
  std::optional<uint64_t> top;       // the first so many of those
  bool per_time = false;             // of each bucket of time, and the buckets in their order

  /// Where nothing is said of the order that --top goes by, it is that of the first result, the largest first.
  void complete(const AggregateQuery& query);
  bool sorts() const { return !sort.empty() || top; }
  bool changes() const { return having || sorts(); }
};

/// Throws Error(usage) where it sorts by none of the result's fields, so that this is not found out at the end only.
void check_sort(const Arrangement& arrangement, const AggregateQuery& query);

/// Arranges batches of a result; states stay states. Throws Error(usage) where a field of the arrangement is none of
/// the result's.
class Arranger {
 public:
  /// `arrangement` must stay.
  explicit Arranger(const Arrangement& arrangement);
  ~Arranger();

  /// The groups for which --having is true.
  Batch keep(Batch&& batch);
  /// All of them sorted, and the first of them where there is a --top, in batches of `rows` rows. What is equal stays
  /// in its order.
  std::vector<Batch> sort(std::vector<Batch>&& batches, uint32_t rows) const;
  /// Both, of groups that are all there is; batches without rows are dropped.
  std::vector<Batch> arrange(std::vector<Batch>&& batches, uint32_t rows);
  /// What the user should hear of the --having of all batches.
  std::vector<std::string> warnings() const;

 private:
  const Arrangement& arrangement_;
  std::unique_ptr<Evaluator> having_;
  uint64_t groups_ = 0;
};

}  // namespace ev

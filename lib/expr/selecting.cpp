// Evaluator::select(): conditions that are joined by `and` narrow the rows one after the other.
#include <algorithm>

#include "expr/evaluator.h"
#include "expr/program.h"

namespace ev {
namespace {

/// Keeps the rows of which is_true(position) is 1, without a branch.
template <class Truth>
void keep_rows(PodVector<uint32_t>& rows, bool all, uint32_t positions, Truth is_true) {
  if (all) rows.resize(positions);
  uint32_t kept = 0;
  if (all) {
    for (uint32_t i = 0; i < positions; i++) {
      rows[kept] = i;
      kept += is_true(i);
    }
  } else {
    for (uint32_t i = 0; i < positions; i++) {
      rows[kept] = rows[i];
      kept += is_true(i);
    }
  }
  rows.resize(kept);
}

}  // namespace

void Evaluator::narrow(const Vector& condition, PodVector<uint32_t>& rows, bool& all) {
  const uint8_t* truth = condition.truth;
  const auto is_true = [&](uint32_t entry) { return truth[entry] == kTrue; };
  const uint32_t positions = condition.positions;
  bool any = truth && condition.entries > 0, every = any;
  if (any && condition.entries <= positions) {
    const uint8_t* end = truth + condition.entries;
    any = std::find(truth, end, kTrue) != end;
    every = condition.map != Vector::Map::coded && std::all_of(truth, end, [](uint8_t t) { return t == kTrue; });
  }
  if (!any) {
    rows.clear();
  } else if (every && condition.entries <= positions) {
    return;
  } else if (condition.map != Vector::Map::coded) {
    keep_rows(rows, all, positions, is_true);
  } else {
    const uint32_t* codes = condition.codes;
    const bool gaps = std::find(codes, codes + positions, Vector::kNoEntry) != codes + positions;
    if (gaps)
      keep_rows(rows, all, positions, [&](uint32_t i) { return codes[i] != Vector::kNoEntry && is_true(codes[i]); });
    else
      keep_rows(rows, all, positions, [&](uint32_t i) { return is_true(codes[i]); });
  }
  all = false;
}

const Selection& Evaluator::select(const Batch& batch) {
  begin(batch);
  const Node& root = program_.nodes[program_.root];
  const uint32_t self[1] = {program_.root};
  const std::span<const uint32_t> conditions =
      root.kind == NodeKind::conjunction ? std::span<const uint32_t>(root.arguments) : std::span<const uint32_t>(self);
  bool all = true;
  for (uint32_t condition : conditions) {
    const RowSet rows =
        all ? RowSet{nullptr, batch.rows} : RowSet{selection_.data(), static_cast<uint32_t>(selection_.size())};
    if (rows.count == 0) break;
    Pooled result = run(condition, rows);
    for (uint32_t i = 0; !result->truth && result->type != Type::null && i < rows.count; i++) {
      const Type type = result->value_at(i).type;
      if (type != Type::null && type != Type::boolean) findings_.count(condition, kOperand, mask_of(type), kNoType);
    }
    if (result->types) {
      // Mixed with truth values.
      truth_by_position(*result, result->own_truth);
      result->map = Vector::Map::same;
      result->entries = result->positions;
      result->truth = result->own_truth.data();
    }
    narrow(*result, selection_, all);
    give_back(std::move(result));
  }
  if (all) {
    selection_.resize(batch.rows);
    for (uint32_t i = 0; i < batch.rows; i++) selection_[i] = i;
  }
  return selection_;
}

}  // namespace ev

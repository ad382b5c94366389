#include "expr/evaluator.h"

#include "expr/program.h"

namespace ev {

Evaluator::Evaluator(Expression expression)
    : expression_(std::move(expression)), program_(expression_.program()), findings_(expression_), fields_(program_) {}

void Evaluator::begin(const Batch& batch) {
  batch_ = &batch;
  arena_.clear();
  fields_.begin(batch);
  findings_.see_paths(batch.paths);
}

Evaluator::Pooled Evaluator::take_vector(uint32_t positions) {
  Pooled vector;
  if (pool_.empty()) {
    vector = std::make_unique<Vector>();
  } else {
    vector = std::move(pool_.back());
    pool_.pop_back();
  }
  vector->reset(positions);
  return vector;
}

Evaluator::Pooled Evaluator::run(uint32_t number, const RowSet& rows) {
  const Node& node = program_.nodes[number];
  switch (node.kind) {
    case NodeKind::literal: {
      Pooled out = take_vector(rows.count);
      fill_constant(*out, node.value, rows.count);
      return out;
    }
    case NodeKind::field: {
      Pooled out = take_vector(rows.count);
      fields_.load(node.field, rows, *out);
      return out;
    }
    case NodeKind::has:
      return has(node, rows);
    case NodeKind::is_null:
      return is_null(node, rows);
    case NodeKind::call:
      return call(number, rows);
    case NodeKind::conjunction:
    case NodeKind::disjunction:
      return logic(number, rows);
    case NodeKind::condition:
      return condition(number, rows);
    case NodeKind::coalesce:
      return coalesce(node, rows);
  }
  return take_vector(rows.count);
}

Evaluator::Pooled Evaluator::call(uint32_t number, const RowSet& rows) {
  const Node& node = program_.nodes[number];
  std::array<Pooled, kMaxArguments> arguments;
  std::array<const Vector*, kMaxArguments> views{};
  const std::size_t count = node.arguments.size();
  for (std::size_t i = 0; i < count; i++) {
    arguments[i] = run(node.arguments[i], rows);
    views[i] = arguments[i].get();
  }
  Pooled out = take_vector(rows.count);
  Call call{*node.function, node.bound.get(), std::span(views).first(count), *out, arena_, issues_};
  if (rows.count > 0) node.function->evaluate(call);
  if (rows.count > 0 && issues_.any()) count_issues(number, *out, issues_, call.arguments);
  for (std::size_t i = 0; i < count; i++) {
    out->adopt_codes(*arguments[i]);
    give_back(std::move(arguments[i]));
  }
  return out;
}

void Evaluator::count_issues(uint32_t number, const Vector& result, const IssueMarks& issues,
                             std::span<const Vector* const> arguments) {
  for (uint32_t i = 0; i < result.positions; i++) {
    const uint32_t entry = result.entry_of(i);
    if (entry == Vector::kNoEntry || !issues.of(entry)) continue;
    auto type = [&](std::size_t argument) -> TypeMask {
      if (argument >= arguments.size()) return kNoType;
      const Type of = arguments[argument]->value_at(i).type;
      return of == Type::null ? kNoType : mask_of(of);
    };
    const TypeMask left = type(0), right = type(1);
    for (uint8_t issue = 0; issue < kIssues; issue++)
      if (issues.of(entry) >> issue & 1) findings_.count(number, static_cast<Issue>(issue), left, right);
  }
}

Evaluator::Pooled Evaluator::is_null(const Node& node, const RowSet& rows) {
  Pooled argument = run(node.arguments[0], rows);
  Pooled out = take_vector(rows.count);
  uint8_t* truth = out->make_truth();
  for (uint32_t i = 0; i < rows.count; i++) {
    const uint32_t entry = argument->entry_of(i);
    truth[i] = entry == Vector::kNoEntry || argument->type_of(entry) == Type::null;
  }
  give_back(std::move(argument));
  return out;
}

Evaluator::Pooled Evaluator::has(const Node& node, const RowSet& rows) {
  Pooled out = take_vector(rows.count);
  fields_.present(node.field, rows, out->make_truth());
  return out;
}

void Evaluator::truth(uint32_t number, uint32_t by, const RowSet& rows, PodVector<uint8_t>& out) {
  Pooled vector = run(number, rows);
  truth_by_position(*vector, out);
  if (!vector->truth && vector->type != Type::null)
    for (uint32_t i = 0; i < rows.count; i++) {
      const Type type = vector->value_at(i).type;
      if (type != Type::null && type != Type::boolean) findings_.count(by, kOperand, mask_of(type), kNoType);
    }
  give_back(std::move(vector));
}

/// Each operand is evaluated only where those before it have not decided.
Evaluator::Pooled Evaluator::logic(uint32_t number, const RowSet& rows) {
  const Node& node = program_.nodes[number];
  const bool conjunction = node.kind == NodeKind::conjunction;
  const uint8_t deciding = conjunction ? kFalse : kTrue;
  Pooled out = take_vector(rows.count);
  truth(node.arguments[0], number, rows, out->own_truth);
  uint8_t* sofar = out->own_truth.data();
  PodVector<uint32_t> open_rows, open;  // rows that are undecided, and their positions
  PodVector<uint8_t> next;
  for (std::size_t k = 1; k < node.arguments.size(); k++) {
    open.clear();
    for (uint32_t i = 0; i < rows.count; i++)
      if (sofar[i] != deciding) open.push_back(i);
    if (open.empty()) break;
    const bool all = open.size() == rows.count;
    RowSet subset = rows;
    if (!all) {
      open_rows.resize(open.size());
      for (std::size_t i = 0; i < open.size(); i++) open_rows[i] = rows[open[i]];
      subset = {open_rows.data(), static_cast<uint32_t>(open_rows.size())};
    }
    truth(node.arguments[k], number, subset, next);
    // Undecided so far: true of `and` (false of `or`), or unknown, which only the deciding value overrides.
    for (std::size_t i = 0; i < open.size(); i++)
      if (sofar[open[i]] != kUnknown || next[i] == deciding) sofar[open[i]] = next[i];
  }
  out->make_truth();
  return out;
}

namespace {

/// Rows of `rows` at these positions.
RowSet rows_at(const RowSet& rows, const PodVector<uint32_t>& positions, PodVector<uint32_t>& room) {
  if (positions.size() == rows.count) return rows;
  room.resize(positions.size());
  for (std::size_t i = 0; i < positions.size(); i++) room[i] = rows[positions[i]];
  return {room.data(), static_cast<uint32_t>(room.size())};
}

}  // namespace

Evaluator::Pooled Evaluator::condition(uint32_t number, const RowSet& rows) {
  const Node& node = program_.nodes[number];
  PodVector<uint8_t> holds;
  truth(node.arguments[0], number, rows, holds);
  PodVector<uint32_t> chosen[2], room[2];
  for (uint32_t i = 0; i < rows.count; i++) chosen[holds[i] == kTrue ? 0 : 1].push_back(i);
  for (std::size_t branch = 0; branch < 2; branch++)
    if (chosen[branch].size() == rows.count) return run(node.arguments[branch + 1], rows);
  Pooled parts[2];
  for (std::size_t branch = 0; branch < 2; branch++)
    parts[branch] = run(node.arguments[branch + 1], rows_at(rows, chosen[branch], room[branch]));
  Pooled out = take_vector(rows.count);
  EntryWriter writer(*out);
  for (std::size_t branch = 0; branch < 2; branch++) {
    for (uint32_t i = 0; i < chosen[branch].size(); i++) writer.set(chosen[branch][i], parts[branch]->value_at(i));
    give_back(std::move(parts[branch]));
  }
  writer.finish();
  return out;
}

Evaluator::Pooled Evaluator::coalesce(const Node& node, const RowSet& rows) {
  Pooled out = take_vector(rows.count);
  EntryWriter writer(*out);
  PodVector<uint32_t> open(rows.count), still_open, room;
  for (uint32_t i = 0; i < rows.count; i++) open[i] = i;
  for (uint32_t argument : node.arguments) {
    if (open.empty()) break;
    Pooled part = run(argument, rows_at(rows, open, room));
    still_open.clear();
    for (uint32_t i = 0; i < open.size(); i++) {
      const Value value = part->value_at(i);
      if (value.type == Type::null)
        still_open.push_back(open[i]);
      else
        writer.set(open[i], value);
    }
    open.swap(still_open);
    give_back(std::move(part));
  }
  for (uint32_t position : open) writer.set_null(position);
  writer.finish();
  return out;
}

}  // namespace ev

// first(f), last(f): the value at the smallest and at the largest event time; of several at that time, the smallest and
// the largest in the order of value_order.h. Values of untimed events count only where the group has no others.
#include <string>
#include <vector>

#include "aggregate/group_states.h"
#include "aggregate/value_payload.h"
#include "event/value_order.h"

namespace ev {

namespace {

constexpr uint8_t kVersion = 1;

/// What a group's value has in the way of a time; a higher one wins.
enum Rank : uint8_t { kNone, kUntimed, kTimed };

struct RankedValue {
  Rank rank = kNone;
  int64_t time = 0;
  Value value;
};

RankedValue read_payload(std::string_view payload) {
  ByteReader in(as_bytes(payload), "state of first or last");
  RankedValue result;
  const auto rank = in.read<uint8_t>();
  if (rank > kTimed) in.fail("neither with a time nor without");
  result.rank = static_cast<Rank>(rank);
  if (result.rank == kTimed) result.time = in.read<int64_t>();
  if (result.rank == kNone)
    in.expect_end();
  else if (result.value = read_value(in); result.value.type == Type::null)
    in.fail("a value is missing");
  return result;
}

template <bool last>
class FirstStates : public GroupStates<FirstStates<last>> {
 public:
  explicit FirstStates(uint8_t code) : GroupStates<FirstStates>(code, kVersion) {}

  void resize(std::size_t groups) override {
    best_.reserve(groups);
    while (best_.size() < groups) best_.push_back(Best{});
  }
  void update(const Column& column, const ValueGroups& groups) override {
    if (column.type == Type::state) return;
    for (std::size_t i = 0; i < groups.ids.size(); i++) {
      const Rank rank = groups.timed[i] ? kTimed : kUntimed;
      const int64_t time = groups.times[i];
      if (order(rank, time, best_[groups.ids[i]]) >= 0) offer(groups.ids[i], {rank, time, value_of(column, i)});
    }
  }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const FirstStates&>(other);
    for (std::size_t g = 0; g < groups.size(); g++) offer(groups[g], theirs.best(static_cast<uint32_t>(g)));
  }
  void merge_payload(uint32_t group, std::string_view payload) { offer(group, read_payload(payload)); }
  void write_payload(uint32_t group, std::string& out) const {
    const RankedValue found = best(group);
    out += static_cast<char>(found.rank);
    if (found.rank == kNone) return;
    if (found.rank == kTimed) {
      char bytes[8];
      store(bytes, found.time);
      out.append(bytes, 8);
    }
    write_value(found.value, out);
  }
  uint64_t memory() const override {
    return best_.capacity() * sizeof(Best) + texts_.capacity() * sizeof(std::string) + text_bytes_;
  }

 private:
  static constexpr uint32_t kNoText = UINT32_MAX;
  struct Best {
    int64_t time = 0;
    uint64_t word = 0;
    uint32_t form = 0;
    uint32_t text = kNoText;  // the group's place in texts_, once it had a text
    Rank rank = kNone;
    Type type = Type::null;
  };

  static Value value_of(const Column& column, std::size_t i) {
    Value value = value_at(column, i);
    // NaNs that differ are one value: which of them came first must not show.
    if (value.type == Type::float64) value.word = canonical_float(value.word);
    return value;
  }
  /// Above 0 where a value of that time goes before the best so far, 0 where the values themselves decide.
  static int order(Rank rank, int64_t time, const Best& best) {
    if (rank != best.rank) return rank > best.rank ? 1 : -1;
    if (rank != kTimed || time == best.time) return 0;
    return (time < best.time) != last ? 1 : -1;
  }
  RankedValue best(uint32_t group) const {
    const Best& from = best_[group];
    RankedValue result{from.rank, from.time, {}};
    result.value.type = from.type;
    if (is_text_type(from.type))
      result.value.text = texts_[from.text];
    else
      result.value.word = from.word, result.value.form = from.form;
    return result;
  }
  void offer(uint32_t group, const RankedValue& offered) {
    if (offered.rank == kNone) return;
    Best& to = best_[group];
    const int by_time = order(offered.rank, offered.time, to);
    if (by_time < 0) return;
    if (by_time == 0) {
      const int by_value = compare_values(offered.value, best(group).value);
      if (last ? by_value <= 0 : by_value >= 0) return;
    }
    to.rank = offered.rank;
    to.time = offered.rank == kTimed ? offered.time : 0;
    to.type = offered.value.type;
    to.word = offered.value.word;
    to.form = offered.value.form;
    if (is_text_type(to.type)) keep_text(to, offered.value.text);
  }
  void keep_text(Best& to, std::string_view text) {
    if (to.text == kNoText) {
      to.text = static_cast<uint32_t>(texts_.size());
      texts_.emplace_back();
    }
    std::string& kept = texts_[to.text];
    text_bytes_ -= kept.capacity();
    kept.assign(text);
    text_bytes_ += kept.capacity();
  }

  PodVector<Best> best_;  // per group
  std::vector<std::string> texts_;
  uint64_t text_bytes_ = 0;
};

Value finalize(std::string_view payload, std::string&) {
  return read_payload(payload).value;
}

template <bool last, uint8_t code>
std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<FirstStates<last>>(code);
}

}  // namespace

AggregateFunction first_function() {
  AggregateFunction function{"first", 11, kVersion,        AggregateFunction::Field::required,
                             {},      {}, make<false, 11>, finalize};
  function.by_time = true;
  return function;
}
AggregateFunction last_function() {
  AggregateFunction function{"last", 12, kVersion,       AggregateFunction::Field::required,
                             {},     {}, make<true, 12>, finalize};
  function.by_time = true;
  return function;
}

}  // namespace ev

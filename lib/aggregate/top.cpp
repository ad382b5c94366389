// top(f, k): the k most frequent values with their counts, from exact counts of all values.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "aggregate/group_states.h"
#include "aggregate/key_values.h"
#include "aggregate/value_payload.h"
#include "aggregate/word_table.h"
#include "base/text.h"
#include "base/time.h"
#include "base/varint.h"
#include "emit/json_text.h"
#include "emit/text_sink.h"
#include "emit/value_text.h"
#include "event/value_order.h"

namespace ev {

namespace {

constexpr uint8_t kCode = 16, kVersion = 1;
constexpr uint32_t kDefaultLimit = 10;

/// "top5" is 5, "top" the default; nullopt: it is no such word.
std::optional<uint32_t> limit_of(std::string_view word) {
  if (word == "top") return kDefaultLimit;
  if (!word.starts_with("top")) return std::nullopt;
  word.remove_prefix(3);
  uint32_t limit = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), limit);
  if (error != std::errc() || end != word.data() + word.size() || word[0] == '0' || limit > kMaxTop)
    return std::nullopt;
  return limit;
}

std::string spelled(uint32_t limit) {
  return concat("top", limit);
}

uint32_t read_limit(ByteReader& in) {
  const auto limit = in.read<uint32_t>();
  if (limit == 0 || limit > kMaxTop) in.fail("a number of values that there is not");
  return limit;
}

/// Calls f(value, count) for each value of a payload behind the limit. Throws Error(corrupt).
template <class F>
void for_each_value(ByteReader& in, F&& f) {
  Value before;
  while (in.left() > 0) {
    const uint64_t count = read_varint(in), size = read_varint(in);
    if (count == 0) in.fail("a value without a count");
    if (size > in.left()) in.fail("ends early");
    ByteReader part(in.take(size), "state of top");
    const Value value = read_value(part);
    if (value.type == Type::null || compare_values(before, value) >= 0) in.fail("its values are not in order");
    f(value, count);
    before = value;
  }
}

class TopStates : public GroupStates<TopStates> {
 public:
  explicit TopStates(uint32_t limit) : GroupStates(kCode, kVersion), limit_(limit) {}

  void resize(std::size_t groups) override { groups_ = groups; }
  void update(const Column& column, const ValueGroups& groups) override {
    if (column.type == Type::state) return;
    numbers_.resize(groups.ids.size());
    values_.number_column(column, numbers_.data());
    words_.resize(groups.ids.size());
    for (std::size_t i = 0; i < words_.size(); i++) words_[i] = word_of(groups.ids[i], numbers_[i]);
    number_pairs(words_, numbers_.data());
    for (uint32_t number : numbers_) counts_[number].count++;
  }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& theirs = static_cast<const TopStates&>(other);
    std::vector<uint32_t> number_here(theirs.values_.size());
    for (uint32_t v = 0; v < number_here.size(); v++) number_here[v] = values_.number(theirs.values_.value(v));
    for (const Entry& entry : theirs.counts_) add(groups[entry.group], number_here[entry.value], entry.count);
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    ByteReader in(as_bytes(payload), "state of top");
    read_limit(in);
    for_each_value(in, [&](const Value& value, uint64_t count) { add(group, values_.number(value), count); });
  }
  /// Before states are written, which threads do side by side.
  void see_buckets(const GroupBuckets&) override {
    const PodVector<uint32_t> by_value = values_.sorted();
    std::vector<uint32_t> rank(by_value.size());
    for (uint32_t i = 0; i < by_value.size(); i++) rank[by_value[i]] = i;
    ends_.assign(groups_ + 1, 0);  // first, where each group's part begins
    for (const Entry& entry : counts_) ends_[entry.group + 1]++;
    for (std::size_t g = 0; g < groups_; g++) ends_[g + 1] += ends_[g];
    sorted_.resize(counts_.size());
    for (const Entry& entry : counts_) sorted_[ends_[entry.group]++] = entry;
    for (std::size_t g = 0; g < groups_; g++)
      std::sort(sorted_.begin() + static_cast<std::ptrdiff_t>(begin_of(g)),
                sorted_.begin() + static_cast<std::ptrdiff_t>(ends_[g]),
                [&](const Entry& a, const Entry& b) { return rank[a.value] < rank[b.value]; });
  }
  void write_payload(uint32_t group, std::string& out) const {
    char bytes[4];
    store(bytes, limit_);
    out.append(bytes, sizeof bytes);
    std::string value;
    for (std::size_t i = begin_of(group); i < ends_[group]; i++) {
      value.clear();
      write_value(values_.value(sorted_[i].value), value);
      put_varint(out, sorted_[i].count);
      put_varint(out, value.size());
      out += value;
    }
  }
  uint64_t memory() const override {
    return values_.memory() + pairs_.memory() + counts_.capacity() * sizeof(Entry) +
           sorted_.capacity() * sizeof(Entry) + ends_.capacity() * sizeof(std::size_t);
  }

 private:
  struct Entry {
    uint32_t group, value;
    uint64_t count;
  };
  static uint64_t word_of(uint32_t group, uint32_t value) { return uint64_t{group} << 32 | value; }
  std::size_t begin_of(std::size_t group) const { return group == 0 ? 0 : ends_[group - 1]; }
  void number_pairs(std::span<const uint64_t> words, uint32_t* numbers) {
    pairs_.find_or_add(words, numbers, [&](uint64_t word) {
      counts_.push_back({static_cast<uint32_t>(word >> 32), static_cast<uint32_t>(word), 0});
      return static_cast<uint32_t>(counts_.size() - 1);
    });
  }
  void add(uint32_t group, uint32_t value, uint64_t count) {
    const uint64_t word = word_of(group, value);
    uint32_t number = 0;
    number_pairs({&word, 1}, &number);
    counts_[number].count += count;
  }

  uint32_t limit_;
  std::size_t groups_ = 0;
  KeyValues values_;  // of all groups
  WordTable pairs_;   // from group and value to counts_
  PodVector<Entry> counts_;
  // Of see_buckets(): counts_ by group and value, and where each group's part ends.
  PodVector<Entry> sorted_;
  std::vector<std::size_t> ends_;
  PodVector<uint32_t> numbers_;  // scratch
  PodVector<uint64_t> words_;
};

void print_value(TextSink& sink, const Value& value) {
  switch (value.type) {
    case Type::boolean:
      return sink.append(value.word ? std::string_view("true") : std::string_view("false"));
    case Type::int64:
      return sink.end_at(print_int(sink.room(24), static_cast<int64_t>(value.word)));
    case Type::uint64:
      return sink.end_at(print_uint(sink.room(24), value.word));
    case Type::float64: {
      const auto number = std::bit_cast<double>(value.word);
      if (!std::isfinite(number)) return sink.append("null");
      return sink.end_at(print_float(sink.room(32), number));
    }
    case Type::time: {
      const bool quoted = form_is_string(value.form);
      char* out = sink.room(kMaxTimeText + 2);
      if (quoted) *out++ = '"';
      out = print_time(out, static_cast<int64_t>(value.word), value.form);
      if (quoted) *out++ = '"';
      return sink.end_at(out);
    }
    case Type::json:
      return sink.append(value.text);
    default: {
      std::string storage;
      append_json_string(sink, value.type == Type::bytes ? bytes_as_text(value.text, storage) : value.text);
    }
  }
}

/// [{"value": ..., "count": ...}, ...], the most frequent first, of equally frequent ones the smallest value.
Value finalize(std::string_view payload, std::string& scratch) {
  struct Counted {
    Value value;
    uint64_t count;
  };
  ByteReader in(as_bytes(payload), "state of top");
  const uint32_t limit = read_limit(in);
  std::vector<Counted> values;
  for_each_value(in, [&](const Value& value, uint64_t count) { values.push_back({value, count}); });
  std::stable_sort(values.begin(), values.end(), [](const Counted& a, const Counted& b) { return a.count > b.count; });
  if (values.size() > limit) values.resize(limit);
  TextSink sink;
  sink.append("[");
  for (std::size_t i = 0; i < values.size(); i++) {
    sink.append(i == 0 ? std::string_view("{\"value\":") : std::string_view(",{\"value\":"));
    print_value(sink, values[i].value);
    sink.append(",\"count\":");
    sink.end_at(print_uint(sink.room(24), values[i].count));
    sink.append("}");
  }
  sink.append("]");
  scratch = sink.text();
  Value result;
  result.type = Type::json;
  result.text = scratch;
  return result;
}

std::string canonical(std::string_view word) {
  const auto limit = limit_of(word);
  return limit ? spelled(*limit) : std::string();
}

std::string spell(std::string_view payload) {
  ByteReader in(as_bytes(payload), "state of top");
  return spelled(read_limit(in));
}

std::unique_ptr<AggregateStates> make(const AggregateCall& call) {
  return std::make_unique<TopStates>(*limit_of(call.function));
}

}  // namespace

AggregateFunction top_function() {
  AggregateFunction function{"top", kCode, kVersion, AggregateFunction::Field::ranked, {}, {}, make, finalize};
  function.large = function.by_bucket = true;
  function.canonical = canonical;
  function.spell = spell;
  return function;
}

}  // namespace ev

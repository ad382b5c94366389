// min(f), max(f): the smallest and the largest value in the order of value_order.h.
#include <array>
#include <unordered_map>

#include "aggregate/group_states.h"
#include "aggregate/value_payload.h"
#include "event/value_order.h"

namespace ev {

namespace {

constexpr uint8_t kVersion = 1;

Value read_payload(std::string_view payload) {
  ByteReader in(as_bytes(payload), "state of min or max");
  return read_value(in);
}

/// Keeps the best value of each group and type apart, in arrays that come into being with the type's first value; the
/// best of the types is found at the end.
template <bool largest>
class ExtremeStates : public GroupStates<ExtremeStates<largest>> {
 public:
  explicit ExtremeStates(uint8_t code) : GroupStates<ExtremeStates>(code, kVersion) {}

  void resize(std::size_t groups) override {
    groups_ = groups;
    for (Words& words : words_)
      if (!words.best.empty()) words.resize(groups);
  }
  void update(const Column& column, const ValueGroups& groups) override {
    switch (column.type) {
      case Type::boolean:
        add_words<Type::boolean>(column, groups);
        break;
      case Type::int64:
        add_words<Type::int64>(column, groups);
        break;
      case Type::uint64:
        add_words<Type::uint64>(column, groups);
        break;
      case Type::float64:
        add_words<Type::float64>(column, groups);
        break;
      case Type::time:
        add_times(column, groups);
        break;
      case Type::string:
      case Type::bytes:
      case Type::json:
        add_texts(column, groups);
        break;
      case Type::null:
      case Type::state:
        break;
    }
  }
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override {
    const auto& o = static_cast<const ExtremeStates&>(other);
    for (std::size_t g = 0; g < groups.size(); g++) {
      o.for_each_best(static_cast<uint32_t>(g), [&](const Value& value) { offer(groups[g], value); });
    }
  }
  void merge_payload(uint32_t group, std::string_view payload) {
    Value value = read_payload(payload);
    if (value.type != Type::null) offer(group, value);
  }
  void write_payload(uint32_t group, std::string& out) const {
    Value best;
    for_each_best(group, [&](const Value& value) {
      if (best.type == Type::null || better(value, best)) best = value;
    });
    write_value(best, out);
  }
  uint64_t memory() const override {
    uint64_t bytes = 0;
    for (const Words& w : words_)
      bytes += w.best.capacity() * sizeof(uint64_t) + w.seen.capacity() + w.forms.capacity() * 4;
    for (const auto& texts : texts_) bytes += texts.size() * (sizeof(std::string) + 48);
    return bytes + text_bytes_;
  }

 private:
  // Smaller is better in `best`: ordered words, inverted for max.
  struct Words {
    PodVector<uint64_t> best;
    PodVector<uint8_t> seen;
    PodVector<uint32_t> forms;  // of times
    void resize(std::size_t n) {
      best.reserve(n);
      seen.reserve(n);
      while (best.size() < n) {
        best.push_back(UINT64_MAX);
        seen.push_back(0);
      }
    }
    void resize_forms(std::size_t n) {
      resize(n);
      while (forms.size() < n) forms.push_back(UINT32_MAX);
    }
  };
  static constexpr uint64_t kFlip = largest ? ~uint64_t{0} : 0;
  static constexpr std::array kTextTypes = {Type::string, Type::bytes, Type::json};

  static bool better(const Value& a, const Value& b) {
    int order = compare_values(a, b);
    return largest ? order > 0 : order < 0;
  }
  Words& words(Type type) { return words_[static_cast<std::size_t>(type)]; }

  template <Type type>
  void add_words(const Column& column, const ValueGroups& groups) {
    Words& to = words(type);
    to.resize(groups_);
    uint64_t* best = to.best.data();
    uint8_t* seen = to.seen.data();
    for (std::size_t i = 0; i < groups.ids.size(); i++) {
      uint32_t g = groups.ids[i];
      uint64_t word = ordered_word<type>(column.words[i]) ^ kFlip;
      if (word < best[g]) best[g] = word;
      seen[g] = 1;
    }
  }
  void add_times(const Column& column, const ValueGroups& groups) {
    Words& to = words(Type::time);
    to.resize(groups_);
    to.resize_forms(groups_);
    for (std::size_t i = 0; i < groups.ids.size(); i++)
      offer_time(to, groups.ids[i], column.words[i], column.form_at(i));
  }
  // Of equal instants the smallest form stays, for max as well.
  static void offer_time(Words& to, uint32_t g, uint64_t instant, uint32_t form) {
    uint64_t word = ordered_word<Type::time>(instant) ^ kFlip;
    if (word < to.best[g] || !to.seen[g]) {
      to.best[g] = word;
      to.forms[g] = form;
      to.seen[g] = 1;
    } else if (word == to.best[g] && form < to.forms[g]) {
      to.forms[g] = form;
    }
  }
  void add_texts(const Column& column, const ValueGroups& groups) {
    // Runs of one text in one group are common in dictionaries: look each up once.
    uint32_t last_group = UINT32_MAX, last_code = UINT32_MAX;
    Value value;
    value.type = column.type;
    for (std::size_t i = 0; i < groups.ids.size(); i++) {
      if (!column.codes.empty()) {
        if (groups.ids[i] == last_group && column.codes[i] == last_code) continue;
        last_group = groups.ids[i];
        last_code = column.codes[i];
      }
      value.text = column.text(i);
      offer_text(groups.ids[i], value);
    }
  }
  /// Which of texts_: json numbers and other json are different kinds.
  static std::size_t text_slot(const Value& value) {
    if (value.type == Type::string) return 0;
    if (value.type == Type::bytes) return 1;
    return is_json_number(value.text) ? 2 : 3;
  }
  void offer_text(uint32_t group, const Value& value) {
    auto [at, added] = texts_[text_slot(value)].try_emplace(group, value.text);
    if (added) {
      text_bytes_ += value.text.size();
      return;
    }
    Value old;
    old.type = value.type;
    old.text = at->second;
    if (!better(value, old)) return;
    text_bytes_ += value.text.size();
    text_bytes_ -= at->second.size();
    at->second.assign(value.text);
  }
  void offer(uint32_t group, const Value& value) {
    if (is_text_type(value.type)) {
      offer_text(group, value);
      return;
    }
    Words& to = words(value.type);
    to.resize(groups_);
    if (value.type == Type::time) {
      to.resize_forms(groups_);
      offer_time(to, group, value.word, value.form);
      return;
    }
    uint64_t word = ordered(value) ^ kFlip;
    if (word < to.best[group]) to.best[group] = word;
    to.seen[group] = 1;
  }
  static uint64_t ordered(const Value& value) {
    switch (value.type) {
      case Type::int64:
        return ordered_word<Type::int64>(value.word);
      case Type::float64:
        return ordered_word<Type::float64>(value.word);
      default:
        return value.word;
    }
  }
  template <class F>
  void for_each_best(uint32_t group, F&& f) const {
    for (Type type : {Type::boolean, Type::int64, Type::uint64, Type::float64, Type::time}) {
      const Words& from = words_[static_cast<std::size_t>(type)];
      if (group >= from.seen.size() || !from.seen[group]) continue;
      Value value;
      value.type = type;
      uint64_t word = from.best[group] ^ kFlip;
      value.word = type == Type::int64 || type == Type::time ? word_of_ordered<Type::int64>(word)
                   : type == Type::float64                   ? word_of_ordered<Type::float64>(word)
                                                             : word;
      if (type == Type::time) value.form = from.forms[group];
      f(value);
    }
    for (std::size_t slot = 0; slot < texts_.size(); slot++) {
      auto at = texts_[slot].find(group);
      if (at == texts_[slot].end()) continue;
      Value value;
      value.type = kTextTypes[slot < 2 ? slot : 2];
      value.text = at->second;
      f(value);
    }
  }

  std::size_t groups_ = 0;
  std::array<Words, static_cast<std::size_t>(Type::time) + 1> words_;
  std::array<std::unordered_map<uint32_t, std::string>, 4> texts_;
  uint64_t text_bytes_ = 0;
};

Value finalize(std::string_view payload, std::string&) {
  return read_payload(payload);
}

template <bool largest, uint8_t code>
std::unique_ptr<AggregateStates> make(const AggregateCall&) {
  return std::make_unique<ExtremeStates<largest>>(code);
}

}  // namespace

AggregateFunction min_function() {
  return {"min", 3, kVersion, AggregateFunction::Field::required, {}, {}, make<false, 3>, finalize};
}
AggregateFunction max_function() {
  return {"max", 4, kVersion, AggregateFunction::Field::required, {}, {}, make<true, 4>, finalize};
}

}  // namespace ev

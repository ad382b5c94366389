// The sums of the numbers of each group, exact: the states of sum and mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aggregate/group_states.h"
#include "aggregate/wide_integer.h"
#include "sketch/float_sum_window.h"

namespace ev {

/// The sum of one group.
struct NumberTotal {
  uint64_t values = 0;
  WideInteger integers;
  std::optional<ExactFloatSum> floats;  // if there were any

  /// The payload of states.h.
  void write(std::string& out) const;
  /// Throws Error(corrupt) naming `place`.
  static NumberTotal read(std::string_view payload, std::string_view place);
  /// Integers and floats together.
  ExactFloatSum all() const;
};

/// Integers and floats are summed apart, in arrays that come into being with the first integer and the first float.
class NumberSums : public GroupStates<NumberSums> {
 public:
  using GroupStates::GroupStates;

  void resize(std::size_t groups) override;
  void update(const Column& column, const ValueGroups& groups) override;
  void merge(AggregateStates& other, std::span<const uint32_t> groups) override;
  uint64_t skipped() const override { return skipped_; }
  uint64_t memory() const override;

  /// Adds one more number.
  void add(uint32_t group, const WideInteger& number);
  void merge_payload(uint32_t group, std::string_view payload);
  void write_payload(uint32_t group, std::string& out) const;

 private:
  struct IntegerSum {
    int128 sum = 0;
    uint64_t values = 0;
  };
  IntegerSum* integers();
  FloatSumWindow* floats();
  template <class Word>
  void add_integers(std::span<const uint64_t> words, const ValueGroups& groups);
  void add_floats(std::span<const uint64_t> words, const ValueGroups& groups);
  void add_floats_of_few(std::span<const uint64_t> words, std::span<const uint32_t> ids);
  void add_texts(const Column& column, const ValueGroups& groups);
  void add_float(FloatSumWindow& window, uint64_t bits);
  void add_wide(uint32_t group, const WideInteger& value);
  ExactFloatSum& whole(FloatSumWindow& window);
  void merge_window(FloatSumWindow& window, const FloatSumWindow& theirs, const ExactFloatSum* their_whole);
  NumberTotal total(uint32_t group) const;

  std::size_t groups_ = 0;
  PodVector<IntegerSum> integers_;
  std::unordered_map<uint32_t, WideInteger> wide_;  // what 128 bits cannot hold
  PodVector<FloatSumWindow> floats_;
  std::vector<ExactFloatSum> wholes_;  // FloatSumWindow::whole is the number here and 1
  uint64_t skipped_ = 0;
};

}  // namespace ev

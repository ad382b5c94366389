// The part of AggregateStates that is alike in all functions: walking over groups and states.
#pragma once

#include <string>

#include "aggregate/states.h"

namespace ev {

/// Derived has `void merge_payload(uint32_t group, std::string_view payload)` and
/// `void write_payload(uint32_t group, std::string& out) const`, and passes its function's code and version. What
/// writing needs beside may be a type `Derived::Scratch`, of which write_payload() takes one more argument.
template <class Derived>
class GroupStates : public AggregateStates {
 public:
  GroupStates(uint8_t code, uint8_t version) : code_(code), version_(version) {}

  void merge_states(const Column& states, const ValueGroups& groups) final {
    for (std::size_t i = 0; i < groups.ids.size(); i++)
      self().merge_payload(groups.ids[i], state_payload(states.text(i)));
  }
  void write_states(std::span<const uint32_t> groups, Texts& out) const final {
    const auto write_all = [&](auto&&... scratch) {
      std::string state;
      for (uint32_t group : groups) {
        if (out.size() == kSample) out.data.reserve(out.data.size() / kSample * groups.size() / 4 * 5);
        state.assign({static_cast<char>(code_), static_cast<char>(version_)});
        static_cast<const Derived&>(*this).write_payload(group, state, scratch...);
        out.push_back(state);
      }
    };
    if constexpr (requires { typename Derived::Scratch; })
      write_all(typename Derived::Scratch());
    else
      write_all();
  }

 private:
  /// So many states tell how much room all will need.
  static constexpr std::size_t kSample = 64;

  Derived& self() { return static_cast<Derived&>(*this); }
  uint8_t code_, version_;
};

}  // namespace ev

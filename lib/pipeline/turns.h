// Gates that the items of run_ordered() pass in their order while they are worked on at the same time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ev {

/// For state that is kept in parts, each of which has to see the items one after the other: an item goes through all
/// gates, and at each one waits for the item before it, so that different items are at different gates. run_ordered()
/// begins the work on each item before that on later ones: nobody waits for what was not begun.
class Turns {
 public:
  explicit Turns(std::size_t gates) : gates_(gates) {}

  /// The way of one item, numbered from 0 in the order of produce(), through all gates from the first to the last. One
  /// thread. What is left of it is gone through at the end, also where the work on the item failed: then later items
  /// find the state without it, but nobody asks for them any more.
  class Passage {
   public:
    Passage(Turns& turns, uint64_t item) : turns_(turns), item_(item) {}
    ~Passage();
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;

    /// Calls body() at the next gate, when all items before have left it.
    template <class Body>
    void next(Body&& body) {
      turns_.wait(gate_, item_);
      body();
      turns_.leave(gate_++, item_);
    }

   private:
    Turns& turns_;
    uint64_t item_;
    std::size_t gate_ = 0;
  };

 private:
  void wait(std::size_t gate, uint64_t item) noexcept;
  void leave(std::size_t gate, uint64_t item) noexcept;

  struct alignas(64) Gate {
    std::atomic<uint64_t> item{0};  // whose turn it is
  };
  std::vector<Gate> gates_;
};

}  // namespace ev

#include "pipeline/turns.h"

namespace ev {

namespace {

/// Most turns come while the item before is at the gate for some microseconds.
constexpr int kSpins = 2000;

}  // namespace

Turns::Passage::~Passage() {
  for (; gate_ < turns_.gates_.size(); gate_++) {
    turns_.wait(gate_, item_);
    turns_.leave(gate_, item_);
  }
}

void Turns::wait(std::size_t gate, uint64_t item) noexcept {
  std::atomic<uint64_t>& turn = gates_[gate].item;
  uint64_t now = turn.load(std::memory_order_acquire);
  for (int spins = 0; now != item; now = turn.load(std::memory_order_acquire)) {
    if (spins++ < kSpins)
      __builtin_ia32_pause();
    else
      turn.wait(now, std::memory_order_acquire);
  }
}

void Turns::leave(std::size_t gate, uint64_t item) noexcept {
  gates_[gate].item.store(item + 1, std::memory_order_release);
  gates_[gate].item.notify_all();
}

}  // namespace ev

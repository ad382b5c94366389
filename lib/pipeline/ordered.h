// The pipeline of every tool: a serial reader, parallel workers, a serial writer that sees items in their order.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace ev {

struct PipelineOptions {
  unsigned threads = 1;
  unsigned in_flight = 0;  // items between reader and writer; 0: threads + 2
  /// Called once, from any thread, when a failure stopped the run while another thread is inside produce(): makes a
  /// produce() that blocks in a read return (its item is dropped). Gets the failure. Must not throw.
  std::function<void(std::exception_ptr)> on_cancel;
};

/// Runs until `produce` returns nullopt and all items are consumed. `work` gets a worker number below `threads`; no two
/// calls at the same time have the same one. At most `in_flight` items exist at a time; no item waits for a later one.
/// What produce() or work() throws comes out of this call, after all items before it have been consumed; items after it
/// are dropped. What consume() throws stops everything and comes out as soon as the calls under way have returned.
/// produce() and consume() are called by one thread at a time, though not always by the same one.
template <class In, class Out>
void run_ordered(const PipelineOptions& options, const std::function<std::optional<In>()>& produce,
                 const std::function<Out(In&&, unsigned worker)>& work, const std::function<void(Out&&)>& consume);

namespace detail {
using Item = void*;
struct ErasedStages {
  std::function<Item()> produce;  // nullptr at the end
  std::function<Item(Item, unsigned)> work;
  std::function<void(Item)> consume;
  std::function<void(Item)> drop_in, drop_out;
};
void run_ordered_erased(const PipelineOptions& options, const ErasedStages& stages);
}  // namespace detail

template <class In, class Out>
void run_ordered(const PipelineOptions& options, const std::function<std::optional<In>()>& produce,
                 const std::function<Out(In&&, unsigned worker)>& work, const std::function<void(Out&&)>& consume) {
  detail::ErasedStages stages;
  stages.produce = [&]() -> detail::Item {
    std::optional<In> item = produce();
    return item ? new In(std::move(*item)) : nullptr;
  };
  stages.work = [&](detail::Item item, unsigned worker) -> detail::Item {
    std::unique_ptr<In> in(static_cast<In*>(item));
    return new Out(work(std::move(*in), worker));
  };
  stages.consume = [&](detail::Item item) {
    std::unique_ptr<Out> out(static_cast<Out*>(item));
    consume(std::move(*out));
  };
  stages.drop_in = [](detail::Item item) { delete static_cast<In*>(item); };
  stages.drop_out = [](detail::Item item) { delete static_cast<Out*>(item); };
  detail::run_ordered_erased(options, stages);
}

/// Threads that -j means by default: the cores this process may run on (affinity and cgroup quota).
unsigned default_threads();

}  // namespace ev

#include "pipeline/ordered.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <vector>

// The distribution's oneTBB is not built for the thread sanitizer, which therefore does not see that starting and
// joining a task orders what is before it and after it. These two tell. What remains are reports about the objects that
// oneTBB hands between its own threads: accesses in its headers, what its library does through new, delete and the C
// library, and its threads that nobody joins. Work that they do for us stays under watch.
#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race_top:oneapi/tbb/\ncalled_from_lib:libtbb.so\nthread:libtbb.so\n";
}
#define EV_UNSEEN_BY_TSAN __attribute__((no_sanitize("thread")))
#define EV_TSAN_ACQUIRE(object) __tsan_acquire(object)
#define EV_TSAN_RELEASE(object) __tsan_release(object)
#else
#define EV_UNSEEN_BY_TSAN
#define EV_TSAN_ACQUIRE(object)
#define EV_TSAN_RELEASE(object)
#endif

namespace ev::detail {
namespace {

/// All threads run the same loop: take whatever can be done now, what is nearest to the exit first. A token of
/// tbb::parallel_pipeline may lie in the queue of a thread that went on to read; here nothing finished ever waits for
/// anything but the items before it. A thread that makes an item also works on it, while its bytes are in its caches;
/// so one thread alone carries each item through before it reads again.
class Run {
 public:
  Run(const PipelineOptions& options, const ErasedStages& stages)
      : stages_(stages), on_cancel_(options.on_cancel), slots_(std::max(1u, in_flight(options))) {}

  /// What each thread does. `worker` numbers the threads.
  void take_part(unsigned worker) noexcept {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (may_consume()) {
        consume_all(lock);
      } else if (may_produce()) {
        produce_and_work(lock, worker);
      } else if (over()) {
        return;
      } else {
        changed_.wait(lock);
      }
    }
  }

  /// After all threads have left take_part().
  void finish() {
    for (Slot& slot : slots_)
      if (slot.out) stages_.drop_out(slot.out);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  /// An item between produce() and the end of consume(). Item n lives in slot n modulo their number.
  struct Slot {
    Item out = nullptr;
    std::exception_ptr error;  // of produce() or work(), in the place of the item
    bool finished = false;
  };

  static unsigned in_flight(const PipelineOptions& o) { return o.in_flight ? o.in_flight : o.threads + 2; }

  // The rest runs with the mutex held, except around the calls of stages.
  Slot& slot(uint64_t item) { return slots_[item % slots_.size()]; }
  bool may_consume() { return !consuming_ && !failure_ && first_ < next_ && slot(first_).finished; }
  bool may_produce() const { return !producing_ && !ended_ && next_ + producing_ - first_ < slots_.size(); }
  /// A thread may leave when nothing is left that it could ever do: what is under way belongs to others, and whoever
  /// finishes an item also consumes it.
  bool over() const { return ended_ && !producing_ && (failure_ || first_ == next_); }

  void produce_and_work(std::unique_lock<std::mutex>& lock, unsigned worker) {
    producing_ = true;
    lock.unlock();
    Item in = nullptr;
    std::exception_ptr error;
    try {
      in = stages_.produce();
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    producing_ = false;
    if (!in) ended_ = true;
    if (ended_) {  // the end, a failure here, or one of an earlier item in the meantime: then this one is dropped
      if (in) stages_.drop_in(in);
      if (error && !failed_) finish_item(next_++, nullptr, error);
      changed_.notify_all();
      return;
    }
    uint64_t item = next_++;
    changed_.notify_one();  // somebody else may read now
    lock.unlock();
    Item out = nullptr;
    try {
      out = stages_.work(in, worker);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    finish_item(item, out, error);
  }

  void finish_item(uint64_t item, Item out, std::exception_ptr error) {
    if (error) fail_reading(error);
    Slot& s = slot(item);
    s.out = out;
    s.error = error;
    s.finished = true;
    if (over()) changed_.notify_all();
  }

  /// Nothing after a failed item is wanted.
  void fail_reading(const std::exception_ptr& why) {
    failed_ = ended_ = true;
    if (producing_ && on_cancel_ && !cancelled_) {
      cancelled_ = true;
      on_cancel_(why);
    }
    changed_.notify_all();
  }

  void consume_all(std::unique_lock<std::mutex>& lock) {
    consuming_ = true;
    while (first_ < next_ && slot(first_).finished && !failure_) {
      Slot taken = std::exchange(slot(first_), Slot{});
      if (taken.error) {
        failure_ = taken.error;
        break;
      }
      lock.unlock();
      try {
        stages_.consume(taken.out);
      } catch (...) {
        taken.error = std::current_exception();
      }
      lock.lock();
      if (taken.error) {
        failure_ = taken.error;
        fail_reading(failure_);
        break;
      }
      first_++;
      changed_.notify_one();  // there is room for one more
    }
    consuming_ = false;
    if (over()) changed_.notify_all();
  }

  const ErasedStages& stages_;
  const std::function<void(std::exception_ptr)>& on_cancel_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;
  uint64_t first_ = 0;  // item to be consumed next
  uint64_t next_ = 0;   // item to be produced next
  bool producing_ = false, consuming_ = false;
  bool ended_ = false;      // nothing more is read
  bool failed_ = false;     // because an item failed
  bool cancelled_ = false;  // on_cancel_ was called
  std::exception_ptr failure_;
};

/// One thread's part as a task. Its own members were written by the thread that started it (see above).
struct Part {
  Run* run;
  unsigned worker;
  EV_UNSEEN_BY_TSAN void operator()() const {
    EV_TSAN_ACQUIRE(run);
    run->take_part(worker);
    EV_TSAN_RELEASE(run);
  }
};

}  // namespace

void run_ordered_erased(const PipelineOptions& options, const ErasedStages& stages) {
  Run run(options, stages);
  if (options.threads <= 1) {
    run.take_part(0);
  } else {
    int threads = static_cast<int>(options.threads);
    // By default oneTBB starts no more threads than there are cores, whatever the arena asks for.
    tbb::global_control limit(tbb::global_control::max_allowed_parallelism, options.threads);
    tbb::task_arena arena(threads, 1);
    arena.execute([&] {
      tbb::task_group parts;
      EV_TSAN_RELEASE(&run);
      for (unsigned worker = 1; worker < options.threads; worker++) parts.run(Part{&run, worker});
      run.take_part(0);
      // A part that no thread has begun by now begins here, finds the run over and leaves.
      parts.wait();
      EV_TSAN_ACQUIRE(&run);
    });
  }
  run.finish();
}

}  // namespace ev::detail

// How runs end: exit status, messages, signals, what becomes of the output.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>

#include "base/pod_vector.h"
#include "child_run.h"
#include "cli/exit_status.h"
#include "cli/failures.h"

using ev::ErrorKind;
using ev::Session;

namespace {

Outcome run_body(std::function<int(Session&)> body, std::vector<std::string> arguments = {}) {
  TestTool tool;
  tool.on_run = std::move(body);
  return run_child(tool, std::move(arguments));
}

void write(Session& session, std::string_view text) {
  session.output().write(ev::as_bytes(text));
}

/// Waits until the child has said something, so that a signal comes while it runs; not for ever, where it has failed.
void wait_for_file(const std::string& path) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!std::filesystem::exists(path) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

}  // namespace

TEST_CASE("every kind of failure has its exit status and its message") {
  struct Case {
    ErrorKind kind;
    int exit;
  };
  for (Case c : {Case{ErrorKind::usage, 2}, Case{ErrorKind::corrupt, 65}, Case{ErrorKind::no_input, 66},
                 Case{ErrorKind::refused, 69}, Case{ErrorKind::cannot_create, 73}, Case{ErrorKind::io, 74},
                 Case{ErrorKind::locked, 75}, Case{ErrorKind::truncated, 76}}) {
    Outcome o = run_body([&](Session&) -> int { throw ev::Error(c.kind, "x.ev: block 41", "it broke", "mend it"); });
    CHECK(o.exit == c.exit);
    CHECK(o.err == "ev-probe: x.ev: block 41: it broke; mend it\n");
    CHECK(o.out.empty());
  }
}

TEST_CASE("bugs and lack of memory") {
  Outcome bug = run_body([](Session&) -> int { throw ev::Error(ErrorKind::bug, "ledger", "does not balance"); });
  CHECK(bug.exit == 70);
  CHECK(bug.err == "ev-probe: bug: ledger: does not balance; please report it\n");
  Outcome unknown = run_body([](Session&) -> int { throw std::runtime_error("odd"); });
  CHECK(unknown.exit == 70);
  CHECK(unknown.err == "ev-probe: bug: odd; please report it\n");
  Outcome memory = run_body([](Session&) -> int { throw std::bad_alloc(); });
  CHECK(memory.exit == 74);
  CHECK(holds(memory.err, "out of memory"));
}

TEST_CASE("control characters in messages are escaped") {
  Outcome o = run_body([](Session& s) -> int {
    s.warn("a\x1b[31mb\n");
    throw ev::Error(ErrorKind::no_input, "odd\nname\x07", "no such file");
  });
  CHECK(o.err == "ev-probe: a\\x1b[31mb\\n\nev-probe: odd\\nname\\x07: no such file\n");
}

TEST_CASE("usage errors come before the tool runs") {
  TestTool tool;
  tool.on_run = [](Session&) -> int { std::abort(); };
  CHECK(run_child(tool, {"--nonsense"}).exit == 2);
  CHECK(run_child(tool, {"--since", "soon"}).exit == 2);
  tool.on_validate = [] { throw ev::Error(ErrorKind::usage, "--by", "no field"); };
  Outcome o = run_child(tool, {});
  CHECK(o.exit == 2);
  CHECK(o.err == "ev-probe: --by: no field\n");
}

TEST_CASE("the worst exit status wins") {
  const int worst_first[] = {70, 74, 65, 76, 69, 75, 73, 66, 2, 130, 3, 1, 0};
  for (std::size_t i = 0; i < std::size(worst_first); i++)
    for (std::size_t k = i; k < std::size(worst_first); k++) {
      CHECK(ev::worse_exit(worst_first[i], worst_first[k]) == worst_first[i]);
      CHECK(ev::worse_exit(worst_first[k], worst_first[i]) == worst_first[i]);
    }
  CHECK(ev::worse_exit(3, 127) == 127);
  Outcome o = run_body([](Session& s) {
    s.exit_at_least(3);
    s.exit_at_least(76);
    s.exit_at_least(3);
    return 1;
  });
  CHECK(o.exit == 76);
  CHECK(run_body([](Session& s) -> int {
          s.exit_at_least(65);
          throw ev::Error(ErrorKind::truncated, "x", "y");
        }).exit == 65);
}

TEST_CASE("warnings and notices") {
  auto say = [](Session& s) {
    s.warn("warned");
    s.notice("noticed");
    return 0;
  };
  CHECK(run_body(say).err == "ev-probe: warned\n");
  CHECK(run_body(say, {"-v"}).err == "ev-probe: warned\nev-probe: noticed\n");
  CHECK(run_body(say, {"-q"}).err.empty());
}

TEST_CASE("an output that was opened and not finished is a bug, and leaves no file") {
  Folder folder;
  Outcome o = run_body(
      [](Session& s) {
        write(s, "half");
        return 0;
      },
      {"-o", folder.file("out")});
  CHECK(o.exit == 70);
  CHECK(folder.files() == 0);
}

TEST_CASE("-o writes the file; a failure leaves none") {
  Folder folder;
  auto body = [](Session& s) {
    write(s, "all of it");
    s.finish_output();
    return 0;
  };
  CHECK(run_body(body, {"-o", folder.file("out")}).exit == 0);
  CHECK(folder.text("out") == "all of it");
  Outcome again = run_body(body, {"-o", folder.file("out"), "--no-clobber"});
  CHECK(again.exit == 73);
  Outcome failed = run_body(
      [](Session& s) -> int {
        write(s, "half");
        throw ev::Error(ErrorKind::io, "disk", "is full");
      },
      {"-o", folder.file("other")});
  CHECK(failed.exit == 74);
  CHECK(folder.files() == 1);
}

TEST_CASE("a reader that goes away: death by SIGPIPE, silently, also where it was ignored, temporaries removed") {
  for (bool ignored : {false, true}) {
    Folder folder;
    TestTool tool;
    tool.on_run = [&](Session& s) -> int {
      auto other = ev::open_output(folder.file("rejects"));
      for (;;) write(s, std::string(4096, 'x'));
    };
    Outcome o = run_child(tool, {}, [&] {
      if (ignored) ::signal(SIGPIPE, SIG_IGN);
      int ends[2];
      if (::pipe(ends) != 0) std::abort();
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
    });
    CHECK(o.signal == SIGPIPE);
    CHECK(o.err.empty());
    CHECK(folder.files() == 0);
  }
}

TEST_CASE("cancel() after the reader went away does not wait for the input") {
  Outcome o = run_body([](Session& s) -> int {
    s.cancel(std::make_exception_ptr(ev::BrokenPipe()));
    std::this_thread::sleep_for(std::chrono::seconds(20));
    return 0;
  });
  CHECK(o.signal == SIGPIPE);
}

TEST_CASE("cancel() after a failure makes the inputs stop") {
  Outcome o = run_body([](Session& s) -> int {
    ev::StopCheck check = s.stop_check();
    if (check.stop()) return 70;
    s.cancel(std::make_exception_ptr(ev::Error(ErrorKind::io, "disk", "is full")));
    pollfd fd{check.wake_fd, POLLIN, 0};
    return check.stop() && ::poll(&fd, 1, 0) == 1 && s.signal() == 0 ? 0 : 70;
  });
  CHECK(o.exit == 0);
}

TEST_CASE("--help to a closed pipe dies by SIGPIPE, to a full disk is 74") {
  TestTool tool;
  Outcome o = run_child(tool, {"--help"}, [] {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
  });
  CHECK(o.signal == SIGPIPE);
  Outcome full = run_child(tool, {"--help"}, [] { ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); });
  CHECK(full.exit == 74);
}

TEST_CASE("the first signal is told to the inputs, and the run ends well with 128+n") {
  for (int signal : {SIGINT, SIGTERM}) {
    Folder folder;
    TestTool tool;
    tool.on_run = [&](Session& s) {
      ev::StopCheck check = s.stop_check();
      std::ofstream(folder.file("ready")) << "x";
      pollfd fd{check.wake_fd, POLLIN, 0};
      while (!check.stop()) ::poll(&fd, 1, 5000);
      if (s.signal() != signal) return 70;
      write(s, "drained");
      s.finish_output();
      return 0;
    };
    Outcome o = run_child(tool, {}, {}, [&](pid_t child) {
      wait_for_file(folder.file("ready"));
      ::kill(child, signal);
    });
    CHECK(o.exit == 128 + signal);
    CHECK(o.signal == 0);
    CHECK(o.out == "drained");
  }
}

TEST_CASE("a second signal ends at once and removes the temporaries") {
  Folder folder, flags;
  TestTool tool;
  tool.on_run = [&](Session& s) {
    write(s, "half");
    std::ofstream(flags.file("ready")) << "x";
    while (s.signal() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::ofstream(flags.file("draining")) << "x";
    std::this_thread::sleep_for(std::chrono::seconds(20));
    return 0;
  };
  Outcome o = run_child(tool, {"-o", folder.file("out")}, {}, [&](pid_t child) {
    wait_for_file(flags.file("ready"));
    ::kill(child, SIGINT);
    wait_for_file(flags.file("draining"));
    CHECK(folder.files() == 1);
    ::kill(child, SIGTERM);
  });
  CHECK(o.signal == SIGTERM);
  CHECK(folder.files() == 0);
}

TEST_CASE("a hangup ends at once, unless it was ignored at the start") {
  for (bool ignored : {false, true}) {
    Folder folder, flags;
    TestTool tool;
    tool.on_run = [&](Session& s) {
      write(s, "all");
      std::ofstream(flags.file("ready")) << "x";
      wait_for_file(flags.file("sent"));
      s.finish_output();
      return 0;
    };
    Outcome o = run_child(
        tool, {"-o", folder.file("out")},
        [&] {
          if (ignored) ::signal(SIGHUP, SIG_IGN);
        },
        [&](pid_t child) {
          wait_for_file(flags.file("ready"));
          ::kill(child, SIGHUP);
          std::ofstream(flags.file("sent")) << "x";
        });
    CHECK(o.signal == (ignored ? 0 : SIGHUP));
    CHECK(folder.files() == (ignored ? 1 : 0));
  }
}

TEST_CASE("an error counts for more than a signal, a signal for more than 3") {
  auto with_signal = [](std::function<int(Session&)> body) {
    return run_body([body](Session& s) {
      ::raise(SIGINT);
      return body(s);
    });
  };
  CHECK(with_signal([](Session&) { return 3; }).exit == 130);
  CHECK(with_signal([](Session&) -> int { throw ev::Error(ErrorKind::truncated, "x", "y"); }).exit == 76);
}

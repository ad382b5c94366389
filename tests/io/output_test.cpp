#include "io/output.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "base/error.h"
#include "base/pod_vector.h"
#include "io/process_memory.h"
#include "io/signal_storm.h"
#include "io/temp_folder.h"
#include "io/temporaries.h"

using namespace ev;
namespace fs = std::filesystem;

namespace {

template <class Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e;
  }
  FAIL("no error");
  return Error(ErrorKind::bug, "", "");
}

void put(Output& out, std::string_view text) {
  out.write(as_bytes(text));
}

mode_t mode_of(const std::string& path) {
  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}

/// Standard output replaced by another descriptor for a while.
class RedirectedStdout {
 public:
  explicit RedirectedStdout(int fd) : saved_(::dup(1)) {
    if (fd >= 0)
      ::dup2(fd, 1);
    else
      ::close(1);
  }
  ~RedirectedStdout() {
    ::dup2(saved_, 1);
    ::close(saved_);
  }

 private:
  int saved_;
};

}  // namespace

TEST_CASE("a file gets its name at finish() and not before") {
  TempFolder folder;
  auto out = open_output(folder / "a.ev");
  CHECK(out->is_file());
  CHECK_FALSE(out->is_terminal());
  CHECK(out->name() == folder / "a.ev");
  put(*out, "hello ");
  put(*out, "world");
  CHECK(out->written() == 11);
  CHECK_FALSE(fs::exists(folder / "a.ev"));
  CHECK(folder.entries() == 1);
  std::string beside = fs::directory_iterator(folder.path())->path().filename().string();
  CHECK(beside == ".a.ev.ev-tmp-" + std::to_string(::getpid()) + "-0");
  out->finish();
  CHECK(TempFolder::content(folder / "a.ev") == "hello world");
  CHECK(folder.entries() == 1);
}

TEST_CASE("an output that is not finished leaves the old file and no temporary") {
  TempFolder folder;
  folder.file("a.ev", "old");
  {
    auto out = open_output(folder / "a.ev");
    put(*out, "new");
  }
  CHECK(TempFolder::content(folder / "a.ev") == "old");
  CHECK(folder.entries() == 1);
  auto out = open_output(folder / "a.ev");
  put(*out, "new");
  out->abandon();
  CHECK(folder.entries() == 1);
  CHECK(error_of([&] { out->finish(); }).kind() == ErrorKind::bug);
  CHECK(TempFolder::content(folder / "a.ev") == "old");
}

TEST_CASE("the permissions of the file that is replaced stay, new ones follow the umask") {
  TempFolder folder;
  mode_t before = ::umask(027);
  auto write = [&](const char* name) {
    auto out = open_output(folder / name);
    put(*out, "x");
    out->finish();
    return mode_of(folder / name);
  };
  CHECK(write("new") == 0640);
  REQUIRE(::chmod(folder.file("kept", "old").c_str(), 0666) == 0);
  CHECK(write("kept") == 0666);
  REQUIRE(::chmod(folder.file("setuid", "old").c_str(), 04755) == 0);
  CHECK(write("setuid") == 0755);
  ::umask(before);
}

TEST_CASE("the owner stays where we may keep it") {
  if (::geteuid() != 0) return;
  TempFolder folder;
  std::string path = folder.file("a", "old");
  REQUIRE(::chown(path.c_str(), 12345, 23456) == 0);
  auto out = open_output(path);
  out->finish();
  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  CHECK(st.st_uid == 12345);
  CHECK(st.st_gid == 23456);
}

TEST_CASE("a link stays, the file it points at is replaced") {
  TempFolder folder;
  folder.file("real/a.ev", "old");
  fs::create_symlink("real/a.ev", folder / "one");
  fs::create_symlink(folder / "one", folder / "two");
  fs::create_symlink("real/new.ev", folder / "dangling");
  fs::create_symlink("circle", folder / "circle");
  for (const char* name : {"two", "dangling"}) {
    auto out = open_output(folder / name);
    put(*out, "new");
    out->finish();
  }
  CHECK(fs::is_symlink(folder / "one"));
  CHECK(fs::is_symlink(folder / "two"));
  CHECK(TempFolder::content(folder / "real/a.ev") == "new");
  CHECK(TempFolder::content(folder / "real/new.ev") == "new");
  CHECK(error_of([&] { open_output(folder / "circle"); }).kind() == ErrorKind::cannot_create);
}

TEST_CASE("no_clobber refuses what is there, and what came while we wrote") {
  TempFolder folder;
  std::string path = folder.file("a.ev", "old");
  CHECK(error_of([&] { open_output(path, true); }).kind() == ErrorKind::cannot_create);
  CHECK(error_of([&] { open_output(path, true); }).reason() == "exists already");
  auto out = open_output(folder / "b.ev", true);
  put(*out, "ours");
  folder.file("b.ev", "theirs");
  CHECK(error_of([&] { out->finish(); }).kind() == ErrorKind::cannot_create);
  CHECK(TempFolder::content(folder / "b.ev") == "theirs");
  CHECK(folder.entries() == 2);
  auto first = open_output(folder / "c.ev", true), second = open_output(folder / "c.ev", true);
  put(*first, "first");
  put(*second, "second");
  second->finish();
  CHECK_THROWS_AS(first->finish(), Error);
  CHECK(TempFolder::content(folder / "c.ev") == "second");
  auto null = open_output("/dev/null", true);  // nothing to lose there
  null->finish();
}

TEST_CASE("what cannot be created says why") {
  TempFolder folder;
  auto reason = [&](const std::string& path) {
    Error e = error_of([&] { open_output(path); });
    CHECK(e.kind() == ErrorKind::cannot_create);
    return e.reason();
  };
  CHECK(reason(folder.path()) == "is a folder");
  CHECK(reason(folder / "no/such/a.ev") == "its folder does not exist");
  CHECK(reason(folder / "new/") == "its folder does not exist");
  CHECK(reason("") == "an empty file name");
  CHECK(reason(folder.file("f", "") + "/x") == "what should be its folder is a file");
  CHECK(reason(folder / std::string(300, 'x')).starts_with("cannot be"));
  std::string longest(255, 'n');
  auto out = open_output(folder / longest);  // its temporary has a shorter name
  out->finish();
  CHECK(fs::exists(folder / longest));
}

TEST_CASE("left-over temporaries of the same name are stepped over") {
  TempFolder folder;
  std::string stale = ".a.ev.ev-tmp-" + std::to_string(::getpid()) + "-0";
  folder.file(stale, "somebody's");
  auto out = open_output(folder / "a.ev");
  put(*out, "x");
  out->finish();
  CHECK(TempFolder::content(folder / stale) == "somebody's");
  CHECK(TempFolder::content(folder / "a.ev") == "x");
}

TEST_CASE("a full device is an I/O error with a remedy, and the output stays failed") {
  auto out = open_output("/dev/full");
  CHECK_FALSE(out->is_file());
  Error e = error_of([&] { put(*out, "x"); });
  CHECK(e.kind() == ErrorKind::io);
  CHECK(e.reason() == "no space left on device");
  CHECK_FALSE(e.remedy().empty());
  CHECK(out->written() == 0);
}

TEST_CASE("a file that failed to grow is never made final") {
  TempFolder folder;
  rlimit before{}, small{1000, RLIM_INFINITY};
  getrlimit(RLIMIT_FSIZE, &before);
  small.rlim_max = before.rlim_max;
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    auto out = open_output(folder / "a");
    setrlimit(RLIMIT_FSIZE, &small);
    CHECK(error_of([&] { put(*out, std::string(5000, 'x')); }).kind() == ErrorKind::io);
    CHECK(error_of([&] { out->finish(); }).kind() == ErrorKind::bug);
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(folder.entries() == 0);
}

TEST_CASE("FIFOs are written directly; short writes and signals lose nothing") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  std::string text(400000, ' ');
  for (std::size_t i = 0; i < text.size(); i++) text[i] = static_cast<char>('a' + i % 23);
  pid_t reader = fork();
  if (reader == 0) {
    int fd = ::open((folder / "p").c_str(), O_RDONLY);
    ::fcntl(fd, F_SETPIPE_SZ, 4096);
    std::string got, buffer(1777, '\0');
    for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0; usleep(100))
      got.append(buffer, 0, static_cast<std::size_t>(n));
    _exit(got == text ? 0 : 1);
  }
  {
    SignalStorm storm;
    auto out = open_output(folder / "p");
    CHECK_FALSE(out->is_file());
    put(*out, text);
    CHECK(out->written() == text.size());
    out->finish();
  }
  int status = 0;
  while (waitpid(reader, &status, 0) < 0) {
  }
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(folder.entries() == 1);
}

TEST_CASE("a descriptor that does not block is waited for") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  std::string text(300000, 'y');
  pid_t reader = fork();
  if (reader == 0) {
    ::close(ends[1]);
    std::size_t all = 0;
    char buffer[4096];
    for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) all += static_cast<std::size_t>(n);
    _exit(all == text.size() ? 0 : 1);
  }
  ::close(ends[0]);
  {
    RedirectedStdout redirected(ends[1]);
    ::close(ends[1]);
    auto out = standard_output();
    put(*out, text);
    out->finish();
    CHECK(::fcntl(1, F_GETFD) >= 0);
  }
  int status = 0;
  waitpid(reader, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a reader that went away is BrokenPipe, not an Error") {
  auto handler = std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  {
    RedirectedStdout redirected(ends[1]);
    auto out = standard_output();
    CHECK_THROWS_AS(put(*out, "x"), BrokenPipe);
  }
  ::close(ends[1]);
  std::signal(SIGPIPE, handler);
}

TEST_CASE("standard output: closed, read-only, a file, not a terminal") {
  TempFolder folder;
  Error closed(ErrorKind::bug, "", ""), read_only = closed;
  bool file = false, terminal = true;
  {
    RedirectedStdout redirected(-1);
    closed = error_of([] { standard_output(); });
  }
  int fd = ::open(folder.file("a", "").c_str(), O_RDONLY);
  {
    RedirectedStdout redirected(fd);
    read_only = error_of([] { open_output("-"); });
  }
  ::close(fd);
  fd = ::open((folder / "b").c_str(), O_WRONLY | O_CREAT, 0600);
  {
    RedirectedStdout redirected(fd);
    auto out = open_output("-");
    file = out->is_file();
    terminal = out->is_terminal();
    put(*out, "direct");
    out->finish();
  }
  ::close(fd);
  CHECK(closed.kind() == ErrorKind::cannot_create);
  CHECK(read_only.kind() == ErrorKind::cannot_create);
  CHECK(file);
  CHECK_FALSE(terminal);
  CHECK(TempFolder::content(folder / "b") == "direct");
}

TEST_CASE("sockets are connected to") {
  TempFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / "s").copy(address.sun_path, sizeof address.sun_path - 1);
  int s = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(error_of([&] { open_output(folder / "s"); }).kind() == ErrorKind::cannot_create);  // nobody listens
  REQUIRE(::listen(s, 1) == 0);
  auto out = open_output(folder / "s");
  put(*out, "hi");
  out->finish();
  int peer = ::accept(s, nullptr, nullptr);
  char text[8];
  CHECK(::read(peer, text, sizeof text) == 2);
  ::close(peer);
  ::close(s);
}

TEST_CASE("memory output keeps what is written") {
  std::string into;
  auto out = memory_output(into);
  put(*out, "ab");
  put(*out, "c");
  out->finish();
  CHECK(into == "abc");
  CHECK(out->written() == 3);
}

TEST_CASE("a second Ctrl-C removes the temporaries of all open outputs, and only these") {
  TempFolder folder;
  folder.file("kept", "old");
  pid_t child = fork();
  if (child == 0) {
    std::signal(SIGINT, [](int) {
      remove_temporaries_now();
      _exit(130);
    });
    auto done = open_output(folder / "done");
    done->finish();
    auto a = open_output(folder / "a"), b = open_output(folder / "kept"), gone = open_output(folder / "gone");
    gone->abandon();
    if (folder.entries() != 4) _exit(1);
    ::raise(SIGINT);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 130);
  CHECK(folder.entries() == 2);
  CHECK(TempFolder::content(folder / "kept") == "old");
  CHECK(fs::exists(folder / "done"));
}

TEST_CASE("a second Ctrl-C removes a temporary folder with all its files, however many") {
  TempFolder folder;
  fs::create_directory(folder / "kept");
  pid_t child = fork();
  if (child == 0) {
    std::signal(SIGINT, [](int) {
      remove_temporaries_now();
      _exit(130);
    });
    for (int i = 0; i < 2000; i++) folder.file("temporary/" + std::string(100, 'x') + std::to_string(i), "");
    if (remember_temporary_folder(folder / "temporary") < 0) _exit(1);
    ::raise(SIGINT);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 130);
  CHECK(folder.entries() == 1);
}

TEST_CASE("more outputs at once than the table of temporaries holds still clean up") {
  TempFolder folder;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit more = before;
  more.rlim_cur = std::min<rlim_t>(before.rlim_max, 4096);
  setrlimit(RLIMIT_NOFILE, &more);
  if (more.rlim_cur >= 1200) {
    std::vector<std::unique_ptr<Output>> all;
    for (int i = 0; i < 1100; i++) all.push_back(open_output(folder / std::to_string(i)));
    CHECK(folder.entries() == 1100);
    all.clear();
  }
  CHECK(folder.entries() == 0);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("memory of the process") {
  uint64_t usable = usable_memory();
  CHECK(usable > 64 << 20);
  CHECK(usable <= static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  if (before.rlim_cur == RLIM_INFINITY) {
    pid_t child = fork();
    if (child == 0) {
      rlimit small{uint64_t{1} << 46, before.rlim_max};  // a sanitizer has reserved a part of that already
      bool same = setrlimit(RLIMIT_AS, &small) == 0 && usable_memory() == usable;
      _exit(same ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WEXITSTATUS(status) == 0);
  }
  uint64_t peak = peak_memory();
  CHECK(peak > 1 << 20);
  // Tests before this one may have freed as much as they took.
  std::vector<char> big(peak + (std::size_t{40} << 20), 'x');
  CHECK(peak_memory() >= peak + (30 << 20));
  CHECK(big[12345] == 'x');
}

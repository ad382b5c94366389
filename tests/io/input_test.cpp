#include "io/input.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

#include "base/error.h"
#include "io/signal_storm.h"
#include "io/temp_folder.h"

using namespace ev;
using namespace std::chrono_literals;

namespace {

std::string read_all(Input& input, std::size_t piece = 1000) {
  std::string all, buffer(piece, '\0');
  while (std::size_t n = input.read({reinterpret_cast<uint8_t*>(buffer.data()), buffer.size()}))
    all.append(buffer, 0, n);
  return all;
}

/// A child process that runs `work` and exits; waited for at the end.
class Child {
 public:
  template <class Work>
  explicit Child(Work&& work) : pid_(fork()) {
    if (pid_ == 0) {
      work();
      _exit(0);
    }
  }
  ~Child() { waitpid(pid_, nullptr, 0); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  pid_t pid_;
};

void write_slowly(const std::string& fifo, const std::string& text, std::size_t piece, int pause_us) {
  int fd = ::open(fifo.c_str(), O_WRONLY);
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (::write(fd, text.data() + at, std::min(piece, text.size() - at)) < 0) _exit(1);
    usleep(static_cast<useconds_t>(pause_us));
  }
  ::close(fd);
}

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

/// A pipe whose reading end stands in for a wake-up.
struct Pipe {
  int ends[2];
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
};

}  // namespace

TEST_CASE("a file is read, sought and counted") {
  TempFolder folder;
  auto input = open_input(folder.file("a", "hello world"));
  CHECK(input->name() == folder / "a");
  CHECK(input->seekable());
  CHECK(input->size() == 11);
  CHECK(input->ready(0ns));
  uint8_t part[5];
  CHECK(input->pread(part, 6) == 5);
  CHECK(std::string(part, part + 5) == "world");
  CHECK(input->pread(part, 9) == 2);
  CHECK(input->pread(part, 11) == 0);
  CHECK(input->pread(part, 1000) == 0);
  CHECK(input->consumed() == 0);
  CHECK(input->read(part) == 5);
  CHECK(input->consumed() == 5);
  CHECK(read_all(*input, 4) == " world");
  CHECK(input->consumed() == 11);
  CHECK(input->read(part) == 0);
  CHECK_FALSE(input->stopped());
}

TEST_CASE("what cannot be opened is no_input, with a remedy") {
  TempFolder folder;
  for (const std::string& path : {folder / "missing", folder.path(), folder.file("f", "") + "/x"}) {
    CAPTURE(path);
    Error e = error_of([&] { open_input(path); });
    CHECK(e.kind() == ErrorKind::no_input);
    CHECK(e.place() == path);
  }
  CHECK(error_of([&] { open_input(folder / "missing"); }).reason() == "no such file");
  CHECK(error_of([&] { open_input(folder.path()); }).reason() == "is a folder");
  CHECK_FALSE(error_of([&] { open_input(folder.path()); }).remedy().empty());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / "s").copy(address.sun_path, sizeof address.sun_path - 1);
  int s = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(error_of([&] { open_input(folder / "s"); }).kind() == ErrorKind::no_input);
  ::close(s);
}

TEST_CASE("standard input: a closed one is an error, a file in its middle is not seekable") {
  TempFolder folder;
  int saved = ::dup(0);
  ::close(0);
  CHECK(error_of([&] { open_input("-"); }).kind() == ErrorKind::no_input);
  REQUIRE(::open(folder.file("a", "0123456789").c_str(), O_RDONLY) == 0);
  CHECK(open_input("-")->seekable());
  REQUIRE(::lseek(0, 4, SEEK_SET) == 4);
  auto input = open_input("-");
  CHECK(input->name() == "standard input");
  CHECK_FALSE(input->seekable());
  CHECK(read_all(*input) == "456789");
  input.reset();
  CHECK(::fcntl(0, F_GETFD) >= 0);  // it belongs to the process
  ::dup2(saved, 0);
  ::close(saved);
}

TEST_CASE("a FIFO is opened before its writer comes and read to its end") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  auto input = open_input(folder / "p");
  CHECK_FALSE(input->seekable());
  CHECK(input->size() == std::nullopt);
  CHECK_FALSE(input->ready(1ms));
  std::string text(300000, 'x');
  for (std::size_t i = 0; i < text.size(); i++) text[i] = static_cast<char>('a' + i % 23);
  Child writer([&] { write_slowly(folder / "p", text, 40000, 1000); });
  CHECK(input->ready(10s));
  CHECK(read_all(*input) == text);
  CHECK(input->ready(0ns));  // the end is there
}

TEST_CASE("a storm of signals loses and doubles nothing") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  std::string text(50000, 'x');
  for (std::size_t i = 0; i < text.size(); i++) text[i] = static_cast<char>('a' + i % 23);
  auto input = open_input(folder / "p");
  Child writer([&] { write_slowly(folder / "p", text, 500, 1000); });
  SignalStorm storm;
  int before = SignalStorm::count;
  CHECK(read_all(*input, 300) == text);
  CHECK(SignalStorm::count > before + 10);
}

TEST_CASE("ready() waits as long as it is told, signals or not") {
  Pipe p;
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  auto input = open_input(folder / "p");
  SignalStorm storm;
  auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(input->ready(50ms));
  auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= 50ms);
  CHECK(took < 5s);
}

TEST_CASE("a stop ends a read that is blocked, by the descriptor it watches") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  Pipe wake;
  std::atomic<bool>* stop = new std::atomic<bool>(false);
  auto input = open_input(folder / "p", {[stop] { return stop->load(); }, wake.ends[0]});
  Pipe go;
  Child waker([&] {
    usleep(30000);
    if (::write(wake.ends[1], "x", 1) != 1) _exit(1);
  });
  // The child only wakes; the answer of the stop check turns true while the read waits.
  int asked = 0;
  auto counting = open_input(folder / "p", {[&] { return ++asked > 2; }, wake.ends[0]});
  uint8_t byte[1];
  CHECK(counting->read(byte) == 0);
  CHECK(counting->stopped());
  CHECK(counting->read(byte) == 0);  // and it stays so
  CHECK(counting->ready(0ns));
  stop->store(true);
  CHECK(input->read(byte) == 0);
  CHECK(input->stopped());
  delete stop;
}

TEST_CASE("a stop during a storm of signals without a descriptor to watch") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  int start = SignalStorm::count;
  auto input = open_input(folder / "p", {[start] { return SignalStorm::count > start + 20; }, -1});
  SignalStorm storm;
  uint8_t byte[1];
  CHECK(input->read(byte) == 0);
  CHECK(input->stopped());
}

TEST_CASE("a stop ends the reading of a file between two reads") {
  TempFolder folder;
  bool stop = false;
  auto input = open_input(folder.file("a", "hello world"), {[&] { return stop; }, -1});
  uint8_t part[5];
  CHECK(input->read(part) == 5);
  stop = true;
  CHECK(input->read(part) == 0);
  CHECK(input->stopped());
  CHECK(input->consumed() == 5);
}

TEST_CASE("ignore_stop() goes on where the stop ended, also through other inputs") {
  TempFolder folder;
  for (int wrapped = 0; wrapped < 2; wrapped++) {
    auto input = open_input(folder.file("a", "hello world"), {[] { return true; }, -1});
    if (wrapped) input = rejoin("", std::move(input));
    uint8_t part[5];
    CHECK(input->read(part) == 0);
    CHECK(input->stopped());
    input->ignore_stop();
    CHECK_FALSE(input->stopped());
    CHECK(read_all(*input) == "hello world");
  }
}

TEST_CASE("memory and rejoined inputs") {
  auto memory = memory_input("m", "0123456789");
  CHECK(memory->seekable());
  uint8_t part[4];
  CHECK(memory->pread(part, 8) == 2);
  CHECK(memory->pread(part, UINT64_MAX) == 0);
  CHECK(memory->read(part) == 4);
  CHECK(memory->consumed() == 4);
  auto joined = rejoin("0123", std::move(memory));
  CHECK_FALSE(joined->seekable());
  CHECK(joined->name() == "m");
  CHECK(joined->ready(0ns));
  CHECK(read_all(*joined, 3) == "0123456789");
  CHECK(joined->consumed() == 10);
  CHECK(read_all(*rejoin("", memory_input("m", ""))).empty());
}

TEST_CASE("folders are listed deep, in byte order, without hidden files") {
  TempFolder folder;
  for (const char* name :
       {"b.ev", "a.ev", "a/z.ev", "a/.hidden.ev", ".trash/x.ev", "B.ev", "c.txt", "d/e/f.ev", "a-b.ev", "x.ev.gz"})
    folder.file(name, "x");
  std::filesystem::create_symlink(folder / "b.ev", folder / "link.ev");
  std::filesystem::create_symlink(folder.path(), folder / "circle");
  std::filesystem::create_symlink(folder / "gone", folder / "dangling.ev");
  REQUIRE(::mkfifo((folder / "fifo.ev").c_str(), 0600) == 0);
  auto list = [&](std::vector<std::string> paths, bool any) {
    std::string text;
    for (const std::string& path : list_inputs(paths, any))
      text += (path.starts_with(folder.path()) ? path.substr(folder.path().size() + 1) : path) + " ";
    return text;
  };
  CHECK(list({folder.path()}, false) == "B.ev a-b.ev a.ev a/z.ev b.ev d/e/f.ev dangling.ev link.ev ");
  CHECK(list({folder.path() + "/"}, false) == "B.ev a-b.ev a.ev a/z.ev b.ev d/e/f.ev dangling.ev link.ev ");
  CHECK(list({folder / "a"}, true) == "a/z.ev ");
  CHECK(list({folder.path()}, true) == "B.ev a-b.ev a.ev a/z.ev b.ev c.txt d/e/f.ev dangling.ev link.ev x.ev.gz ");
  // Files come as they were named, in the order and as often as they were named.
  CHECK(list({folder / "c.txt", "-", folder / "fifo.ev", folder / "d", "-", folder / "c.txt"}, false) ==
        "c.txt - fifo.ev d/e/f.ev - c.txt ");
  CHECK(list({}, false).empty());
}

TEST_CASE("a folder without files and a missing path are no_input") {
  TempFolder folder;
  folder.file("only.txt", "");
  auto refused = [](const std::string& path) {
    std::vector<std::string> paths = {path};
    return error_of([&] { list_inputs(paths, false); });
  };
  CHECK(refused(folder / "missing").kind() == ErrorKind::no_input);
  CHECK(refused(folder / "missing").reason() == "no such file or folder");
  CHECK(refused(folder.path()).kind() == ErrorKind::no_input);
  CHECK(refused(folder.path()).reason() == "a folder without *.ev files");
}

#include "io/state_file.h"

#include <charconv>
#include <filesystem>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/named_values.h"
#include "base/text.h"
#include "io/output.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "evkit-state ";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kFolderFile = "state";
constexpr std::size_t kMaxStateBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxKindBytes = 32;

std::string hex(uint64_t value) {
  return Hash128{value, 0}.hex().substr(16);
}

std::string section(std::string_view name, std::string_view bytes) {
  return concat(name, " ", bytes.size(), "\n", bytes, "\n");
}

std::string read_whole(const std::string& path) {
  std::unique_ptr<Input> input = open_input(path);
  if (!input->seekable()) throw Error(ErrorKind::corrupt, path, "is no regular file", "a state is one");
  const uint64_t size = input->size().value_or(0);
  if (size > kMaxStateBytes)
    throw Error(ErrorKind::corrupt, path, concat("is larger than a state may be, ", kMaxStateBytes, " bytes"),
                "check the name");
  std::string bytes(size, '\0');
  bytes.resize(input->pread({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()}, 0));
  return bytes;
}

/// Takes the file apart, front to back.
class StateReader {
 public:
  StateReader(std::string_view bytes, const std::string& place) : left_(bytes), place_(place) {}

  /// "evkit-state 1 KIND"; the kind.
  std::string read_head() {
    if (!left_.starts_with(kMagic)) {
      throw Error(ErrorKind::corrupt, place_, left_.empty() ? "is empty, which no state is" : "is no state of evkit",
                  "check the name; nothing was changed");
    }
    left_.remove_prefix(kMagic.size());
    const std::string_view line = read_line();
    const std::size_t space = line.find(' ');
    if (line.substr(0, space) != kVersion && line.find_first_not_of("0123456789") == space)
      throw Error(ErrorKind::corrupt, place_,
                  concat("is a state of version ", line.substr(0, space), ", which is newer than this program"),
                  "use the evkit that wrote it");
    if (space == line.npos || line.size() - space - 1 > kMaxKindBytes) damaged();
    return std::string(line.substr(space + 1));
  }

  /// The section of that name, if it is the next one.
  std::optional<std::string> read_section(std::string_view name) {
    if (!left_.starts_with(name) || !left_.substr(name.size()).starts_with(' ')) return std::nullopt;
    left_.remove_prefix(name.size() + 1);
    const std::string_view digits = read_line();
    std::size_t size = 0;
    auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error != std::errc() || at != digits.data() + digits.size() || size >= left_.size() || left_[size] != '\n')
      damaged();
    std::string bytes(left_.substr(0, size));
    left_.remove_prefix(size + 1);
    return bytes;
  }

  /// Nothing but the end follows.
  void expect(std::string_view end) {
    if (left_ != end) damaged();
  }

  [[noreturn]] void damaged() const {
    throw Error(ErrorKind::corrupt, place_, "is damaged: its checksum does not fit",
                "put back a copy of it, or remove it; without it everything is new");
  }

 private:
  std::string_view read_line() {
    const std::size_t end = left_.find('\n');
    if (end == left_.npos) damaged();
    const std::string_view line = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return line;
  }

  std::string_view left_;
  const std::string& place_;
};

std::string end_line(std::string_view before) {
  return concat("end ", hex(checksum64(as_bytes(before))), "\n");
}

struct StateContent {
  std::string kind;
  std::optional<std::string> committed;
  std::optional<PreparedState> prepared;
  std::optional<std::string> follows;
};

/// `name` is how messages call the file, `wanted_kind` empty for any.
StateContent read_content(const std::string& path, const std::string& name, std::string_view wanted_kind) {
  const std::string bytes = read_whole(path);
  StateReader reader(bytes, name);
  StateContent content;
  content.kind = reader.read_head();
  const std::size_t end = bytes.rfind("end ");
  if (end == bytes.npos || bytes.substr(end) != end_line(std::string_view(bytes).substr(0, end))) reader.damaged();
  content.committed = reader.read_section("committed");
  if (auto state = reader.read_section("prepared")) {
    auto ranges = reader.read_section("ranges");
    if (!ranges) reader.damaged();
    content.prepared = PreparedState{std::move(*state), std::move(*ranges)};
    content.follows = reader.read_section("follows");
  }
  reader.expect(std::string_view(bytes).substr(end));
  if (!wanted_kind.empty() && content.kind != wanted_kind)
    throw Error(ErrorKind::corrupt, name, concat("is a state of another kind, ", content.kind, ", not ", wanted_kind),
                "name another file");
  return content;
}

/// Where the state of that name is: links are followed, and a folder stands for a file in it.
fs::path find_state(const std::string& name) {
  std::error_code ec;
  fs::path target = fs::weakly_canonical(fs::absolute(name, ec), ec);
  if (ec) target = fs::absolute(name);
  if (fs::is_directory(target, ec)) target /= kFolderFile;
  return target;
}

Hash128 digest_of(const PreparedState& prepared) {
  return hash128(as_bytes(concat(prepared.state, "\n", prepared.ranges)), 0);
}

/// What runs that died were writing. Requires the lock: nobody else writes the file now.
void remove_leftovers(const fs::path& target) {
  const std::string stem = concat(".", target.filename().string(), ".ev-tmp-");
  std::error_code ec;
  for (fs::directory_iterator at(target.parent_path(), ec); !ec && at != fs::directory_iterator(); at.increment(ec))
    if (at->path().filename().string().starts_with(stem)) fs::remove(at->path(), ec);
}

}  // namespace

void replace_file(const std::string& path, std::string_view bytes) {
  std::unique_ptr<Output> out = open_output(path);
  out->write(as_bytes(bytes));
  out->finish();
}

StateFile::StateFile(std::string path, std::string_view kind, StateFileOptions options)
    : name_(std::move(path)), kind_(kind), options_(std::move(options)) {
  std::error_code ec;
  // Whoever comes by another name must meet the same lock.
  const fs::path target = find_state(name_);
  path_ = target.string();
  const bool exists = fs::exists(target, ec);
  if (!exists && kind.empty())
    throw Error(ErrorKind::no_input, name_, "no such state", "check the name; --checkpoint FILE makes one");
  if (!exists && !fs::is_directory(target.parent_path(), ec))
    throw Error(ErrorKind::cannot_create, name_, "its folder does not exist", "make it with mkdir -p");
  // What is no state gets no lock beside it.
  if (exists) load();
  const fs::path lock = target.parent_path() / concat(".", target.filename().string(), ".lock");
  lock_ = std::make_unique<FileLock>(lock.string(), name_, options_.wait, options_.stop);
  remove_leftovers(target);
  if (!fs::exists(target, ec)) return;
  load();
  settle();
}

void StateFile::load() {
  StateContent content = read_content(path_, name_, kind_);
  kind_ = std::move(content.kind);
  committed_ = std::move(content.committed);
  prepared_ = std::move(content.prepared);
  follows_ = std::move(content.follows);
}

void StateFile::store(const std::optional<std::string>& committed, const std::optional<PreparedState>& prepared) {
  std::string bytes = concat(kMagic, kVersion, " ", kind_, "\n");
  if (committed) bytes += section("committed", *committed);
  if (prepared) bytes += section("prepared", prepared->state) + section("ranges", prepared->ranges);
  if (prepared && follows_) bytes += section("follows", *follows_);
  bytes += end_line(bytes);
  if (bytes.size() > kMaxStateBytes)
    throw Error(ErrorKind::corrupt, name_, concat("would get larger than a state may be, ", kMaxStateBytes, " bytes"),
                "commit what is prepared, or split the inputs between several states");
  options_.replace(path_, bytes);
}

void StateFile::follow(const StateFile& first) {
  if (!prepared_ || !first.prepared_) throw Error(ErrorKind::bug, name_, "nothing is prepared");
  NamedValues line;
  line.add("path", first.path_);
  line.add_digest("prepared", digest_of(*first.prepared_));
  follows_ = line.text();
  store(committed_, prepared_);
}

/// What a crash in the middle of committing several states left.
void StateFile::settle() {
  if (!follows_) return;
  const NamedValues line(*std::exchange(follows_, std::nullopt), name_);
  const std::string first(line.get("path"));
  std::error_code ec;
  if (!fs::exists(first, ec)) return commit();
  const std::string bytes = read_whole(first);
  StateReader reader(bytes, first);
  reader.read_head();
  reader.read_section("committed");
  auto state = reader.read_section("prepared");
  auto ranges = reader.read_section("ranges");
  const bool still = state && ranges && digest_of({std::move(*state), std::move(*ranges)}) == line.get_digest("prepared");
  still ? store(committed_, prepared_) : commit();
}

void StateFile::prepare(PreparedState next) {
  follows_.reset();
  std::optional<PreparedState> prepared(std::move(next));
  store(committed_, prepared);
  prepared_ = std::move(prepared);
}

void StateFile::commit() {
  if (!prepared_) throw Error(ErrorKind::bug, name_, "nothing is prepared");
  std::optional<std::string> committed(std::move(prepared_->state));
  prepared_.reset();
  follows_.reset();
  store(committed, std::nullopt);
  committed_ = std::move(committed);
}

void StateFile::commit_at_once(std::string next) {
  if (prepared_) throw Error(ErrorKind::bug, name_, "something is prepared");
  std::optional<std::string> committed(std::move(next));
  store(committed, std::nullopt);
  committed_ = std::move(committed);
}

void StateFile::discard() {
  if (!prepared_) return;
  store(committed_, std::nullopt);
  prepared_.reset();
}

std::optional<std::string> read_committed_state(const std::string& path, std::string_view kind) {
  return read_content(find_state(path).string(), path, kind).committed;
}

}  // namespace ev

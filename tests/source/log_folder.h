// Logs that grow and rotate, and runs over them that go on where the last one ended.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "source/new_inputs.h"
#include "source/repeated_inputs.h"
#include "source/source.h"

namespace fs = std::filesystem;

class LogFolder {
 public:
  LogFolder() {
    std::string name = (fs::temp_directory_path() / "ev-source-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~LogFolder() { fs::remove_all(path_); }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  void append(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary | std::ios::app) << bytes;
  }
  std::string content(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void rename(const std::string& from, const std::string& to) const { fs::rename(path_ / from, path_ / to); }
  /// As logrotate's copytruncate.
  void copy_and_truncate(const std::string& from, const std::string& to) const {
    fs::copy_file(path_ / from, path_ / to);
    fs::resize_file(path_ / from, 0);
  }
  void gzip(const std::string& name) const { shell("gzip " + (*this / name)); }
  void gzip_append(const std::string& text, const std::string& name) const {
    write("piece", text);
    shell("gzip -c < " + (*this / "piece") + " >> " + (*this / name) + " && rm " + (*this / "piece"));
  }
  /// As if it had been written an hour ago.
  void let_rest(const std::string& name) const {
    fs::last_write_time(path_ / name, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }

 private:
  static void shell(const std::string& command) { REQUIRE(std::system(command.c_str()) == 0); }
  fs::path path_;
};

/// {"n":FROM}, ... {"n":TO-1}, each as long as `filling` makes it.
inline std::string numbered(int from, int to, std::size_t filling = 0) {
  std::string lines;
  for (int n = from; n < to; n++)
    lines += "{\"n\":" + std::to_string(n) + ",\"x\":\"" + std::string(filling, 'x') + "\"}\n";
  return lines;
}

/// The integers of field n in the order in which a source gives them.
inline std::vector<int64_t> take_numbers(ev::Source& source) {
  std::vector<int64_t> numbers;
  while (std::optional<ev::SourceUnit> unit = source.next()) {
    const ev::SourceItem item = source.open(std::move(*unit), 0);
    for (const ev::Column& column : item.batch->columns)
      if (item.batch->paths[column.path].name() == "n" && column.type == ev::Type::int64)
        for (std::size_t i = 0; i < column.size(); i++) numbers.push_back(column.integer(i));
  }
  return numbers;
}

/// Runs over the same inputs, as cron starts them.
struct Runs {
  explicit Runs(std::vector<std::string> inputs) : paths(std::move(inputs)) {}
  std::vector<std::string> paths;
  std::vector<ev::InputPosition> committed;
  // Of the last run.
  std::vector<ev::TakenRange> ranges;
  std::vector<ev::InputPosition> reached;
  std::vector<ev::Error> unfinished;
  std::vector<std::string> copies;
  int64_t now_ns = 0;  // 0: the clock
  ev::SourceOptions options;

  ev::SourceOptions with(ev::InputQueue& queue) {
    ev::SourceOptions source = options;
    source.text_only = true;
    source.queue = &queue;
    source.block_rows = 7;
    return source;
  }
  int64_t now() const {
    if (now_ns != 0) return now_ns;
    return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  /// What `read` makes of what is new, without a commit.
  template <class Read>
  auto take_by(Read&& read) {
    ev::NewInputsOptions how;
    how.paths = paths;
    how.now_ns = [this] { return now(); };
    ev::NewInputs inputs(how, ev::decode_positions(ev::encode_positions(committed), "test"));
    ev::Source source(with(inputs));
    auto taken = read(source);
    ranges = inputs.ranges();
    reached = inputs.positions();
    unfinished = inputs.unfinished();
    copies = inputs.copies();
    return taken;
  }
  std::vector<int64_t> take() { return take_by(take_numbers); }
  std::vector<int64_t> run() {
    std::vector<int64_t> numbers = take();
    committed = reached;
    return numbers;
  }
  /// The ranges once more.
  template <class Read>
  auto repeat_by(const std::vector<ev::TakenRange>& again, Read&& read) {
    ev::PreparedRun prepared;
    prepared.segments.push_back({0, again, 0, {}});
    prepared = ev::decode_prepared(ev::encode_prepared(prepared), "test");
    ev::RepeatedInputs inputs(prepared.segments[0].ranges, ev::InputFiles(paths, ""), "do without");
    ev::Source source(with(inputs));
    return read(source);
  }
  std::vector<int64_t> repeat(const std::vector<ev::TakenRange>& again) { return repeat_by(again, take_numbers); }
};

namespace doctest {
template <>
struct StringMaker<std::vector<int64_t>> {
  static String convert(const std::vector<int64_t>& numbers) {
    std::string text;
    for (int64_t n : numbers) text += std::to_string(n) + " ";
    return text.c_str();
  }
};
}  // namespace doctest

inline std::vector<int64_t> from_to(int64_t from, int64_t to) {
  std::vector<int64_t> numbers;
  for (int64_t n = from; n < to; n++) numbers.push_back(n);
  return numbers;
}

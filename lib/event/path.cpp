#include "event/path.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/format.h"
#include "base/text.h"

namespace ev {

namespace {

constexpr std::size_t kLengthBytes = 2;

void append_step(std::string& encoded, std::string_view step) {
  if (step.size() > kMaxStepBytes)
    throw Error(ErrorKind::corrupt, "", concat("over a limit: a key of ", step.size(), " bytes"));
  char length[kLengthBytes];
  store(length, static_cast<uint16_t>(step.size()));
  encoded.append(length, kLengthBytes);
  encoded.append(step);
}

/// Calls f(step) for each step; false where the lengths do not add up.
template <class F>
bool for_each_step(std::string_view encoded, F&& f) {
  while (!encoded.empty()) {
    if (encoded.size() < kLengthBytes) return false;
    std::size_t length = load<uint16_t>(encoded.data());
    encoded.remove_prefix(kLengthBytes);
    if (length > encoded.size()) return false;
    f(encoded.substr(0, length));
    encoded.remove_prefix(length);
  }
  return true;
}

bool has_name(const Path& path, std::string_view name) {
  bool equal = true, first = true;
  for_each_step(path.encoded(), [&](std::string_view step) {
    if (!first) {
      equal = equal && name.starts_with('.');
      if (equal) name.remove_prefix(1);
    }
    first = false;
    equal = equal && name.starts_with(step);
    if (equal) name.remove_prefix(step.size());
  });
  return equal && !first && name.empty();
}

[[noreturn]] void fail_quoting(std::string_view name, std::string_view what) {
  throw Error(ErrorKind::usage, concat("field name ", name), std::string(what),
              "write each step in backquotes, joined by dots: `a.b`.`c`");
}

/// Reads the step in backquotes that `rest` begins with, and removes it.
std::string take_quoted(std::string_view name, std::string_view& rest) {
  std::string step;
  for (std::size_t i = 1; i < rest.size(); i++) {
    if (rest[i] != '`') {
      step += rest[i];
    } else if (i + 1 < rest.size() && rest[i + 1] == '`') {
      step += rest[i++];
    } else {
      rest.remove_prefix(i + 1);
      return step;
    }
  }
  fail_quoting(name, "a backquote is not closed");
}

/// The path spelt with at least one step in backquotes; the others end at the next dot.
Path parse_quoted(std::string_view name) {
  Path path;
  for (std::string_view rest = name;;) {
    if (rest.starts_with('`')) {
      path = path.child(take_quoted(name, rest));
      if (!rest.empty() && rest.front() != '.') fail_quoting(name, "a dot is missing behind a backquote");
    } else {
      std::size_t end = std::min(rest.find('.'), rest.size());
      path = path.child(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    if (rest.empty()) return path;
    rest.remove_prefix(1);
  }
}

bool has_quoted_step(std::string_view name) {
  return name.starts_with('`') || name.find(".`") != name.npos;
}

[[noreturn]] void fail_ambiguous(std::span<const Path> paths, std::string_view name) {
  std::string candidates;
  for (const Path& path : paths) {
    if (!has_name(path, name)) continue;
    if (!candidates.empty()) candidates += " or ";
    candidates += quoted_name(path);
  }
  throw Error(ErrorKind::usage, concat("field name ", name), "more than one field has this name",
              concat("write ", candidates, ": what stands in backquotes is one key"));
}

}  // namespace

Path::Path(std::initializer_list<std::string_view> steps) : Path(std::span(steps.begin(), steps.size())) {}

Path::Path(std::span<const std::string_view> steps) {
  for (std::string_view step : steps) append_step(encoded_, step);
}

Path Path::decode(std::span<const uint8_t> encoded) {
  Path path;
  path.encoded_ = as_text(encoded);
  if (!for_each_step(path.encoded_, [](std::string_view) {}))
    throw Error(ErrorKind::corrupt, "", "the lengths of a field path do not add up");
  return path;
}

Path Path::child(std::string_view step) const {
  Path path = *this;
  append_step(path.encoded_, step);
  return path;
}

std::vector<std::string_view> Path::steps() const {
  std::vector<std::string_view> steps;
  for_each_step(encoded_, [&](std::string_view step) { steps.push_back(step); });
  return steps;
}

std::size_t Path::step_count() const {
  std::size_t count = 0;
  for_each_step(encoded_, [&](std::string_view) { count++; });
  return count;
}

std::string Path::name() const {
  std::string name;
  name.reserve(encoded_.size());
  bool first = true;
  for_each_step(encoded_, [&](std::string_view step) {
    if (!first) name += '.';
    first = false;
    name += step;
  });
  return name;
}

int find_path(std::span<const Path> paths, std::string_view name) {
  int found = -1;
  for (std::size_t i = 0; i < paths.size(); i++) {
    if (!has_name(paths[i], name)) continue;
    if (found >= 0) fail_ambiguous(paths, name);
    found = static_cast<int>(i);
  }
  if (found >= 0 || !has_quoted_step(name)) return found;
  const Path wanted = parse_quoted(name);
  for (std::size_t i = 0; i < paths.size(); i++)
    if (paths[i] == wanted) return static_cast<int>(i);
  return -1;
}

Path parse_path(std::string_view name) {
  const Path path = parse_quoted(name);
  for_each_step(path.encoded(), [&](std::string_view step) {
    if (step.empty()) fail_quoting(name, "a step of the name is empty");
  });
  return path;
}

std::string quoted_name(const Path& path) {
  std::string text;
  for_each_step(path.encoded(), [&](std::string_view step) {
    text += text.empty() ? "`" : ".`";
    for (char c : step) text.append(c == '`' ? 2 : 1, c);
    text += '`';
  });
  return text;
}

bool may_mean(std::string_view name, const Path& path) {
  return find_path({&path, 1}, name) == 0;
}

bool may_hold(std::string_view name, const Path& path) {
  const std::vector<std::string_view> steps = path.steps();
  for (std::size_t count = 1; count < steps.size(); count++)
    if (may_mean(name, Path(std::span(steps).first(count)))) return true;
  return may_mean(name, path);
}

}  // namespace ev

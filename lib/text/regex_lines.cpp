#include "text/regex_lines.h"

#include <algorithm>

#include <re2/re2.h>

#include "base/error.h"
#include "base/text.h"
#include "text/line_parser.h"

namespace ev {
namespace {

struct Pattern {
  struct Group {
    int number;
    std::string name;
  };
  std::unique_ptr<const RE2> regex;
  std::vector<Group> groups;  // the named ones, from left to right
};

Pattern compile(const std::string& text) {
  RE2::Options options;
  options.set_log_errors(false);
  Pattern pattern;
  pattern.regex = std::make_unique<const RE2>(with_python_groups(text), options);
  if (!pattern.regex->ok())
    throw Error(ErrorKind::usage, "--format", concat("regex: ", pattern.regex->error()), "the syntax is that of RE2");
  for (const auto& [number, name] : pattern.regex->CapturingGroupNames()) {
    if (name.size() > kMaxStepBytes)
      throw Error(ErrorKind::usage, "--format", "regex: a name is longer than 65,535 bytes");
    pattern.groups.push_back({number, name});
  }
  if (pattern.groups.empty())
    throw Error(ErrorKind::usage, "--format", "regex: the pattern has no named group",
                "write (?<name>...) around what is to be a field");
  return pattern;
}

class RegexReader {
 public:
  explicit RegexReader(Pattern pattern)
      : pattern_(std::move(pattern)), matches_(static_cast<std::size_t>(pattern_.groups.back().number) + 1) {}

  void reset() { fields_.clear(); }
  void start(std::size_t) {}
  const char* read(std::string_view line, TextRow& row) {
    if (!pattern_.regex->Match({line.data(), line.size()}, 0, line.size(), RE2::UNANCHORED, matches_.data(),
                               static_cast<int>(matches_.size())))
      return "does not match the pattern";
    if (fields_.empty())
      for (const Pattern::Group& group : pattern_.groups) fields_.push_back(row.field(group.name));
    for (std::size_t i = 0; i < fields_.size(); i++) {
      const re2::StringPiece& match = matches_[static_cast<std::size_t>(pattern_.groups[i].number)];
      if (match.data()) row.add(*fields_[i], {match.data(), match.size()});
    }
    return nullptr;
  }

 private:
  Pattern pattern_;
  std::vector<re2::StringPiece> matches_;
  std::vector<Field*> fields_;
};

}  // namespace

std::unique_ptr<TextParser> make_regex_parser(const std::string& pattern, const FieldChoice& fields) {
  return std::make_unique<LineParser<RegexReader>>(fields, RegexReader(compile(pattern)));
}

void check_regex(const std::string& pattern) {
  compile(pattern);
}

std::string with_python_groups(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::string_view rest = pattern.substr(at);
    std::size_t taken = 1;
    if (rest.starts_with("\\Q")) {
      taken = std::min(rest.size(), rest.find("\\E", 2));
    } else if (rest[0] == '\\') {
      taken = std::min<std::size_t>(2, rest.size());
    } else if (in_class) {
      // [:alpha:] holds a bracket that closes nothing.
      if (rest.starts_with("[:") && rest.find(":]") != rest.npos) taken = rest.find(":]") + 2;
      in_class = rest[0] != ']';
    } else if (rest[0] == '[') {
      in_class = true;
      if (rest.substr(taken).starts_with('^')) taken++;
      if (rest.substr(taken).starts_with(']')) taken++;  // a first one stands for itself
    } else if (rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!') {
      out += "(?P<";
      at += 3;
      continue;
    }
    out += rest.substr(0, taken);
    at += taken;
  }
  return out;
}

}  // namespace ev

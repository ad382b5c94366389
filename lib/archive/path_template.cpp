#include "archive/path_template.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/time_zone.h"
#include "event/path.h"

namespace ev {

namespace {

constexpr std::size_t kMostStepBytes = 255;  // NAME_MAX
constexpr std::size_t kTimeBytes = 48;       // allowed for the text of a time format
constexpr std::string_view kFileEnding = ".ev";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

/// Reads a template from left to right.
class TemplateParser {
 public:
  TemplateParser(std::string_view text, const std::string& zone_name, PathTemplate& into)
      : text_(text), zone_name_(zone_name), into_(into) {}

  void parse() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == c;
      if (c == '{' && !doubled) {
        parse_field();
      } else if (c == '}' && !doubled) {
        fail(at_, "a } that closes no {", "write }} for a brace");
      } else {
        literal_ += c;
        at_ += c == '{' || c == '}' ? 2 : 1;
      }
    }
    into_.literals_.push_back(literal_);
    into_.folders_ = text_.ends_with('/');
    if (!into_.fields_.empty()) check_steps();
    split_off_root();
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string what, std::string remedy) const {
    throw Error(ErrorKind::usage, concat("column ", column(at)), std::move(what), std::move(remedy));
  }
  std::size_t column(std::size_t at) const {
    return 1 + static_cast<std::size_t>(std::count_if(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at),
                                                      [](char c) { return (c & 0xc0) != 0x80; }));
  }

  /// From a { to its }.
  void parse_field() {
    const std::size_t open = at_++;
    if (!into_.fields_.empty() && literal_.empty()) fail(open, "two fields that nothing parts", "put a / between them");
    TemplateField field;
    bool quoted = false;
    for (; at_ < text_.size() && (quoted || std::string_view(":{}").find(text_[at_]) == std::string_view::npos);
         at_++) {
      if (text_[at_] == '`') quoted = !quoted;
      field.name += text_[at_];
    }
    if (at_ == text_.size() || text_[at_] == '{') fail(open, "a { without its }", "write {{ for a brace");
    if (field.name.empty()) fail(open, "a field without a name", "write {FIELD} or {time:%Y/%m/%d}");
    if (text_[at_] == ':') parse_format(open, field);
    at_++;
    find_path({}, field.name);  // says whether backquotes are closed
    into_.fields_.push_back(std::move(field));
    into_.literals_.push_back(std::move(literal_));
    columns_.push_back(open);
    literal_.clear();
  }

  void parse_format(std::size_t open, TemplateField& field) {
    const std::size_t begin = ++at_;
    const std::size_t end = text_.find_first_of("{}", begin);
    if (end == std::string_view::npos || text_[end] == '{') fail(open, "a { without its }", "write {{ for a brace");
    if (end == begin) fail(begin, "an empty time format", "for example %Y/%m/%d");
    if (!zone_ && !TimeZone::is_utc(zone_name_)) zone_ = TimeZone::load(zone_name_);
    field.time.emplace(text_.substr(begin, end - begin), zone_, column(begin));
    field.event_time = field.name == "time";
    at_ = end;
  }

  /// Gives each field its share of the bytes of a step and the separator behind it, and sees to it that no
  /// destination leaves the root.
  void check_steps() {
    std::vector<TemplateField>& fields = into_.fields_;
    const std::vector<std::string>& literals = into_.literals_;
    for (std::size_t first = 0, end; first < fields.size(); first = end) {
      std::string_view before = literals[first];
      std::size_t bytes = before.size() - (before.rfind('/') + 1), values = 0;
      for (end = first; end == first || (end < fields.size() && literals[end].find('/') == std::string::npos); end++) {
        if (end > first) {
          fields[end - 1].rule.separator = separator(end);
          bytes += literals[end].size();
        }
        if (fields[end].time)
          bytes += kTimeBytes;
        else
          values++;
      }
      bytes += std::min(literals[end].find('/'), literals[end].size());
      for (std::size_t i = first; i < end; i++) {
        const std::size_t room = bytes < kMostStepBytes ? kMostStepBytes - bytes : 0;
        const std::size_t share = room / std::max<std::size_t>(values, 1);
        if (share < (values > 0 ? kLeastNameBytes : 1))
          fail(columns_[i], "the name that this is part of would be too long", "put in a /");
        fields[i].rule.most_bytes = std::min(fields[i].rule.most_bytes, share);
      }
    }
    check_dots();
  }

  /// The first byte between two fields of a step. Names of the field before do not hold it, so that it parts them.
  char separator(std::size_t second) const {
    const char c = into_.literals_[second][0];
    if (is_letter_or_digit(c) || c == '%')
      fail(columns_[second], concat("what parts two fields of a step begins with ", std::string_view(&c, 1)),
           "put a / or a - between them");
    return c;
  }

  void check_dots() const {
    std::vector<std::string> names;
    for (const TemplateField& field : into_.fields_) {
      names.emplace_back(field.time ? "" : "x");
      if (field.time) field.time->print(0, names.back());
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    std::string_view rest = into_.literals_[0];
    const std::string sample = into_.destination(views);
    for (std::size_t begin = rest.rfind('/') + 1, end; begin <= sample.size(); begin = end + 1) {
      end = std::min(sample.find('/', begin), sample.size());
      if (std::string_view(sample).substr(begin, end - begin) == "..")
        fail(columns_[0], "a step .. behind a field", "name the folder itself before the first field");
    }
  }

  void split_off_root() {
    std::string& first = into_.literals_.front();
    std::string& last = into_.literals_.back();
    if (into_.one_file()) return;
    if (into_.fields_.empty()) {
      into_.root_ = first;
      first.clear();
    } else {
      if (into_.folders_) last.resize(last.find_last_not_of('/') + 1);
      const std::size_t slash = first.rfind('/');
      into_.root_ = slash == std::string::npos ? "." : first.substr(0, slash + 1);
      first.erase(0, slash == std::string::npos ? 0 : slash + 1);
    }
    while (into_.root_.size() > 1 && into_.root_.ends_with('/')) into_.root_.pop_back();
  }

  std::string_view text_;
  const std::string& zone_name_;
  PathTemplate& into_;
  std::size_t at_ = 0;
  std::string literal_;
  std::vector<std::size_t> columns_;  // where the fields begin
  std::shared_ptr<const TimeZone> zone_;
};

PathTemplate::PathTemplate(std::string_view text, const std::string& zone) : text_(text) {
  TemplateParser(text, zone, *this).parse();
}

void PathTemplate::check_ending() const {
  if (folders_ || text_.ends_with(kFileEnding)) return;
  throw Error(ErrorKind::usage, "", "a template ends in / (a folder for each value) or in .ev (a file for each value)",
              "add a /");
}

std::string PathTemplate::destination(std::span<const std::string_view> names) const {
  std::string path = literals_[0];
  for (std::size_t i = 0; i < names.size(); i++) {
    path += names[i];
    path += literals_[i + 1];
  }
  return path;
}

std::string PathTemplate::below_root(std::string_view path) const {
  if (root_ == "." && !path.empty()) return std::string(path);
  if (path.empty()) return root_;
  return concat(root_, root_.ends_with('/') ? "" : "/", path);
}

}  // namespace ev

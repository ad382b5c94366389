#include "text/access_log.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "text/line_parser.h"

namespace ev {
namespace {

enum Name : unsigned {
  client,
  ident,
  user,
  time,
  method,
  path,
  query,
  protocol,
  request,
  status,
  bytes,
  referer,
  agent
};
constexpr std::array<const char*, 13> kNames = {"client", "ident",   "user",      "time",    "method",
                                                "path",   "query",   "protocol",  "request", "status",
                                                "bytes",  "referer", "user_agent"};

class AccessLogReader {
 public:
  void reset() {
    fields_.fill(nullptr);
    extra_.clear();
  }
  void start(std::size_t bytes) {
    scratch_.clear();
    scratch_.reserve(2 * bytes + PodVector<char>::kSlack);  // of a wrapped line, and of its fields
  }

  const char* read(std::string_view line, TextRow& row) {
    row_ = &row;
    rest_ = line.size() > 1 && line.front() == '"' && line.back() == '"' ? unwrapped(line) : line;
    std::string_view text;
    for (Name name : {client, ident, user}) {
      if (!take_word(text)) return "ends before the time";
      add_string(name, text);
    }
    if (!take_bracketed(text)) return "has no [time]";
    add_string(time, text);
    if (!take_quoted(text)) return "has no \"request\", or it is not closed";
    add_request(text);
    if (!take_word(text)) return "has no status";
    if (text != "-" && typed(text).type != Type::int64) return "the status is no number";
    add(status, text);
    if (!take_word(text)) return "has no size after the status";
    if (text != "-" && typed(text).type != Type::int64) return "the size is no number";
    add(bytes, text);
    return read_extras();
  }

 private:
  Field& field(Name name) {
    if (!fields_[name]) fields_[name] = row_->field(kNames[name]);
    return *fields_[name];
  }
  void add(Name name, std::string_view text) {
    if (text == "-")
      row_->add_null(field(name));
    else
      row_->add(field(name), text);
  }
  /// What stays a text even if it looks like a number: a client named 10, a path of digits.
  void add_string(Name name, std::string_view text) {
    if (text == "-")
      row_->add_null(field(name));
    else
      row_->add_string(field(name), text);
  }

  void add_request(std::string_view text) {
    const std::size_t first = text.find(' '), last = text.rfind(' ');
    if (first == text.npos || first == last || first == 0 || text.find(' ', first + 1) != last ||
        !text.substr(last + 1).starts_with("HTTP/"))
      return add_string(request, text);
    add_string(method, text.substr(0, first));
    const std::string_view target = text.substr(first + 1, last - first - 1);
    const std::size_t mark = target.find('?');
    add_string(path, target.substr(0, mark));
    if (mark != target.npos) add_string(query, target.substr(mark + 1));
    add_string(protocol, text.substr(last + 1));
  }

  const char* read_extras() {
    for (unsigned n = 0;; n++) {
      skip_spaces();
      if (rest_.empty()) return nullptr;
      std::string_view text;
      if (rest_.front() == '"' ? !take_quoted(text) : !take_word(text)) return "a quoted field is not closed";
      if (n == 0) {
        add_string(referer, text);
      } else if (n == 1) {
        add_string(agent, text);
      } else {
        if (const char* reason = row_->over_limit()) return reason;
        Field& extra = extra_field(n - 2);
        if (text == "-")
          row_->add_null(extra);
        else
          row_->add(extra, text);
      }
    }
  }
  Field& extra_field(unsigned n) {
    while (extra_.size() <= n) extra_.push_back(row_->field(concat("extra_", extra_.size() + 1)));
    return *extra_[n];
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  bool take_word(std::string_view& text) {
    skip_spaces();
    text = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(text.size());
    return !text.empty();
  }
  bool take_bracketed(std::string_view& text) {
    skip_spaces();
    const std::size_t close = rest_.find(']');
    if (!rest_.starts_with('[') || close == rest_.npos) return false;
    text = rest_.substr(1, close - 1);
    rest_.remove_prefix(close + 1);
    return true;
  }
  bool take_quoted(std::string_view& text) {
    skip_spaces();
    if (!rest_.starts_with('"')) return false;
    std::size_t at = rest_.find_first_of("\"\\", 1);
    if (at == rest_.npos) return false;
    if (rest_[at] == '"') {
      text = rest_.substr(1, at - 1);
    } else {
      while (at < rest_.size() && rest_[at] != '"') at += is_escape(rest_, at) ? 2 : 1;
      if (at >= rest_.size()) return false;
      text = without_escapes(rest_.substr(1, at - 1));
    }
    rest_.remove_prefix(at + 1);
    return true;
  }

  static bool is_escape(std::string_view text, std::size_t at) {
    return text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
  }
  std::string_view without_escapes(std::string_view text) {
    const char* copy = scratch_.end();
    for (std::size_t at = 0; at < text.size(); at++) scratch_.push_back(text[is_escape(text, at) ? ++at : at]);
    return {copy, static_cast<std::size_t>(scratch_.end() - copy)};
  }
  /// Without the quotes around the line; with those of its request escaped, all that is in them was.
  std::string_view unwrapped(std::string_view line) {
    line = line.substr(1, line.size() - 2);
    const std::size_t request = line.find("] ");
    return request != line.npos && line.substr(request + 2).starts_with("\\\"") ? without_escapes(line) : line;
  }

  TextRow* row_ = nullptr;
  std::string_view rest_;  // of the line
  std::array<Field*, kNames.size()> fields_{};
  std::vector<Field*> extra_;
  PodVector<char> scratch_;  // never moves: start() saw to it
};

}  // namespace

std::unique_ptr<TextParser> make_access_log_parser(const FieldChoice& fields) {
  return std::make_unique<LineParser<AccessLogReader>>(fields);
}

}  // namespace ev

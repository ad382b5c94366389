#include "text/syslog.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "text/line_parser.h"
#include "text/syslog_time.h"

namespace ev {
namespace {

enum Name : unsigned { facility, severity, time, host, app, procid, msgid, message };
constexpr std::array<std::string_view, 8> kNames = {"facility", "severity", "time",  "host",
                                                    "app",      "procid",   "msgid", "message"};
constexpr std::array<std::string_view, 24> kFacilities = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                                          "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                                          "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                                          "local2", "local3", "local4", "local5", "local6",   "local7"};
constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class SyslogReader {
 public:
  explicit SyslogReader(int32_t year) : year_(year) {}
  void reset() { fields_.fill(nullptr); }
  // A year makes a time longer than it was, by four characters.
  void start(std::size_t bytes) { scratch_.reserve(bytes + PodVector<char>::kSlack); }

  const char* read(std::string_view line, TextRow& row) {
    row_ = &row;
    // Of several lines the first one has the header.
    rest_ = line.substr(0, line.find('\n'));
    record_end_ = line.data() + line.size();
    scratch_.clear();
    const bool has_priority = line.starts_with('<');
    if (has_priority && !take_priority()) return "the priority is no number from 0 to 191";
    if (has_priority && take_version()) return read_rfc5424();
    if (!take_time()) return has_priority ? "has no time after the priority" : "has neither a priority nor a time";
    return read_after_time();
  }

 private:
  Field& field(Name name) {
    if (!fields_[name]) fields_[name] = row_->field(kNames[name]);
    return *fields_[name];
  }
  /// A word of RFC 5424's header.
  void add_word(Name name, std::string_view text) {
    if (text == "-")
      row_->add_null(field(name));
    else if (name == procid)
      row_->add(field(name), text);
    else
      row_->add_string(field(name), text);
  }

  bool take_priority() {
    const std::size_t close = rest_.substr(0, 5).find('>');
    if (close == rest_.npos || close < 2) return false;
    unsigned priority = 0;
    for (char c : rest_.substr(1, close - 1)) {
      if (!is_digit(c)) return false;
      priority = priority * 10 + static_cast<unsigned>(c - '0');
    }
    if (priority >= 8 * kFacilities.size()) return false;
    row_->add_string(field(facility), kFacilities[priority / 8]);
    row_->add_string(field(severity), kSeverities[priority % 8]);
    rest_.remove_prefix(close + 1);
    return true;
  }
  /// One to three digits and a space. Four are a year: RFC 3164 knows such lines.
  bool take_version() {
    std::size_t digits = 0;
    while (digits < rest_.size() && is_digit(rest_[digits])) digits++;
    if (digits == 0 || digits > 3 || digits == rest_.size() || rest_[digits] != ' ') return false;
    version_ = rest_.substr(0, digits);
    rest_.remove_prefix(digits + 1);
    return true;
  }
  /// A word, and the one space behind it.
  bool take_word(std::string_view& word) {
    word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(std::min(word.size() + 1, rest_.size()));
    return !word.empty();
  }

  const char* read_rfc5424() {
    if (version_ != "1") return "the version is not 1";
    std::string_view word;
    if (!take_word(word) || (word != "-" && !is_iso_time(word))) return "has no time after the version";
    add_word(time, word);
    if (!take_word(word)) return "has no host after the time";
    add_word(host, word);
    if (!take_word(word)) return "has no app after the host";
    add_word(app, word);
    if (!take_word(word)) return "has no procid after the app";
    add_word(procid, word);
    if (!take_word(word)) return "has no msgid after the procid";
    add_word(msgid, word);
    if (rest_.starts_with('-')) {
      rest_.remove_prefix(1);
    } else {
      if (!rest_.starts_with('[')) return "has no structured data after the msgid";
      while (rest_.starts_with('['))
        if (const char* problem = read_element()) return problem;
    }
    if (rest_.empty()) return add_lines_behind();
    if (rest_[0] != ' ') return "text follows the structured data";
    rest_.remove_prefix(1);
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    return add_message(rest_.data());
  }

  /// `[SD-ID param="value" ...]`
  const char* read_element() {
    const std::size_t end = rest_.find_first_of(" ]=\"", 1);
    if (end == rest_.npos) return "structured data is not closed";
    if (end == 1 || (rest_[end] != ' ' && rest_[end] != ']')) return "structured data has no SD-ID";
    const std::string_view id = rest_.substr(1, end - 1);
    rest_.remove_prefix(end);
    const bool taken = std::find(kNames.begin(), kNames.end(), id) != kNames.end();
    Field* element = taken ? row_->field(concat("sd_", id)) : row_->field(id);
    if (!element) return "an SD-ID is longer than 65,535 bytes";
    if (row_->has(*element)) return "an SD-ID stands twice";
    bool empty = true;
    for (;; empty = false) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
      if (rest_.empty()) return "structured data is not closed";
      if (rest_[0] == ']') break;
      if (const char* reason = row_->over_limit()) return reason;
      if (const char* problem = read_param(*element)) return problem;
    }
    rest_.remove_prefix(1);
    if (empty) row_->add(*element, {Type::json, 2, reinterpret_cast<uint64_t>("{}")}, "{}");
    row_->mark(*element);
    return nullptr;
  }
  /// `param="value"`
  const char* read_param(Field& element) {
    const std::size_t equals = rest_.find_first_of("= ]\"");
    if (equals == rest_.npos || equals == 0 || !rest_.substr(equals).starts_with("=\""))
      return "a param has no quoted value";
    Field* param = row_->field(element, rest_.substr(0, equals));
    if (!param) return "a param's name is longer than 65,535 bytes";
    rest_.remove_prefix(equals + 2);
    std::string_view value;
    if (!take_quoted(value)) return "a param's value is not closed";
    if (!rest_.empty() && rest_[0] != ' ' && rest_[0] != ']') return "text follows a param's closing quote";
    row_->add(*param, value);
    return nullptr;
  }
  bool take_quoted(std::string_view& value) {
    std::size_t at = rest_.find_first_of("\"\\");
    if (at == rest_.npos) return false;
    if (rest_[at] == '"') {
      value = rest_.substr(0, at);
    } else {
      const char* copy = scratch_.end();
      scratch_.append(rest_.data(), at);
      for (; at < rest_.size() && rest_[at] != '"'; at++) {
        const bool escape = rest_[at] == '\\' && at + 1 < rest_.size() &&
                            (rest_[at + 1] == '"' || rest_[at + 1] == '\\' || rest_[at + 1] == ']');
        scratch_.push_back(rest_[escape ? ++at : at]);
      }
      if (at >= rest_.size()) return false;
      value = {copy, static_cast<std::size_t>(scratch_.end() - copy)};
    }
    rest_.remove_prefix(at + 1);
    return true;
  }

  /// Of a line that has no version: the time, and one space behind it.
  bool take_time() {
    std::string_view text;
    if (const std::size_t size = yearless_time_size(rest_)) {
      text = rest_.substr(0, size);
      rest_.remove_prefix(std::min(size + 1, rest_.size()));
      if (year_ > 0) {
        const char* copy = scratch_.end();
        char* out = scratch_.extend(kMaxYearTimeBytes);
        text = {copy, write_with_year(text, year_, out)};
      }
    } else {
      if (!is_iso_time(rest_.substr(0, rest_.find(' ')))) return false;
      take_word(text);
    }
    row_->add_string(field(time), text);
    return true;
  }
  const char* read_after_time() {
    if (rest_.empty() || rest_[0] == ' ') return "has no host after the time";
    std::string_view word = rest_.substr(0, rest_.find(' '));
    // A program that writes to /dev/log leaves the host out. An IPv6 address may end with two colons.
    const bool is_tag =
        (word.ends_with(':') && !word.ends_with("::")) || word.ends_with(']') || word.find("]:") != word.npos;
    if (!is_tag || word.starts_with('[')) {
      take_word(word);
      row_->add_string(field(host), word);
      if (rest_.empty()) return add_lines_behind();
    }
    take_tag();
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
    return add_message(rest_.data());
  }
  /// From there to the end of the record.
  const char* add_message(const char* begin) {
    row_->add_string(field(message), {begin, static_cast<std::size_t>(record_end_ - begin)});
    return nullptr;
  }
  /// Of a first line that ends before its message.
  const char* add_lines_behind() {
    return rest_.data() == record_end_ ? nullptr : add_message(rest_.data() + 1);
  }
  /// `APP:`, `APP[PROCID]:` or `APP[PROCID]`, if there is one.
  void take_tag() {
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    const std::size_t open = word.find('[');
    if (open != word.npos && open > 0) {
      const std::size_t close = word.find(']', open);
      if (close == word.npos || close == open + 1) return;
      const bool colon = word.substr(close + 1).starts_with(':');
      if (!colon && close + 1 < word.size()) return;
      row_->add_string(field(app), word.substr(0, open));
      row_->add(field(procid), word.substr(open + 1, close - open - 1));
      rest_.remove_prefix(close + 1 + colon);
    } else if (word.size() > 1 && word.ends_with(':')) {
      row_->add_string(field(app), word.substr(0, word.size() - 1));
      rest_.remove_prefix(word.size());
    }
  }

  int32_t year_;
  TextRow* row_ = nullptr;
  std::string_view rest_;             // of the first line
  const char* record_end_ = nullptr;  // of the last line
  std::string_view version_;
  std::array<Field*, kNames.size()> fields_{};
  PodVector<char> scratch_;  // for what a line does not hold as it is; never moves: start() saw to it
};

}  // namespace

std::unique_ptr<TextParser> make_syslog_parser(int32_t year, const FieldChoice& fields) {
  return std::make_unique<LineParser<SyslogReader>>(fields, SyslogReader(year));
}

bool is_syslog(std::string_view line) {
  if (line.starts_with('<')) {
    const std::size_t close = line.substr(0, 5).find('>');
    if (close == line.npos || close < 2) return false;
    if (!std::all_of(line.begin() + 1, line.begin() + static_cast<int>(close), is_digit)) return false;
    const std::string_view rest = line.substr(close + 1);
    return rest.starts_with("1 ") || yearless_time_size(rest) > 0 || is_iso_time(rest.substr(0, rest.find(' ')));
  }
  if (yearless_time_size(line) > 0) return true;
  // Other logs begin with a time too. rsyslog writes microseconds and an offset, a host, and a tag with its colon.
  constexpr std::size_t kTimeBytes = std::string_view("2024-10-11T22:14:15.123456+02:00").size();
  const std::size_t host = line.find(' ');
  if (host != kTimeBytes || !is_iso_time(line.substr(0, host))) return false;
  const std::size_t tag = line.find(' ', host + 1);
  return tag != line.npos && line.substr(tag + 1, line.find(' ', tag + 1) - tag - 1).ends_with(':');
}

}  // namespace ev

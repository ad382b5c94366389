#include "text/w3c_log.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "text/column_names.h"
#include "text/line_parser.h"

namespace ev {
namespace {

constexpr std::string_view kFields = "#Fields:", kDate = "#Date:";
constexpr std::size_t kDateBytes = 10, kTimeBytes = 8;

bool has_shape(std::string_view text, std::string_view shape) {
  return text.size() >= shape.size() && std::equal(shape.begin(), shape.end(), text.begin(), [](char wanted, char c) {
           return wanted == '0' ? c >= '0' && c <= '9' : wanted == c;
         });
}
bool is_date(std::string_view text) {
  return text.size() == kDateBytes && has_shape(text, "0000-00-00");
}
bool is_time(std::string_view text) {
  return has_shape(text, "00:00:00") && (text.size() == kTimeBytes || text[kTimeBytes] == '.');
}

/// Takes the values of a line, one by one.
class Values {
 public:
  Values(std::string_view line, char separator) : rest_(line), separator_(separator) {
    if (separator_ == ' ' && line.find('\t') != line.npos) separator_ = '\t';
    skip_spaces();
    more_ = !rest_.empty();
  }
  bool more() const { return more_; }
  /// `quoted`: it stood in quotes, which may still be doubled in it. False where these do not close.
  bool take(std::string_view& value, bool& quoted) {
    quoted = rest_.starts_with('"');
    std::size_t end;
    if (quoted) {
      std::size_t close = rest_.find('"', 1);
      while (close != rest_.npos && rest_.substr(close + 1).starts_with('"')) close = rest_.find('"', close + 2);
      if (close == rest_.npos) return false;
      value = rest_.substr(1, close - 1);
      end = close + 1;
      if (end < rest_.size() && rest_[end] != separator_) return false;
    } else {
      end = std::min(rest_.find(separator_), rest_.size());
      value = rest_.substr(0, end);
    }
    more_ = end < rest_.size();
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    skip_spaces();
    // Spaces at the end of a line divide nothing.
    if (separator_ == ' ' && rest_.empty()) more_ = false;
    return true;
  }

 private:
  void skip_spaces() {
    if (separator_ == ' ') rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
  }

  std::string_view rest_;
  char separator_;
  bool more_ = false;
};

class W3cReader {
 public:
  explicit W3cReader(const TextFormat& format) : format_(format) {
    for (std::size_t i = 0; i < format.columns.size(); i++) {
      if (format.columns[i] == "date") date_at_ = i;
      if (format.columns[i] == "time") time_at_ = i;
    }
    joins_ = time_at_ && (date_at_ || !format.date.empty());
  }

  void reset() { fields_.clear(); }
  void start(std::size_t) {}
  static bool is_record(std::string_view line) { return !line.starts_with('#'); }

  const char* read(std::string_view line, TextRow& row) {
    if (format_.columns.empty()) return "no #Fields line comes before it";
    if (fields_.empty())
      for (const std::string& name : format_.columns) fields_.push_back(row.field(name));
    values_.clear();
    scratch_.clear();
    scratch_.reserve(line.size() + kDateBytes + 2 + PodVector<char>::kSlack);
    for (Values values(line, format_.separator); values.more();) {
      std::string_view value;
      bool quoted;
      if (!values.take(value, quoted)) return "a quoted value is not closed";
      if (quoted) value = without_doubled_quotes(value);
      values_.push_back({value, !quoted && value == "-"});
    }
    if (values_.size() != fields_.size()) {
      reason_ = concat("has ", values_.size(), values_.size() == 1 ? " value" : " values", ", not ", fields_.size());
      return reason_.c_str();
    }
    add_values(row);
    return nullptr;
  }

 private:
  struct Value {
    std::string_view text;
    bool null;
  };

  void add_values(TextRow& row) {
    const std::string_view date = date_at_ ? values_[*date_at_].text : std::string_view(format_.date);
    const bool joined = joins_ && is_date(date) && is_time(values_[*time_at_].text);
    const std::size_t joined_at = joined && date_at_ ? std::min(*date_at_, *time_at_) : time_at_.value_or(0);
    for (std::size_t i = 0; i < values_.size(); i++) {
      if (joined && i == joined_at) {
        row.add_string(*fields_[*time_at_], join(date, values_[*time_at_].text));
      } else if (joined && (i == date_at_ || i == time_at_)) {
        continue;
      } else if (values_[i].null) {
        row.add_null(*fields_[i]);
      } else {
        row.add(*fields_[i], values_[i].text);
      }
    }
  }

  std::string_view join(std::string_view date, std::string_view time) {
    const char* const begin = scratch_.end();
    scratch_.append(date.data(), date.size());
    scratch_.push_back('T');
    scratch_.append(time.data(), time.size());
    scratch_.push_back('Z');
    return {begin, date.size() + time.size() + 2};
  }

  std::string_view without_doubled_quotes(std::string_view text) {
    if (text.find('"') == text.npos) return text;
    const char* const begin = scratch_.end();
    for (std::size_t i = 0; i < text.size(); i += text[i] == '"' ? 2 : 1) scratch_.push_back(text[i]);
    return {begin, static_cast<std::size_t>(scratch_.end() - begin)};
  }

  TextFormat format_;
  std::optional<std::size_t> date_at_, time_at_;
  bool joins_ = false;
  std::vector<Field*> fields_;
  std::vector<Value> values_;
  PodVector<char> scratch_;  // of the line at hand; never moves
  std::string reason_;
};

}  // namespace

std::unique_ptr<TextParser> make_w3c_parser(const TextFormat& format, const FieldChoice& fields) {
  return std::make_unique<LineParser<W3cReader>>(fields, W3cReader(format));
}

void read_w3c_directive(std::string_view line, TextFormat& format, std::string_view place) {
  if (line.starts_with(kDate)) {
    line.remove_prefix(kDate.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view date = line.substr(0, kDateBytes);
    format.date = is_date(date) ? date : std::string_view();
    return;
  }
  if (!is_utf8(line)) fail_header(place, concat("is no text: ", why_not_utf8(line)));
  line.remove_prefix(kFields.size());
  format.separator = line.find(',') == line.npos ? ' ' : ',';
  std::vector<std::string> names;
  while (!line.empty()) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t,"), line.size()));
    const std::string_view name = line.substr(0, line.find_first_of(" \t,"));
    line.remove_prefix(name.size());
    if (!name.empty()) names.emplace_back(name);
  }
  format.columns = column_names(std::move(names), place);
}

}  // namespace ev

#include "text/element_search.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "text/json_lines.h"
#include "text/json_value.h"
#include "text/lines.h"

namespace ev {
namespace {

constexpr std::size_t kLookAhead = 1024;  // blanks that may stand behind a bracket before it is judged

/// What a value is that begins like this.
std::string_view kind_of(char first) {
  switch (first) {
    case '{':
      return "an object";
    case '"':
      return "a string";
    case 't':
    case 'f':
      return "a boolean";
    default:
      return "a number";
  }
}

/// The text of a key as it stands between its quotes.
std::string without_escapes(const std::string& key) {
  const PodVector<char> quoted = with_newline(concat("\"", key, "\""));
  ValueReader reader;
  reader.reserve(quoted.size());
  Scalar value;
  if (!reader.read_string(quoted.data(), value)) return key;
  return {reinterpret_cast<const char*>(value.word), value.length};
}

}  // namespace

void ElementSearch::enter(char bracket, const LineStart& start, uint64_t line) {
  if (levels_.empty()) {
    outermost_ = start;
    outermost_bracket_ = bracket;
    outermost_line_ = line;
  }
  Level level{.object = bracket == '{', .path_at = 0};
  level.document = level.object;
  push(level);
  if (!level.document) return;
  document_line_ = line;
  found_ = false;
  problem_.clear();
}

/// Enters a container, or passes over it where they are too deep to be anything.
void ElementSearch::push(const Level& level) {
  if (levels_.size() == kMaxNesting) return skip_value(level.object ? '{' : '[');
  levels_.push_back(level);
  objects_ += level.object;
}

void ElementSearch::pop() {
  objects_ -= levels_.back().object;
  levels_.pop_back();
}

bool ElementSearch::begins_next(char bracket, const LineStart& line) const {
  return !levels_.empty() && bracket == outermost_bracket_ && line.blank && outermost_.blank &&
         line.indent <= outermost_.indent;
}

void ElementSearch::leave() {
  levels_.clear();
  objects_ = 0;
  skipping_ = in_key_ = false;
}

std::string ElementSearch::not_closed() const {
  return concat("the ", outermost_bracket_ == '[' ? "array" : "document", " that begins in line ", outermost_line_,
                " is not closed");
}

ElementSearch::Found ElementSearch::find(std::string_view text, std::size_t& at, LineStart& line, bool at_end) {
  while (at < text.size()) {
    if (skipping_) {
      const BracketScan::Stop stop = scan_.scan(text, at, line, false);
      if (stop == BracketScan::Stop::closed) {
        skipping_ = false;
      } else if (stop == BracketScan::Stop::open) {
        if (begins_next(text[at], line)) return Found::next;
        scan_.enter(text[at++]);
        line.blank = false;
      }
      continue;
    }
    if (in_key_) {
      if (read_key(text, at)) match_key();
      continue;
    }
    const char c = text[at];
    if (c == ' ' || c == '\t') {
      line.indent += line.blank;
      at++;
      continue;
    }
    if (is_line_end(c)) {
      line = {};
      at++;
      continue;
    }
    if (levels_.empty() && c != ',') {
      if (c == '{') return Found::document;
      if (c != '[') return Found::stray;
      const std::size_t next = text.find_first_not_of(" \t\r\n", at + 1);
      if (next == text.npos && !at_end && text.size() - at <= kLookAhead) return Found::text_end;
      return next == text.npos || std::string_view("{[],").find(text[next]) != std::string_view::npos ? Found::document
                                                                                                      : Found::stray;
    }
    const Found found = levels_.empty()         ? (at++, Found::text_end)
                        : levels_.back().object ? pass_member(text, at, line)
                                                : pass_in_array(text, at);
    if (found != Found::element) line.blank = line.blank && found == Found::next;
    if (found != Found::text_end) return found;
  }
  return Found::text_end;
}

/// Passes what stands at `at`, in an object on the way.
ElementSearch::Found ElementSearch::pass_member(std::string_view text, std::size_t& at, LineStart& line) {
  Level& level = levels_.back();
  const char c = text[at];
  if (c == ':') {
    level.value_follows = true;
  } else if (c == ',') {
    level.value_follows = false;
    level.match = Match::none;
  } else if (c == '}') {
    at++;
    return leave_object();
  } else if (level.value_follows && c != ']') {
    begin_value(c);
  } else if (c == '"') {
    in_key_ = true;
    key_escaped_ = false;
    key_.clear();
  } else if (c == '{' || c == '[') {
    if (begins_next(c, line)) return Found::next;
    skip_value(c);
  }
  at++;
  return Found::text_end;
}

/// The value of the last key begins.
void ElementSearch::begin_value(char first) {
  Level& level = levels_.back();
  level.value_follows = false;
  const Match match = std::exchange(level.match, Match::none);
  if (match == Match::target && first == '[') {
    found_ = true;
    push({.object = false, .target = true, .path_at = path_.size()});
  } else if (match == Match::target && first != 'n') {
    found_ = true;
    skip_value(first);
    problem_ = concat(": ", path_, " is ", kind_of(first), ", not an array");
  } else if (match == Match::target) {
    found_ = true;  // null stands for an empty array
  } else if (match == Match::step && (first == '{' || first == '[')) {
    push({.object = first == '{', .path_at = level.step});
  } else {
    skip_value(first);
  }
}

ElementSearch::Found ElementSearch::leave_object() {
  const bool document = levels_.back().document;
  pop();
  if (!document) return Found::text_end;
  if (!found_) problem_ = concat(" has no array ", path_);
  if (problem_.empty()) return Found::text_end;
  problem_ = concat("the document that begins in line ", document_line_, problem_);
  return Found::problem;
}

/// Passes what stands at `at`, in an array of documents, on the way, or at the path.
ElementSearch::Found ElementSearch::pass_in_array(std::string_view text, std::size_t& at) {
  const Level level = levels_.back();
  const char c = text[at];
  if (c == '}' && objects_ > 0) {
    // The array's own bracket is missing.
    problem_ = ": an array in it is not closed";
    pop();
    return Found::text_end;
  }
  if (level.target && c != ',' && c != ']') return Found::element;
  if (c == '{' && objects_ == 0) return Found::document;
  at++;
  if (c == ']') {
    pop();
  } else if (c == '{' || c == '[') {
    push({.object = c == '{', .path_at = level.path_at});
  } else {
    skip_value(c);
  }
  return Found::text_end;
}

/// Passes over a value whose first byte this is, if it has more than that.
void ElementSearch::skip_value(char first) {
  skipping_ = first == '{' || first == '[' || first == '"';
  if (skipping_) scan_.begin(first);
}

/// Goes on in a key; true at its end.
bool ElementSearch::read_key(std::string_view text, std::size_t& at) {
  // A key that is longer than the path could be, all of it escaped, is not on it.
  const std::size_t most = 6 * path_.size() + 1;
  const auto keep = [&](std::string_view part) {
    if (key_.size() < most) key_ += part.substr(0, most);
  };
  if (key_escaped_ && !is_line_end(text[at])) keep(text.substr(at++, 1));
  key_escaped_ = false;
  const char* const stop = find_string_stop(text.data() + at, text.data() + text.size());
  const auto end = static_cast<std::size_t>(stop - text.data());
  keep(text.substr(at, end - at));
  at = end;
  if (at == text.size()) return false;
  in_key_ = text[at] != '"' && !is_line_end(text[at]);
  if (!is_line_end(text[at])) at++;
  if (!in_key_) return true;
  key_escaped_ = text[at - 1] == '\\';
  keep(text.substr(at - 1, 1));
  return false;
}

void ElementSearch::match_key() {
  Level& level = levels_.back();
  const std::string key = key_.find('\\') == key_.npos ? key_ : without_escapes(key_);
  const std::string_view rest = std::string_view(path_).substr(level.path_at);
  level.match = Match::none;
  if (rest == key) {
    level.match = Match::target;
  } else if (rest.starts_with(key) && rest[key.size()] == '.') {
    level.match = Match::step;
    level.step = level.path_at + key.size() + 1;
  }
}

}  // namespace ev

#include "text/bracket_scan.h"

#include "text/json_value.h"

namespace ev {
namespace {

/// Whether a string may follow the character.
bool ends_token(char c) {
  return c == ' ' || c == '\t' || is_line_end(c) || c == ',' || c == ':' || c == '{' || c == '[' || c == '}' ||
         c == ']' || c == '"';
}

}  // namespace

void BracketScan::begin(char first) {
  open_.clear();
  braces_ = 0;
  escaped_ = after_quote_ = false;
  last_ = before_last_ = 0;
  in_string_ = first == '"';
  if (!in_string_) enter(first);
}

void BracketScan::enter(char bracket) {
  if (after_quote_) {
    // Nothing that closes a string is followed by a bracket.
    after_quote_ = false;
    in_string_ = true;
    return;
  }
  open_.push_back(bracket == '{');
  braces_ += bracket == '{';
  note(bracket);
}

bool BracketScan::may_open() const {
  if (after_quote_) return false;
  return last_ == ':' || ((last_ == ',' || last_ == '[') && !open_.back());
}

bool BracketScan::follows_object() const {
  return !after_quote_ && (last_ == '}' || (last_ == ',' && before_last_ == '}'));
}

/// Closes what the bracket closes; true where that is the value.
bool BracketScan::close(char bracket) {
  note(bracket);
  const bool brace = bracket == '}';
  if ((brace ? braces_ : open_.size() - braces_) == 0) return false;
  for (bool found = false; !found;) {
    found = open_.back() == brace;
    braces_ -= open_.back();
    open_.pop_back();
  }
  return open_.empty();
}

/// Moves to the end of the string, or of the text; true where the string is all there is of the value.
bool BracketScan::in_string(std::string_view text, std::size_t& at) {
  while (at < text.size()) {
    if (escaped_ && !is_line_end(text[at])) at++;
    escaped_ = false;
    const char* const stop = find_string_stop(text.data() + at, text.data() + text.size());
    at = static_cast<std::size_t>(stop - text.data());
    if (at == text.size()) break;
    const char c = text[at];
    if (is_line_end(c)) {
      in_string_ = false;
      note('"');
      return open_.empty();
    }
    at++;
    if (c == '"') {
      in_string_ = false;
      after_quote_ = !open_.empty();
      return open_.empty();
    }
    escaped_ = c == '\\';
  }
  return false;
}

BracketScan::Stop BracketScan::scan(std::string_view text, std::size_t& at, LineStart& line, bool every_open) {
  while (at < text.size()) {
    if (in_string_) {
      line.blank = false;
      if (in_string(text, at)) return Stop::closed;
      continue;
    }
    const char c = text[at];
    if (c == ' ' || c == '\t') {
      line.indent += line.blank;
      at++;
      continue;
    }
    if (is_line_end(c)) {
      if (after_quote_) note('"');
      after_quote_ = false;
      line = {};
      at++;
      continue;
    }
    const bool opens = c == '{' || c == '[';
    if (opens && (every_open || !may_open())) return Stop::open;
    line.blank = false;
    if (after_quote_) {
      after_quote_ = false;
      in_string_ = c != ',' && c != ':' && c != '}' && c != ']';
      if (in_string_) continue;
      note('"');
    }
    at++;
    if (opens) {
      enter(c);
    } else if (c == '"') {
      // Behind something that is no string it closes one whose first quote is missing.
      in_string_ = ends_token(text[at - 2]);
      after_quote_ = !in_string_;
    } else if (c == '}' || c == ']') {
      if (close(c)) return Stop::closed;
    } else {
      note(c);
    }
  }
  return Stop::text_end;
}

}  // namespace ev

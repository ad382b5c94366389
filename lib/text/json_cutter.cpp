#include "text/json_cutter.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "text/lines.h"
#include "text/utf8.h"

namespace ev {
namespace {

constexpr std::size_t kLookAhead = 1024;       // blanks that may stand behind a bracket before it is judged
constexpr std::size_t kMaxOpeningBytes = 256;  // of a record, with its first key
constexpr std::size_t kMaxOpenings = 16;       // that are remembered

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

JsonCutter::JsonCutter(std::string each, uint64_t first_line, uint64_t first_offset)
    : first_line_(first_line), first_offset_(first_offset), continued_(first_offset > 0) {
  if (!each.empty()) elements_.emplace(std::move(each));
}

void JsonCutter::scan(std::string_view text, std::size_t wanted, bool at_end) {
  text_ = text;
  at_end_ = at_end;
  if (first_offset_ == 0 && at_ == 0) {
    if (!at_end && text.size() < kByteOrderMark.size()) return;
    if (text.starts_with(kByteOrderMark)) at_ = counted_ = kByteOrderMark.size();
  }
  while (cut_.records < wanted && !cut_.full && step()) {
  }
  if (cut_.records > 0) return;
  cut_.idle = mode_ == Mode::between || too_long_ ? at_ : begin_;
  // A line that ends in CR LF must not be taken apart.
  if (cut_.idle == at_ && at_ > 0 && text[at_ - 1] == '\r' && !at_end) cut_.idle--;
}

uint64_t JsonCutter::take(std::size_t bytes) {
  const uint64_t lines = bytes == cut_.whole ? cut_.lines : lines_before(bytes);
  first_line_ += lines;
  first_offset_ += bytes;
  lines_ -= lines;
  begin_line_ -= std::min(begin_line_, lines);
  text_.remove_prefix(bytes);
  at_ -= std::min(at_, bytes);
  begin_ -= std::min(begin_, bytes);
  counted_ -= std::min(counted_, bytes);
  failed_until_ -= std::min(failed_until_, bytes);
  cut_ = {};
  records_.clear();
  if (held_) {
    held_->begin -= static_cast<uint32_t>(bytes);
    held_->line -= static_cast<uint32_t>(lines);
    keep(*std::exchange(held_, std::nullopt));
  }
  return lines;
}

void JsonCutter::describe(TextUnit& unit) {
  unit.records = std::exchange(records_, {});
  unit.refused = std::exchange(refused_, {});
  if (!held_ || unit.refused.empty() || unit.refused.back().offset < first_offset_ + held_->begin) return;
  // It follows the record of the next unit.
  refused_.push_back(std::move(unit.refused.back()));
  unit.refused.pop_back();
}

/// Goes on for a while; false where there is no more text to go on with.
bool JsonCutter::step() {
  if (at_ > kUnitBytes && cut_.records > 0) {
    cut_.full = true;
    return false;
  }
  switch (mode_) {
    case Mode::between:
      return elements_ ? step_to_element() : step_between();
    case Mode::value:
      return step_value();
    case Mode::stray:
      return step_stray();
  }
  return false;
}

bool JsonCutter::step_between() {
  for (; at_ < text_.size(); at_++) {
    const char c = text_[at_];
    if (is_blank(c)) {
      line_.indent += line_.blank;
    } else if (is_line_end(c)) {
      line_ = {};
    } else if (c == ',') {
      line_.blank = false;
    } else if (c == ']' && (array_ || continued_)) {
      if (array_ && --array_->depth == 0) array_.reset();
      line_.blank = false;
      if (!array_) settle(at_ + 1);
    } else if (c == '[') {
      const Answer array = begins_array();
      if (array == Answer::unknown) return false;
      if (array == Answer::no) break;
      if (!array_) array_ = ArrayStart{line_, first_line_ + lines_before(at_), 0};
      array_->depth++;
      line_.blank = false;
    } else {
      break;
    }
  }
  if (at_ < text_.size()) {
    begin_record();
    return true;
  }
  if (at_end_ && array_) refuse_outside();
  return false;
}

/// The same where the records are elements of arrays in documents.
bool JsonCutter::step_to_element() {
  const bool in_document = elements_->in_document();
  const ElementSearch::Found found = elements_->find(text_, at_, line_, at_end_);
  if (in_document && !elements_->in_document()) settle(at_ - (text_[at_ - 1] == '\r'));
  switch (found) {
    case ElementSearch::Found::text_end:
      if (at_ == text_.size() && at_end_ && elements_->in_document()) refuse_outside();
      return false;
    case ElementSearch::Found::document:
      elements_->enter(text_[at_], line_, first_line_ + lines_before(at_));
      line_.blank = false;
      at_++;
      return true;
    case ElementSearch::Found::element:
    case ElementSearch::Found::stray:
      begin_record();
      return true;
    case ElementSearch::Found::problem:
      refuse(at_, elements_->problem(), {});
      return true;
    case ElementSearch::Found::next:
      refuse_outside();
      return true;
  }
  return false;
}

/// Whether the bracket at hand opens an array of objects, or of arrays of them.
JsonCutter::Answer JsonCutter::begins_array() const {
  const std::size_t next = text_.find_first_not_of(" \t\r\n", at_ + 1);
  if (next == text_.npos) return at_end_ || text_.size() - at_ > kLookAhead ? Answer::yes : Answer::unknown;
  return std::string_view("{[],").find(text_[next]) != std::string_view::npos ? Answer::yes : Answer::no;
}

/// Whether the brace at hand, in text that is no JSON, opens an object.
JsonCutter::Answer JsonCutter::begins_object() const {
  const std::size_t next = text_.find_first_not_of(" \t", at_ + 1);
  if (next == text_.npos) return at_end_ || text_.size() - at_ > kLookAhead ? Answer::no : Answer::unknown;
  return text_[next] == '"' || is_line_end(text_[next]) ? Answer::yes : Answer::no;
}

void JsonCutter::begin_record() {
  begin_ = at_;
  begin_line_ = lines_before(at_);
  start_ = line_;
  too_long_ = quoted_ = again_ = false;
  const char c = text_[at_];
  if (c == '{' || (c == '[' && among_elements())) {
    mode_ = Mode::value;
    scan_.begin(c);
    line_.blank = false;
    at_++;
  } else {
    mode_ = Mode::stray;
  }
}

bool JsonCutter::step_value() {
  for (;;) {
    const std::size_t limit = too_long_ ? text_.npos : begin_ + kMaxLineBytes;
    switch (scan_.scan(text_.substr(0, limit), at_, line_, watchful())) {
      case BracketScan::Stop::closed:
        if (!too_long_ && !in_failed_text()) learn_opening();
        end_record(at_);
        return true;
      case BracketScan::Stop::open: {
        bool next_outside = false;
        const Answer next = begins_next_record(next_outside);
        if (next == Answer::unknown) return false;
        if (next == Answer::yes) {
          end_record(at_);
          if (next_outside) refuse_outside();
          return true;
        }
        scan_.enter(text_[at_++]);
        line_.blank = false;
        break;
      }
      case BracketScan::Stop::text_end: {
        if (at_ == text_.size() && !at_end_) return false;
        fail();
        return true;
      }
    }
  }
}

/// Whether the bracket at hand, which stands where it may not or in a record that does not end, opens another record;
/// or an array that follows the one that is open.
JsonCutter::Answer JsonCutter::begins_next_record(bool& next_outside) const {
  auto begins_line_like = [this](const LineStart& start) {
    return line_.blank && start.blank && line_.indent <= start.indent;
  };
  const bool may_open = scan_.may_open();
  if (may_open && !watchful()) return Answer::no;
  const bool array = text_[at_] == '[';
  next_outside =
      elements_ ? elements_->begins_next(text_[at_], line_) : array && array_ && begins_line_like(array_->start);
  if (next_outside || array) return next_outside ? Answer::yes : Answer::no;
  if (begins_line_like(start_) || (!may_open && scan_.follows_object())) return Answer::yes;
  return begins_like_a_record();
}

/// The bytes of the record at hand up to its first colon; none where that is far away.
std::string_view JsonCutter::opening() const {
  const std::string_view record = text_.substr(begin_, std::min(at_ - begin_, kMaxOpeningBytes));
  return record.substr(0, record.find(':') + 1);
}

/// Remembers how the record at hand, which ended well, began.
void JsonCutter::learn_opening() {
  const std::string_view known = opening();
  if (known.empty() || (!openings_.empty() && openings_.front() == known)) return;
  const auto found = std::find(openings_.begin(), openings_.end(), known);
  if (found == openings_.end()) {
    if (openings_.size() == kMaxOpenings) openings_.pop_back();
    openings_.emplace(openings_.begin(), known);
  } else {
    std::rotate(openings_.begin(), found, found + 1);
  }
}

/// Whether the text at hand begins like the record, or like one before it.
JsonCutter::Answer JsonCutter::begins_like_a_record() const {
  Answer answer = Answer::no;
  const auto compare = [&](std::string_view wanted) {
    const std::string_view here = text_.substr(at_, wanted.size());
    if (wanted.empty() || !wanted.starts_with(here)) return false;
    if (here.size() < wanted.size() && !at_end_) answer = Answer::unknown;
    return here.size() == wanted.size();
  };
  if (compare(too_long_ ? std::string_view(too_long_opening_) : opening())) return Answer::yes;
  return std::any_of(openings_.begin(), openings_.end(), compare) ? Answer::yes : answer;
}

/// The record at hand does not end in the text, or not within kMaxLineBytes.
void JsonCutter::fail() {
  if (!watchful()) {
    // Once more, with an eye to what the next record may be.
    if (!in_failed_text()) {
      failed_until_ = at_;
      failures_ = 0;
    }
    failures_++;
    at_ = begin_;
    line_ = start_;
    begin_record();
    again_ = true;
  } else if (at_ < text_.size()) {
    refuse_too_long();
  } else {
    end_record(at_);
  }
}

void JsonCutter::refuse_too_long() {
  refuse(begin_, concat("the record is longer than ", kMaxLineBytes, " bytes"), text_.substr(begin_, kRefusedRawBytes));
  too_long_opening_ = opening();
  too_long_ = true;
}

bool JsonCutter::step_stray() {
  for (; at_ < text_.size(); at_++) {
    const char c = text_[at_];
    if (is_line_end(c) || (among_elements() && !quoted_ && (c == ',' || c == ']' || (c == '}' && elements_)))) break;
    if (c == '"') quoted_ = among_elements() && !quoted_;
    if (c == '{') {
      const Answer object = begins_object();
      if (object == Answer::unknown) return false;
      if (object == Answer::yes) break;
    }
    if (at_ - begin_ >= kMaxLineBytes && !too_long_) refuse_too_long();
    line_.blank = false;
  }
  if (at_ == text_.size() && !at_end_) return false;
  end_record(at_);
  return true;
}

void JsonCutter::end_record(std::size_t end) {
  mode_ = Mode::between;
  if (too_long_) return;
  while (is_blank(text_[end - 1]) || is_line_end(text_[end - 1])) end--;
  const RecordSpan record{static_cast<uint32_t>(begin_), static_cast<uint32_t>(end - begin_),
                          static_cast<uint32_t>(begin_line_)};
  if (end > kUnitBytes && cut_.records > 0) {
    held_ = record;
    cut_.full = true;
  } else {
    keep(record);
  }
}

void JsonCutter::keep(const RecordSpan& record) {
  records_.push_back(record);
  cut_.records++;
  cut_.whole = record.begin + record.size;
  cut_.lines = lines_before(cut_.whole);
}

/// The text up to `end` is whole: no array or document is open there. That goes with the last record, so that a text is
/// taken to its end.
void JsonCutter::settle(std::size_t end) {
  cut_.whole = end;
  cut_.lines = lines_before(end);
}

/// The array or document around the records is not closed.
void JsonCutter::refuse_outside() {
  // It stands where it should have ended, so that rejects are in their order.
  if (elements_) {
    refuse(at_, elements_->not_closed(), {});
    elements_->leave();
    settle(at_);
  } else {
    refuse(at_, concat("the array that begins in line ", array_->line, " is not closed"), {});
    array_.reset();
  }
}

void JsonCutter::refuse(std::size_t begin, std::string reason, std::string_view raw) {
  refused_.push_back({first_line_ + lines_before(begin), first_offset_ + begin, std::move(reason), std::string(raw)});
}

/// Line ends of the unit that stand before `at`, which must not be before that of the last call.
uint64_t JsonCutter::lines_before(std::size_t at) {
  const std::string_view text = text_.substr(counted_, at - counted_);
  lines_ += find_newlines(text, text.size()).found;
  for (std::size_t i = text.find('\r'); i != text.npos; i = text.find('\r', i + 1))
    lines_ += counted_ + i + 1 >= text_.size() || text_[counted_ + i + 1] != '\n';
  counted_ = at;
  return lines_;
}

std::optional<TextKind> JsonCutter::layout(std::string_view head, bool all) {
  const std::optional<TextKind> last_resort = all ? std::optional(TextKind::json_lines) : std::nullopt;
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  if (head.starts_with('[')) {
    const std::size_t next = head.find_first_not_of(" \t\r\n", 1);
    if (next == head.npos) return last_resort;
    return head[next] == '{' || head[next] == ']' ? TextKind::json_documents : TextKind::json_lines;
  }
  const PodVector<char> copy = with_newline(head);
  const std::string_view text(copy.data(), head.size());
  JsonCutter cutter{std::string()};
  cutter.scan(text, 1, all);
  if (cutter.records_.empty()) {
    // Within an object whose first line ended, and which what follows it may belong to.
    const std::size_t line_end = text.find_first_of("\r\n", cutter.begin_);
    const bool goes_on =
        cutter.mode_ == Mode::value && text.substr(0, cutter.at_).find_first_not_of(" \t\r\n", line_end) != text.npos;
    return goes_on ? TextKind::json_documents : last_resort;
  }
  const RecordSpan& first = cutter.records_.front();
  if (text.substr(first.begin, first.size).find_first_of("\r\n") != text.npos) return TextKind::json_documents;
  const std::size_t next = text.find_first_not_of(" \t", first.begin + first.size);
  if (next == text.npos || (text[next] == '\r' && next + 1 == text.size())) return last_resort;
  const bool documents = text[next] == '{' || text[next] == ',' || (text[next] == '\r' && text[next + 1] != '\n');
  return documents ? TextKind::json_documents : TextKind::json_lines;
}

}  // namespace ev

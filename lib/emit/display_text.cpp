#include "emit/display_text.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/text.h"

namespace ev {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr utf8proc_int32_t kEmojiPresentation = 0xfe0f;

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Code points in text order; broken UTF-8 counts as one code point a byte.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {}
  bool next() {
    at_ = end_;
    if (at_ == text_.size()) return false;
    auto bytes = reinterpret_cast<const utf8proc_uint8_t*>(text_.data());
    utf8proc_ssize_t length =
        utf8proc_iterate(bytes + at_, static_cast<utf8proc_ssize_t>(text_.size() - at_), &code_point_);
    if (length < 1) {
      length = 1;
      code_point_ = 0xfffd;
    }
    end_ = at_ + static_cast<std::size_t>(length);
    return true;
  }
  utf8proc_int32_t code_point() const { return code_point_; }
  std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0, end_ = 0;
  utf8proc_int32_t code_point_ = 0;
};

/// Calls f(begin, width) for each grapheme cluster until f returns false.
template <class F>
void for_each_cluster(std::string_view text, F&& f) {
  CodePoints points(text);
  utf8proc_int32_t state = 0, previous = 0;
  std::size_t begin = 0, width = 0;
  bool open = false;
  while (points.next()) {
    utf8proc_int32_t c = points.code_point();
    if (open && utf8proc_grapheme_break_stateful(previous, c, &state)) {
      if (!f(begin, width)) return;
      open = false;
    }
    auto own = static_cast<std::size_t>(std::max(utf8proc_charwidth(c), 0));
    bool flag_half = c >= 0x1f1e6 && c <= 0x1f1ff;
    if (!open) {
      begin = points.at();
      width = own;
      open = true;
    } else if (c == kEmojiPresentation || flag_half) {
      width = 2;
    } else {
      width = std::max(width, own);
    }
    previous = c;
  }
  if (open) f(begin, width);
}

/// Formatting characters that move text about or break the line; all of them take three bytes: e2 80 xx, e2 81 xx.
bool turns_text(utf8proc_int32_t c) {
  return c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x061c;
}

}  // namespace

std::string visible_text(std::string_view text) {
  if (is_plain_ascii(text)) return std::string(text);
  std::string escaped = escape_controls(text);
  std::string out;
  std::size_t done = 0;
  CodePoints points(escaped);
  while (points.next()) {
    if (!turns_text(points.code_point())) continue;
    static constexpr char kHex[] = "0123456789abcdef";
    auto c = static_cast<uint32_t>(points.code_point());
    out.append(escaped, done, points.at() - done).append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) out += kHex[c >> shift & 15];
    done = points.at() + (c < 0x800 ? 2 : 3);
  }
  if (done == 0) return escaped;
  return out.append(escaped, done);
}

std::size_t display_width(std::string_view text) {
  if (is_plain_ascii(text)) return text.size();
  std::size_t total = 0;
  for_each_cluster(text, [&](std::size_t, std::size_t width) {
    total += width;
    return true;
  });
  return total;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t used = 0, keep = 0;
  for_each_cluster(text, [&](std::size_t begin, std::size_t cluster) {
    keep = begin;
    used += cluster;
    return used + 1 <= width;
  });
  return std::string(text.substr(0, keep)).append(kEllipsis);
}

void DisplayStyle::text(TextSink& sink, std::string_view text) {
  if (is_plain_ascii(text))
    sink.append(text);
  else
    sink.append(visible_text(text));
}

}  // namespace ev

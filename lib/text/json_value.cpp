#include "text/json_value.h"

#include <bitset>

#include "text/hex_digit.h"
#include "text/json_lines.h"

namespace ev {
namespace {

/// The four digits at `p`, or -1.
int32_t read_hex4(const char* p) {
  int32_t value = 0;
  for (unsigned i = 0; i < 4; i++) {
    int digit = hex_digit(p[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

char* put_utf8(char* out, uint32_t code) {
  auto put = [&](uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return out;
}

char simple_escape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

const char* stop_reason(const char* stop) {
  return *stop == '\n' ? "a string is not closed" : "a string has a control character";
}

}  // namespace

const char* ValueReader::read_escape(const char* p, char*& out) {
  if (char c = simple_escape(p[1])) {
    *out++ = c;
    return p + 2;
  }
  if (p[1] != 'u') return fail(p, "a string has an unknown escape");
  int32_t code = read_hex4(p + 2);
  if (code < 0) return fail(p, "a \\u escape has not four hex digits");
  const char* end = p + 6;
  if (code >= 0xd800 && code < 0xe000) {
    int32_t low = code < 0xdc00 && end[0] == '\\' && end[1] == 'u' ? read_hex4(end + 2) : -1;
    if (low < 0xdc00 || low >= 0xe000) return fail(p, "a surrogate stands alone");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    end += 6;
  }
  out = put_utf8(out, static_cast<uint32_t>(code));
  return end;
}

const char* ValueReader::read_escaped(const char* p, const char* stop, Scalar& out) {
  char* const begin = scratch_.end();
  char* to = begin;
  const char* from = p + 1;
  for (;;) {
    auto plain = static_cast<std::size_t>(stop - from);
    std::memcpy(to, from, plain);
    to += plain;
    if (*stop == '"') break;
    if (*stop != '\\') return fail(stop, stop_reason(stop));
    from = read_escape(stop, to);
    if (!from) return nullptr;
    stop = find_string_stop(from);
  }
  auto length = static_cast<std::size_t>(to - begin);
  scratch_.extend(length);  // within what reserve() made room for, so nothing moves
  out = {Type::string, static_cast<uint32_t>(length), reinterpret_cast<uint64_t>(begin)};
  return stop + 1;
}

const char* ValueReader::check_string(const char* p) {
  for (const char* from = p + 1;;) {
    const char* stop = find_string_stop(from);
    if (*stop == '"') return stop + 1;
    if (*stop != '\\') return fail(stop, stop_reason(stop));
    char unused[4];
    char* to = unused;
    from = read_escape(stop, to);
    if (!from) return nullptr;
  }
}

const char* ValueReader::check_scalar(const char* p) {
  if (*p == '"') return check_string(p);
  if (begins_number(*p)) {
    const char* end = skip_number(p);
    return end ? end : fail(p, "a number is malformed");
  }
  Scalar unused;
  return read_word(p, unused);
}

/// `p` at the bracket that opens it. A state machine rather than recursion: nesting comes from the input.
const char* ValueReader::check_container(const char* p, uint32_t nesting, bool& spaces) {
  std::bitset<kMaxNesting + 1> is_object;
  uint32_t depth = 0;
  auto skip = [&] {
    if (is_json_space(*p)) spaces = true;
    p = skip_space(p);
  };
  auto key = [&]() -> bool {
    if (*p != '"') return fail(p, "expected a key") != nullptr;
    p = check_string(p);
    if (!p) return false;
    skip();
    if (*p != ':') return fail(p, "expected ':'") != nullptr;
    p++;
    skip();
    return true;
  };
  for (;;) {
    // A value begins at p.
    bool closed = true;
    if (*p == '[' || *p == '{') {
      if (nesting + depth >= kMaxNesting) return fail(p, "nested deeper than 1,024 levels");
      is_object[depth++] = *p == '{';
      p++;
      skip();
      closed = *p == (is_object[depth - 1] ? '}' : ']');
      if (!closed && is_object[depth - 1] && !key()) return nullptr;
      if (closed) {
        p++;
        depth--;
      }
    } else {
      p = check_scalar(p);
      if (!p) return nullptr;
    }
    // A value ended at p, unless a container was opened.
    while (closed) {
      if (depth == 0) return p;
      skip();
      bool object = is_object[depth - 1];
      if (*p == ',') {
        p++;
        skip();
        if (object && !key()) return nullptr;
        closed = false;
      } else if (*p == (object ? '}' : ']')) {
        p++;
        depth--;
      } else {
        return fail(p, object ? "expected ',' or '}'" : "expected ',' or ']'");
      }
    }
  }
}

std::string_view ValueReader::without_space(const char* begin, const char* end) {
  char* const out = scratch_.end();
  char* to = out;
  for (const char* p = begin; p < end;) {
    if (is_json_space(*p)) {
      p++;
      continue;
    }
    const char* from = p++;
    if (*from == '"')
      for (; *p++ != '"';)
        if (p[-1] == '\\') p++;
    std::memcpy(to, from, static_cast<std::size_t>(p - from));
    to += p - from;
  }
  auto length = static_cast<std::size_t>(to - out);
  scratch_.extend(length);
  return {out, length};
}

const char* ValueReader::read_json(const char* p, uint32_t nesting, Scalar& out) {
  bool spaces = false;
  const char* end = check_container(p, nesting, spaces);
  if (!end) return nullptr;
  std::string_view text(p, static_cast<std::size_t>(end - p));
  if (spaces) text = without_space(p, end);
  out = {Type::json, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
  return end;
}

void put_on_one_line(std::string& json) {
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); i++) {
    if (json[i] == '"')
      in_string = !in_string;
    else if (in_string && json[i] == '\\')
      i++;
    else if (!in_string && (json[i] == '\n' || json[i] == '\r'))
      json[i] = ' ';
  }
}

}  // namespace ev

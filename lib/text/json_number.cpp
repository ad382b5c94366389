#include "text/json_number.h"

#include <charconv>

#include "base/text.h"

namespace ev {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const char* skip_digits(const char* p) {
  while (is_digit(*p)) p++;
  return p;
}

bool fits(const char* begin, const char* end, auto& value) {
  auto [stopped, error] = std::from_chars(begin, end, value);
  return error == std::errc() && stopped == end;
}

}  // namespace

const char* skip_number(const char* p) {
  if (*p == '-') p++;
  if (!is_digit(*p)) return nullptr;
  if (*p == '0') {
    p++;
    if (is_digit(*p)) return nullptr;
  } else {
    p = skip_digits(p);
  }
  if (*p == '.') {
    p++;
    if (!is_digit(*p)) return nullptr;
    p = skip_digits(p);
  }
  if (*p == 'e' || *p == 'E') {
    p++;
    if (*p == '+' || *p == '-') p++;
    if (!is_digit(*p)) return nullptr;
    p = skip_digits(p);
  }
  return p;
}

const char* detail::scan_number_slowly(const char* p, Scalar& out) {
  const char* end = skip_number(p);
  if (!end) return nullptr;
  std::string_view token(p, static_cast<std::size_t>(end - p));
  if (token.find_first_of(".eE") != token.npos) {
    if (auto value = exact_double(token)) {
      out = {Type::float64, 0, 0};
      std::memcpy(&out.word, &*value, sizeof *value);
      return end;
    }
  } else if (token != "-0") {
    int64_t small;
    uint64_t large;
    if (fits(p, end, small)) {
      out = {Type::int64, 0, static_cast<uint64_t>(small)};
      return end;
    }
    if (*p != '-' && fits(p, end, large)) {
      out = {Type::uint64, 0, large};
      return end;
    }
  }
  out = {Type::json, static_cast<uint32_t>(token.size()), reinterpret_cast<uint64_t>(p)};
  return end;
}

}  // namespace ev

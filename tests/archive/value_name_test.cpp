#include "archive/value_name.h"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <set>

using namespace ev;

namespace {

Value text(std::string_view text, Type type = Type::string) {
  return {type, 0, text, 0};
}
Value integer(int64_t n) {
  return {Type::int64, static_cast<uint64_t>(n), {}, 0};
}
Value real(double d) {
  Value value{Type::float64, 0, {}, 0};
  std::memcpy(&value.word, &d, sizeof d);
  return value;
}

std::string name(const Value& value, NameRule rule = {}) {
  std::string out;
  append_name(out, value, rule);
  return out;
}

/// The string that a name stands for, told by the documented rules.
std::string string_of(const std::string& name) {
  if (name == "_empty") return "";
  std::string text;
  for (std::size_t i = 0; i < name.size(); i++) {
    if (name[i] == '%') {
      text += static_cast<char>(std::stoi(name.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      text += name[i];
    }
  }
  return text;
}

void check_safe(const std::string& name, const NameRule& rule) {
  CAPTURE(name);
  REQUIRE(!name.empty());
  REQUIRE(name.size() <= rule.most_bytes);
  REQUIRE(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+=@,%~") ==
          std::string::npos);
  REQUIRE(std::string("-.~").find(name[0]) == std::string::npos);
}

}  // namespace

TEST_CASE("a plain string is its own name, all else of it is escaped") {
  CHECK(name(text("page_view")) == "page_view");
  CHECK(name(text("a.b-c_d+e=f@g,h")) == "a.b-c_d+e=f@g,h");
  CHECK(name(text("a/b")) == "a%2Fb");
  CHECK(name(text("..")) == "%2E.");
  CHECK(name(text("../../etc/passwd")) == "%2E.%2F..%2Fetc%2Fpasswd");
  CHECK(name(text(".hidden")) == "%2Ehidden");
  CHECK(name(text("-rf")) == "%2Drf");
  CHECK(name(text("_null")) == "%5Fnull");
  CHECK(name(text("~root")) == "%7Eroot");
  CHECK(name(text("50% off")) == "50%25%20off");
  CHECK(name(text("K\xc3\xa4se")) == "K%C3%A4se");
  CHECK(name(text(std::string_view("a\0\n\x1b\x7f", 5))) == "a%00%0A%1B%7F");
  CHECK(name(text("a:b*c?d\"e<f>g|h\\i`j$k")) == "a%3Ab%2Ac%3Fd%22e%3Cf%3Eg%7Ch%5Ci%60j%24k");
  CHECK(name(text("")) == "_empty");
}

TEST_CASE("values of other types, and the strings that look like them") {
  CHECK(name({}) == "_null");
  CHECK(name(text("null")) == "null");
  CHECK(name({Type::boolean, 1, {}, 0}) == "true");
  CHECK(name(text("true")) == "%74rue");
  CHECK(name({Type::boolean, 0, {}, 0}) == "false");
  CHECK(name(text("false")) == "%66alse");
  CHECK(name(integer(200)) == "200");
  CHECK(name(text("200")) == "%3200");
  CHECK(name(text("0200")) == "0200");
  CHECK(name(integer(-5)) == "_-5");
  CHECK(name(text("-5")) == "%2D5");
  CHECK(name({Type::uint64, UINT64_MAX, {}, 0}) == "18446744073709551615");
  CHECK(name(text("18446744073709551615")) == "%318446744073709551615");
  CHECK(name(text("18446744073709551616")) == "18446744073709551616");
  CHECK(name(real(1)) == "1.0");
  CHECK(name(text("1.0")) == "%31.0");
  CHECK(name(text("1.00")) == "1.00");
  CHECK(name(real(-0.0)) == "_-0.0");
  CHECK(name(real(1e300)) == "1e+300");
  CHECK(name(text("1e+300")) == "%31e+300");
  CHECK(name(real(std::numeric_limits<double>::quiet_NaN())) == "_nan");
  CHECK(name(real(-std::numeric_limits<double>::infinity())) == "_-inf");
  CHECK(name({Type::time, 1717243496'500'000'000, {}, 0}) == "_time.2024-06-01T12%3A04%3A56.500Z");
  CHECK(name(text("[1,2]", Type::json)) == "_json.%5B1,2%5D");
  CHECK(name(text("a/b", Type::bytes)) == "_bytes.a%2Fb");
}

TEST_CASE("a name does not hold what parts it from the next one") {
  NameRule rule;
  rule.separator = '-';
  CHECK(name(text("a-b"), rule) == "a%2Db");
  CHECK(name(integer(-5), rule) == "_%2D5");
  rule.separator = '.';
  CHECK(name(real(1.5), rule) == "1%2E5");
  CHECK(name(text("x", Type::bytes), rule) == "_bytes%2Ex");
  rule.separator = '_';
  CHECK(name(text("a_b"), rule) == "a%5Fb");
  CHECK(name({}, rule) == "_null");
}

TEST_CASE("a long name is cut and ends in a hash of the value") {
  NameRule rule;
  rule.most_bytes = 80;
  std::string exact(80, 'x');
  CHECK(name(text(exact), rule) == exact);
  std::string long_text(81, 'x');
  std::string cut = name(text(long_text), rule);
  CHECK(cut.size() == 80);
  CHECK(cut.starts_with(std::string(46, 'x') + "%~"));
  CHECK(name(text(long_text + "y"), rule) != cut);
  CHECK(name(text(long_text, Type::bytes), rule).substr(48) != cut.substr(48));
  // Nothing is cut within an escape.
  for (std::size_t shift = 0; shift < 3; shift++) {
    std::string escaped = name(text(std::string(shift, 'x') + std::string(200, '/')), rule);
    check_safe(escaped, rule);
    CHECK((escaped.find("%~") - shift) % 3 == 0);
  }
}

TEST_CASE("names are safe, tell values apart, and give strings back") {
  std::mt19937_64 random(7);
  const std::string_view pieces[] = {"a",  "/", "..", "-",  "_", "null", "0", "1", "5",   ".0", "e+300",
                                     "tr", "%", "~",  "ue", "_", "\n",   " ", "é", "%2F", "nan"};
  for (char separator : {'\0', '-', '.', '_'}) {
    NameRule rule;
    rule.separator = separator;
    rule.most_bytes = kLeastNameBytes;
    std::map<std::string, std::pair<Type, std::string>> seen;
    for (int i = 0; i < 20000; i++) {
      std::string content;
      for (uint64_t n = random() % 6; n > 0; n--) content += pieces[random() % std::size(pieces)];
      if (random() % 50 == 0) content.append(random() % 100, '/');
      Value value = text(content, std::array{Type::string, Type::bytes, Type::json}[random() % 3]);
      const uint64_t kind = random() % 8;
      if (kind == 0) value = integer(static_cast<int64_t>(random() % 40) - 20);
      if (kind == 1) value = real(static_cast<double>(static_cast<int64_t>(random() % 40) - 20) / 2);
      if (kind <= 1) content = std::to_string(value.word);
      const std::string got = name(value, rule);
      check_safe(got, rule);
      if (separator) REQUIRE(got.find(separator, 1) == std::string::npos);
      auto [at, fresh] = seen.emplace(got, std::pair(value.type, content));
      REQUIRE(at->second == std::pair(value.type, content));
      if (value.type == Type::string && got.find("%~") == std::string::npos) REQUIRE(string_of(got) == content);
    }
  }
}

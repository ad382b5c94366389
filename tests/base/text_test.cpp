#include "base/text.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace ev;

namespace {

std::string size_error(std::string_view text) {
  try {
    parse_size(text);
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.reason();
  }
  return "no error";
}

}  // namespace

TEST_CASE("sizes are bytes or powers of 1024") {
  CHECK(parse_size("1073741824") == 1073741824);
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("512k") == 512 << 10);
  CHECK(parse_size("512K") == 512 << 10);
  CHECK(parse_size("64M") == 64 << 20);
  CHECK(parse_size("64MB") == 64 << 20);
  CHECK(parse_size("64 MiB") == 64 << 20);
  CHECK(parse_size("1GiB") == uint64_t{1} << 30);
  CHECK(parse_size("1.5G") == uint64_t{3} << 29);
  CHECK(parse_size("7B") == 7);
  CHECK(parse_size("18446744073709551615") == UINT64_MAX);
  CHECK(parse_size("15E") == uint64_t{15} << 60);
}

TEST_CASE("what is no size is a usage error that says why") {
  for (std::string text : {"", "M", "-1", "+1", "1.", ".5M", "x", " 1"}) {
    CAPTURE(text);
    CHECK(size_error(text) == "not a size");
  }
  for (std::string text : {"1m", "1MM", "1KBB", "1i", "1 ", "1,5G", "1  M", "0x10"}) {
    CAPTURE(text);
    CHECK(size_error(text) == "unknown unit");
  }
  CHECK(size_error("1.5") == "not a whole number of bytes");
  CHECK(size_error("16E") == "too large");
  CHECK(size_error("18446744073709551616") == "too large");
  CHECK(size_error("99999999999999999999999999999999999999999999") == "too large");
}

TEST_CASE("sizes for people") {
  CHECK(size_text(0) == "0 B");
  CHECK(size_text(1023) == "1023 B");
  CHECK(size_text(1024) == "1.0 KiB");
  CHECK(size_text(1536) == "1.5 KiB");
  CHECK(size_text((1 << 20) - 1) == "1.0 MiB");
  CHECK(size_text(1'610'612'736) == "1.5 GiB");
  CHECK(size_text(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("grouped digits") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(UINT64_MAX) == "18,446,744,073,709,551,615");
}

TEST_CASE("concat and join") {
  CHECK(concat("block ", 41, ", row ", uint64_t{7}, '!', std::string("x")) == "block 41, row 7!x");
  CHECK(concat(INT64_MIN) == "-9223372036854775808");
  const std::string parts[] = {"a", "b", "c"};
  CHECK(join(parts, ", ") == "a, b, c");
  CHECK(join({}, ", ").empty());
}

TEST_CASE("UTF-8: what Unicode allows") {
  for (std::string_view text :
       {"", "plain", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf4\x8f\xbf\xbf", "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"}) {
    CAPTURE(text);
    CHECK(valid_utf8(text));
    CHECK(valid_utf8("0123456789abcdef" + std::string(text) + "0123456789abcdefg"));
  }
}

TEST_CASE("UTF-8: overlong forms, surrogates, stray and missing bytes are invalid at every offset") {
  for (std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3\x28", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82",
        "\xe2\x28\xa1", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe"}) {
    for (std::size_t before = 0; before < 34; before++) {
      CHECK_FALSE(valid_utf8(std::string(before, 'x') + std::string(text)));
      CHECK_FALSE(valid_utf8(std::string(before, 'x') + std::string(text) + std::string(20, 'y')));
    }
  }
}

TEST_CASE("nothing that escape_controls() gives moves a terminal") {
  CHECK(escape_controls("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(escape_controls("\x1b[31m") == "\\x1b[31m");
  CHECK(escape_controls(std::string_view("\0\x7f", 2)) == "\\x00\\x7f");
  CHECK(escape_controls("\xc2\x9b"
                        "31m") == "\\xc2\\x9b31m");  // CSI as one character
  CHECK(escape_controls("\x9b\xff") == "\\x9b\\xff");
  CHECK(escape_controls("caf\xc3\xa9 \xe2\x82\xac") == "caf\xc3\xa9 \xe2\x82\xac");
  CHECK(escape_controls("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

TEST_CASE("did you mean") {
  const std::string names[] = {"event_type", "user_id", "value", "sum", "count"};
  CHECK(nearest("event_tpye", names) == "event_type");  // a swap
  CHECK(nearest("userid", names) == "user_id");         // an omission
  CHECK(nearest("values", names) == "value");           // an insertion
  CHECK(nearest("conut", names) == "count");
  CHECK(nearest("event_kind", names) == std::nullopt);  // 4 edits, a third of 10 is 3
  CHECK(nearest("evnt_tipe", names) == "event_type");
  CHECK(nearest("xy", names) == std::nullopt);
  CHECK(nearest("", names) == std::nullopt);
  CHECK(nearest("zzzzzz", names) == std::nullopt);
  CHECK(nearest("sum", {}) == std::nullopt);
  CHECK(nearest("max", names) == std::nullopt);  // nothing in common but the length
}

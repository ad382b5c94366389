#include "event/value_order.h"

#include <doctest/doctest.h>

#include <limits>

#include "aggregate/radix_sort.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

Value view(const Datum& d) {
  Value v;
  v.type = d.type;
  v.word = d.word;
  v.text = d.text;
  v.form = d.form;
  return v;
}

}  // namespace

TEST_CASE("values of all kinds stand in one order") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const std::vector<Datum> ascending = {
      null(),
      boolean(false),
      boolean(true),
      real(-kInf),
      json("-1e400"),
      real(-1e300),
      json("-9223372036854775809.5"),
      json("-9223372036854775809"),
      integer(INT64_MIN),
      real(-0x1p63),
      integer(INT64_MIN + 1),
      real(-1.5),
      integer(-1),
      real(-1.0),
      real(-5e-324),
      json("-1e-400"),
      integer(0),
      real(-0.0),
      real(0.0),
      json("1e-400"),
      real(5e-324),
      json("0.1"),  // less than the double nearest to 0.1
      real(0.1),
      json("0.10000000000000000555111512312578271"),  // a little more than that double
      integer(1),
      real(1.0),
      integer(9007199254740992),
      real(9007199254740992.0),
      integer(9007199254740993),
      integer(INT64_MAX),
      natural(uint64_t{1} << 63),
      real(0x1p63),
      natural((uint64_t{1} << 63) + 1),
      natural(UINT64_MAX),
      real(0x1p64),
      json("18446744073709551616"),
      json("18446744073709551617"),
      json("100000000000000000000"),
      json("1e30"),
      real(1e30),  // 1000000000000000019884624838656
      json("1000000000000000019884624838657"),
      json("1e400"),
      json("1e99999999999999999999"),
      real(kInf),
      real(std::numeric_limits<double>::quiet_NaN()),
      instant(-5),
      instant(7, 0),
      instant(7, 3),
      text(""),
      text("1"),
      text("\xc3\xa4"),
      text("", Type::bytes),
      text("a", Type::bytes),
      json("[1]"),
      json("{}"),
      text("\x01", Type::state),
  };
  for (std::size_t a = 0; a < ascending.size(); a++) {
    for (std::size_t b = 0; b < ascending.size(); b++) {
      CAPTURE(a);
      CAPTURE(b);
      int order = compare_values(view(ascending[a]), view(ascending[b]));
      CHECK((order < 0) == (a < b));
      CHECK((order > 0) == (a > b));
    }
  }
}

TEST_CASE("one number in other digits is equal but for its type") {
  CHECK(compare_values(view(json("1.50e1")), view(real(15.0))) > 0);
  CHECK(compare_values(view(json("18446744073709551616")), view(real(0x1p64))) > 0);
  CHECK(compare_values(view(json("0.150E+2")), view(json("15"))) != 0);  // the texts differ
}

TEST_CASE("words are ordered as their values") {
  const std::vector<double> floats = {-1e308, -1.0, -0.0, 0.0, 5e-324, 2.0, std::numeric_limits<double>::infinity()};
  for (std::size_t i = 0; i + 1 < floats.size(); i++)
    CHECK(ordered_word<Type::float64>(real(floats[i]).word) < ordered_word<Type::float64>(real(floats[i + 1]).word));
  for (double d : floats)
    CHECK(word_of_ordered<Type::float64>(ordered_word<Type::float64>(real(d).word)) == real(d).word);
  for (int64_t i : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX})
    CHECK(word_of_ordered<Type::int64>(ordered_word<Type::int64>(integer(i).word)) == integer(i).word);
}

TEST_CASE("radix sort is a stable sort") {
  for (std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{5000}}) {
    std::vector<WordAndNumber> items;
    uint64_t state = 88172645463325252;
    for (uint32_t i = 0; i < n; i++) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;
      items.push_back({i % 3 ? state : state % 1000 << 40, i});
    }
    std::multimap<uint64_t, uint32_t> wanted;
    for (const auto& item : items) wanted.emplace(item.word, item.number);
    radix_sort(items);
    std::size_t at = 0;
    for (const auto& [word, number] : wanted) {
      REQUIRE(items[at].word == word);
      REQUIRE(items[at++].number == number);
    }
  }
}

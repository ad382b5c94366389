#include "base/named_values.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace ev;

TEST_CASE("names and values come back, whatever the values hold") {
  NamedValues line;
  line.add("path", "/var/log/a b%20\n.log");
  line.add("offset", uint64_t{18446744073709551615u});
  line.add_signed("since", -1);
  line.add("column", "");
  line.add("column", "\xc3\xa4=x");
  CHECK(line.text() ==
        "path=/var/log/a%20b%2520%0a.log offset=18446744073709551615 since=-1 column= column=\xc3\xa4=x");
  const NamedValues read(line.text(), "f");
  CHECK(read.text() == line.text());
  CHECK(read.get("path") == "/var/log/a b%20\n.log");
  CHECK(read.get_number("offset") == 18446744073709551615u);
  CHECK(read.get_signed("since") == -1);
  CHECK(read.all("column") == std::vector<std::string>{"", "\xc3\xa4=x"});
  CHECK_FALSE(read.find("line"));
}

TEST_CASE("a line of names and values that is broken is corrupt") {
  for (const char* text : {"word", "=x", "a=%", "a=%1", "a=%zz", "a=1  b=2"})
    CHECK_THROWS_AS(NamedValues(text, "f"), Error);
  const NamedValues line("a=12x b=-1 c=18446744073709551616", "f");
  CHECK_THROWS_AS(line.get("z"), Error);
  for (const char* name : {"a", "b", "c"}) CHECK_THROWS_AS(line.get_number(name), Error);
  CHECK_THROWS_AS(line.get_signed("a"), Error);
}

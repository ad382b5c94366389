#include "event/path.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/pod_vector.h"
#include "event/column.h"

using namespace ev;

namespace {

std::string usage_error(std::span<const Path> paths, std::string_view name) {
  try {
    find_path(paths, name);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a path is kept as 16-bit lengths and bytes") {
  using namespace std::string_literals;
  CHECK(Path{"ab", "", "c"}.encoded() == "\x02\x00"s + "ab" + "\x00\x00"s + "\x01\x00"s + "c");
  CHECK(Path{"a", "b"} == Path::key("a").child("b"));
  CHECK(Path{"a", "b"} != Path::key("a.b"));
  CHECK(Path{"a", "b"}.name() == "a.b");
  CHECK(Path{"", ""}.name() == ".");
  CHECK(Path{"a", "", "b"}.steps() == std::vector<std::string_view>{"a", "", "b"});
  CHECK(Path{"a", "", "b"}.step_count() == 3);
  CHECK(Path().step_count() == 0);
}

TEST_CASE("decode gives the path back and refuses lengths that do not add up") {
  const Path path{"metadata", "", "chain"};
  CHECK(Path::decode(as_bytes(path.encoded())) == path);
  const std::string& encoded = path.encoded();
  for (std::size_t cut = 1; cut < encoded.size(); cut++) {
    const bool between_steps = cut == 10 || cut == 12;
    CAPTURE(cut);
    if (between_steps) {
      CHECK_NOTHROW(Path::decode(as_bytes(std::string_view(encoded).substr(0, cut))));
    } else {
      CHECK_THROWS_AS(Path::decode(as_bytes(std::string_view(encoded).substr(0, cut))), Error);
    }
  }
}

TEST_CASE("a step of 65535 bytes is held, a longer one refused") {
  const std::string longest(65535, 'k');
  CHECK(Path::key(longest).steps() == std::vector<std::string_view>{longest});
  CHECK_THROWS_AS(Path::key(longest + "k"), Error);
}

TEST_CASE("find_path takes names as they are") {
  const std::vector<Path> paths = {
      Path{"user"}, Path{"metadata", "chain"}, Path{"id.orig_h"}, Path{"x-request-id"}, Path{"a`b"},
      Path{""},     Path{"t", "$date"}};
  CHECK(find_path(paths, "user") == 0);
  CHECK(find_path(paths, "metadata.chain") == 1);
  CHECK(find_path(paths, "id.orig_h") == 2);
  CHECK(find_path(paths, "x-request-id") == 3);
  CHECK(find_path(paths, "a`b") == 4);
  CHECK(find_path(paths, "") == 5);
  CHECK(find_path(paths, "t.$date") == 6);
  CHECK(find_path(paths, "metadata") == -1);
  CHECK(find_path(paths, "metadata.chain.") == -1);
  CHECK(find_path(paths, "metadata.chai") == -1);
  CHECK(find_path(paths, "use") == -1);
  CHECK(find_path({}, "user") == -1);
}

TEST_CASE("find_path reads each backquoted part as one step") {
  const std::vector<Path> paths = {Path{"a.b"}, Path{"a", "b"}, Path{"a.b", "c"}, Path{"a", "b.c"}, Path{"q`q", "r"}};
  CHECK(find_path(paths, "`a.b`") == 0);
  CHECK(find_path(paths, "`a`.`b`") == 1);
  CHECK(find_path(paths, "a.`b`") == 1);
  CHECK(find_path(paths, "`a.b`.c") == 2);
  CHECK(find_path(paths, "a.`b.c`") == 3);
  CHECK(find_path(paths, "`q``q`.r") == 4);
  CHECK(find_path(paths, "`b`") == -1);
}

TEST_CASE("a name that a flat and a nested field share is a usage error that tells them apart") {
  const std::vector<Path> paths = {Path{"a", "b"}, Path{"other"}, Path{"a.b"}};
  const std::string text = usage_error(paths, "a.b");
  CHECK(text.find("`a`.`b` or `a.b`") != text.npos);
  CHECK(find_path(paths, "`a`.`b`") == 0);
  CHECK(find_path(paths, "`a.b`") == 2);
}

TEST_CASE("a backquote that is not closed is a usage error, unless a field has that very name") {
  const std::vector<Path> paths = {Path{"a"}, Path{"`odd"}};
  CHECK(usage_error(paths, "`a") != "");
  CHECK(usage_error(paths, "`a`b") != "");
  CHECK(find_path(paths, "`odd") == 1);
}

TEST_CASE("types have the names of the specification") {
  const std::string_view names[] = {"null", "bool", "int", "uint", "float", "string", "bytes", "time", "json", "state"};
  for (uint8_t type = 0; type <= kLastType; type++) CHECK(type_name(static_cast<Type>(type)) == names[type]);
}

TEST_CASE("names of paths that are new") {
  CHECK(parse_path("a.b") == Path{"a", "b"});
  CHECK(parse_path("`a.b`.c") == Path{"a.b", "c"});
  CHECK(parse_path("x-y") == Path{"x-y"});
  CHECK(parse_path("`a``b`") == Path{"a`b"});
  CHECK_THROWS_WITH_AS(parse_path("a..b"), doctest::Contains("a step of the name is empty"), Error);
  CHECK_THROWS_AS(parse_path(""), Error);
  CHECK_THROWS_AS(parse_path("`a"), Error);
  for (const Path& path : {Path{"a"}, Path{"a.b", "c"}, Path{"`", "x`y"}}) CHECK(parse_path(quoted_name(path)) == path);
}

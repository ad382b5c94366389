#include "archive/path_template.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace ev;

namespace {

std::string destination(const PathTemplate& t, std::vector<std::string_view> names) {
  return t.destination(names);
}

std::string failure(std::string_view text, const std::string& zone = "") {
  try {
    PathTemplate{text, zone}.check_ending();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("what -o says: a file, a folder, or a template") {
  CHECK(!PathTemplate::is_one("out.ev"));
  CHECK(!PathTemplate::is_one("-"));
  CHECK(PathTemplate::is_one("out/"));
  CHECK(PathTemplate::is_one("{a}.ev"));
  CHECK(PathTemplate::is_one("a}"));
}

TEST_CASE("a folder for each value") {
  PathTemplate t("archive/{time:%Y/%m/%d/%H}/", "");
  CHECK(t.folders());
  CHECK(!t.one_file());
  CHECK(t.root() == "archive");
  REQUIRE(t.fields().size() == 1);
  CHECK(t.fields()[0].event_time);
  CHECK(t.fields()[0].time->pattern() == "%Y/%m/%d/%H");
  CHECK(destination(t, {"2024/06/01/12"}) == "2024/06/01/12");
  CHECK(t.below_root("2024") == "archive/2024");
}

TEST_CASE("a file for each value") {
  PathTemplate t("/data/logs/part-{meta.chain}.{`a}:b`}.ev", "");
  CHECK(!t.folders());
  CHECK(!t.one_file());
  CHECK(t.root() == "/data/logs");
  REQUIRE(t.fields().size() == 2);
  CHECK(t.fields()[0].name == "meta.chain");
  CHECK(!t.fields()[0].event_time);
  CHECK(t.fields()[0].rule.separator == '.');
  CHECK(t.fields()[1].name == "`a}:b`");
  CHECK(t.fields()[1].rule.separator == 0);
  CHECK(destination(t, {"base", "7"}) == "part-base.7.ev");
}

TEST_CASE("an archive folder without a field, and roots") {
  PathTemplate folder("out//", "");
  CHECK(folder.folders());
  CHECK(folder.root() == "out");
  CHECK(destination(folder, {}) == "");
  CHECK(folder.below_root("") == "out");
  CHECK(PathTemplate("{a}/", "").root() == ".");
  CHECK(PathTemplate("{a}/", "").below_root("x") == "x");
  CHECK(PathTemplate("x{a}/b/", "").root() == ".");
  CHECK(destination(PathTemplate("x{a}/b/", ""), {"y"}) == "xy/b");
  CHECK(PathTemplate("/{a}/", "").root() == "/");
  CHECK(PathTemplate("/{a}/", "").below_root("x") == "/x");
  CHECK(PathTemplate("../o/{a}/", "").root() == "../o");
}

TEST_CASE("doubled braces are braces") {
  PathTemplate t("a{{b}}.ev", "");
  CHECK(t.one_file());
  CHECK(destination(t, {}) == "a{b}.ev");
  CHECK(destination(PathTemplate("{{{a}}}/", ""), {"x"}) == "{x}");
}

TEST_CASE("{time} without a format is a field, `time` with one as well") {
  PathTemplate t("{time}/{`time`:%Y}/{created:%Y}/", "");
  CHECK(!t.fields()[0].event_time);
  CHECK(!t.fields()[0].time);
  CHECK(!t.fields()[1].event_time);
  CHECK(t.fields()[1].time);
  CHECK(!t.fields()[2].event_time);
}

TEST_CASE("names share the bytes of their step") {
  PathTemplate one("{a}/{b}.ev", "");
  CHECK(one.fields()[0].rule.most_bytes == 200);
  CHECK(one.fields()[0].rule.separator == 0);
  PathTemplate two("{a}-{b}.ev", "");
  CHECK(two.fields()[0].rule.most_bytes == (255 - 4) / 2);
  CHECK(two.fields()[1].rule.most_bytes == (255 - 4) / 2);
  CHECK(PathTemplate("{time:%Y}-{time:%m}-{time:%d}-{time:%H}/", "").fields().size() == 4);
  CHECK(failure("x/{a}-{b}-{c}-{d}/") == "column 3: the name that this is part of would be too long; put in a /");
  CHECK(failure(std::string(200, 'x') + "{a}/") ==
        "column 201: the name that this is part of would be too long; put in a /");
}

TEST_CASE("what is no template says where") {
  CHECK(failure("out/{a") == "column 5: a { without its }; write {{ for a brace");
  CHECK(failure("out/{a{b}/") == "column 5: a { without its }; write {{ for a brace");
  CHECK(failure("\xc3\xa4/a}b/") == "column 4: a } that closes no {; write }} for a brace");
  CHECK(failure("out/{}/") == "column 5: a field without a name; write {FIELD} or {time:%Y/%m/%d}");
  CHECK(failure("out/{:%Y}/") == "column 5: a field without a name; write {FIELD} or {time:%Y/%m/%d}");
  CHECK(failure("out/{a}{b}/") == "column 8: two fields that nothing parts; put a / between them");
  CHECK(failure("out/{a}x{b}/") ==
        "column 9: what parts two fields of a step begins with x; put a / or a - between them");
  CHECK(failure("{time:%Y/%q}/").starts_with("column 10: a time format knows no %q; use %Y"));
  CHECK(failure("{time:}/") == "column 7: an empty time format; for example %Y/%m/%d");
  CHECK(failure("{time:%Y/{a}/") == "column 1: a { without its }; write {{ for a brace");
  CHECK(failure("out/{a}") ==
        "a template ends in / (a folder for each value) or in .ev (a file for each value); add a /");
  CHECK(failure("out/{a}.jsonl").starts_with("a template ends in / "));
  CHECK(failure("out/{a}.ev") == "");
  CHECK(failure("out/{a}/../b/") ==
        "column 5: a step .. behind a field; name the folder itself before the first field");
  CHECK(failure("{time:%Y/../%m}/") ==
        "column 1: a step .. behind a field; name the folder itself before the first field");
  CHECK(failure("{`a}/") == "column 1: a { without its }; write {{ for a brace");
  CHECK(failure("{`a`b}/").find("a dot is missing behind a backquote") != std::string::npos);
  CHECK(failure("{time:%Y}/", "Mars/Olympus").find("no such zone") != std::string::npos);
}

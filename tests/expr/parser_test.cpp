#include <doctest/doctest.h>

#include <string>

#include "base/error.h"
#include "expr/syntax.h"
#include "expr/token.h"

using namespace ev;

namespace {

/// The tree as one line: (operator operands), "text", name, {duration}.
std::string shape(const Syntax& tree) {
  auto with_children = [&](std::string head) {
    for (const auto& child : tree.children) head += " " + shape(*child);
    return "(" + head + ")";
  };
  switch (tree.kind) {
    case SyntaxKind::number:
    case SyntaxKind::word:
      return tree.text;
    case SyntaxKind::name:
      return tree.text;
    case SyntaxKind::duration:
      return "{" + tree.text + "}";
    case SyntaxKind::text:
      return "\"" + tree.text + "\"";
    case SyntaxKind::element:
      return with_children("[" + std::to_string(tree.index) + "]");
    case SyntaxKind::step:
      return with_children("." + tree.text);
    case SyntaxKind::call:
      return with_children(tree.text + "()");
    case SyntaxKind::operation:
      return with_children(tree.text);
  }
  return "?";
}

std::string parsed(std::string_view text) {
  return shape(*parse_expression(text));
}

std::string failure(std::string_view text) {
  try {
    return "no failure: " + parsed(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
}

}  // namespace

TEST_CASE("operators bind as the grammar says") {
  CHECK(parsed("a or b and not c == d") == "(or a (and b (not (== c d))))");
  CHECK(parsed("a || b && c") == "(or a (and b c))");
  CHECK(parsed("a and b AND c && d") == "(and a b c d)");
  CHECK(parsed("1 + 2 * 3 - 4") == "(- (+ 1 (* 2 3)) 4)");
  CHECK(parsed("a / b // c % d") == "(% (// (/ a b) c) d)");
  CHECK(parsed("-a * -2") == "(* (negate a) (negate 2))");
  CHECK(parsed("(1 + 2) * 3") == "(* (+ 1 2) 3)");
  CHECK(parsed("a + 1 < b * 2") == "(< (+ a 1) (* b 2))");
  CHECK(parsed("!a and b") == "(and (not a) b)");
  CHECK(parsed("!a == b") == "(== (not a) b)");
  CHECK(parsed("not a == b") == "(not (== a b))");
  CHECK(parsed("not not a") == "(not (not a))");
}

TEST_CASE("comparisons have the spellings of several languages") {
  CHECK(parsed("a = 1") == "(== a 1)");
  CHECK(parsed("a <> 1") == "(!= a 1)");
  CHECK(parsed("a =~ 'x'") == "(=~ a \"x\")");
  CHECK(parsed("a=~\"x\"") == "(=~ a \"x\")");
  CHECK(parsed("a !~ 'x'") == "(not (=~ a \"x\"))");
  CHECK(parsed("a=-1") == "(== a (negate 1))");
  CHECK(parsed("a is null") == "(is null a)");
  CHECK(parsed("a IS NOT NULL") == "(not (is null a))");
  CHECK(parsed("a in (1, 'x')") == "(in a 1 \"x\")");
  CHECK(parsed("a not in (1)") == "(not (in a 1))");
  CHECK(parsed("a in ()") == "(in a)");
}

TEST_CASE("names, steps into arrays and calls") {
  CHECK(parsed("metadata.country") == "metadata.country");
  CHECK(parsed("@timestamp") == "@timestamp");
  CHECK(parsed("t.$date") == "t.$date");
  CHECK(parsed("a.0.b") == "a.0.b");
  CHECK(parsed("größe") == "größe");
  CHECK(parsed("`x-request-id`") == "`x-request-id`");
  CHECK(parsed("`a.b`.c") == "`a.b`.c");
  CHECK(parsed("`and`") == "`and`");
  CHECK(parsed("f[0].x.y[-1]") == "([-1] (.y (.x ([0] f))))");
  CHECK(parsed("f[0].`a.b`.c") == "(.c (.a.b ([0] f)))");
  CHECK(parsed("f[0].`a``b`") == "(.a`b ([0] f))");
  CHECK(parsed("If(a, 1, lower(b))") == "(if() a 1 (lower() b))");
  CHECK(parsed("now ( )") == "(now())");
  CHECK(parsed("json(f, '$.a')[0]") == "([0] (json() f \"$.a\"))");
  CHECK(parsed("x-request-id") == "(- (- x request) id)");
}

TEST_CASE("literals") {
  CHECK(parsed("true") == "true");
  CHECK(parsed("NULL") == "null");
  CHECK(parsed("1.5e-3") == "1.5e-3");
  CHECK(parsed("5m") == "{5m}");
  CHECK(parsed("1h30m") == "{1h30m}");
  CHECK(parsed("1.5h") == "{1.5h}");
  CHECK(parsed(R"("a\"b")") == "\"a\"b\"");
  CHECK(parsed(R"('it\'s')") == "\"it's\"");
  CHECK(parsed(R"("a\\b\n\t")") == "\"a\\b\n\t\"");
  CHECK(parsed(R"('^\d+\.x$')") == R"("^\d+\.x$")");
}

TEST_CASE("errors name the column and a remedy") {
  CHECK(
      failure("status ==") ==
      "column 10 of \"status ==\": a value is missing at the end; if $NAME or something in backquotes stood there, the "
      "shell took it: put the expression into single quotes");
  CHECK(failure("").starts_with("column 1 of \"\": the expression is empty; if $NAME"));
  CHECK(failure("  ").starts_with("column 3 of \"  \": the expression is empty; if $NAME"));
  CHECK(failure(" == 5").starts_with(
      "column 2 of \" == 5\": expected a value, not ==; if $NAME or something in backquotes"));
  CHECK(failure("t. > 5").starts_with("column 3 of \"t. > 5\": a name is missing behind the dot; if $NAME"));
  CHECK(failure("a == 'x") == "column 6 of \"a == 'x\": the string that begins here has no closing '");
  CHECK(failure("a < b < c") ==
        "column 7 of \"a < b < c\": expected an operator, not <; comparisons do not chain: write a < b and b < c");
  CHECK(failure("name like 'x%'") ==
        "column 6 of \"name like 'x%'\": expected an operator, not like; match a regular expression: f =~ \"^abc\", or "
        "call contains(f, \"abc\")");
  CHECK(failure("(a == 1") == "column 8 of \"(a == 1\": expected ) to close the parenthesis, not the end");
  CHECK(failure("lower(a") == "column 8 of \"lower(a\": expected ) or a comma behind an argument, not the end");
  CHECK(failure("a is 5") == "column 6 of \"a is 5\": expected null, not 5; values are compared by == and !=");
  CHECK(failure("a in 5") == "column 6 of \"a in 5\": expected ( behind in, not 5");
  CHECK(failure("ä & b") == "column 3 of \"ä & b\": \"&\" means nothing here; write and, or &&");
  CHECK(failure("a == “x”") == "column 6 of \"a == “x”\": a typographic quote, “; strings stand in \" or '");
  CHECK(failure("f[x]") == "column 3 of \"f[x]\": expected the number of an element, from 0, not x");
  CHECK(failure("`a") == "column 1 of \"`a\": the backquote that begins here is not closed");
  CHECK(failure("``") == "column 1 of \"``\": a name is missing between the backquotes");
  CHECK(failure("a == in") ==
        "column 6 of \"a == in\": expected a value, not in; a field of that name stands in "
        "backquotes: `in`");
  CHECK(failure("x == 007") ==
        "column 6 of \"x == 007\": a number with a leading zero; leave the zero out, or put a text into quotes");
  CHECK(failure("t > 2024-12-11") ==
        "column 5 of \"t > 2024-12-11\": a date that is not quoted is a difference of numbers; write \"2024-12-11\"");
  CHECK(failure(".a > 5") ==
        "column 1 of \".a > 5\": expected a value, not .; fields are named without a dot in front: a");
  CHECK(failure("a => 5") == "column 3 of \"a => 5\": => means nothing here; write >=");
  CHECK(failure("a === 5") == "column 3 of \"a === 5\": === means nothing here; write ==");
  CHECK(failure("a b") == "column 3 of \"a b\": expected an operator, not b");
  CHECK(failure("a == 'x\xff'") == "expression: is not valid UTF-8");
}

TEST_CASE("length and nesting are limited") {
  std::string list = "a in (1";
  while (list.size() + 3 < kMaxExpressionBytes) list += ", 1";
  list += ")";
  CHECK(parse_expression(list)->children.size() > 20000);
  CHECK(failure(list + std::string(10, ' ')) == "expression: longer than 65536 bytes");

  std::string alternatives = "a == 1";
  for (int i = 0; i < 3000; i++) alternatives += " or a == 1";
  CHECK(parse_expression(alternatives)->depth == 3);

  auto nested = [](std::string_view open, std::size_t levels, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < levels; i++) text += open;
    text += "a";
    for (std::size_t i = 0; i < levels; i++) text += close;
    return text;
  };
  for (auto [open, close] :
       {std::pair("(", ")"), {"-", ""}, {"not ", ""}, {"lower(", ")"}, {"", "[0]"}, {"", " + a"}}) {
    CHECK(parse_expression(nested(open, kMaxExpressionDepth - 1, close))->depth <= kMaxExpressionDepth);
    CHECK(failure(nested(open, kMaxExpressionDepth + 1, close)).ends_with("nested deeper than 200 levels"));
  }
}

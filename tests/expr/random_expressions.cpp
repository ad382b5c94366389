// Random trees and rows for the reference evaluator.
#include <cmath>

#include "base/text.h"
#include "reference.h"

namespace ev::reference {
namespace {

constexpr int64_t kBase = 1'717'200'000'000'000'000;  // 2024-06-01

template <std::size_t n>
const char* one_of(std::mt19937_64& random, const char* const (&names)[n]) {
  return names[random() % n];
}

Datum random_integer(std::mt19937_64& random) {
  Datum d;
  d.kind = Datum::integer;
  switch (random() % 8) {
    case 0:
      d.whole = (Wide{1} << (random() % 64)) + static_cast<int>(random() % 3) - 1;
      break;
    case 1:
      d.whole = -((Wide{1} << (random() % 63)) + static_cast<int>(random() % 3) - 1);
      break;
    case 2:
      d.whole = static_cast<Wide>(random());
      break;
    default:
      d.whole = static_cast<int>(random() % 11) - 5;
  }
  return d;
}
Datum random_real(std::mt19937_64& random) {
  Datum d;
  d.kind = Datum::real;
  switch (random() % 6) {
    case 0:
      d.fraction = std::ldexp(1.0, static_cast<int>(random() % 130) - 60);
      break;
    case 1:
      d.fraction = 1e308;
      break;
    default:
      d.fraction = (static_cast<double>(random() % 41) - 20) / 4;
  }
  return d;
}
Datum random_text(std::mt19937_64& random) {
  Datum d;
  d.kind = Datum::text;
  static const char* const kTexts[] = {"",
                                       "a",
                                       "b",
                                       "ab",
                                       "Ab",
                                       "a,b",
                                       "a,b,c",
                                       "12",
                                       "0",
                                       "DE",
                                       "a text longer than sixteen bytes",
                                       "a text longer than sixteen bytez"};
  d.string = one_of(random, kTexts);
  return d;
}
Datum random_truth(std::mt19937_64& random) {
  Datum d;
  d.kind = Datum::boolean;
  d.truth = random() % 2;
  return d;
}
Datum random_instant(std::mt19937_64& random) {
  Datum d;
  d.kind = Datum::instant;
  d.whole = kBase + static_cast<int64_t>(random() % 1000) * 1'000'000'000'000 +
            static_cast<int64_t>(random() % 3) * 500'000'000;
  if (random() % 8 == 0) d.whole = -static_cast<int64_t>(random() % 1'000'000'000'000'000'000);
  while (d.digits < 9 && d.whole % static_cast<Wide>(std::pow(10, 9 - d.digits)) != 0) d.digits += 3;
  return d;
}

std::unique_ptr<Tree> tree(std::string op, std::string text = {}) {
  auto made = std::make_unique<Tree>();
  made->op = std::move(op);
  made->text = std::move(text);
  return made;
}

/// Kinds of what a random tree is meant to give: b, n(umber), s(tring), t(ime), or ? for any.
std::unique_ptr<Tree> of_kind(std::mt19937_64& random, int depth, char kind);

std::unique_ptr<Tree> literal(std::mt19937_64& random, char kind) {
  auto made = tree("literal");
  Datum& d = made->literal;
  switch (kind) {
    case 'b':
      d = random_truth(random);
      break;
    case 's':
      d = random_text(random);
      break;
    default:
      d = random() % 2 ? random_integer(random) : random_real(random);
  }
  if (random() % 20 == 0) d = {};
  std::string text = shown(d);
  made->text = text.substr(text.find(' ') == text.npos || d.kind == Datum::text ? 0 : text.find(' ') + 1);
  // A minus is an operator: in parentheses the literal stays one value.
  if (made->text.starts_with('-')) made->text = "(" + made->text + ")";
  return made;
}

std::unique_ptr<Tree> leaf(std::mt19937_64& random, char kind) {
  if (kind != 't' && random() % 2) return literal(random, kind);
  static const char* const kNumbers[] = {"i", "f", "sparse", "mixed", "big"};
  static const char* const kTexts[] = {"s", "code", "mixed", "rare"};
  static const char* const kTruths[] = {"yes", "maybe"};
  static const char* const kTimes[] = {"t", "u"};
  static const char* const kAll[] = {"i", "f", "sparse", "mixed", "s", "code", "yes", "t", "rare", "nothing", "big"};
  switch (random() % 10 == 0 ? '?' : kind) {
    case 'b':
      return tree("field", one_of(random, kTruths));
    case 'n':
      return tree("field", one_of(random, kNumbers));
    case 's':
      return tree("field", one_of(random, kTexts));
    case 't':
      return tree("field", one_of(random, kTimes));
    default:
      return tree("field", one_of(random, kAll));
  }
}

std::unique_ptr<Tree> with(std::mt19937_64& random, int depth, std::string op, std::string_view kinds) {
  auto made = tree(std::move(op));
  for (char kind : kinds) made->children.push_back(of_kind(random, depth - 1, kind));
  return made;
}

std::unique_ptr<Tree> truth_tree(std::mt19937_64& random, int depth) {
  static const char* const kComparisons[] = {"==", "!=", "<", "<=", ">", ">="};
  static const char* const kTextTests[] = {"contains", "starts_with", "ends_with"};
  static const char* const kPairs[] = {"nn", "ss", "tt", "bb", "nn", "??"};
  switch (random() % 8) {
    case 0:
      return with(random, depth, random() % 2 ? "and" : "or", random() % 2 ? "bb" : "bbb");
    case 1:
      return with(random, depth, "not", "b");
    case 2:
      return with(random, depth, "is null", "?");
    case 3: {
      auto made = with(random, depth, "in", random() % 2 ? "n" : "s");
      for (std::size_t n = random() % 4; n > 0; n--)
        made->children.push_back(literal(random, random() % 2 ? 'n' : 's'));
      return made;
    }
    case 4:
      return with(random, depth, one_of(random, kTextTests), "ss");
    default:
      return with(random, depth, one_of(random, kComparisons), one_of(random, kPairs));
  }
}

std::unique_ptr<Tree> number_tree(std::mt19937_64& random, int depth) {
  static const char* const kOperators[] = {"+", "-", "*", "/", "//", "%"};
  static const char* const kOfOne[] = {"negate", "abs", "floor", "ceil"};
  static const char* const kParts[] = {"year", "month", "day", "hour", "minute", "second", "weekday", "yearday"};
  switch (random() % 8) {
    case 0:
      return with(random, depth, one_of(random, kOfOne), "n");
    case 1:
      return with(random, depth, random() % 2 ? "least" : "greatest", random() % 2 ? "nn" : "nnn");
    case 2:
      return with(random, depth, one_of(random, kParts), "t");
    case 3:
      return with(random, depth, random() % 2 ? "int" : "float", "?");
    case 4:
      return random() % 2 ? with(random, depth, "length", "s") : with(random, depth, "-", "tt");
    default:
      return with(random, depth, one_of(random, kOperators), "nn");
  }
}

std::unique_ptr<Tree> text_tree(std::mt19937_64& random, int depth) {
  switch (random() % 6) {
    case 0:
      return with(random, depth, random() % 2 ? "lower" : "upper", "s");
    case 1:
      return with(random, depth, "concat", random() % 2 ? "s?" : "??s");
    case 2:
      return with(random, depth, "string", "?");
    case 3: {
      auto made = with(random, depth, "substr", random() % 2 ? "s" : "s");
      for (std::size_t n = 1 + random() % 2; n > 0; n--) {
        made->children.push_back(tree("literal"));
        made->children.back()->literal.kind = Datum::integer;
        made->children.back()->literal.whole = static_cast<int>(random() % 9) - 3;
        made->children.back()->text = "(" + concat(static_cast<int64_t>(made->children.back()->literal.whole)) + ")";
      }
      return made;
    }
    case 4: {
      auto made = with(random, depth, "split_part", "ss");
      made->children.push_back(tree("literal", "2"));
      made->children.back()->literal.kind = Datum::integer;
      made->children.back()->literal.whole = 2;
      return made;
    }
    default:
      return with(random, depth, "+", "ss");
  }
}

std::unique_ptr<Tree> of_kind(std::mt19937_64& random, int depth, char kind) {
  static const char kKinds[] = {'b', 'n', 's', 't'};
  if (kind == '?' || random() % 25 == 0) kind = kKinds[random() % 4];
  if (depth <= 0 || random() % 5 == 0) return leaf(random, kind);
  if (random() % 8 == 0) return with(random, depth, "if", std::string("b") + kind + kind);
  if (random() % 10 == 0) return with(random, depth, "coalesce", std::string(1 + random() % 3, kind));
  switch (kind) {
    case 'b':
      return truth_tree(random, depth);
    case 'n':
      return number_tree(random, depth);
    case 's':
      return text_tree(random, depth);
    default:
      return with(random, depth, random() % 2 ? "+" : "-", "tn");
  }
}

}  // namespace

std::unique_ptr<Tree> random_tree(std::mt19937_64& random, int depth) {
  return of_kind(random, depth, random() % 2 ? 'b' : '?');
}

Row random_row(std::mt19937_64& random) {
  Row row;
  row["i"] = random_integer(random);
  while (row["i"].whole > INT64_MAX) row["i"] = random_integer(random);
  row["f"] = random_real(random);
  row["s"] = random_text(random);
  row["code"].kind = Datum::text;
  row["code"].string = random() % 2 ? "DE" : "FR";
  row["yes"] = random_truth(random);
  row["t"] = random_instant(random);
  if (random() % 2) row["sparse"] = random_integer(random);
  if (random() % 4 == 0) row["rare"] = random_text(random);
  if (random() % 3) row["maybe"] = random_truth(random);
  if (random() % 2) row["u"] = random_instant(random);
  switch (random() % 6) {
    case 0:
      row["mixed"] = random_integer(random);
      break;
    case 1:
      row["mixed"] = random_real(random);
      break;
    case 2:
      row["mixed"] = random_text(random);
      break;
    case 3:
      row["mixed"] = random_truth(random);
      break;
    default:
      break;
  }
  row["big"].kind = Datum::integer;
  row["big"].whole = static_cast<Wide>(random() | uint64_t{1} << 63);
  return row;
}

}  // namespace ev::reference

#include "reference.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>

#include "base/text.h"
#include "base/time.h"

namespace ev::reference {
namespace {

Datum of_bool(bool b) {
  Datum d;
  d.kind = Datum::boolean;
  d.truth = b;
  return d;
}
Datum of_real(double r) {
  Datum d;
  d.kind = Datum::real;
  d.fraction = r;
  return d;
}
Datum of_text(std::string s) {
  Datum d;
  d.kind = Datum::text;
  d.string = std::move(s);
  return d;
}
Datum of_whole(Wide w, Datum::Kind kind = Datum::integer) {
  Datum d;
  d.kind = kind;
  d.whole = w;
  return d;
}

/// An instant, with as many groups of three digits as it needs.
Datum of_instant(Wide ns) {
  Datum d = of_whole(ns, Datum::instant);
  while (d.digits < 9 && ns % static_cast<Wide>(std::pow(10, 9 - d.digits)) != 0) d.digits += 3;
  return d;
}

const Wide kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<uint64_t>::max();

Datum whole_or_overflow(Wide w, Issues& issues) {
  if (w >= kLeast && w <= kMost) return of_whole(w);
  issues.overflow++;
  return {};
}
bool is_number(const Datum& d) {
  return d.kind == Datum::integer || d.kind == Datum::real;
}
/// Holds all integers of 64 bits and all doubles exactly.
long double exactly(const Datum& d) {
  return d.kind == Datum::integer ? static_cast<long double>(d.whole) : static_cast<long double>(d.fraction);
}
double as_double(const Datum& d, bool& rounds) {
  if (d.kind == Datum::real) return d.fraction;
  const double r = static_cast<double>(d.whole);
  rounds |= static_cast<long double>(r) != static_cast<long double>(d.whole);
  return r;
}

bool by_order(const std::string& op, int order) {
  if (op == "==") return order == 0;
  if (op == "!=") return order != 0;
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  return order >= 0;
}
template <class T>
int sign_of(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

Datum compare(const std::string& op, const Datum& a, const Datum& b, Issues& issues) {
  if (a.kind == Datum::null || b.kind == Datum::null) return {};
  if (is_number(a) && is_number(b)) return of_bool(by_order(op, sign_of(exactly(a), exactly(b))));
  if (a.kind != b.kind) {
    issues.across_types++;
    return of_bool(false);
  }
  if (a.kind == Datum::boolean) return of_bool(by_order(op, sign_of(a.truth, b.truth)));
  if (a.kind == Datum::text) return of_bool(by_order(op, sign_of(a.string, b.string)));
  return of_bool(by_order(op, sign_of(a.whole, b.whole)));
}

/// What a constant means beside an instant: itself where it means none.
Datum as_instant(const Datum& constant) {
  std::optional<TimeValue> time;
  if (constant.kind == Datum::integer && constant.whole <= INT64_MAX)
    time = parse_epoch_integer(static_cast<int64_t>(constant.whole));
  if (constant.kind == Datum::real) time = parse_epoch_decimal(float_text(constant.fraction));
  return time ? of_whole(time->ns, Datum::instant) : constant;
}

Datum wrong(Issues& issues) {
  issues.operand++;
  return {};
}

Datum of_two_numbers(const std::string& op, const Datum& a, const Datum& b, Issues& issues) {
  const bool divides = op == "/" || op == "//" || op == "%";
  if (a.kind == Datum::integer && b.kind == Datum::integer) {
    if (divides && b.whole == 0) {
      issues.zero_division++;
      return {};
    }
    if (op == "+") return whole_or_overflow(a.whole + b.whole, issues);
    if (op == "-") return whole_or_overflow(a.whole - b.whole, issues);
    if (op == "//") return whole_or_overflow(a.whole / b.whole, issues);
    if (op == "%") return whole_or_overflow(a.whole % b.whole, issues);
    if (op == "/") {
      const long double quotient = exactly(a) / exactly(b);
      const bool doubles = std::fabs(exactly(a)) <= 0x1p53L && std::fabs(exactly(b)) <= 0x1p53L;
      return of_real(doubles ? static_cast<double>(exactly(a)) / static_cast<double>(exactly(b))
                             : static_cast<double>(quotient));
    }
    // A product of more than 127 bits is out of range anyway.
    if (std::fabs(exactly(a) * exactly(b)) > 0x1p100L) {
      issues.overflow++;
      return {};
    }
    return whole_or_overflow(a.whole * b.whole, issues);
  }
  bool rounds = false;
  const double x = as_double(a, rounds), y = as_double(b, rounds);
  issues.rounded += rounds;
  if (divides && y == 0) {
    issues.zero_division++;
    return {};
  }
  if (op == "//") {
    const long double quotient = std::round((static_cast<long double>(x) - std::fmod(x, y)) / y);
    if (std::fabs(quotient) < 0x1p70L) return whole_or_overflow(static_cast<Wide>(quotient), issues);
    issues.overflow++;
    return {};
  }
  const double result = op == "+" ? x + y : op == "-" ? x - y : op == "*" ? x * y : op == "/" ? x / y : std::fmod(x, y);
  if (std::isfinite(result)) return of_real(result);
  issues.overflow++;
  return {};
}

/// A time and so many seconds.
Datum moved(const Datum& time, const Datum& seconds, int direction, Issues& issues) {
  const long double ns = std::round(exactly(seconds) * 1e9L);
  if (std::fabs(ns) < 0x1p100L) {
    const Wide result = time.whole + direction * static_cast<Wide>(ns);
    const bool fits = ns >= -0x1p63L && ns < 0x1p63L;
    if (fits && result >= kLeast && result <= std::numeric_limits<int64_t>::max()) {
      Datum moved = of_instant(result);
      // It prints as before where that shows all of it.
      if (static_cast<Wide>(ns) % static_cast<Wide>(std::pow(10, 9 - time.digits)) == 0) moved.digits = time.digits;
      return moved;
    }
  }
  issues.overflow++;
  return {};
}

Datum arithmetic(const std::string& op, const Datum& a, const Datum& b, Issues& issues) {
  if (a.kind == Datum::null || b.kind == Datum::null) return {};
  if (is_number(a) && is_number(b)) return of_two_numbers(op, a, b, issues);
  if (op == "+" && a.kind == Datum::text && b.kind == Datum::text) return of_text(a.string + b.string);
  if (op == "+" && a.kind == Datum::instant && is_number(b)) return moved(a, b, 1, issues);
  if (op == "+" && is_number(a) && b.kind == Datum::instant) return moved(b, a, 1, issues);
  if (op == "-" && a.kind == Datum::instant && is_number(b)) return moved(a, b, -1, issues);
  if (op == "-" && a.kind == Datum::instant && b.kind == Datum::instant)
    return of_real(static_cast<double>(static_cast<long double>(a.whole - b.whole) / 1e9L));
  return wrong(issues);
}

std::string spelled(const Datum& d) {
  switch (d.kind) {
    case Datum::boolean:
      return d.truth ? "true" : "false";
    case Datum::integer:
      return d.whole < 0 ? std::to_string(static_cast<int64_t>(d.whole))
                         : std::to_string(static_cast<uint64_t>(d.whole));
    case Datum::real:
      return float_text(d.fraction);
    case Datum::instant: {
      TimeForm form;
      form.digits = static_cast<uint8_t>(d.digits);
      char text[kMaxTimeText];
      return std::string(text, print_time(text, static_cast<int64_t>(d.whole), form.pack()));
    }
    default:
      return d.string;
  }
}

Datum cast(const std::string& op, const Datum& d, Issues& issues) {
  if (d.kind == Datum::null) return {};
  if (op == "string") return of_text(spelled(d));
  char* end = nullptr;
  errno = 0;
  const double read = std::strtod(d.string.c_str(), &end);
  const bool number = d.string.find_first_not_of("-+.e0123456789") == std::string::npos && !d.string.empty() &&
                      *end == '\0' && errno == 0;
  const bool digits = number && d.string.find_first_of(".e") == std::string::npos;
  if (op == "int") {
    if (d.kind == Datum::boolean) return of_whole(d.truth);
    if (d.kind == Datum::integer) return d;
    if (d.kind == Datum::instant) {
      Wide seconds = d.whole / 1'000'000'000;
      return of_whole(seconds - (d.whole % 1'000'000'000 < 0));
    }
    if (d.kind == Datum::real) {
      if (std::fabs(d.fraction) < 0x1p65) return whole_or_overflow(static_cast<Wide>(d.fraction), issues);
      issues.overflow++;
      return {};
    }
    if (digits) {
      Wide whole = 0;
      for (char c : d.string)
        if (c >= '0' && c <= '9') whole = std::min<Wide>(whole * 10 + (c - '0'), Wide{1} << 100);
      return whole_or_overflow(d.string[0] == '-' ? -whole : whole, issues);
    }
    issues.unreadable++;
    return {};
  }
  // float
  if (d.kind == Datum::boolean) return of_real(d.truth);
  if (is_number(d)) return of_real(static_cast<double>(exactly(d)));
  if (d.kind == Datum::instant) return of_real(static_cast<double>(static_cast<long double>(d.whole) / 1e9L));
  if (number) return of_real(read);
  issues.unreadable++;
  return {};
}

Datum text_function(const std::string& op, const std::vector<Datum>& a, Issues& issues) {
  bool null = false, bad = false;
  for (std::size_t i = 0; i < a.size(); i++) {
    null |= a[i].kind == Datum::null;
    const bool number = (op == "substr" && i > 0) || (op == "split_part" && i == 2);
    bad |= a[i].kind != Datum::null && a[i].kind != (number ? Datum::integer : Datum::text);
  }
  if (null) return {};
  if (bad) return wrong(issues);
  const std::string& s = a[0].string;
  if (op == "lower" || op == "upper") {
    std::string out = s;
    for (char& c : out) c = static_cast<char>(op == "lower" ? std::tolower(c) : std::toupper(c));
    return of_text(out);
  }
  if (op == "length") return of_whole(static_cast<Wide>(s.size()));
  if (op == "contains") return of_bool(s.find(a[1].string) != s.npos);
  if (op == "starts_with") return of_bool(s.substr(0, a[1].string.size()) == a[1].string);
  if (op == "ends_with")
    return of_bool(s.size() >= a[1].string.size() && s.substr(s.size() - a[1].string.size()) == a[1].string);
  if (op == "substr") {
    // One character after the other, as the numbers of places say.
    Wide start = a[1].whole < 0 ? a[1].whole + static_cast<Wide>(s.size()) + 1 : a[1].whole;
    std::string out;
    for (Wide place = 1; place <= static_cast<Wide>(s.size()); place++)
      if (place >= start && (a.size() < 3 || place < start + a[2].whole)) out += s[static_cast<std::size_t>(place - 1)];
    return of_text(out);
  }
  // split_part
  std::vector<std::string> parts = {""};
  for (std::size_t i = 0; i < s.size();) {
    if (!a[1].string.empty() && s.compare(i, a[1].string.size(), a[1].string) == 0) {
      parts.emplace_back();
      i += a[1].string.size();
    } else {
      parts.back() += s[i++];
    }
  }
  const Wide count = static_cast<Wide>(parts.size()), n = a[2].whole < 0 ? a[2].whole + count + 1 : a[2].whole;
  return of_text(n >= 1 && n <= count ? parts[static_cast<std::size_t>(n - 1)] : "");
}

Datum number_function(const std::string& op, const std::vector<Datum>& a, Issues& issues) {
  bool null = false, bad = false;
  for (const Datum& d : a) {
    null |= d.kind == Datum::null;
    bad |= !is_number(d);
  }
  if (null) return {};
  if (bad) return wrong(issues);
  if (op == "negate")
    return a[0].kind == Datum::real ? of_real(-a[0].fraction) : whole_or_overflow(-a[0].whole, issues);
  if (op == "abs")
    return a[0].kind == Datum::real ? of_real(std::fabs(a[0].fraction))
                                    : of_whole(a[0].whole < 0 ? -a[0].whole : a[0].whole);
  if (op == "floor" || op == "ceil") {
    if (a[0].kind == Datum::integer) return a[0];
    const double d = op == "floor" ? std::floor(a[0].fraction) : std::ceil(a[0].fraction);
    const bool fits = d >= -0x1p63 && d < 0x1p64;
    return fits ? of_whole(static_cast<Wide>(d)) : of_real(d);
  }
  // least, greatest: the first of equal ones
  Datum best = a[0];
  for (const Datum& d : a) {
    const int order = sign_of(exactly(d), exactly(best));
    if (op == "least" ? order < 0 : order > 0) best = d;
  }
  return best;
}

Datum time_part(const std::string& op, const Datum& d, Issues& issues) {
  if (d.kind == Datum::null) return {};
  if (d.kind != Datum::instant) return wrong(issues);
  Issues none;
  std::time_t seconds = static_cast<std::time_t>(cast("int", d, none).whole);
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  if (op == "year") return of_whole(tm.tm_year + 1900);
  if (op == "month") return of_whole(tm.tm_mon + 1);
  if (op == "day") return of_whole(tm.tm_mday);
  if (op == "hour") return of_whole(tm.tm_hour);
  if (op == "minute") return of_whole(tm.tm_min);
  if (op == "second") return of_whole(tm.tm_sec);
  if (op == "weekday") return of_whole(tm.tm_wday == 0 ? 7 : tm.tm_wday);
  return of_whole(tm.tm_yday + 1);
}

/// A part that decides: 1 true, 0 false, -1 unknown.
int truth(const Datum& d, Issues& issues) {
  if (d.kind == Datum::boolean) return d.truth;
  if (d.kind != Datum::null) issues.operand++;
  return -1;
}

bool is_one_of(const std::string& op, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) { return op == name; });
}

}  // namespace

Datum Tree::value(const Row& row, Issues& issues) const {
  if (op == "literal") return literal;
  if (op == "field") {
    const auto found = row.find(text);
    return found == row.end() ? Datum{} : found->second;
  }
  if (op == "and" || op == "or") {
    const int decides = op == "or";
    bool unknown = false;
    for (const auto& child : children) {
      const int t = truth(child->value(row, issues), issues);
      if (t == decides) return of_bool(decides);
      unknown |= t < 0;
    }
    return unknown ? Datum{} : of_bool(!decides);
  }
  if (op == "if") return children[truth(children[0]->value(row, issues), issues) == 1 ? 1 : 2]->value(row, issues);
  if (op == "coalesce") {
    for (const auto& child : children) {
      Datum d = child->value(row, issues);
      if (d.kind != Datum::null) return d;
    }
    return {};
  }
  std::vector<Datum> a;
  for (const auto& child : children) a.push_back(child->value(row, issues));
  if (op == "is null") return of_bool(a[0].kind == Datum::null);
  if (op == "not") {
    if (a[0].kind == Datum::null) return {};
    return a[0].kind == Datum::boolean ? of_bool(!a[0].truth) : wrong(issues);
  }
  if (op == "in") {
    if (a[0].kind == Datum::null) return {};
    bool null = false, comparable = false;
    for (std::size_t i = 1; i < a.size(); i++) {
      Issues across;
      const Datum equal = compare("==", a[0], a[0].kind == Datum::instant ? as_instant(a[i]) : a[i], across);
      if (equal.kind == Datum::boolean && equal.truth) return equal;
      null |= a[i].kind == Datum::null;
      comparable |= equal.kind == Datum::boolean && across.across_types == 0;
    }
    if (null) return {};
    issues.across_types += !comparable;
    return of_bool(false);
  }
  if (is_one_of(op, {"==", "!=", "<", "<=", ">", ">="})) {
    if (a[0].kind == Datum::instant && children[1]->constant()) a[1] = as_instant(a[1]);
    if (a[1].kind == Datum::instant && children[0]->constant()) a[0] = as_instant(a[0]);
    return compare(op, a[0], a[1], issues);
  }
  if (is_one_of(op, {"+", "-", "*", "/", "//", "%"})) return arithmetic(op, a[0], a[1], issues);
  if (is_one_of(op, {"int", "float", "string"})) return cast(op, a[0], issues);
  if (is_one_of(op, {"negate", "abs", "floor", "ceil", "least", "greatest"})) return number_function(op, a, issues);
  if (is_one_of(op, {"year", "month", "day", "hour", "minute", "second", "weekday", "yearday"}))
    return time_part(op, a[0], issues);
  if (op == "concat") {
    std::string joined;
    for (const Datum& d : a) {
      if (d.kind == Datum::null) return {};
      joined += spelled(d);
    }
    return of_text(joined);
  }
  return text_function(op, a, issues);
}

bool Tree::constant() const {
  if (op == "field") return false;
  if (op == "literal") return true;
  Issues issues;
  if (op == "if" && children[0]->constant()) return children[children[0]->value({}, issues).truth ? 1 : 2]->constant();
  for (const auto& child : children)
    if (!child->constant()) return false;
  value({}, issues);
  return issues.across_types + issues.operand + issues.overflow + issues.zero_division + issues.rounded +
             issues.unreadable ==
         0;
}

std::string Tree::written() const {
  if (op == "literal" || op == "field") return text;
  if (op == "negate") return "-(" + children[0]->written() + ")";
  if (op == "not") return "(not " + children[0]->written() + ")";
  if (op == "is null") return "(" + children[0]->written() + " is null)";
  std::string list;
  const std::size_t first = op == "in" ? 1 : 0;
  const bool infix = !std::isalpha(static_cast<unsigned char>(op[0])) || op == "and" || op == "or";
  for (std::size_t i = first; i < children.size(); i++)
    list += (i == first ? "" : infix ? " " + op + " " : ", ") + children[i]->written();
  if (op == "in") return "(" + children[0]->written() + " in (" + list + "))";
  return infix ? "(" + list + ")" : op + "(" + list + ")";
}

std::string shown(const Datum& d) {
  switch (d.kind) {
    case Datum::null:
      return "null";
    case Datum::boolean:
      return spelled(d);
    case Datum::integer:
      return (d.whole > std::numeric_limits<int64_t>::max() ? "uint " : "int ") + spelled(d);
    case Datum::real:
      return "float " + spelled(d);
    case Datum::text:
      return "\"" + d.string + "\"";
    case Datum::instant:
      return "time " + spelled(d);
  }
  return "?";
}

}  // namespace ev::reference

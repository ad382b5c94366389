// Regular expressions: =~ and extract(). The pattern is compiled once, when the expression is bound.
#include <re2/re2.h>

#include "base/text.h"
#include "expr/elementwise.h"

namespace ev {
namespace {

struct Pattern : Bound {
  Pattern(std::string_view text, const RE2::Options& options)
      : regex(re2::StringPiece(text.data(), text.size()), options) {}
  RE2 regex;
  int group = 0;  // that extract() gives
};

std::shared_ptr<Pattern> compile(const BindContext& context) {
  RE2::Options options;
  options.set_log_errors(false);
  auto pattern = std::make_shared<Pattern>(context.arguments[1].text, options);
  if (!pattern->regex.ok())
    context.fail(1, concat("no regular expression: ", pattern->regex.error()), "the syntax is that of RE2");
  return pattern;
}

std::shared_ptr<const Bound> bind_match(const BindContext& context) {
  return compile(context);
}

std::shared_ptr<const Bound> bind_extract(const BindContext& context) {
  std::shared_ptr<Pattern> pattern = compile(context);
  const int groups = pattern->regex.NumberOfCapturingGroups();
  pattern->group = groups > 0 ? 1 : 0;
  if (context.arguments.size() < 3) return pattern;
  const Value& wanted = context.arguments[2];
  if (wanted.type == Type::string) {
    const auto& names = pattern->regex.NamedCapturingGroups();
    const auto found = names.find(std::string(wanted.text));
    if (found == names.end()) context.fail(2, concat("the pattern has no group named ", wanted.text));
    pattern->group = found->second;
  } else {
    if (wanted.type != Type::int64 || wanted.word > static_cast<uint64_t>(groups))
      context.fail(2, "the pattern has no such group", concat("it has ", groups, "; 0 is the whole match"));
    pattern->group = static_cast<int>(wanted.word);
  }
  return pattern;
}

void match(Call& call) {
  const RE2& regex = static_cast<const Pattern*>(call.bound)->regex;
  compute_truth(call, [&](std::span<const Value> values) {
    const re2::StringPiece text(values[0].text.data(), values[0].text.size());
    return regex.Match(text, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
  });
}

void extract(Call& call) {
  const auto& pattern = *static_cast<const Pattern*>(call.bound);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern.group) + 1);
  compute_values(call, [&](const Computing& computing, std::span<const Value> values) {
    const re2::StringPiece text(values[0].text.data(), values[0].text.size());
    if (!pattern.regex.Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
      return Value{};
    const re2::StringPiece& found = groups.back();
    return found.data() ? computing.text({found.data(), found.size()}) : Value{};
  });
}

constexpr std::array<Function, 2> kFunctions = {
    {{"=~", {}, 2, 2, {kAnyText, kText, kText}, kBoolean, 0b10, match, bind_match},
     {"extract",
      "extract(text, pattern[, group])",
      2,
      3,
      {kText, kText, kText | kInteger},
      kText,
      0b110,
      extract,
      bind_extract}}};

}  // namespace

std::span<const Function> matching_functions() {
  return kFunctions;
}

}  // namespace ev

#include "expr/findings.h"

#include <algorithm>

#include "base/text.h"
#include "expr/program.h"

namespace ev {
namespace {

/// "int, string".
std::string type_list(TypeMask types) {
  std::string list;
  for (uint8_t t = 1; t <= kLastType; t++) {
    if (!(types & mask_of(static_cast<Type>(t)))) continue;
    if (!list.empty()) list += " or ";
    list += type_name(static_cast<Type>(t));
  }
  return list;
}

/// The part of the expression that a node is.
std::string part_of(const Program& program, uint32_t number) {
  constexpr std::size_t kShown = 60;
  const Node& node = program.nodes[number];
  std::string text = program.text.substr(node.begin, node.end - node.begin);
  if (text.size() <= kShown) return text;
  std::size_t cut = kShown;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) cut--;
  return text.substr(0, cut) + "...";
}

/// A name that is near, as a whole or by its last step: country may mean metadata.country.
std::optional<std::string> nearest_field(const std::string& wanted, std::span<const std::string> names) {
  if (auto near = nearest(wanted, names)) return near;
  std::vector<std::string> last_steps;
  for (const std::string& name : names) last_steps.push_back(name.substr(name.rfind('.') + 1));
  const auto near = nearest(wanted, last_steps);
  if (!near) return std::nullopt;
  return names[static_cast<std::size_t>(std::find(last_steps.begin(), last_steps.end(), *near) - last_steps.begin())];
}

std::string rows_text(uint64_t rows) {
  return rows == 1 ? std::string("1 row") : concat(grouped(rows), " rows");
}

}  // namespace

Findings::Findings(const Expression& expression)
    : nodes_(expression.program().nodes.size()),
      found_(expression.program().fields.size()),
      wanted_(expression.fields()),
      tests_objects_(expression.needs_layouts()) {}

void Findings::merge(const Findings& other) {
  for (std::size_t i = 0; i < nodes_.size(); i++) {
    for (std::size_t k = 0; k < kIssues; k++) {
      nodes_[i][k].rows += other.nodes_[i][k].rows;
      nodes_[i][k].left |= other.nodes_[i][k].left;
      nodes_[i][k].right |= other.nodes_[i][k].right;
    }
  }
  for (std::size_t i = 0; i < found_.size(); i++) found_[i] = found_[i] || other.found_[i];
  names_.insert(other.names_.begin(), other.names_.end());
}

uint64_t Findings::rows_with(Issue issue) const {
  uint64_t rows = 0;
  for (const auto& node : nodes_) rows += node[issue].rows;
  return rows;
}

void Findings::see_paths(std::span<const Path> paths) {
  bool all = true;
  for (std::size_t i = 0; i < found_.size(); i++) {
    if (!found_[i])
      found_[i] = std::any_of(paths.begin(), paths.end(), [&](const Path& path) {
        return may_mean(wanted_[i], path) || (tests_objects_ && path.name().starts_with(wanted_[i] + "."));
      });
    all = all && found_[i];
  }
  // Names are for suggestions, which nobody needs once all is found.
  if (all) return;
  for (const Path& path : paths)
    if (names_.size() < kMaxNames) names_.insert(path.name());
}

std::vector<std::string> Findings::warnings(const Expression& expression, uint64_t rows) const {
  std::vector<std::string> out;
  if (rows > 0) warn_of_fields(expression, out);
  for (uint32_t node = 0; node < nodes_.size(); node++) warn_of_node(expression, node, out);
  return out;
}

void Findings::warn_of_node(const Expression& expression, uint32_t number, std::vector<std::string>& out) const {
  const std::string part = part_of(expression.program(), number);
  constexpr std::string_view kCasts = "string(), int(), float() or time()";
  for (uint8_t issue = 0; issue < kIssues; issue++) {
    const Count& count = nodes_[number][issue];
    if (count.rows == 0) continue;
    const std::string left = type_list(count.left), right = type_list(count.right);
    std::string what;
    switch (static_cast<Issue>(issue)) {
      case kAcrossTypes:
        what = concat("compared ", left, " with ", right.empty() ? "none of its kind" : right,
                      ", which is false; cast one side with ", kCasts);
        break;
      case kOperand:
        what = concat("does not take ", left, right.empty() || right == left ? "" : concat(" and ", right),
                      ", which gives null; cast it with ", kCasts);
        break;
      case kOverflow:
        what = "the result is out of range, which gives null";
        break;
      case kZeroDivision:
        what = "divided by zero, which gives null";
        break;
      case kRounded:
        what =
            (count.left | count.right) & kJson
                ? "a number with more digits than a float holds was rounded to the nearest one; cast it with float() "
                  "where that will do"
                : "an integer was rounded to the nearest float; keep to integers with // or cast with float()";
        break;
      case kUnreadable:
        what = concat("cannot read what ", left, " holds, which gives null");
        break;
    }
    out.push_back(concat("in ", rows_text(count.rows), ", ", part, ": ", what));
  }
}

void Findings::warn_of_fields(const Expression& expression, std::vector<std::string>& out) const {
  const Program& program = expression.program();
  std::vector<bool> group_found(program.groups);
  for (std::size_t i = 0; i < found_.size(); i++)
    if (found_[i]) group_found[program.fields[i].group] = true;
  for (const NamedField& field : program.fields) {
    if (group_found[field.group]) continue;
    group_found[field.group] = true;  // said once
    const std::vector<std::string> names(names_.begin(), names_.end());
    std::string remedy = "`ev info` lists the fields there are";
    // A minus that was meant to be part of a name.
    auto hyphened = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return name.starts_with(field.name + "-") && program.text.find(name) != std::string::npos;
    });
    auto within = std::find_if(names.begin(), names.end(),
                               [&](const std::string& name) { return name.starts_with(field.name + "."); });
    if (within != names.end()) {
      remedy = concat("it is an object: name a field in it, as in ", *within);
    } else if (hyphened != names.end()) {
      remedy = concat("did you mean `", *hyphened, "`, in backquotes?");
    } else if (auto near = nearest_field(field.name, names)) {
      remedy = concat("did you mean ", *near, "?");
    } else if (!names.empty()) {
      constexpr std::size_t kListed = 20;
      remedy = concat("there are ", join(std::span(names).first(std::min(names.size(), kListed)), ", "),
                      names.size() > kListed ? concat(" and ", names.size() - kListed, " more") : std::string());
    }
    out.push_back(concat("no event has a field ", field.name, "; ", remedy));
  }
}

}  // namespace ev

// The text of --help.
#include <algorithm>

#include "base/text.h"
#include "cli/command_line.h"

namespace ev {
namespace {

constexpr std::size_t kHelpColumn = 30;
constexpr std::size_t kWidth = 100;

std::string synopsis(const OptionText& option) {
  // Options without a short name stand under the long names of the others.
  std::string text = option.names[0].starts_with("--") ? "      " : "  ";
  text += join(option.names, ", ");
  if (!option.placeholder.starts_with('[') && !option.placeholder.empty()) text += ' ';
  return text + option.placeholder;
}

void add_wrapped(std::string& out, std::string_view text) {
  while (text.size() > kWidth - kHelpColumn) {
    std::size_t cut = text.rfind(' ', kWidth - kHelpColumn);
    if (cut == text.npos) cut = std::min(text.find(' '), text.size());
    out.append(text.substr(0, cut)).append("\n").append(kHelpColumn, ' ');
    text.remove_prefix(std::min(cut + 1, text.size()));
  }
  out.append(text).append("\n");
}

void add_options(std::string& out, std::string_view title, const Command::State& command, bool shared) {
  bool any = false;
  for (const OptionText& option : command.options) {
    if (option.hidden || option.shared != shared) continue;
    if (!any) out += concat("\n", title, ":\n");
    any = true;
    std::string left = synopsis(option);
    if (left.size() + 2 > kHelpColumn) {
      out += concat(left, "\n", std::string(kHelpColumn, ' '));
    } else {
      out += left.append(kHelpColumn - left.size(), ' ');
    }
    add_wrapped(out, option.help);
  }
}

}  // namespace

std::string help_text(const Tool& tool, const Command::State& command) {
  std::string out = concat("ev-", tool.name(), ": ", tool.summary(), "\n\nUsage: ev ", tool.name(), " [OPTION...]");
  if (!tool.usage_tail().empty()) out += concat(" ", tool.usage_tail());
  out += "\n";
  add_options(out, "Options", command, false);
  add_options(out, "Options of every program", command, true);
  if (std::vector<std::string> examples = tool.examples(); !examples.empty()) {
    out += "\nExamples:\n";
    for (const std::string& example : examples) out += concat("  ", example, "\n");
  }
  out +=
      "\nExit status: 0 complete, 1 the answer is no, 2 usage, 3 rows rejected, 65 corrupt input, 66 no input, 69 "
      "refused, "
      "70 bug, 73 no output, 74 I/O or memory, 75 locked, 76 truncated input, 128+n signal\n";
  out += concat("Manual: man ev-", tool.name(), "\n");
  return out;
}

std::string option_list(const Command::State& command) {
  std::string out;
  for (const OptionText& option : command.options)
    if (!option.hidden) out += join(option.names, " ") + "\n";
  return out;
}

}  // namespace ev

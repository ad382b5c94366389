// The options of one command: declared through Command, parsed here, described in help.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/tool.h"

namespace CLI {
class App;
}

namespace ev {

/// What help says of an option.
struct OptionText {
  std::vector<std::string> names;  // "-b", "--by"
  std::string placeholder;         // of its value; empty: a flag. "[=FILE]": a value may follow after '='
  std::string help;
  bool shared = false;
  bool hidden = false;
};

struct Command::State {
  State();
  ~State();

  /// Throws Error(usage). Options take effect in the order they were declared.
  void parse(int argc, const char* const* argv);
  /// A flag that may be given a value after '=': "--stats", "--stats=FILE". `into` is set to "-" without one.
  void flag_or_text(std::string_view name, std::string_view placeholder, std::optional<std::string>& into,
                    std::string_view help);
  /// An option with one value; `take` may throw Error(usage). Given twice, it is an error unless `many`.
  void valued(std::string_view names, std::string_view placeholder, std::string_view help, bool many,
              std::function<void(const std::string&)> take);
  void add_text(std::string_view names, std::string_view placeholder, std::string_view help);

  std::vector<OptionText> options;
  std::vector<std::pair<std::string, std::string>> given;  // long names and values, in the order of declaration
  bool declaring_shared = false;
  bool takes_files = false;
  std::unique_ptr<CLI::App> app;
};

/// Splits at commas outside (), [], {} and quotes, spaces around the parts dropped. Throws Error(usage) for an empty part.
std::vector<std::string> split_list(std::string_view text);

/// The text of --help and of --list-options.
std::string help_text(const Tool& tool, const Command::State& command);
std::string option_list(const Command::State& command);

}  // namespace ev

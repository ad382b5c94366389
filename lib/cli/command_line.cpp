#include "cli/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>

#include "base/of_option.h"
#include "base/text.h"

namespace ev {
namespace {

/// CLI11 takes a file named "[a,b]" for a list of two. A mark behind it, taken off again from every value, prevents
/// that.
constexpr char kMark = '\1';

std::string marked(std::string_view word) {
  std::string text(word);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text += kMark;
  return text;
}

std::string unmarked(std::string text) {
  if (!text.empty() && text.back() == kMark) text.pop_back();
  return text;
}

/// One value at a time, any number of times: CLI11 takes one word per option where the number is unlimited and no
/// extra words are allowed.
void one_word_each(CLI::Option& option) {
  option.expected(1, CLI::detail::expected_max_vector_size);
  option.allow_extra_args(false);
  option.multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::string longest(const std::vector<std::string>& names) {
  return names.empty() ? "" : names.back();
}

std::vector<std::string> long_names(const std::vector<OptionText>& options) {
  std::vector<std::string> all;
  for (const OptionText& option : options)
    if (!option.hidden)
      for (const std::string& name : option.names)
        if (name.starts_with("--")) all.push_back(name);
  return all;
}

[[noreturn]] void throw_unexpected(const std::string& word, const std::vector<OptionText>& options) {
  if (word.size() < 2 || word[0] != '-')
    throw Error(ErrorKind::usage, concat("'", word, "'"), "unexpected argument", "this program takes no files");
  std::string name = word.substr(0, word.find('='));
  std::optional<std::string> near = name.starts_with("--") ? nearest(name, long_names(options)) : std::nullopt;
  throw Error(ErrorKind::usage, name, "unknown option",
              near ? concat("did you mean ", *near, "?") : "--help lists the options");
}

/// "--name: what CLI11 says": only options that lack their value come here.
Error missing_value(std::string_view what) {
  std::string name(what.substr(0, what.find(':')));
  if (name.starts_with('-')) return Error(ErrorKind::usage, name, "needs a value");
  return Error(ErrorKind::usage, "", std::string(what));
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  auto add = [&](std::string_view part) {
    auto first = part.find_first_not_of(" \t\n");
    if (first == part.npos)
      throw Error(ErrorKind::usage, concat("list '", text, "'"), "an empty part", "take out the extra comma");
    parts.emplace_back(part.substr(first, part.find_last_not_of(" \t\n") - first + 1));
  };
  std::size_t start = 0;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (quote) {
      if (c == '\\' && quote != '`')
        i++;
      else if (c == quote)
        quote = 0;
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      depth++;
    } else if (c == ')' || c == ']' || c == '}') {
      depth = std::max(0, depth - 1);
    } else if (c == ',' && depth == 0) {
      add(text.substr(start, i - start));
      start = i + 1;
    }
  }
  add(text.substr(start));
  return parts;
}

Command::State::State() : app(std::make_unique<CLI::App>()) {
  app->set_help_flag();  // help is an option like others
  app->allow_extras();   // what is left over is answered with a near name
}

Command::State::~State() = default;

void Command::State::add_text(std::string_view names, std::string_view placeholder, std::string_view help) {
  OptionText text;
  for (std::string_view rest = names; !rest.empty();) {
    std::size_t comma = std::min(rest.find(','), rest.size());
    text.names.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  text.placeholder = placeholder;
  text.help = help;
  text.shared = declaring_shared;
  options.push_back(std::move(text));
}

void Command::State::valued(std::string_view names, std::string_view placeholder, std::string_view help, bool many,
                            std::function<void(const std::string&)> take) {
  add_text(names, placeholder, help);
  std::string name = longest(options.back().names);
  CLI::callback_t callback = [this, name, many, take = std::move(take)](const CLI::results_t& values) {
    if (values.size() > 1 && !many) throw Error(ErrorKind::usage, name, "is given more than once");
    for (const std::string& value : values) {
      given.emplace_back(name, unmarked(value));
      of_option(name, [&] { take(unmarked(value)); });
    }
    return true;
  };
  one_word_each(*app->add_option(std::string(names), callback));
}

void Command::State::flag_or_text(std::string_view name, std::string_view placeholder, std::optional<std::string>& into,
                                  std::string_view help) {
  add_text(name, placeholder, help);
  CLI::callback_t callback = [&into](const CLI::results_t& values) {
    into = values.back() == "true" ? "-" : unmarked(values.back());
    return true;
  };
  CLI::Option* option = app->add_option(std::string(name), callback);
  option->type_size(0);  // a flag: takes no word of its own
  option->expected(0);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void Command::State::parse(int argc, const char* const* argv) {
  std::vector<std::string> words;  // CLI11 wants them backwards
  for (int i = argc - 1; i > 0; i--) words.push_back(marked(argv[i]));
  try {
    app->parse(words);
  } catch (const CLI::ArgumentMismatch& error) {
    throw missing_value(error.what());
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::usage, "", error.what(), "--help lists the options");
  }
  for (const std::string& left : app->remaining())
    if (left != "--") throw_unexpected(unmarked(left), options);  // the mark itself is left over, too
}

void Command::flag(std::string_view names, bool& into, std::string_view help) {
  state_.add_text(names, "", help);
  std::string name = longest(state_.options.back().names);
  CLI::callback_t callback = [&given = state_.given, &into, name](const CLI::results_t& values) {
    if (values.back() != "true") throw Error(ErrorKind::usage, name, "takes no value");
    given.emplace_back(name, "");
    return into = true;
  };
  CLI::Option* option = state_.app->add_option(std::string(names), callback);
  option->type_size(0);
  option->expected(0);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void Command::text(std::string_view names, std::string_view placeholder, std::string& into, std::string_view help) {
  state_.valued(names, placeholder, help, false, [&into](const std::string& value) { into = value; });
}

void Command::text(std::string_view names, std::string_view placeholder, std::optional<std::string>& into,
                   std::string_view help) {
  state_.valued(names, placeholder, help, false, [&into](const std::string& value) { into = value; });
}

void Command::list(std::string_view names, std::string_view placeholder, std::vector<std::string>& into,
                   std::string_view help) {
  state_.valued(names, placeholder, help, true, [&into](const std::string& value) {
    for (std::string& part : split_list(value)) into.push_back(std::move(part));
  });
}

void Command::texts(std::string_view names, std::string_view placeholder, std::vector<std::string>& into,
                    std::string_view help) {
  state_.valued(names, placeholder, help, true, [&into](const std::string& value) { into.push_back(value); });
}

void Command::number(std::string_view names, std::string_view placeholder, std::optional<uint64_t>& into,
                     std::string_view help) {
  state_.valued(names, placeholder, help, false, [&into](const std::string& value) {
    uint64_t n = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (error != std::errc() || end != value.data() + value.size())
      throw Error(ErrorKind::usage, concat("'", value, "'"), "is not a whole number");
    into = n;
  });
}

void Command::files(std::vector<std::string>& into, std::string_view help) {
  state_.takes_files = true;
  CLI::callback_t callback = [&into](const CLI::results_t& values) {
    for (const std::string& value : values) into.push_back(unmarked(value));
    return true;
  };
  CLI::Option* option = state_.app->add_option("FILE", callback, std::string(help));
  option->expected(0, CLI::detail::expected_max_vector_size);
  option->allow_extra_args(true);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Command::hide_last() {
  state_.options.back().hidden = true;
}

}  // namespace ev

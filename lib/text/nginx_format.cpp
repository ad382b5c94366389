#include "text/nginx_format.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"
#include "base/text.h"
#include "text/line_parser.h"

namespace ev {
namespace {

[[noreturn]] void fail(std::string what, std::string remedy = {}) {
  throw Error(ErrorKind::usage, "--format", concat("nginx: ", what), std::move(remedy));
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// What clients send is text, also where it looks like a number.
bool is_free_text(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "remote_user", "request", "request_uri", "uri", "document_uri", "args", "host", "query_string", "request_body"};
  return name.starts_with("http_") || name.starts_with("cookie_") ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string_view skip_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// The parts in quotes of a directive, joined.
std::string join_quoted(std::string_view text) {
  std::string out;
  for (text = skip_space(text); !text.empty() && text[0] != ';'; text = skip_space(text)) {
    const char quote = text[0];
    if (quote != '\'' && quote != '"') fail("a part of the log_format has no quotes", "paste the directive whole");
    std::size_t at = 1;
    for (; at < text.size() && text[at] != quote; at++) {
      if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == quote || text[at + 1] == '\\')) at++;
      out += text[at];
    }
    if (at >= text.size()) fail("a part of the log_format is not closed", "paste the directive whole");
    text.remove_prefix(at + 1);
  }
  return out;
}

/// The format that a directive sets: `log_format NAME [escape=HOW] 'part' 'part';`, or what is no directive.
std::string format_of(std::string_view text) {
  if (skip_space(text).starts_with('\'')) return join_quoted(text);
  constexpr std::string_view kDirective = "log_format ";
  if (!skip_space(text).starts_with(kDirective)) return std::string(text);
  text = skip_space(skip_space(text).substr(kDirective.size()));
  auto skip_word = [&text] { text = skip_space(text.substr(std::min(text.find_first_of(" \t\r\n"), text.size()))); };
  skip_word();
  if (text.starts_with("escape=")) skip_word();
  return join_quoted(text);
}

/// Takes the variable that the text begins with.
std::string take_name(std::string_view& text) {
  const bool braced = text.starts_with("${");
  const std::size_t begin = braced ? 2 : 1;
  std::size_t end = begin;
  while (end < text.size() && is_name(text[end])) end++;
  std::string name(text.substr(begin, end - begin));
  if (name.empty()) fail("no name of a variable follows a $");
  if (name.size() > kMaxStepBytes) fail("the name of a variable is longer than 65,535 bytes");
  if (braced && (end == text.size() || text[end] != '}')) fail(concat("${", name, " is not closed"));
  text.remove_prefix(end + braced);
  return name;
}
std::string take_literal(std::string_view& text) {
  std::string literal(text.substr(0, text.find('$')));
  text.remove_prefix(literal.size());
  return literal;
}

class NginxReader {
 public:
  explicit NginxReader(NginxFormat format) : format_(std::move(format)) {}
  void reset() { fields_.clear(); }
  void start(std::size_t) {}

  const char* read(std::string_view line, TextRow& row) {
    if (fields_.empty())
      for (const auto& variable : format_.variables) fields_.push_back(row.field(variable.name));
    if (!line.starts_with(format_.begin)) return "does not begin as the format does";
    line.remove_prefix(format_.begin.size());
    for (std::size_t i = 0; i < fields_.size(); i++) {
      const NginxFormat::Variable& variable = format_.variables[i];
      const std::size_t size = size_of(variable, line);
      if (size == line.npos) return "ends before the format does, or has other text between its values";
      add(*fields_[i], variable, line.substr(0, size), row);
      line.remove_prefix(size + variable.literal.size());
    }
    return line.empty() ? nullptr : "goes on after the end of the format";
  }

 private:
  /// Of the value that the line begins with; npos where what must follow it does not.
  static std::size_t size_of(const NginxFormat::Variable& variable, std::string_view line) {
    if (variable.literal.empty()) return line.size();
    if (variable.quoted) {
      std::size_t at = line.find_first_of("\"\\");
      while (at < line.size() && line[at] == '\\') at = line.find_first_of("\"\\", at + 2);
      return at < line.size() && line.substr(at).starts_with(variable.literal) ? at : line.npos;
    }
    std::size_t at = line.find(variable.literal);
    if (variable.upstream && variable.literal[0] == ' ') {
      while (at != line.npos) {
        const std::size_t between = at > 0 && line[at - 1] == ',' ? 1 : line.substr(at).starts_with(" : ") ? 3 : 0;
        if (between == 0) break;
        at = line.find(variable.literal, at + between);
      }
    }
    return at;
  }
  static void add(Field& field, const NginxFormat::Variable& variable, std::string_view text, TextRow& row) {
    if (text == "-")
      row.add_null(field);
    else if (variable.free_text)
      row.add_string(field, text);
    else
      row.add(field, text);
  }

  NginxFormat format_;
  std::vector<Field*> fields_;  // of its variables
};

}  // namespace

NginxFormat parse_nginx_format(std::string_view text) {
  const std::string whole = format_of(text);
  std::string_view rest = whole;
  NginxFormat format;
  format.begin = take_literal(rest);
  bool after_quote = format.begin.ends_with('"');
  while (!rest.empty()) {
    NginxFormat::Variable variable;
    variable.name = take_name(rest);
    variable.literal = take_literal(rest);
    if (variable.literal.empty() && !rest.empty())
      fail(concat("nothing stands between $", variable.name, " and the variable after it"));
    variable.quoted = after_quote && variable.literal.starts_with('"');
    variable.upstream = variable.name.starts_with("upstream_") && !variable.literal.starts_with(" :");
    variable.free_text = is_free_text(variable.name);
    after_quote = variable.literal.ends_with('"');
    format.variables.push_back(std::move(variable));
  }
  if (format.variables.empty()) fail("the format has no $variable", "quote it for the shell with '...'");
  if (format.variables.size() > kMaxColumns) fail("the format has more than 4,096 variables");
  return format;
}

std::unique_ptr<TextParser> make_nginx_parser(std::string_view format, const FieldChoice& fields) {
  return std::make_unique<LineParser<NginxReader>>(fields, NginxReader(parse_nginx_format(format)));
}

}  // namespace ev

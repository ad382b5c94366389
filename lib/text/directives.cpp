#include "text/directives.h"

#include <algorithm>

#include "text/utf8.h"
#include "text/w3c_log.h"
#include "text/zeek_log.h"

namespace ev {

bool changes_columns(TextKind kind, std::string_view line) {
  constexpr std::string_view kW3c[] = {"#Fields:", "#Date:"};
  constexpr std::string_view kZeek[] = {"#separator",   "#set_separator", "#empty_field",
                                        "#unset_field", "#fields",        "#types"};
  const auto begins = [line](std::string_view name) { return line.starts_with(name); };
  return kind == TextKind::w3c ? std::any_of(std::begin(kW3c), std::end(kW3c), begins)
                               : std::any_of(std::begin(kZeek), std::end(kZeek), begins);
}

bool read_directives(const TextUnit& unit, TextFormat& format, std::string_view place) {
  std::string_view text(unit.text.data(), unit.text.size());
  if (unit.first_offset == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  bool changed = false;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == line.npos) continue;
    if (!line.starts_with('#')) break;
    if (!changes_columns(format.kind, line)) continue;
    changed = true;
    if (format.kind == TextKind::w3c)
      read_w3c_directive(line, format, place);
    else
      read_zeek_directive(line, format, place);
  }
  return changed;
}

}  // namespace ev

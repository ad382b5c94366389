#include "ev/completion.h"

namespace ev {

std::string bash_completion(const std::vector<std::string>& programs) {
  // clang-format off
  std::string script = R"bash(_ev_complete() {
  local word=${COMP_WORDS[COMP_CWORD]} program=$1
  COMPREPLY=()
  if [[ ${program##*/} == ev ]]; then
    if ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ ${COMP_WORDS[1]} == help ]]; }; then
      mapfile -t COMPREPLY < <(compgen -W "$("$program" --list-programs 2>/dev/null) help" -- "$word")
      return
    fi
    [[ $word == -* ]] || return
    mapfile -t COMPREPLY < <(compgen -W "$("$program" "${COMP_WORDS[1]}" --list-options 2>/dev/null)" -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" --list-options 2>/dev/null)" -- "$word")
  fi
}
complete -o default -F _ev_complete ev)bash";
  // clang-format on
  for (const std::string& program : programs) script += " ev-" + program;
  return script + "\n";
}

}  // namespace ev

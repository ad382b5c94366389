// Finding and showing manual pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ev {

/// Replaces this process by `man` on the page of ev-NAME: ours (../share/man beside the executable, man/ of the source
/// tree above a build folder), else one that `man` finds. Returns where there is no page or no `man`.
void open_manual(std::string_view name);

/// Replaces this process; `name` is what the program sees as its own. Throws Error(no_input).
[[noreturn]] void execute(const std::string& path, const std::string& name, const std::vector<std::string>& arguments);

/// What the program at `path` prints on standard output, its standard error dropped; empty where it fails.
std::string output_of(const std::string& path, const std::vector<std::string>& arguments);

}  // namespace ev

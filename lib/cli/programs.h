// Where the programs of evkit are: beside the one that runs, else in PATH.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

/// The folder of the running executable, without a slash at the end; empty where it cannot be told.
std::string own_folder();
/// Path of the executable of that name ("ev-export"): beside us, else in PATH; nullopt if there is none.
std::optional<std::string> find_program(std::string_view name);
/// Names of all executables "ev-*" beside us and in PATH, without the "ev-", in order.
std::vector<std::string> list_programs();

}  // namespace ev

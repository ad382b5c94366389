// Completion for shells.
#pragma once

#include <string>
#include <vector>

namespace ev {

/// A script for bash. It asks the programs for their options when it completes, so that it never goes out of date.
std::string bash_completion(const std::vector<std::string>& programs);

}  // namespace ev

// What `ev` alone prints: the programs that are there.
#pragma once

#include <string>

namespace ev {

/// Every program found, under its heading, with what it says of itself.
std::string overview();

}  // namespace ev

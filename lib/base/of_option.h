// The name of an option in front of what is wrong with its value.
#pragma once

#include <string_view>

#include "base/error.h"

namespace ev {

/// Calls `parse`, its error said to be about the option.
template <class Parse>
auto of_option(std::string_view name, Parse parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw error.within(name);
  }
}

}  // namespace ev

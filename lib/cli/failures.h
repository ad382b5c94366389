// Failures to messages and exit statuses: the one place that catches.
#pragma once

#include <functional>

#include "cli/messages.h"

namespace ev {

/// How a program's body ended.
struct Ending {
  int exit = 0;
  bool failed = false;       // by an exception
  bool broken_pipe = false;  // the reader went away; nothing was said
};

/// Calls `body`; what it throws becomes a message, before which `before_message` is called, and an exit status.
Ending run_and_catch(const Messages& messages, const std::function<int()>& body,
                     const std::function<void()>& before_message = {});

}  // namespace ev

// SIGINT, SIGTERM, SIGHUP and SIGPIPE of a running tool.
#pragma once

#include "io/input.h"

namespace ev {

/// Installs the handlers. The first SIGINT or SIGTERM is remembered and wakes inputs; a second, or a SIGHUP, removes the
/// temporaries and ends the process by that signal. Signals that were ignored at the start stay so (nohup, background
/// jobs). SIGPIPE is ignored: writes report it. Throws Error(io).
void install_interrupt();
/// 0, or the first SIGINT or SIGTERM that came. Any thread.
int interrupt_signal() noexcept;
/// True once a signal came or cancel_inputs() was called.
StopCheck interrupt_check();
/// Makes inputs stop without a signal: nobody wants what they would still give. Any thread.
void cancel_inputs() noexcept;

/// Ends the process by the signal's default action, also where it is ignored or blocked.
[[noreturn]] void die_by_signal(int signal) noexcept;

}  // namespace ev

// `ev`: finds the programs of evkit and becomes one of them.
#pragma once

namespace ev {

/// `ev NAME ARGUMENT...` executes ev-NAME; `ev`, `ev help [NAME]`, `ev --version`, `ev --completion bash` answer
/// themselves. Exit status for main().
int drive(int argc, char** argv);

}  // namespace ev

// What standard output looks like where it is a terminal.
#pragma once

namespace ev {

/// Columns of the terminal on standard output; COLUMNS overrides; 80 where nobody says.
unsigned terminal_width();
/// Its lines; LINES overrides; 24 where nobody says.
unsigned terminal_height();
/// False where NO_COLOR is set and not empty, or TERM is "dumb".
bool color_wanted();

}  // namespace ev

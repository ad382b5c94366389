// Which of two exit statuses a program ends with.
#pragma once

namespace ev {

/// The worse one: 70 74 65 76 69 75, then the failures that stop a program before it begins (73 66 2), then a signal
/// (128+n: what it did is right, as far as it goes), then 3, 1, 0.
int worse_exit(int a, int b);

}  // namespace ev

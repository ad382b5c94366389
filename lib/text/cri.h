// Logs of container runtimes (containerd, CRI-O), as Kubernetes keeps them: `TIME stdout|stderr P|F MESSAGE`.
#pragma once

#include "text/text_parser.h"

namespace ev {

/// Fields time, stream, message. A runtime cuts long lines; each piece is an event, and all but the last have the tag P
/// and a field `partial`, which is true. Further tags (`F:...`) mean nothing.
std::unique_ptr<TextParser> make_cri_parser(const FieldChoice& fields);

/// Whether the line looks like one.
bool is_cri(std::string_view line);

}  // namespace ev

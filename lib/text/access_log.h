// Access logs as web servers write them: the common log format, and the combined one, which adds referer and user
// agent.
#pragma once

#include "text/text_parser.h"

namespace ev {

/// - `CLIENT IDENT USER [TIME] "METHOD PATH PROTOCOL" STATUS BYTES "REFERER" "USER_AGENT"`; the last two may be
/// missing,
///   and further ones become extra_1, extra_2 ... What a path has after its first ? is `query`.
/// - `-` is null. A request that is not of three parts stays whole in `request`.
/// - In quotes, \" and \\ are escapes, \xHH stands as it is. A line may be wrapped in quotes as a whole, with
///   those inside escaped or not.
std::unique_ptr<TextParser> make_access_log_parser(const FieldChoice& fields);

}  // namespace ev

// Syslog, as RFC 5424 has it, and as RFC 3164 and the files in /var/log do.
#pragma once

#include "text/text_parser.h"

namespace ev {

/// - RFC 5424: `<PRI>1 TIME HOST APP PROCID MSGID [SD-ID param="value" ...]... MESSAGE`. Fields facility and severity
///   (as names), time, host, app, procid, msgid, SD-ID.param, message; `-` is null. Params have the types of typed():
///   the grammar puts all of them in quotes. An element without params is an empty object; one that is named like a
///   field of the line gets `sd_` before its name. Of params that stand twice in an element, the last one counts.
/// - RFC 3164: `<PRI>Mmm dd hh:mm:ss HOST APP[PROCID]: MESSAGE`. The priority may be missing, as in files, and so may
///   the host before `APP:`, and `APP[PROCID]:`, which must end with a colon or a bracket. The time may have a
///   fraction, or be in ISO 8601.
/// - Times of RFC 3164 have no year: they are in `year` (to 9999), all of them, also where a log goes on past the end
///   of December. With `year` 0 they are texts as they stand, and no times.
std::unique_ptr<TextParser> make_syslog_parser(int32_t year, const FieldChoice& fields);

/// Whether the line looks like syslog: it has a priority, a time without a year, or one as rsyslog writes it to files.
bool is_syslog(std::string_view line);

}  // namespace ev

// How an input is read: by the options, its first bytes, and what an earlier run found out.
#pragma once

#include <optional>
#include <string>

#include "source/sniff.h"
#include "source/source.h"

namespace ev {

/// What the first bytes have to tell, beside the options.
Tell what_to_tell(const SourceOptions& options);

/// The format of an input that is read as text; nullopt: it is an event stream, or empty. Throws Error(corrupt) for
/// what no one reads here.
std::optional<TextFormat> text_format(const OpenedInput& opened, const SourceOptions& options);

/// What was found out in an earlier run, as far as the options of this one leave it standing; nullopt: nothing was.
/// `records`: in which a time field is looked for, where the options name another one. Throws Error(usage).
std::optional<TextReading> go_on(TextReading&& reading, const std::string& path, const SourceOptions& options,
                                 uint32_t records);

}  // namespace ev

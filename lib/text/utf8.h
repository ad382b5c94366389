// Whether text is UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ev {

/// May stand before a text; is no part of it.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_utf8(std::string_view text);
/// Why a text that is not is refused: "column 57: invalid UTF-8".
std::string why_not_utf8(std::string_view text);

}  // namespace ev

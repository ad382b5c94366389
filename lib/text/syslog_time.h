// The times at the beginning of log lines: "Oct 11 22:14:15", and ISO 8601 as one word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ev {

/// Length of the time "Mmm dd hh:mm:ss[.f{1,9}]" that the text begins with, a space or nothing behind it; 0: there is
/// none. The day may have a space or a zero in the place of its first digit, or one digit only.
std::size_t yearless_time_size(std::string_view text);
/// Writes such a time in ISO 8601, without a zone; returns the length, at most kMaxYearTimeBytes. Requires: the whole
/// text is one; year from 1 to 9999.
inline constexpr std::size_t kMaxYearTimeBytes = 32;
std::size_t write_with_year(std::string_view time, int32_t year, char* out);
/// Whether the text is a time of ISO 8601 with date, T and seconds.
bool is_iso_time(std::string_view text);

}  // namespace ev

// Functions of texts. Positions and lengths are in characters (code points), from 1 as in SQL and awk.
#include <utf8proc.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "expr/spelling.h"

namespace ev {
namespace {

constexpr std::size_t kMaxMadeText = std::size_t{16} << 20;  // a longer text is null, as an overflow

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}
int64_t character_count(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += !continues_character(c);
  return count;
}
/// The byte at which the character after `count` others begins; the size where there are fewer.
std::size_t byte_of(std::string_view text, int64_t count) {
  std::size_t at = 0;
  for (; at < text.size(); at++)
    if (!continues_character(text[at]) && count-- == 0) break;
  return at;
}

bool is_ascii(std::string_view text) {
  unsigned char high = 0;
  for (char c : text) high |= static_cast<unsigned char>(c);
  return high < 0x80;
}

/// Each character by its simple mapping of case; what is no valid UTF-8 stays as it is.
template <utf8proc_int32_t (*map)(utf8proc_int32_t)>
std::string_view map_characters(std::string_view text, Arena& arena) {
  std::string mapped;
  auto bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    if (length < 1) {
      mapped += text[at++];
      continue;
    }
    utf8proc_uint8_t encoded[4];
    const utf8proc_ssize_t size = utf8proc_encode_char(map(c), encoded);
    mapped.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
    at += static_cast<std::size_t>(length);
  }
  return arena.keep(mapped);
}

template <char first, int distance, utf8proc_int32_t (*map)(utf8proc_int32_t)>
void change_case(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::string_view text = values[0].text;
    if (!is_ascii(text)) return computing.text(map_characters<map>(text, computing.call.arena));
    char* at = computing.call.arena.allocate(text.size());
    for (std::size_t i = 0; i < text.size(); i++) {
      const bool changes = static_cast<unsigned char>(text[i] - first) < 26;
      at[i] = static_cast<char>(text[i] + (changes ? distance : 0));
    }
    return computing.text({at, text.size()});
  });
}

void trim(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    std::string_view text = values[0].text;
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == text.npos) return computing.text({});
    return computing.text(text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin));
  });
}

void length(Call& call) {
  compute_values(call, [](const Computing&, std::span<const Value> values) {
    const bool bytes = values[0].type == Type::bytes;
    return int_value(bytes ? static_cast<int64_t>(values[0].text.size()) : character_count(values[0].text));
  });
}

/// An integer argument; what no int holds is as good as the largest.
int64_t position(const Value& value) {
  return value.type == Type::int64 ? static_cast<int64_t>(value.word) : std::numeric_limits<int64_t>::max();
}

/// substr(text, start[, length]): a start below zero counts from the end; 0 is the place before the first character.
void substr(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::string_view text = values[0].text;
    int128 begin = position(values[1]);
    if (begin < 0) begin += character_count(text) + 1;
    int128 end = values.size() > 2 ? begin + std::max<int64_t>(position(values[2]), 0)
                                   : static_cast<int128>(std::numeric_limits<int64_t>::max());
    begin = std::max<int128>(begin, 1);
    end = std::min<int128>(end, std::numeric_limits<int64_t>::max());
    if (end <= begin || begin > static_cast<int128>(text.size())) return computing.text({});
    const std::size_t first = byte_of(text, static_cast<int64_t>(begin) - 1);
    const std::string_view rest = text.substr(first);
    return computing.text(rest.substr(0, byte_of(rest, static_cast<int64_t>(end - begin))));
  });
}

void replace(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::string_view text = values[0].text, from = values[1].text, to = values[2].text;
    if (from.empty() || text.find(from) == text.npos) return values[0];
    std::string replaced;
    std::size_t at = 0;
    for (std::size_t found = text.find(from); found != text.npos; found = text.find(from, at)) {
      replaced += text.substr(at, found - at);
      replaced += to;
      at = found + from.size();
      if (replaced.size() > kMaxMadeText) return computing.fail(kOverflow);
    }
    replaced += text.substr(at);
    return computing.new_text(replaced);
  });
}

void concatenate(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    std::string joined;
    for (const Value& value : values) joined += spelled(value, computing.call.arena);
    if (joined.size() > kMaxMadeText) return computing.fail(kOverflow);
    return computing.new_text(joined);
  });
}

/// split_part(text, separator, n): part n from 1, below zero from the end; empty where there are fewer parts.
void split_part(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::string_view text = values[0].text, separator = values[1].text;
    int64_t wanted = position(values[2]);
    if (separator.empty()) return computing.text(wanted == 1 || wanted == -1 ? text : std::string_view());
    if (wanted < 0) {
      int64_t parts = 1;
      for (std::size_t at = 0; (at = text.find(separator, at)) != text.npos; at += separator.size()) parts++;
      wanted = wanted < -parts ? 0 : wanted + parts + 1;
    }
    if (wanted == 0) return computing.text({});
    std::size_t begin = 0;
    for (; wanted > 1; wanted--) {
      const std::size_t found = text.find(separator, begin);
      if (found == text.npos) return computing.text({});
      begin = found + separator.size();
    }
    return computing.text(text.substr(begin, text.find(separator, begin) - begin));
  });
}

void contains(Call& call) {
  compute_truth(call, [](std::span<const Value> values) {
    return values[0].text.find(values[1].text) != std::string_view::npos;
  });
}
void starts_with(Call& call) {
  compute_truth(call, [](std::span<const Value> values) { return values[0].text.starts_with(values[1].text); });
}
void ends_with(Call& call) {
  compute_truth(call, [](std::span<const Value> values) { return values[0].text.ends_with(values[1].text); });
}

void size(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::optional<uint64_t> bytes = read_size(values[0].text);
    return bytes ? integer_value(*bytes) : computing.fail(kUnreadable);
  });
}

constexpr std::array<TypeMask, 3> kTexts = {kText, kText, kText}, kAnyTexts = {kAnyText, kAnyText, kAnyText};
constexpr TypeMask kSpelled = kAnyType & ~mask_of(Type::state);
constexpr std::array<Function, 12> kFunctions = {
    {{"lower", "lower(text)", 1, 1, kTexts, kText, 0, change_case<'A', 'a' - 'A', utf8proc_tolower>},
     {"upper", "upper(text)", 1, 1, kTexts, kText, 0, change_case<'a', 'A' - 'a', utf8proc_toupper>},
     {"trim", "trim(text)", 1, 1, kTexts, kText, 0, trim},
     {"length", "length(text)", 1, 1, kAnyTexts, kInteger, 0, length},
     {"substr", "substr(text, start[, length])", 2, 3, {kText, kInteger, kInteger}, kText, 0, substr},
     {"replace", "replace(text, from, to)", 3, 3, kTexts, kText, 0, replace},
     {"concat", "concat(value, ...)", 1, kMaxArguments, {kSpelled, kSpelled, kSpelled}, kText, 0, concatenate},
     {"split_part", "split_part(text, separator, n)", 3, 3, {kText, kText, kInteger}, kText, 0, split_part},
     {"contains", "contains(text, part)", 2, 2, kAnyTexts, kBoolean, 0, contains},
     {"starts_with", "starts_with(text, part)", 2, 2, kAnyTexts, kBoolean, 0, starts_with},
     {"ends_with", "ends_with(text, part)", 2, 2, kAnyTexts, kBoolean, 0, ends_with},
     {"size", "size(text)", 1, 1, kTexts, kInteger, 0, size}}};

}  // namespace

std::span<const Function> text_functions() {
  return kFunctions;
}

}  // namespace ev

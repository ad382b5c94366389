// Lines of names and values, for states that people can read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace ev {

/// "path=/var/log/app.log offset=4711 column=a column=b": names are words, values any bytes, of which space, control
/// characters, DEL and % stand as %XX. The order stays; a name may come several times.
class NamedValues {
 public:
  NamedValues() = default;
  /// Throws Error(corrupt) about `place` for a line that was not written by text().
  NamedValues(std::string_view line, std::string_view place);

  void add(std::string_view name, std::string_view value) { values_.emplace_back(name, value); }
  void add(std::string_view name, uint64_t value);
  void add_signed(std::string_view name, int64_t value);
  /// As hex digits.
  void add_digest(std::string_view name, Hash128 digest);
  std::string text() const;

  /// The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The same, or Error(corrupt) where it is missing or no such number.
  std::string_view get(std::string_view name) const;
  uint64_t get_number(std::string_view name) const;
  int64_t get_signed(std::string_view name) const;
  Hash128 get_digest(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  [[noreturn]] void fail(std::string_view what) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::string place_;
};

/// A body of such lines, "WORD NAME=VALUE...", of which the first one is "KIND version=VERSION". Calls `take` for each of
/// the others. Throws Error(corrupt) about `place` for other kinds and versions.
void for_each_named_line(std::string_view body, std::string_view kind, uint64_t version, std::string_view place,
                         const std::function<void(std::string_view word, const NamedValues&)>& take);
/// The first line.
std::string first_named_line(std::string_view kind, uint64_t version);

}  // namespace ev

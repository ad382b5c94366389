// Lines of names and values, for states that people can read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  std::string text() const;

  /// The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The same, or Error(corrupt) where it is missing or no such number.
  std::string_view get(std::string_view name) const;
  uint64_t get_number(std::string_view name) const;
  int64_t get_signed(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  [[noreturn]] void fail(std::string_view what) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::string place_;
};

}  // namespace ev

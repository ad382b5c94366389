// Field paths: the steps from the top of an event to a value. {"a":{"b":1}} has the path a, b; {"a.b":1} the path a.b.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

/// Immutable; kept in the encoding of the stream: per step a 16-bit length and the bytes of the key.
class Path {
 public:
  Path() = default;
  Path(std::initializer_list<std::string_view> steps);
  explicit Path(std::span<const std::string_view> steps);
  /// One step, taken as it is.
  static Path key(std::string_view step) { return Path{step}; }
  /// From the stream's encoding (without the step count). Throws Error(corrupt) if lengths do not add up.
  static Path decode(std::span<const uint8_t> encoded);

  /// This path and one more step.
  Path child(std::string_view step) const;
  std::vector<std::string_view> steps() const;
  std::size_t step_count() const;
  /// Steps joined by dots, as people write it: "metadata.chain".
  std::string name() const;
  const std::string& encoded() const { return encoded_; }
  bool operator==(const Path&) const = default;
  bool operator<(const Path& o) const { return encoded_ < o.encoded_; }

 private:
  std::string encoded_;
};

/// Which path of `paths` a name on the command line means: the path whose name() equals it. Throws Error(usage) where
/// a flat and a nested field share the name; the error says how to tell them apart: `a.b` in backquotes is the one key
/// with a dot, `a`.`b` is the nested one (each backquoted part is a step).
/// returns -1 where there is none.
int find_path(std::span<const Path> paths, std::string_view name);
/// The path that a name means where no field has it yet: its steps end at dots, but for those in backquotes. Throws
/// Error(usage) for an empty step and for backquotes that do not match.
Path parse_path(std::string_view name);
/// `a.b`.`c`: a name that means this path alone.
std::string quoted_name(const Path& path);
/// Whether the name may mean this path, others aside.
bool may_mean(std::string_view name, const Path& path);
/// Whether the name may mean this path, or an object that the path lies in.
bool may_hold(std::string_view name, const Path& path);

}  // namespace ev

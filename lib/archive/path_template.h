// Templates of -o: a path in which fields stand, with one folder or file for each of their values.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/value_name.h"
#include "base/time_pattern.h"

namespace ev {

/// A field of a template: {NAME}, {NAME:FORMAT}, {time:FORMAT}.
struct TemplateField {
  std::string name;                 // as find_path() takes it
  bool event_time = false;          // {time:FORMAT}: the event time, whatever its name
  std::optional<TimePattern> time;  // FORMAT
  NameRule rule;
};

/// Immutable; any number of threads may use it.
class PathTemplate {
 public:
  /// Whether -o is to be read as a template: it has a brace or ends in a slash. All else is the name of a file.
  static bool is_one(std::string_view text) { return text.find_first_of("{}") != text.npos || text.ends_with('/'); }
  /// `zone` is that of time formats (IANA name; empty: UTC). Throws Error(usage) that names the column (characters,
  /// from 1) of what is wrong.
  PathTemplate(std::string_view text, const std::string& zone);

  const std::string& text() const { return text_; }
  const std::vector<TemplateField>& fields() const { return fields_; }
  /// True: a destination is a folder to which files are added. False: it is a file.
  bool folders() const { return folders_; }
  /// Whether it is the name of one file after all, with doubled braces.
  bool one_file() const { return fields_.empty() && !folders_; }
  /// Throws Error(usage) unless it ends in / or .ev: readers of folders find no other files.
  void check_ending() const;
  /// The folder below which all destinations lie: "archive", ".", "/".
  const std::string& root() const { return root_; }
  /// A path below the root.
  std::string below_root(std::string_view path) const;

  /// The destination below the root of rows with these names of the fields; "" is the root itself.
  std::string destination(std::span<const std::string_view> names) const;

 private:
  friend class TemplateParser;
  std::string text_, root_;
  bool folders_ = false;
  std::vector<TemplateField> fields_;
  std::vector<std::string> literals_;  // before each field, and behind the last
};

}  // namespace ev

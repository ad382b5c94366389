// The option that adds fields from a table: --lookup.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/tool.h"
#include "source/lookup.h"

namespace ev {

class LookupOptions {
 public:
  void declare(Command& command);
  /// Throws Error(usage).
  void validate();
  /// Reads the table; nullptr where there is none.
  std::unique_ptr<const Lookup> load(const Session& session) const;
  /// How many events were found in it.
  void report(Session& session, const LookupCount& count) const;

 private:
  std::optional<std::string> text_;
  std::optional<LookupSpec> spec_;
};

}  // namespace ev

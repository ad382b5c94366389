// What became of the values of fields whose type --types chose.
#pragma once

#include <vector>

#include "cli/tool.h"
#include "text/field_types.h"

namespace ev {

/// Sums up over the units of a run. One thread at a time.
class TypeTally {
 public:
  void add(const std::vector<TypeCount>& counts);
  /// Notices of values that kept their own type, and of fields that are nowhere.
  void report(Session& session, const FieldTypes& types) const;

 private:
  std::vector<TypeCount> counts_;
};

}  // namespace ev

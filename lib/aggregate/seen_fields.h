// Which fields of a query no event has had.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "aggregate/aggregator.h"
#include "base/text.h"
#include "event/batch.h"

namespace ev {

class SeenFields {
 public:
  SeenFields() = default;
  /// Formulas are no fields: they are computed from what is there.
  explicit SeenFields(const AggregateQuery& query) : missing_(fields_of(query)) {
    for (const AggregateCall& call : query.calls)
      if (!call.formula.empty()) std::erase(missing_, call.name);
  }

  void see(const Batch& batch) {
    if (batch.rows > 0 && !missing_.empty())
      std::erase_if(missing_, [&](const std::string& field) { return find_path(batch.paths, field) >= 0; });
  }
  void merge(const SeenFields& other) {
    std::erase_if(missing_, [&](const std::string& field) {
      return std::find(other.missing_.begin(), other.missing_.end(), field) == other.missing_.end();
    });
  }
  /// What to warn of: those that are missing.
  std::vector<std::string> warnings() const {
    std::vector<std::string> texts;
    for (const std::string& field : missing_)
      texts.push_back(concat("no event has a field ", escape_controls(field), "; `ev info` lists the fields there are"));
    return texts;
  }

 private:
  std::vector<std::string> missing_;
};

}  // namespace ev

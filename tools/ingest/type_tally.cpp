#include "ingest/type_tally.h"

#include <algorithm>

#include "base/text.h"

namespace ev {

void TypeTally::add(const std::vector<TypeCount>& counts) {
  counts_.resize(std::max(counts_.size(), counts.size()));
  for (std::size_t i = 0; i < counts.size(); i++) {
    counts_[i].values += counts[i].values;
    counts_[i].unchanged += counts[i].unchanged;
  }
}

void TypeTally::report(Session& session, const FieldTypes& types) const {
  for (std::size_t i = 0; i < counts_.size(); i++) {
    const FieldType& field = types.fields()[i];
    if (field.text_formats_only) continue;
    const std::string chosen = concat("--types ", field.name, "=", kind_name(field.kinds[0]));
    if (counts_[i].values == 0)
      session.notice(concat(chosen, ": no event has a value of that field"));
    else if (counts_[i].unchanged > 0)
      session.notice(concat(chosen, ": ", counts_[i].unchanged, " of ", counts_[i].values,
                            " values cannot become that and kept their own type"));
  }
}

}  // namespace ev

// The rows of a batch by the name that a field of a template has in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/path_template.h"
#include "event/batch.h"

namespace ev {

struct FieldGroups {
  std::vector<std::string> names;  // different ones
  PodVector<uint32_t> of_row;      // per row a number into names; empty: all rows have names[0]
  bool present = false;            // whether a row has the field (a time, where the template has a format)
};

/// Throws Error(usage) where two fields of the batch have the name.
FieldGroups group_rows(const Batch& batch, const TemplateField& field);

}  // namespace ev

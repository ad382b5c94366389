// Rows held against a schema.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/row_check.h"
#include "text/schema.h"
#include "text/time_rules.h"

namespace ev {

/// Refuses rows for the first field, in the order of the schema, that is not as it must be. Works column by column; of
/// texts that repeat each is looked at once.
class SchemaCheck final : public RowCheck {
 public:
  /// `rules`: what counts as a time.
  SchemaCheck(Schema schema, TimeRules rules);
  void check(const Batch& batch, RefusedRows& refused) const override;

 private:
  /// What of a batch belongs to a field.
  struct Found {
    std::vector<uint16_t> paths;  // the field itself
    std::vector<uint16_t> below;  // fields in the object that it is
  };

  std::vector<Found> find_fields(const Batch& batch) const;
  template <class F>
  void for_each_field(std::string_view name, const Path& path, F&& f) const;
  void check_presence(const Batch& batch, const SchemaField& field, const Found& found, RefusedRows& refused) const;
  void check_objects(const Batch& batch, const SchemaField& field, const Found& found, RefusedRows& refused) const;
  void check_closed(const Batch& batch, RefusedRows& refused) const;
  bool is_covered(const Path& path) const;

  Schema schema_;
  TimeRules rules_;
  std::unordered_map<std::string, std::vector<uint32_t>> by_name_;  // numbers of fields
  std::vector<uint32_t> quoted_;                                    // those with steps in backquotes
};

}  // namespace ev

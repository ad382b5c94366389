// A table by whose key events get more fields: --lookup.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/batch.h"

namespace ev {

/// 'users.csv on user_id=id add country,plan as tier'.
struct LookupSpec {
  std::string file;
  std::vector<std::pair<std::string, std::string>> keys;  // field of the events, field of the table
  std::vector<std::pair<std::string, std::string>> adds;  // field of the table, name in the events ("": the same)
};
/// Throws Error(usage).
LookupSpec parse_lookup(std::string_view text);

struct LookupCount {
  uint64_t matches = 0, misses = 0;
};

/// Immutable once made: any number of threads may use it.
class Lookup {
 public:
  /// Throws Error(usage) where a field is not in the table, and Error(corrupt) where a key stands in two rows. A row
  /// with a null in its key is never found.
  Lookup(LookupSpec spec, Batch table);

  /// Adds the fields to every row: the values of the table's row with the same key, or null. Keys are compared as
  /// texts, so that 5 and "5" are equal.
  LookupCount apply(Batch& batch) const;

  /// Names of the events' fields that are looked at, and of those that are added.
  std::vector<std::string> key_fields() const;
  std::vector<std::string> added_fields() const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Numbers = std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>>;
  struct Added {
    Path path;                      // in the events
    std::vector<uint32_t> columns;  // of the table
  };

  uint16_t table_path(const std::string& name) const;
  void index();
  std::vector<Column> gather(const Added& added, const std::vector<uint32_t>& found) const;

  LookupSpec spec_;
  Batch table_;
  std::vector<Numbers> parts_;                   // per key: the texts there are
  Numbers rows_;                                 // by the numbers of the parts of a key
  std::vector<std::vector<uint32_t>> value_at_;  // per column of the table: the value of each row, or kNone
  std::vector<Added> adds_;
};

/// Reads the table: CSV, TSV, JSON or an event stream. Throws Error(io) where it takes more than `memory` bytes, and
/// what reading throws; records that are no rows are an error, too.
std::unique_ptr<const Lookup> load_lookup(LookupSpec spec, uint64_t memory);

}  // namespace ev

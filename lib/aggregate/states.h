// The contract of an aggregate function, and what its states look like in a stream.
//
// A state column (Type::state) holds one mergeable state per value: u8 function, u8 version, payload; little-endian.
// Equal multisets of values give equal bytes, in whatever order and parts they were added and merged.
//
//   code function version payload
//   1    count    1       u64 number of rows, or of values
//   2    sum      1       u64 number of numbers added (0: the sum is null);
//                         u8 flags: 1 there were floats among them; other bits 0;
//                         the sum of the integers: u8 length, at most 40, and as many bytes of the shortest two's
//                         complement (length 0: 0);
//                         with flag 1, the exact sum of the floats (below)
//   3    min      1       u8 type of the smallest value (0: there was none, and nothing follows); for bool, int, uint,
//   4    max      1       float: u64 word; for time: u64 word, u32 form; for texts: the text, up to the end
//   5    mean     1       as sum
//   6    p50 ...  1       u32 quantile in millionths; if there are values: f64 least, f64 largest of them, and for each
//                         bucket that has some, in ascending order: varint distance to the bucket before (from -262144
//                         on for the first), varint number of values. Varints are LEB128 of the shortest form.
//   7    distinct 1       u8 form; 0: u64 hashes of all values, ascending, at most 1,024; 1: 16,384 registers of a byte
//   8    distinct_exact 1 hashes of all values, ascending: u64 high half, u64 low half
//   9    var      1       u32 length of what follows: as sum, of the numbers; then as sum, of their squares (of floats,
//                         the doubles that squares are rounded to, and what that took), whose number says nothing
//   10   stddev   1       as var
//   11   first    1       u8: 0 there was no value, and nothing follows; 1 only values of untimed events; 2 others;
//   12   last     1       with 2, i64 event time of the value; then the value as in min
//   13   formula  1       text of an expression (ev-expr(7)) over other state columns of the row, by their names
//   14   rate     1       u64 number of rows with a time; i64 begin and i64 end of the time that the bucket covers,
//   both
//                         0: none, nor any rows
//   15   share    1       u64 number of rows; u64 of all rows of the bucket, or of the result where it has no buckets
//   16   top      1       u32 how many are wanted; for each value, in the order of value_order.h: varint count, varint
//                         length of what follows; the value as in min
//
//   bucket of a double (NaN has none): its sign and the leading 18 bits of its size, as a number; 0 below 2^-1022.
//   hash of a value: XXH3-128 of a text, seeded with its type; of a word as in value_hashes.h. distinct takes the low
//   half: its leading 14 bits tell the register, which holds the largest number of zeros in front of the first 1 of the
//   others, and 1.
//
//   exact sum of floats: u8 version, 1; u8 flags: 1 the sum is negative, 2 +inf was added, 4 -inf, 8 NaN, 16 -0.0,
//   32 any other finite number; u8 number of digits; then for each digit other than 0, in ascending order: u8 position
//   p, u32 digit d. The size of the sum of the finite numbers is the sum of all d * 2^(32 p - 1074).
//
// Final values: count is an int. sum is an int if all numbers were integers, a uint above int64, json text beyond
// uint64; with a float among them the exact sum of all, rounded once to a float. mean is the exact sum divided by the
// number, rounded once. min, max, first and last keep the type. A quantile is a float, a number of the bucket that
// holds the value of that rank (the smallest of which at least so many are not above it), within the least and largest.
// distinct and distinct_exact are ints. A formula has the value of its expression over the final values of the others.
// rate is a float, rows a second; share is a float; top is json text, [{"value":...,"count":...},...]. sum, min, max,
// mean, first, last and quantiles of nothing are null, and so are rate without a time and share without rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/functions.h"
#include "event/batch.h"

namespace ev {

/// The group of each value of a column, by number.
struct ValueGroups {
  std::span<const uint32_t> ids;
  bool one_group = false;  // every id is 0
  // Where a function of the query asks for times: the event time of each value, and whether it has one.
  std::span<const int64_t> times = {};
  std::span<const uint8_t> timed = {};
};

/// The bucket of time that each group of a result is in; all are in one where the result has no time.
struct GroupBuckets {
  struct Bucket {
    bool timed = false;
    int64_t begin = 0, end = 0;  // from `begin` up to `end`, where have_ends
  };
  std::vector<uint32_t> of_group;  // numbers into `buckets`
  std::vector<Bucket> buckets;
  bool have_ends = false;  // --every says how long buckets are
};

/// The states of one call for all groups of an Aggregator: virtual calls per batch, loops per type within.
class AggregateStates {
 public:
  virtual ~AggregateStates() = default;
  /// Groups from the old count to `groups` begin empty. Called before any other method sees a new group.
  virtual void resize(std::size_t groups) = 0;
  /// A batch for a call without a field: one id per row.
  virtual void update_rows(const ValueGroups&) {}
  /// The values of one column: one id per value. A field with values of several types comes as several columns.
  virtual void update(const Column& column, const ValueGroups& groups) = 0;
  /// Merges group g of `other` (of the same function) into group groups[g], and may take over what that holds: `other`
  /// is of no use any more but for skipped().
  virtual void merge(AggregateStates& other, std::span<const uint32_t> groups) = 0;
  /// Merges a column of states whose function and version are known to be right. Throws Error(corrupt).
  virtual void merge_states(const Column& states, const ValueGroups& groups) = 0;
  /// Of functions that go by buckets: called before states are written, whenever any of them may have changed.
  virtual void see_buckets(const GroupBuckets&) {}
  /// Appends the states of these groups, in that order. Thread-safe.
  virtual void write_states(std::span<const uint32_t> groups, Texts& out) const = 0;
  /// Values that were left out because the function cannot take them.
  virtual uint64_t skipped() const { return 0; }
  /// Bytes in use, roughly.
  virtual uint64_t memory() const = 0;
};

/// A line of the function table.
struct AggregateFunction {
  enum class Field : uint8_t {
    required,
    optional,
    none,     // it takes none
    count,    // the word count stands in its place
    ranked,   // required, and a number from 1 to kMaxTop may follow, which becomes part of the name
    formula,  // it takes none, and is not called by its name: AggregateCall::formula
  };
  std::string_view name;
  uint8_t code;     // of its states; never used again for another
  uint8_t version;  // of its payload
  Field field;
  std::string_view skip, skips;  // what skipped() counts, one and many: "not a number", "not numbers"
  std::unique_ptr<AggregateStates> (*make)(const AggregateCall& call);
  /// The final value of a payload; texts live in `scratch` or the payload. Throws Error(corrupt).
  Value (*finalize)(std::string_view payload, std::string& scratch);
  bool by_time = false;         // update() needs the times of the values
  bool by_bucket = false;       // see_buckets() must be called
  bool by_total = false;        // ... with all groups of a bucket
  bool needs_every = false;     // it makes no sense without buckets of time
  bool large = false;           // states of some hundred bytes or more are common
  std::string_view bound = {};  // how far off a final value may be: "within 0.8 %"; empty: it is exact
  // Of a family, as p50 ... p99.9, whose members have states of their own kind; `name` is one of them then.
  /// The one name of the member that the word names; empty: it names none.
  std::string (*canonical)(std::string_view word) = nullptr;
  /// The name of the member that a payload belongs to. Throws Error(corrupt).
  std::string (*spell)(std::string_view payload) = nullptr;
};

/// How many values top() may give.
inline constexpr uint32_t kMaxTop = 10000;

/// All functions, in the order of their codes.
std::span<const AggregateFunction> aggregate_functions();
/// By name, or one of a family, or code; nullptr where there is none.
const AggregateFunction* find_function(std::string_view name);
const AggregateFunction* find_function(uint8_t code);

inline constexpr std::size_t kStateHeadBytes = 2;
inline std::string_view state_payload(std::string_view state) {
  return state.substr(kStateHeadBytes);
}
/// The function of a state. Throws Error(corrupt) where the state is too short or of an unknown function or version.
const AggregateFunction& function_of(std::string_view state);
/// The name of that function, or of the member of its family. Throws Error(corrupt).
std::string function_name(std::string_view state);

}  // namespace ev

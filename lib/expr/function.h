// What a function or an operator is: the types it takes and gives, and its evaluation over vectors.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "expr/arena.h"
#include "expr/vector.h"

namespace ev {

struct ExpressionOptions;
struct Function;

/// A set of types.
using TypeMask = uint16_t;
constexpr TypeMask mask_of(Type type) {
  return static_cast<TypeMask>(1u << static_cast<unsigned>(type));
}
inline constexpr TypeMask kNoType = 0;
inline constexpr TypeMask kBoolean = mask_of(Type::boolean);
inline constexpr TypeMask kInteger = mask_of(Type::int64) | mask_of(Type::uint64);
inline constexpr TypeMask kFloat = mask_of(Type::float64);
inline constexpr TypeMask kNumber = kInteger | kFloat;
inline constexpr TypeMask kText = mask_of(Type::string);
inline constexpr TypeMask kAnyText = kText | mask_of(Type::bytes);
inline constexpr TypeMask kTime = mask_of(Type::time);
inline constexpr TypeMask kJson = mask_of(Type::json);
inline constexpr TypeMask kAnyType = (1u << (kLastType + 1)) - 2;  // all but null

/// What happened to a value on the way, to be counted. A row is counted once for each node and issue.
enum Issue : uint8_t {
  kAcrossTypes,   // compared with a value of another type: false
  kOperand,       // an operand of a type that the operation does not take: null
  kOverflow,      // the result is beyond what the type holds: null
  kZeroDivision,  // null
  kRounded,       // an integer became a float that is not the same number
  kUnreadable,    // a cast of a value that does not spell what it is cast to: null
};
inline constexpr std::size_t kIssues = 6;

/// The issues of the entries that a call evaluates, as bits.
class IssueMarks {
 public:
  void reset(uint32_t entries) {
    entries_ = entries;
    any_ = false;
  }
  void mark(uint32_t entry, Issue issue) {
    if (!any_) [[unlikely]] {
      marks_.assign(entries_, 0);
      any_ = true;
    }
    marks_[entry] |= static_cast<uint8_t>(1u << issue);
  }
  void mark_all(Issue issue) {
    for (uint32_t i = 0; i < entries_; i++) mark(i, issue);
  }
  bool any() const { return any_; }
  uint8_t of(uint32_t entry) const { return marks_[entry]; }

 private:
  PodVector<uint8_t> marks_;
  uint32_t entries_ = 0;
  bool any_ = false;
};

inline constexpr std::size_t kMaxArguments = 16;

/// What was made of the constant arguments of a call when it was bound.
struct Bound {
  virtual ~Bound() = default;
};

/// A call while it is evaluated.
struct Call {
  const Function& function;
  const Bound* bound;  // nullptr where the function binds nothing
  std::span<const Vector* const> arguments;
  Vector& result;  // reset to the number of positions
  Arena& arena;    // for texts of the result
  IssueMarks& issues;
};

/// What a function may look at when it is bound.
struct BindContext {
  const ExpressionOptions& options;
  std::span<const Value> arguments;  // of those that are constant; null for others
  /// Throws Error(usage) that points at an argument.
  [[noreturn]] void fail(std::size_t argument, std::string what, std::string remedy = {}) const;
  std::string_view expression;
  std::span<const uint32_t> places;  // of the arguments in the expression
};

struct Function {
  std::string_view name;
  std::string_view usage;              // "substr(text, start[, length])"
  uint8_t least = 1, most = 1;         // arguments
  std::array<TypeMask, 3> takes = {};  // of each argument; the last also of all that follow
  TypeMask gives = kAnyType;
  uint16_t constants = 0;  // bit i: argument i must be constant
  void (*evaluate)(Call& call) = nullptr;
  std::shared_ptr<const Bound> (*bind)(const BindContext& context) = nullptr;

  TypeMask takes_at(std::size_t argument) const { return takes[argument < takes.size() ? argument : takes.size() - 1]; }
};

/// The function of that name, operators among them; nullptr if there is none.
const Function* find_expression_function(std::string_view name);
/// Names of all functions, without operators.
std::span<const std::string> expression_function_names();

// The families, each in a file of its own.
std::span<const Function> arithmetic_functions();
std::span<const Function> comparison_functions();
std::span<const Function> membership_functions();
std::span<const Function> matching_functions();
std::span<const Function> cast_functions();
std::span<const Function> text_functions();
std::span<const Function> number_functions();
std::span<const Function> time_functions();
std::span<const Function> json_functions();
std::span<const Function> network_functions();

}  // namespace ev

#include "text/schema.h"

#include <re2/re2.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace ev {

static_assert(std::numeric_limits<long double>::digits >= 64, "bounds must hold every int64, uint64 and double");

std::string_view schema_type_name(SchemaType type) {
  switch (type) {
    case SchemaType::string:
      return "string";
    case SchemaType::integer:
      return "int";
    case SchemaType::unsigned_integer:
      return "uint";
    case SchemaType::real:
      return "float";
    case SchemaType::boolean:
      return "bool";
    case SchemaType::time:
      return "time";
    case SchemaType::array:
      return "array";
    case SchemaType::object:
      return "object";
    case SchemaType::null:
      return "null";
  }
  return "";
}

struct SchemaPattern::Compiled {
  explicit Compiled(const std::string& text, const RE2::Options& options) : regex(text, options) {}
  RE2 regex;
};

SchemaPattern::SchemaPattern(std::string text) : text_(std::move(text)) {
  RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_shared<const Compiled>(text_, options);
  if (!compiled->regex.ok())
    throw Error(ErrorKind::usage, "", concat("the pattern is none: ", compiled->regex.error()),
                "the syntax is that of RE2");
  compiled_ = std::move(compiled);
}

bool SchemaPattern::matches(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->regex);
}

bool SchemaField::allows(SchemaType type) const {
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

std::string SchemaField::type_names() const {
  std::vector<std::string> names;
  for (SchemaType type : types) names.emplace_back(schema_type_name(type));
  return join(names, " or ");
}

namespace {

void add_kinds(SchemaType type, std::vector<ValueKind>& kinds) {
  switch (type) {
    case SchemaType::string:
      kinds.push_back(ValueKind::string);
      return;
    case SchemaType::integer:
      kinds.push_back(ValueKind::integer);
      return;
    case SchemaType::unsigned_integer:
      kinds.push_back(ValueKind::unsigned_integer);
      return;
    case SchemaType::real:
      // A whole number is as good, and stays one.
      kinds.push_back(ValueKind::real);
      kinds.push_back(ValueKind::integer);
      return;
    case SchemaType::boolean:
      kinds.push_back(ValueKind::boolean);
      return;
    case SchemaType::array:
    case SchemaType::object:
      kinds.push_back(ValueKind::json);
      return;
    case SchemaType::time:  // is told from the value as it is
    case SchemaType::null:
      return;
  }
}

}  // namespace

std::vector<FieldType> Schema::text_types() const {
  std::vector<FieldType> made;
  for (const SchemaField& field : fields) {
    FieldType type{field.name, {}, true};
    for (SchemaType allowed : field.types) add_kinds(allowed, type.kinds);
    const bool texts =
        field.choices && std::all_of(field.choices->begin(), field.choices->end(), [](const SchemaChoice& choice) {
          return choice.type == Type::string || choice.type == Type::null;
        });
    if (field.types.empty() && texts) type.kinds.push_back(ValueKind::string);
    if (!type.kinds.empty()) made.push_back(std::move(type));
  }
  return made;
}

}  // namespace ev

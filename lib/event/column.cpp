#include "event/column.h"

namespace ev {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return "bool";
    case Type::int64:
      return "int";
    case Type::uint64:
      return "uint";
    case Type::float64:
      return "float";
    case Type::string:
      return "string";
    case Type::bytes:
      return "bytes";
    case Type::time:
      return "time";
    case Type::json:
      return "json";
    case Type::state:
      return "state";
  }
  return "unknown";
}

}  // namespace ev

#include "aggregate/value_payload.h"

namespace ev {

void write_value(const Value& value, std::string& out) {
  out += static_cast<char>(value.type);
  if (value.type == Type::null) return;
  if (is_text_type(value.type)) {
    out += value.text;
    return;
  }
  char bytes[8];
  store(bytes, value.word);
  out.append(bytes, 8);
  if (value.type == Type::time) {
    store(bytes, value.form);
    out.append(bytes, 4);
  }
}

Value read_value(ByteReader& in) {
  Value value;
  const auto type = in.read<uint8_t>();
  if (type > static_cast<uint8_t>(Type::json)) in.fail("unknown type");
  value.type = static_cast<Type>(type);
  if (is_text_type(value.type)) {
    value.text = as_text(in.rest());
    return value;
  }
  if (value.type != Type::null) value.word = in.read<uint64_t>();
  if (value.type == Type::boolean && value.word > 1) in.fail("a bool that is neither");
  if (value.type == Type::time) value.form = in.read<uint32_t>();
  in.expect_end();
  return value;
}

}  // namespace ev

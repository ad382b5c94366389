#include "text/zeek_log.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "text/column_names.h"
#include "text/hex_digit.h"
#include "text/line_parser.h"
#include "text/time_field.h"

namespace ev {
namespace {

enum class Kind : uint8_t { string, time, real, integer, boolean };

/// What a value of a column is, or each element of it.
struct ColumnType {
  Kind kind = Kind::string;
  bool many = false;
};

ColumnType column_type(std::string_view name) {
  ColumnType type;
  const std::size_t open = name.find('[');
  if (open != name.npos && name.ends_with(']')) {
    type.many = true;
    name = name.substr(open + 1, name.size() - open - 2);
  }
  if (name == "time") type.kind = Kind::time;
  if (name == "interval" || name == "double") type.kind = Kind::real;
  if (name == "count" || name == "int" || name == "port") type.kind = Kind::integer;
  if (name == "bool") type.kind = Kind::boolean;
  return type;
}

Scalar string_of(std::string_view text) {
  return {Type::string, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
}

/// A number of JSON, whose type is json where no other holds it; null: it is none. Behind the text, 32 bytes are
/// readable.
Scalar number_of(std::string_view text) {
  Scalar value;
  if (text.empty() || !begins_number(text[0])) return value;
  const char* const end = scan_number(text.data(), value);
  return end == text.data() + text.size() ? value : Scalar{};
}

/// Appends what the escapes of `text` stand for. Reading goes by bytes, so the result may be no UTF-8.
template <class Text>
void append_without_escapes(std::string_view text, Text& out) {
  for (std::size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      if (text[i + 1] == '\\') {
        i++;
      } else if (text[i + 1] == 'x' && i + 3 < text.size() && hex_digit(text[i + 2]) >= 0 &&
                 hex_digit(text[i + 3]) >= 0) {
        c = static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
        i += 3;
      }
    }
    out.push_back(c);
  }
}

class ZeekReader {
 public:
  explicit ZeekReader(const TextFormat& format) : format_(format) {
    for (const std::string& name : format.column_types) types_.push_back(column_type(name));
    if (!types_.empty() && types_.size() != format.columns.size())
      broken_header_ = concat("its header has ", format.columns.size(), " names and ", types_.size(), " types");
    types_.resize(format.columns.size());
  }

  void reset() { fields_.clear(); }
  void start(std::size_t) {}
  static bool is_record(std::string_view line) { return !line.starts_with('#'); }

  const char* read(std::string_view line, TextRow& row) {
    if (format_.columns.empty()) return "no #fields line comes before it";
    if (!broken_header_.empty()) return broken_header_.c_str();
    // A byte of a set may take six in JSON, as in \u0001, beside quotes and a comma.
    scratch_.clear();
    scratch_.reserve(9 * line.size() + PodVector<char>::kSlack);
    if (fields_.empty())
      for (const std::string& name : format_.columns) fields_.push_back(row.field(name));
    const auto count = static_cast<std::size_t>(std::count(line.begin(), line.end(), format_.separator)) + 1;
    if (count != fields_.size()) {
      reason_ = concat("has ", count, count == 1 ? " value" : " values", ", not ", fields_.size());
      return reason_.c_str();
    }
    for (std::size_t i = 0; i < count; i++) {
      const std::string_view text = line.substr(0, line.find(format_.separator));
      line.remove_prefix(std::min(text.size() + 1, line.size()));
      if (text == format_.unset)
        row.add_null(*fields_[i]);
      else
        row.add(*fields_[i], value_of(text, *fields_[i], types_[i]), text);
    }
    return nullptr;
  }

 private:
  Scalar value_of(std::string_view text, const Field& field, ColumnType type) {
    if (type.many) return array_of(text, type.kind);
    Scalar value;
    switch (type.kind) {
      case Kind::string:
        break;
      case Kind::boolean:
        if (text == "T" || text == "F") return {Type::boolean, 0, text == "T"};
        break;
      case Kind::integer:
        value = number_of(text);
        if (value.type == Type::int64 || value.type == Type::uint64) return value;
        break;
      case Kind::real:
        value = as_real(number_of(text));
        if (value.type != Type::null) return value;
        break;
      case Kind::time: {
        value = number_of(text);
        if (value.type == Type::null) break;
        TimeValue time;
        // The event time, and what --types names, are converted as in any other format.
        if (field.converted || !read_time(value, text, TimeRules{}, time)) return value;
        return {Type::time, time.form, static_cast<uint64_t>(time.ns)};
      }
    }
    return string_of(text == format_.empty ? std::string_view(text.data(), 0) : decoded(text));
  }

  /// A whole number as the float that it stands for.
  static Scalar as_real(Scalar value) {
    if (value.type != Type::int64) return value;
    const auto whole = static_cast<int64_t>(value.word);
    if (std::abs(whole) > int64_t{1} << 53) return value;
    const auto real = static_cast<double>(whole);
    value.type = Type::float64;
    std::memcpy(&value.word, &real, sizeof real);
    return value;
  }

  /// What the escapes stand for; the text itself where that is no UTF-8.
  std::string_view decoded(std::string_view text) {
    if (text.find('\\') == text.npos) return text;
    const char* const begin = scratch_.end();
    append_without_escapes(text, scratch_);
    const std::string_view out(begin, static_cast<std::size_t>(scratch_.end() - begin));
    return is_utf8(out) ? out : text;
  }

  /// An array of JSON.
  Scalar array_of(std::string_view text, Kind kind) {
    json_ = "[";
    if (text != format_.empty)
      for (bool more = true; more;) {
        const std::string_view element = text.substr(0, text.find(format_.set_separator));
        more = element.size() < text.size();
        text.remove_prefix(std::min(element.size() + 1, text.size()));
        if (json_.size() > 1) json_ += ',';
        append_element(element, kind);
      }
    json_ += ']';
    const char* const begin = scratch_.end();
    scratch_.append(json_.data(), json_.size());
    return {Type::json, static_cast<uint32_t>(json_.size()), reinterpret_cast<uint64_t>(begin)};
  }

  void append_element(std::string_view element, Kind kind) {
    if (element == format_.unset) {
      json_ += "null";
    } else if (kind == Kind::boolean && (element == "T" || element == "F")) {
      json_ += element == "T" ? "true" : "false";
    } else if (kind != Kind::string && kind != Kind::boolean && number_of(element).type != Type::null) {
      json_ += element;
    } else {
      append_json_string(decoded(element));
    }
  }

  void append_json_string(std::string_view text) {
    json_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        json_ += '\\';
        json_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        json_ += "\\u00";
        json_ += kDigits[static_cast<unsigned char>(c) / 16];
        json_ += kDigits[static_cast<unsigned char>(c) % 16];
      } else {
        json_ += c;
      }
    }
    json_ += '"';
  }

  TextFormat format_;
  std::vector<ColumnType> types_;
  std::vector<Field*> fields_;
  PodVector<char> scratch_;  // of the line at hand; never moves
  std::string broken_header_, json_, reason_;
};

}  // namespace

std::unique_ptr<TextParser> make_zeek_parser(const TextFormat& format, const FieldChoice& fields) {
  return std::make_unique<LineParser<ZeekReader>>(fields, ZeekReader(format));
}

void read_zeek_directive(std::string_view line, TextFormat& format, std::string_view place) {
  if (!is_utf8(line)) fail_header(place, concat("is no text: ", why_not_utf8(line)));
  const std::size_t name_end = std::min(line.find_first_of(std::string{' ', format.separator}), line.size());
  const std::string_view name = line.substr(0, name_end);
  std::string_view rest = line.substr(std::min(name_end + 1, line.size()));
  std::string value;
  append_without_escapes(rest, value);
  const auto one_byte = [&] {
    if (value.size() != 1 || begins_number(value[0]) || value[0] == '.' || value[0] == '\n' || (value[0] | 0x20) == 'e')
      fail_header(place, concat("names a ", name.substr(1), " that divides nothing: ", rest));
    return value[0];
  };
  std::vector<std::string> list;
  for (bool more = !rest.empty(); more;) {
    const std::string_view part = rest.substr(0, rest.find(format.separator));
    more = part.size() < rest.size();
    list.emplace_back(part);
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  if (name == "#separator") {
    format.separator = one_byte();
  } else if (name == "#set_separator") {
    format.set_separator = one_byte();
  } else if (name == "#empty_field") {
    format.empty = value;
  } else if (name == "#unset_field") {
    format.unset = value;
  } else if (name == "#fields") {
    format.columns = column_names(std::move(list), place);
    format.column_types.clear();
  } else if (name == "#types") {
    format.column_types = std::move(list);
  }
}

}  // namespace ev

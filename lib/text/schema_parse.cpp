#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "text/json_value.h"
#include "text/schema.h"
#include "text/utf8.h"

namespace ev {
namespace {

namespace od = simdjson::ondemand;

enum class Key : uint8_t {
  fields,
  additional,
  required,
  type,
  min,
  max,
  choices,
  pattern,
  min_length,
  max_length,
  ignored
};

struct KeyName {
  std::string_view name;
  Key key;
  bool of_objects;  // means something to an object: the event itself, too
};
/// The names of JSON Schema for the same things are taken, too, and those of its notes.
constexpr KeyName kKeys[] = {
    {"fields", Key::fields, true},
    {"additional", Key::additional, true},
    {"required", Key::required, true},
    {"type", Key::type, true},
    {"min", Key::min, false},
    {"max", Key::max, false},
    {"enum", Key::choices, false},
    {"pattern", Key::pattern, false},
    {"min_length", Key::min_length, false},
    {"max_length", Key::max_length, false},
    {"properties", Key::fields, true},
    {"additionalProperties", Key::additional, true},
    {"minimum", Key::min, false},
    {"maximum", Key::max, false},
    {"minLength", Key::min_length, false},
    {"maxLength", Key::max_length, false},
    {"$schema", Key::ignored, true},
    {"$id", Key::ignored, true},
    {"$comment", Key::ignored, true},
    {"title", Key::ignored, true},
    {"description", Key::ignored, true},
    {"examples", Key::ignored, true},
    {"default", Key::ignored, true},
};

struct TypeName {
  std::string_view name;
  SchemaType type;
};
constexpr TypeName kTypes[] = {
    {"string", SchemaType::string}, {"int", SchemaType::integer},     {"uint", SchemaType::unsigned_integer},
    {"float", SchemaType::real},    {"number", SchemaType::real},     {"bool", SchemaType::boolean},
    {"time", SchemaType::time},     {"array", SchemaType::array},     {"object", SchemaType::object},
    {"null", SchemaType::null},     {"integer", SchemaType::integer}, {"boolean", SchemaType::boolean},
};

template <class Named, std::size_t N>
const Named* find_named(const Named (&all)[N], std::string_view name) {
  auto found = std::find_if(std::begin(all), std::end(all), [&](const Named& known) { return known.name == name; });
  return found == std::end(all) ? nullptr : found;
}

/// A key of an object within an object, as a step of a name.
std::string step_name(std::string_view key) {
  if (!key.empty() && key.find_first_of(".`") == key.npos) return std::string(key);
  std::string quoted = "`";
  for (char c : key) quoted.append(c == '`' ? 2 : 1, c);
  return quoted + '`';
}

class SchemaParser {
 public:
  SchemaParser(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Schema parse() {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    if (text_.size() > kMaxSchemaBytes) throw fail(0, concat("the schema is longer than ", size_text(kMaxSchemaBytes)));
    check_json();
    padded_ = simdjson::padded_string(text_);
    od::parser parser;
    od::document document = parser.iterate(padded_);
    if (document.type() != od::json_type::object) throw fail(0, "the schema is no object");
    read_object(document.get_object(), "", nullptr, 0);
    return std::move(schema_);
  }

 private:
  Error fail(std::size_t offset, std::string what, std::string remedy = {}) const {
    const std::string_view before = text_.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t column = offset - (before.rfind('\n') + 1) + 1;
    return Error(ErrorKind::usage, concat(name_, ": line ", line, ", column ", column), std::move(what),
                 std::move(remedy));
  }
  std::size_t at(const char* p) const { return static_cast<std::size_t>(p - padded_.data()); }
  std::size_t at(od::value value) const { return at(value.raw_json_token().data()); }

  /// Says what is wrong, and where, with a text that is no JSON; what comes after may rely on it.
  void check_json() const {
    if (!is_utf8(text_)) throw fail(0, why_not_utf8(text_));
    std::string line(text_);
    put_on_one_line(line);
    const std::size_t size = line.size();
    line.append(PodVector<char>::kSlack, '\n');
    ValueReader reader;
    reader.reserve(size);
    Scalar unused;
    const char* begin = skip_space(line.data());
    const char* end =
        *begin == '{' || *begin == '[' ? reader.read_json(begin, 0, unused) : reader.read(begin, 0, unused);
    auto offset = [&](const char* p) { return static_cast<std::size_t>(p - line.data()); };
    if (!end) {
      const std::size_t place = std::min(offset(reader.fault().at), size);
      throw fail(place, place == size ? "the JSON ends too early" : concat("is no JSON: ", reader.fault().what));
    }
    end = skip_space(end);
    if (end != line.data() + size) throw fail(offset(end), "more text follows the schema");
  }

  /// Keys of one object of the schema, each of them once, whatever it is called.
  struct Seen {
    std::array<std::size_t, static_cast<std::size_t>(Key::ignored)> at{};  // 1 + place of the key
    std::size_t operator[](Key key) const { return at[static_cast<std::size_t>(key)] - 1; }
    bool has(Key key) const { return at[static_cast<std::size_t>(key)] != 0; }
  };

  Key read_key(od::field& member, bool fields_only, Seen& seen) {
    const std::size_t place = at(member.key().raw()) - 1;
    const std::string_view word = member.unescaped_key();
    const KeyName* known = find_named(kKeys, word);
    if (!known || (fields_only && !known->of_objects)) throw unknown_key(place, word, known);
    if (known->key == Key::ignored) return Key::ignored;
    std::size_t& before = seen.at[static_cast<std::size_t>(known->key)];
    if (before) throw fail(place, concat(word, " is given twice"));
    before = place + 1;
    return known->key;
  }

  Error unknown_key(std::size_t place, std::string_view word, const KeyName* misplaced) const {
    if (misplaced) return fail(place, concat(word, " means nothing to the event itself"), "it goes with a field");
    std::vector<std::string> names;
    for (const KeyName& key : kKeys) names.emplace_back(key.name);
    auto near = nearest(word, names);
    names.resize(10);  // the rest are other names for the same
    return fail(place, concat("there is no \"", word, "\" in a schema"),
                near ? concat("did you mean ", *near, "?") : concat("there are ", join(names, ", ")));
  }

  /// The event (field: null), or what the schema says of one field.
  void read_object(od::object object, const std::string& name, SchemaField* field, std::size_t depth) {
    Seen seen;
    for (od::field member : object) {
      const Key key = read_key(member, field == nullptr, seen);
      od::value value = member.value();
      switch (key) {
        case Key::fields:
          read_fields(value, name, depth);
          break;
        case Key::additional:
          if (!read_flag(value, "additional")) schema_.closed.push_back(name);
          break;
        case Key::required:
          if (field && value.type() != od::json_type::array)
            field->required = read_flag(value, "required");
          else
            read_required(value, name);
          break;
        case Key::ignored:
          break;
        default:
          read_constraint(key, value, field);
      }
    }
    if (field) finish_field(*field, seen);
  }

  void read_fields(od::value value, const std::string& name, std::size_t depth) {
    if (value.type() != od::json_type::object)
      throw fail(at(value), "fields takes an object: the name of each field, and what it must be");
    if (depth == kMaxSchemaDepth)
      throw fail(at(value), concat("more than ", kMaxSchemaDepth, " objects within each other"));
    for (od::field member : value.get_object()) {
      const std::size_t place = at(member.key().raw()) - 1;
      const std::string_view key = member.unescaped_key();
      const std::string full = name.empty() ? std::string(key) : concat(name, ".", step_name(key));
      if (declared_at(full)) throw fail(place, concat("the field ", full, " is declared twice"));
      declared_.push_back(full);
      od::value constraints = member.value();
      if (constraints.type() != od::json_type::object)
        throw fail(at(constraints), concat("what the field ", full, " must be is no object"),
                   "for example {\"type\": \"string\"}");
      // A copy: fields within it come behind it, and may move it.
      SchemaField field = field_named(full, place);
      read_object(constraints.get_object(), full, &field, depth + 1);
      field_named(full, place) = std::move(field);
    }
  }
  bool declared_at(const std::string& name) const {
    return std::find(declared_.begin(), declared_.end(), name) != declared_.end();
  }

  /// The field of that name, which may be new.
  SchemaField& field_named(const std::string& name, std::size_t place) {
    for (SchemaField& field : schema_.fields)
      if (field.name == name) return field;
    if (schema_.fields.size() == kMaxColumns)
      throw fail(0, concat("the schema has more than ", kMaxColumns, " fields"));
    try {
      (void)find_path({}, name);  // events are asked for it later
    } catch (const Error& error) {
      throw fail(place, concat(error.place(), ": ", error.reason()), error.remedy());
    }
    SchemaField& field = schema_.fields.emplace_back();
    field.name = name;
    return field;
  }

  void read_required(od::value value, const std::string& name) {
    if (value.type() != od::json_type::array)
      throw fail(at(value), "required takes a list of names here", "in a field it takes true or false");
    for (od::value item : value.get_array()) {
      if (item.type() != od::json_type::string) throw fail(at(item), "required takes names");
      const std::string_view key = item.get_string();
      field_named(name.empty() ? std::string(key) : concat(name, ".", step_name(key)), at(item)).required = true;
    }
  }

  void read_constraint(Key key, od::value value, SchemaField* field) {
    switch (key) {
      case Key::type:
        if (field)
          read_types(value, *field);
        else if (value.type() != od::json_type::string || std::string_view(value.get_string()) != "object")
          throw fail(at(value), "an event is an object, and no other type");
        return;
      case Key::min:
        field->min = read_bound(value, "min");
        return;
      case Key::max:
        field->max = read_bound(value, "max");
        return;
      case Key::choices:
        read_choices(value, *field);
        return;
      case Key::pattern:
        read_pattern(value, *field);
        return;
      case Key::min_length:
        field->min_length = read_length(value, "min_length");
        return;
      case Key::max_length:
        field->max_length = read_length(value, "max_length");
        return;
      default:
        return;
    }
  }

  void read_types(od::value value, SchemaField& field) {
    if (value.type() == od::json_type::array) {
      for (od::value item : value.get_array()) read_type(item, field);
      if (field.types.empty()) throw fail(at(value), "type takes at least one type");
    } else {
      read_type(value, field);
    }
  }
  void read_type(od::value value, SchemaField& field) {
    if (value.type() != od::json_type::string)
      throw fail(at(value), "type takes the name of a type, or a list of them");
    const std::size_t place = at(value);
    const std::string_view word = value.get_string();
    if (word == "json") {
      field.types.insert(field.types.end(), {SchemaType::array, SchemaType::object});
      return;
    }
    if (const TypeName* known = find_named(kTypes, word)) {
      field.types.push_back(known->type);
      return;
    }
    std::vector<std::string> names{"json"};
    for (const TypeName& type : kTypes) names.emplace_back(type.name);
    auto near = nearest(word, names);
    throw fail(place, concat("there is no type \"", word, "\""),
               near ? concat("did you mean ", *near, "?")
                    : "there are string, int, uint, float, bool, time, json, array, object, null");
  }

  std::optional<long double> read_number(od::value value) {
    if (value.type() != od::json_type::number) return std::nullopt;
    od::number number;
    if (value.get_number().get(number)) throw fail(at(value), "a number is too large");
    if (number.is_int64()) return static_cast<long double>(number.get_int64());
    if (number.is_uint64()) return static_cast<long double>(number.get_uint64());
    return static_cast<long double>(number.get_double());
  }
  static std::string words_of(od::value value) {
    std::string words(value.raw_json_token());
    while (!words.empty() && (is_json_space(words.back()) || words.back() == '\n')) words.pop_back();
    return words;
  }

  SchemaBound read_bound(od::value value, std::string_view what) {
    SchemaBound bound;
    bound.words = words_of(value);
    if (auto number = read_number(value)) {
      bound.number = *number;
      return bound;
    }
    const std::size_t place = at(value);
    if (value.type() != od::json_type::string)
      throw fail(place, concat(what, " takes a number or a time, not ", bound.words));
    const auto time = parse_time_text(std::string_view(value.get_string()));
    if (!time) throw fail(place, concat(bound.words, " is no time"), "for example \"2024-06-01T00:00:00Z\"");
    bound.is_time = true;
    bound.ns = time->ns;
    return bound;
  }

  void read_choices(od::value value, SchemaField& field) {
    if (value.type() != od::json_type::array) throw fail(at(value), "enum takes a list of values");
    field.choices.emplace();
    for (od::value item : value.get_array()) {
      SchemaChoice& choice = field.choices->emplace_back();
      choice.words = words_of(item);
      if (auto number = read_number(item)) {
        choice.type = Type::float64;
        choice.number = *number;
      } else if (item.type() == od::json_type::string) {
        choice.type = Type::string;
        choice.text = std::string_view(item.get_string());
      } else if (item.type() == od::json_type::boolean) {
        choice.type = Type::boolean;
        choice.number = bool(item.get_bool());
      } else if (item.type() != od::json_type::null) {
        throw fail(at(item), "enum takes strings, numbers, true, false and null");
      }
    }
  }

  void read_pattern(od::value value, SchemaField& field) {
    const std::size_t place = at(value);
    if (value.type() != od::json_type::string) throw fail(place, "pattern takes a string");
    try {
      field.pattern.emplace(std::string(std::string_view(value.get_string())));
    } catch (const Error& error) {
      throw fail(place, error.reason(), error.remedy());
    }
  }

  uint64_t read_length(od::value value, std::string_view what) {
    const auto number = read_number(value);
    if (!number || *number < 0 || *number != static_cast<long double>(static_cast<uint64_t>(*number)))
      throw fail(at(value), concat(what, " takes a whole number from 0 on"));
    return static_cast<uint64_t>(*number);
  }

  bool read_flag(od::value value, std::string_view what) {
    if (value.type() != od::json_type::boolean) throw fail(at(value), concat(what, " takes true or false"));
    return value.get_bool();
  }

  /// What the constraints say about the type, and whether they fit each other.
  void finish_field(SchemaField& field, const Seen& seen) {
    const bool length = field.min_length || field.max_length;
    const bool text = length || field.pattern;
    const bool number = (field.min && !field.min->is_time) || (field.max && !field.max->is_time);
    const bool time = (field.min && field.min->is_time) || (field.max && field.max->is_time);
    if (number && time) throw fail(seen[Key::max], "min and max are a number and a time");
    if (field.min && field.max && (time ? field.min->ns > field.max->ns : field.min->number > field.max->number))
      throw fail(seen[Key::max], concat("max ", field.max->words, " is below min ", field.min->words));
    if (field.min_length && field.max_length && *field.min_length > *field.max_length)
      throw fail(seen[Key::max_length], "max_length is below min_length");
    const bool any = field.types.empty();
    auto demand = [&](bool needed, std::initializer_list<SchemaType> types, Key one, Key other,
                      std::string_view message) {
      if (!needed) return;
      if (any)
        field.types.push_back(*types.begin());
      else if (std::none_of(types.begin(), types.end(), [&](SchemaType type) { return field.allows(type); }))
        throw fail(seen[seen.has(one) ? one : other], std::string(message));
    };
    demand(text, {SchemaType::string}, Key::pattern, seen.has(Key::min_length) ? Key::min_length : Key::max_length,
           "a pattern or a length needs type string");
    demand(number, {SchemaType::real, SchemaType::integer, SchemaType::unsigned_integer}, Key::min, Key::max,
           "a number as bound needs type int, uint or float");
    demand(time, {SchemaType::time}, Key::min, Key::max, "a time as bound needs type time");
    // Fields below make it an object, if nothing else is said.
    if (any && field.types.empty() && seen.has(Key::fields)) field.types.push_back(SchemaType::object);
  }

  std::string_view text_, name_;
  simdjson::padded_string padded_;
  Schema schema_;
  std::vector<std::string> declared_;
};

}  // namespace

Schema parse_schema(std::string_view text, std::string_view name) {
  return SchemaParser(text, name).parse();
}

}  // namespace ev

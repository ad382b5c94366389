#include "source/lookup.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "event/batch_builder.h"
#include "event/edit.h"
#include "event/ranked_batch.h"
#include "source/sniff.h"
#include "source/source.h"

namespace ev {
namespace {

constexpr const char* kOption = "--lookup";
constexpr const char* kForm = "write 'users.csv on user_id=id add country,plan as tier'";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

/// "a=b, c" at the word between: {a, b}, {c, ""}.
std::vector<std::pair<std::string, std::string>> parse_pairs(std::string_view text, std::string_view between) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = trimmed(text.substr(0, comma));
    const std::size_t at = part.find(between);
    std::string first(trimmed(part.substr(0, at)));
    std::string second(at == part.npos ? "" : trimmed(part.substr(at + between.size())));
    if (first.empty() || (at != part.npos && second.empty()))
      throw Error(ErrorKind::usage, kOption, "a name is missing", kForm);
    pairs.emplace_back(std::move(first), std::move(second));
    if (comma == text.size()) return pairs;
    text.remove_prefix(comma + 1);
  }
}

/// The value as text.
std::string_view text_of(const Column& column, std::size_t i, std::string& scratch) {
  char buffer[kMaxTimeText];
  switch (column.type) {
    case Type::boolean:
      return column.words[i] ? "true" : "false";
    case Type::int64:
      scratch = concat(column.integer(i));
      return scratch;
    case Type::uint64:
      scratch = concat(column.words[i]);
      return scratch;
    case Type::float64:
      scratch = float_text(column.real(i));
      return scratch;
    case Type::time:
      scratch.assign(buffer, print_time(buffer, column.integer(i), column.form_at(i)));
      return scratch;
    default:
      return column.text(i);
  }
}

/// Sets numbers[row] to what `number_of` says of the text of each value; of texts that repeat each is asked for once.
template <class NumberOf>
void number_values(const Column& column, uint32_t rows, std::vector<uint32_t>& numbers, NumberOf&& number_of) {
  std::string scratch;
  if (is_text_type(column.type) && !column.codes.empty()) {
    std::vector<uint32_t> of_code(column.texts.size());
    for (std::size_t code = 0; code < of_code.size(); code++) of_code[code] = number_of(column.texts[code]);
    for_each_value(column, rows, [&](std::size_t row, std::size_t i) { numbers[row] = of_code[column.codes[i]]; });
  } else {
    for_each_value(column, rows,
                   [&](std::size_t row, std::size_t i) { numbers[row] = number_of(text_of(column, i, scratch)); });
  }
}

std::string_view bytes_of(const std::vector<uint32_t>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t)};
}

}  // namespace

LookupSpec parse_lookup(std::string_view text) {
  const std::size_t add = text.rfind(" add ");
  const std::size_t on = add == text.npos ? text.npos : text.rfind(" on ", add);
  if (on == text.npos || trimmed(text.substr(0, on)).empty())
    throw Error(ErrorKind::usage, kOption, concat("'", text, "' is not FILE on KEYS add FIELDS"), kForm);
  LookupSpec spec;
  spec.file = trimmed(text.substr(0, on));
  spec.keys = parse_pairs(text.substr(on + 4, add - on - 4), "=");
  for (auto& [field, of_table] : spec.keys)
    if (of_table.empty()) of_table = field;
  spec.adds = parse_pairs(text.substr(add + 5), " as ");
  return spec;
}

Lookup::Lookup(LookupSpec spec, Batch table)
    : spec_(std::move(spec)), table_(std::move(table)), parts_(spec_.keys.size()) {
  for (const auto& [field, name] : spec_.adds) {
    const uint16_t path = table_path(field);
    Added& added = adds_.emplace_back();
    added.path = name.empty() ? table_.paths[path] : Path::key(name);
    for (uint32_t i = 0; i < table_.columns.size(); i++)
      if (table_.columns[i].path == path) added.columns.push_back(i);
  }
  for (const Column& column : table_.columns) {
    std::vector<uint32_t>& values = value_at_.emplace_back(table_.rows, kNone);
    for_each_value(column, table_.rows,
                   [&](std::size_t row, std::size_t i) { values[row] = static_cast<uint32_t>(i); });
  }
  index();
}

uint16_t Lookup::table_path(const std::string& name) const {
  const int found = find_path(table_.paths, name);
  if (found >= 0) return static_cast<uint16_t>(found);
  std::vector<std::string> names;
  for (const Path& path : table_.paths) names.push_back(path.name());
  const auto near = nearest(name, names);
  throw Error(ErrorKind::usage, concat(kOption, ": ", spec_.file), concat("the table has no field ", name),
              near ? concat("did you mean ", *near, "?") : concat("it has ", join(names, ", ")));
}

void Lookup::index() {
  std::vector<std::vector<uint32_t>> numbers(spec_.keys.size(), std::vector<uint32_t>(table_.rows, kNone));
  for (std::size_t key = 0; key < numbers.size(); key++) {
    const uint16_t path = table_path(spec_.keys[key].second);
    Numbers& known = parts_[key];
    for (const Column& column : table_.columns)
      if (column.path == path)
        number_values(column, table_.rows, numbers[key], [&](std::string_view text) {
          return known.try_emplace(std::string(text), static_cast<uint32_t>(known.size())).first->second;
        });
  }
  std::vector<uint32_t> parts(spec_.keys.size());
  for (uint32_t row = 0; row < table_.rows; row++) {
    for (std::size_t key = 0; key < parts.size(); key++) parts[key] = numbers[key][row];
    if (std::find(parts.begin(), parts.end(), kNone) != parts.end()) continue;
    const auto [before, added] = rows_.try_emplace(std::string(bytes_of(parts)), row);
    if (added) continue;
    throw Error(ErrorKind::corrupt, concat(kOption, ": ", spec_.file),
                concat("records ", before->second + 1, " and ", row + 1, " have the same key"),
                "a key must stand in the table once");
  }
}

std::vector<std::string> Lookup::key_fields() const {
  std::vector<std::string> names;
  for (const auto& [field, column] : spec_.keys) names.push_back(field);
  return names;
}

std::vector<std::string> Lookup::added_fields() const {
  std::vector<std::string> names;
  for (const Added& added : adds_) names.push_back(quoted_name(added.path));
  return names;
}

LookupCount Lookup::apply(Batch& batch) const {
  std::vector<std::vector<uint32_t>> numbers(spec_.keys.size(), std::vector<uint32_t>(batch.rows, kNone));
  for (std::size_t key = 0; key < numbers.size(); key++) {
    const int path = find_path(batch.paths, spec_.keys[key].first);
    const Numbers& known = parts_[key];
    for (const Column& column : batch.columns)
      if (column.path == path)
        number_values(column, batch.rows, numbers[key], [&](std::string_view text) {
          const auto found = known.find(text);
          return found == known.end() ? kNone : found->second;
        });
  }
  LookupCount count;
  std::vector<uint32_t> found(batch.rows, kNone), parts(spec_.keys.size());
  for (uint32_t row = 0; row < batch.rows; row++) {
    for (std::size_t key = 0; key < parts.size(); key++) parts[key] = numbers[key][row];
    const bool whole = std::find(parts.begin(), parts.end(), kNone) == parts.end();
    const auto at = whole ? rows_.find(bytes_of(parts)) : rows_.end();
    if (at != rows_.end()) found[row] = at->second;
    (at != rows_.end() ? count.matches : count.misses)++;
  }
  for (const Added& added : adds_) set_path(batch, added.path, gather(added, found));
  return count;
}

/// The values of the table's rows that were found, as columns over the rows of the batch.
std::vector<Column> Lookup::gather(const Added& added, const std::vector<uint32_t>& found) const {
  std::vector<Column> gathered;
  for (uint32_t number : added.columns) {
    const Column& from = table_.columns[number];
    Column& to = gathered.emplace_back();
    to.type = from.type;
    to.validity.assign(found.size(), false);
    std::unordered_map<uint32_t, uint32_t> codes;  // by value of the table
    std::size_t values = 0;
    for (std::size_t row = 0; row < found.size(); row++) {
      const uint32_t value = found[row] == kNone ? kNone : value_at_[number][found[row]];
      if (value == kNone) continue;
      to.validity.set(row);
      values++;
      if (!is_text_type(from.type)) {
        to.words.push_back(from.words[value]);
        if (from.type == Type::time) to.forms.push_back(from.form_at(value));
        continue;
      }
      const uint32_t text = from.codes.empty() ? value : from.codes[value];
      const auto [code, fresh] = codes.try_emplace(text, static_cast<uint32_t>(to.texts.size()));
      if (fresh) to.texts.push_back(from.texts[text]);
      to.codes.push_back(code->second);
    }
    if (values == found.size()) to.validity.clear();
    // All different: the numbers count up from 0 and say nothing.
    if (to.codes.size() == to.texts.size()) to.codes = PodVector<uint32_t>();
    if (!to.forms.empty() &&
        std::all_of(to.forms.begin(), to.forms.end(), [&](uint32_t form) { return form == to.forms[0]; })) {
      to.form = to.forms[0];
      to.forms = PodVector<uint32_t>();
    }
  }
  return gathered;
}

std::unique_ptr<const Lookup> load_lookup(LookupSpec spec, uint64_t memory) {
  SourceOptions options;
  options.paths = {spec.file};
  const OpenedInput opened = open_and_sniff(spec.file, {}, Tell::kind);
  options.text_only = opened.kind != InputKind::event_stream;
  // A table of one column does not look like one.
  const std::string_view name = spec.file;
  if (options.text_only && (name.ends_with(".csv") || name.ends_with(".tsv")))
    options.format = parse_text_format(name.substr(name.size() - 3));
  Source source(options);
  BatchBuilder builder;
  uint64_t bytes = 0;
  while (auto unit = source.next()) {
    SourceItem item = source.open(std::move(*unit), 0);
    if (!item.rejects.empty())
      throw Error(ErrorKind::corrupt, concat(kOption, ": ", spec.file, ": line ", item.rejects[0].line),
                  item.rejects[0].reason, "mend the table");
    bytes += raw_bytes(*item.batch);
    // The index takes about as much again as the table.
    if (bytes > memory / 4)
      throw Error(ErrorKind::io, concat(kOption, ": ", spec.file),
                  concat("the table needs more than ", size_text(memory)),
                  "allow more with --memory, or give fewer rows or columns");
    const uint32_t rows = item.batch->rows;
    if (rows == 0) continue;
    const RankedBatch ranked(std::move(*item.batch));
    BatchBuilder::Translation translation;
    builder.append(ranked, translation, 0, rows);
  }
  return std::make_unique<const Lookup>(std::move(spec), builder.finish(-1));
}

}  // namespace ev

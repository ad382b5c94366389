#include "aggregate/result_fields.h"

#include <algorithm>

namespace ev {
namespace {

std::size_t shared_steps(const Path& a, const Path& b) {
  std::vector<std::string_view> x = a.steps(), y = b.steps();
  return static_cast<std::size_t>(std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin());
}

/// Fields in their order, except that a field follows the one with which it shares the longest nesting.
std::vector<uint32_t> layout_order(const std::vector<Path>& paths) {
  std::vector<uint32_t> order;
  for (uint32_t p = 0; p < paths.size(); p++) {
    std::size_t at = order.size(), longest = 0;
    for (std::size_t i = 0; i < order.size(); i++) {
      std::size_t shared = shared_steps(paths[order[i]], paths[p]);
      if (shared && shared >= longest) {
        longest = shared;
        at = i + 1;
      }
    }
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(at), p);
  }
  return order;
}

}  // namespace

Path path_of_name(std::string_view name) {
  if (!name.starts_with('`')) return Path::key(name);
  Path path;
  while (name.starts_with('`')) {
    std::string step;
    std::size_t at = 1;
    for (; at < name.size(); at++) {
      if (name[at] == '`' && (at + 1 == name.size() || name[at + 1] != '`')) break;
      at += name[at] == '`';
      step += name[at];
    }
    path = path.child(step);
    name = name.substr(std::min(at + 1, name.size()));
    if (name.starts_with('.')) name.remove_prefix(1);
  }
  return path;
}

ResultFields::ResultFields(BatchBuilder& builder, const std::vector<Path>& paths) : builder_(builder) {
  for (const Path& path : paths) {
    fields_.push_back({builder.path(path), {}});
    fields_.back().columns.fill(kUnset);
  }
  std::vector<uint32_t> ordered;
  for (uint32_t p : layout_order(paths)) ordered.push_back(fields_[p].path);
  layout_ = builder.layout(ordered);
}

Cell ResultFields::cell(std::size_t field, const Value& value) {
  Cell cell;
  if (value.type == Type::null) {
    cell.column = Cell::kNull;
    return cell;
  }
  uint32_t& column = fields_[field].columns[static_cast<std::size_t>(value.type)];
  if (column == kUnset) column = builder_.column(fields_[field].path, value.type);
  cell.column = column;
  cell.word = value.word;
  if (is_text_type(value.type)) {
    cell.word = reinterpret_cast<uint64_t>(value.text.data());
    cell.length = static_cast<uint32_t>(value.text.size());
  } else if (value.type == Type::time) {
    cell.length = value.form;
  }
  return cell;
}

}  // namespace ev

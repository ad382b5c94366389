#include "emit/delimited.h"

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

/// As it can be written in an option: each step in backquotes, a backquote within doubled.
std::string quoted(const Path& path) {
  std::string out;
  for (std::string_view step : path.steps()) {
    out += out.empty() ? "`" : ".`";
    for (char c : step) out.append(c == '`' ? 2 : 1, c);
    out += '`';
  }
  return out.empty() ? "``" : out;
}

}  // namespace

DelimitedColumns::DelimitedColumns(std::string_view format, const std::vector<Path>& columns) : format_(format) {
  if (!columns.empty()) fix(columns);
}

void DelimitedColumns::fix(const std::vector<Path>& paths) {
  std::unordered_map<std::string, const Path*> by_name;
  for (const Path& path : paths) {
    auto [other, is_new] = by_name.emplace(path.name(), &path);
    if (is_new) continue;
    throw Error(ErrorKind::usage, "",
                concat("the fields ", quoted(*other->second), " and ", quoted(path), " would both be the ", format_,
                       " column ", path.name()),
                "rename one of them, or use -f jsonl");
  }
  paths_ = paths;
  numbers_.clear();
  for (std::size_t i = 0; i < paths_.size(); i++) numbers_.emplace(paths_[i].encoded(), i);
  fixed_ = true;
}

void DelimitedColumns::announce(const Batch& batch) {
  if (fixed_) {
    paths_in(batch);
  } else if (batch.rows > 0) {
    fix(batch.paths);
  } else if (without_rows_.empty()) {
    without_rows_ = batch.paths;
  }
}

void DelimitedColumns::fix_at_begin() {
  if (!fixed_) fix(without_rows_);
}

std::vector<int> DelimitedColumns::paths_in(const Batch& batch) const {
  std::vector<int> paths(paths_.size(), -1);
  std::vector<bool> has_column(batch.paths.size());
  for (std::size_t i = 0; i < batch.paths.size(); i++) {
    auto known = numbers_.find(batch.paths[i].encoded());
    if (known == numbers_.end()) continue;
    has_column[i] = true;
    paths[known->second] = static_cast<int>(i);
  }
  for (const Column& column : batch.columns)
    if (!has_column[column.path] && column.size() > 0)
      throw Error(ErrorKind::usage, "",
                  concat("the field ", quoted(batch.paths[column.path]), " comes too late: the columns of the ",
                         format_, " are those of the first events"),
                  "give the file itself instead of a pipe, so that all fields are known before, or use -f jsonl");
  return paths;
}

}  // namespace ev

#include "io/state_values.h"

#include <filesystem>

namespace ev {

std::string whole_path(const std::string& path) {
  std::error_code ec;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(std::filesystem::absolute(path, ec), ec);
  return ec ? path : whole.string();
}

void add_file(NamedValues& line, const std::string& path, FileId id) {
  line.add("path", path);
  line.add("device", id.device);
  line.add("inode", id.inode);
  line.add_signed("born", id.born_ns);
}

FileId get_file_id(const NamedValues& line) {
  return {line.get_number("device"), line.get_number("inode"), line.get_signed("born")};
}

}  // namespace ev

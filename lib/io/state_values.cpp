#include "io/state_values.h"

namespace ev {

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

#include "rollup/store_file.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace ev {

StoreFileWriter::StoreFileWriter(const std::string& folder, std::string name)
    : output_(open_output(concat(folder, "/", name))), writer_(*output_) {
  file_.name = std::move(name);
}

void StoreFileWriter::write(EncodedBlock&& block) {
  if (block.header.timed_rows > 0) {
    file_.first = std::min(file_.first, block.header.min_time);
    file_.last = std::max(file_.last, block.header.max_time);
  }
  Ledger ledger;
  ledger.created = ledger.out = block.header.rows;
  writer_.write(std::move(block), ledger);
}

StoreFile StoreFileWriter::finish() {
  writer_.finish(0);
  file_.rows = writer_.rows();
  file_.digest = writer_.digest();
  file_.bytes = output_->written();
  output_->finish();
  return file_;
}

std::unique_ptr<Input> open_store_file(const std::string& folder, const StoreFile& file) {
  std::unique_ptr<Input> input = open_input(concat(folder, "/", file.name));
  if (!input->seekable() || input->size() != file.bytes)
    throw Error(ErrorKind::corrupt, input->name(), "has another size than the store says", "put back a copy of it");
  return input;
}

}  // namespace ev

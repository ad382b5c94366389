#include "text/plain_lines.h"

#include "text/line_parser.h"

namespace ev {
namespace {

class PlainLineReader {
 public:
  void reset() { message_ = nullptr; }
  void start(std::size_t) {}
  const char* read(std::string_view line, TextRow& row) {
    if (!message_) message_ = row.field("message");
    row.add_string(*message_, line);
    return nullptr;
  }

 private:
  Field* message_ = nullptr;
};

}  // namespace

std::unique_ptr<TextParser> make_plain_lines_parser(const FieldChoice& fields) {
  return std::make_unique<LineParser<PlainLineReader>>(fields);
}

}  // namespace ev

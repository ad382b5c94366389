#include "text/cri.h"

#include <algorithm>

#include "text/line_parser.h"
#include "text/syslog_time.h"

namespace ev {
namespace {

struct CriLine {
  std::string_view time, stream, message;
  bool partial = false;
};

/// Splits the line; why it is none otherwise.
const char* split(std::string_view line, CriLine& out) {
  auto take_word = [&line] {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
  };
  out.time = take_word();
  if (!is_iso_time(out.time)) return "does not begin with a time";
  out.stream = take_word();
  if (out.stream != "stdout" && out.stream != "stderr") return "the stream is neither stdout nor stderr";
  std::string_view tags = take_word();
  const std::string_view tag = tags.substr(0, tags.find(':'));
  if (tag != "P" && tag != "F") return "the tag is neither P nor F";
  out.partial = tag == "P";
  out.message = line;
  return nullptr;
}

class CriReader {
 public:
  void reset() { time_ = nullptr; }
  void start(std::size_t) {}
  const char* read(std::string_view text, TextRow& row) {
    CriLine line;
    if (const char* problem = split(text, line)) return problem;
    if (!time_) {
      time_ = row.field("time");
      stream_ = row.field("stream");
      message_ = row.field("message");
      partial_ = row.field("partial");
    }
    row.add_string(*time_, line.time);
    row.add_string(*stream_, line.stream);
    row.add_string(*message_, line.message);
    if (line.partial) row.add(*partial_, {Type::boolean, 0, 1}, {});
    return nullptr;
  }

 private:
  Field* time_ = nullptr;
  Field* stream_ = nullptr;
  Field* message_ = nullptr;
  Field* partial_ = nullptr;
};

}  // namespace

std::unique_ptr<TextParser> make_cri_parser(const FieldChoice& fields) {
  return std::make_unique<LineParser<CriReader>>(fields);
}

bool is_cri(std::string_view line) {
  CriLine parts;
  return !split(line, parts);
}

}  // namespace ev

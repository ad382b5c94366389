// JSON lines: one object a line, with the nesting, the key order and the types that the events had.
#include <algorithm>
#include <cmath>

#include "emit/formats.h"
#include "emit/json_template.h"
#include "emit/json_text.h"
#include "emit/row_template.h"

namespace ev {
namespace {

struct JsonStyle {
  static void text(TextSink& sink, std::string_view text) { append_json_string(sink, text); }
  static void json(TextSink& sink, std::string_view text) {
    char* out = sink.room(text.size());
    text.copy(out, text.size());
    // A line feed can only be white space between tokens; an event takes one line.
    std::replace(out, out + text.size(), '\n', ' ');
    sink.end_at(out + text.size());
  }
  static void real(TextSink& sink, double value) {
    if (std::isfinite(value))
      sink.end_at(print_float(sink.room(32), value));
    else
      sink.append("null");
  }
  static void time(TextSink& sink, int64_t ns, uint32_t form) {
    bool quoted = form_is_string(form);
    char* out = sink.room(kMaxTimeText + 2);
    if (quoted) *out++ = '"';
    out = print_time(out, ns, form);
    if (quoted) *out++ = '"';
    sink.end_at(out);
  }
};

class JsonlEmitter : public Emitter {
 public:
  void announce(const Batch&) override {}
  std::string format(const Batch& batch) const override {
    std::vector<std::vector<std::string_view>> steps;
    steps.reserve(batch.paths.size());
    for (const Path& path : batch.paths) steps.push_back(path.steps());
    RowTemplates templates(batch, [&](std::span<const uint16_t> paths) { return make_json_template(steps, paths); });
    return print_rows<JsonStyle>(batch, templates, "null");
  }
  std::string begin() override { return {}; }
  std::string end() override { return {}; }
};

}  // namespace

std::unique_ptr<Emitter> make_jsonl_emitter(const EmitOptions&) {
  return std::make_unique<JsonlEmitter>();
}

}  // namespace ev

// Records: a field a line, names aligned within the event, an empty line after each event. For reading single events;
// control characters are made visible, so that a value never looks like more lines. A null is shown as null.
#include <algorithm>

#include "emit/display_text.h"
#include "emit/formats.h"
#include "emit/row_template.h"

namespace ev {
namespace {

class RecordEmitter : public Emitter {
 public:
  explicit RecordEmitter(const EmitOptions& options) : color_(options.color) {}

  void announce(const Batch&) override {}
  std::string format(const Batch& batch) const override {
    std::vector<std::string> names;
    for (const Path& path : batch.paths) names.push_back(visible_text(path.name()) + ":");
    RowTemplates templates(batch, [&](std::span<const uint16_t> paths) { return make_template(names, paths); });
    return print_rows<DisplayStyle>(batch, templates, color_ ? "\x1b[2mnull\x1b[0m" : "null");
  }
  std::string begin() override { return {}; }
  std::string end() override { return {}; }

 private:
  RowTemplate make_template(std::span<const std::string> names, std::span<const uint16_t> paths) const {
    std::size_t widest = 0;
    for (uint16_t path : paths) widest = std::max(widest, display_width(names[path]));
    RowTemplate out;
    for (uint16_t path : paths) {
      if (color_) out.literal("\x1b[1m");
      out.literal(names[path]);
      if (color_) out.literal("\x1b[0m");
      out.literal(std::string(widest - display_width(names[path]) + 1, ' '));
      out.value(path);
      out.literal("\n");
    }
    out.literal(paths.empty() ? "(no fields)\n\n" : "\n");
    return out;
  }

  bool color_;
};

}  // namespace

std::unique_ptr<Emitter> make_record_emitter(const EmitOptions& options) {
  return std::make_unique<RecordEmitter>(options);
}

}  // namespace ev

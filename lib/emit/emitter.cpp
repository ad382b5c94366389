#include "emit/emitter.h"

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "emit/formats.h"

namespace ev {
namespace {

struct Format {
  std::string_view name;
  std::unique_ptr<Emitter> (*make)(const EmitOptions& options);
};

constexpr std::array kFormats = {
    Format{"jsonl", make_jsonl_emitter}, Format{"csv", make_csv_emitter},       Format{"tsv", make_tsv_emitter},
    Format{"table", make_table_emitter}, Format{"record", make_record_emitter},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kFormats.size()> names;
  for (std::size_t i = 0; i < names.size(); i++) names[i] = kFormats[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> emit_formats() {
  return kNames;
}

std::unique_ptr<Emitter> make_emitter(std::string_view format, const EmitOptions& options) {
  for (const Format& known : kFormats)
    if (known.name == format) return known.make(options);
  std::vector<std::string> names(kNames.begin(), kNames.end());
  std::string remedy = concat("formats are ", join(names, ", "));
  if (auto near = nearest(format, names)) remedy = concat("did you mean ", *near, "? ", remedy);
  throw Error(ErrorKind::usage, "", concat("no output format is called ", format), remedy);
}

}  // namespace ev

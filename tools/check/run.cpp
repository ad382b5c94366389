#include <map>
#include <set>

#include "base/text.h"
#include "check/check.h"
#include "cli/inputs.h"
#include "pipeline/ordered.h"
#include "stream/check.h"

namespace ev {
namespace {

using Fields = std::set<std::pair<std::string, Type>>;  // name and type of every column

/// What is known of a stream once it was read to its END.
struct Checked {
  StreamTotals totals;
  Fields fields;
};

void collect_fields(const RawBlock& block, Fields& fields) {
  for (std::size_t i = 1; i < block.meta->chunks.size(); i++) {
    const ChunkEntry& entry = block.meta->chunks[i];
    fields.emplace(block.meta->paths[entry.path].name(), entry.type);
  }
}

/// Reads a stream, verifying blocks in parallel; with `quick` headers and meta parts only.
Checked check(Session& session, const std::string& path, bool quick) {
  ReadOptions options;
  options.partial_bodies = quick;
  options.verify_index = true;
  if (quick) options.projection = Projection{false, {}, false};
  StreamReader reader(open_input(path, {}), options);
  Checked checked;
  struct Nothing {};
  run_ordered<RawBlock, Nothing>(
      pipeline_options(session),
      [&] {
        std::optional<RawBlock> block = reader.next();
        if (block) collect_fields(*block, checked.fields);
        return block;
      },
      [&](RawBlock&& block, unsigned) {
        if (!quick) verify_block(block, decode_block(block, {}));
        return Nothing{};
      },
      [&](Nothing&&) { session.progress({reader.position(), reader.totals().rows, reader.input().size()}); });
  checked.totals = reader.totals();
  return checked;
}

std::string flags_text(uint32_t flags) {
  std::string text;
  if (flags & kEndPartial) text += ", PARTIAL";
  if (flags & kEndLimited) text += ", LIMITED";
  if (flags & kEndInterrupted) text += ", INTERRUPTED";
  return text;
}

std::string fields_text(const Fields& fields) {
  std::string text;
  for (const auto& [name, type] : fields) text += concat(text.empty() ? "" : ", ", escape_controls(name), " (", type_name(type), ")");
  return text;
}

Fields minus(const Fields& a, const Fields& b) {
  Fields left;
  for (const auto& field : a)
    if (!b.contains(field)) left.insert(field);
  return left;
}

std::string shown(const std::string& path) { return path == "-" ? "standard input" : escape_controls(path); }

/// Says what differs; empty where nothing does.
std::string difference(const std::string& a_name, const Checked& a, const std::string& b_name, const Checked& b) {
  std::string text;
  if (a.totals.rows != b.totals.rows)
    text += concat("rows: ", a.totals.rows, " in ", shown(a_name), ", ", b.totals.rows, " in ", shown(b_name), "\n");
  if (Fields only = minus(a.fields, b.fields); !only.empty())
    text += concat("fields only in ", shown(a_name), ": ", fields_text(only), "\n");
  if (Fields only = minus(b.fields, a.fields); !only.empty())
    text += concat("fields only in ", shown(b_name), ": ", fields_text(only), "\n");
  if (a.totals.digest != b.totals.digest)
    text += concat("content digest: ", a.totals.digest.hex(), " in ", shown(a_name), ", ", b.totals.digest.hex(), " in ", shown(b_name), "\n");
  return text;
}

void print(Session& session, std::string_view text) {
  session.output().write(as_bytes(text));
  session.finish_output();
}

}  // namespace

std::vector<std::string> CheckTool::examples() const { return {"ev check events.ev", "ev check before.ev after.ev"}; }

SharedOptionSet CheckTool::shared() const {
  SharedOptionSet set;
  set.rows = set.stream_out = set.text_in = set.memory = false;
  return set;
}

void CheckTool::declare(Command& command) {
  command.flag("--quick", quick_, "verify records and totals, not the values of each column");
}

int CheckTool::run(Session& session) {
  std::vector<std::string> files = session.options().files;
  if (files.empty()) files.emplace_back("-");
  if (files.size() > 2)
    throw Error(ErrorKind::usage, "", concat("takes one stream to verify or two to compare, not ", files.size()),
                "for many: for f in *.ev; do ev check \"$f\"; done");
  std::vector<Checked> checked;
  for (const std::string& file : files) checked.push_back(check(session, file, quick_));
  Ledger ledger;
  for (const Checked& c : checked) ledger.in += c.totals.rows;
  ledger.absorbed = ledger.in;
  session.set_ledger(ledger);
  if (files.size() == 1) {
    const StreamTotals& totals = checked[0].totals;
    print(session, concat(shown(files[0]), ": ok", quick_ ? " (quick)" : "", ", ", totals.rows, " rows, ", totals.blocks, " blocks, digest ",
                          totals.digest.hex(), flags_text(totals.flags), "\n"));
    return 0;
  }
  std::string text = difference(files[0], checked[0], files[1], checked[1]);
  print(session, text.empty() ? concat("equal: ", checked[0].totals.rows, " rows, digest ", checked[0].totals.digest.hex(), "\n") : text);
  return text.empty() ? 0 : 1;
}

}  // namespace ev

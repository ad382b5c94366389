#include "info/summary.h"

#include <algorithm>
#include <cstring>

#include "aggregate/aggregator.h"
#include "base/text.h"
#include "base/time.h"

namespace ev {
namespace {

/// Whether the zone bound `a` comes before `b`.
bool bound_less(Type type, const std::array<uint8_t, kZoneBytes>& a, const std::array<uint8_t, kZoneBytes>& b) {
  switch (type) {
    case Type::int64:
    case Type::time:
      return load<int64_t>(a.data()) < load<int64_t>(b.data());
    case Type::float64:
      return load<double>(a.data()) < load<double>(b.data());
    case Type::boolean:
    case Type::uint64:
      return load<uint64_t>(a.data()) < load<uint64_t>(b.data());
    default:
      return a < b;
  }
}

void widen(FieldSummary& field, const Zone& zone) {
  if (!zone.present) {
    field.zone_missing = true;
    return;
  }
  if (!field.zone.present) {
    field.zone = zone;
    return;
  }
  if (bound_less(field.type, zone.min, field.zone.min)) {
    field.zone.min = zone.min;
    field.zone.min_exact = zone.min_exact;
  }
  if (bound_less(field.type, field.zone.max, zone.max)) {
    field.zone.max = zone.max;
    field.zone.max_exact = zone.max_exact;
  }
}

std::string word_text(Type type, uint64_t word) {
  char text[32];
  switch (type) {
    case Type::boolean:
      return word ? "true" : "false";
    case Type::int64:
      return std::string(text, print_int(text, static_cast<int64_t>(word)));
    case Type::uint64:
      return std::string(text, print_uint(text, word));
    case Type::float64: {
      double value;
      std::memcpy(&value, &word, sizeof value);
      return float_text(value);
    }
    default:
      return time_text(static_cast<int64_t>(word));
  }
}

/// At most `limit` bytes, cut between characters.
std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<uint8_t>(text[limit]) & 0xc0) == 0x80) limit--;
  return concat(text.substr(0, limit), "...");
}

std::string example_of(const Column& column) {
  constexpr std::size_t kExampleBytes = 40;
  if (column.type == Type::state) return describe_state(column.text(0));
  if (is_text_type(column.type)) return shortened(column.text(0), kExampleBytes);
  if (column.type != Type::time) return word_text(column.type, column.words[0]);
  char text[kMaxTimeText];
  return std::string(text, print_time(text, column.integer(0), column.form_at(0)));
}

}  // namespace

void Summary::add(const BlockHeader& header, const std::vector<Path>& paths, std::span<const ChunkEntry> chunks) {
  rows += header.rows;
  blocks++;
  raw_bytes += header.raw_bytes;
  stored_bytes += header.body_bytes + kRecordHeaderBytes;
  digest += header.digest;
  if (header.flags & kBlockHasTime) {
    // Blocks that do not overlap and are sorted make a sorted stream.
    bool follows = timed == 0 || header.min_time >= max_time;
    sorted = sorted && follows && (header.flags & kBlockSorted);
    min_time = timed == 0 ? header.min_time : std::min(min_time, header.min_time);
    max_time = timed == 0 ? header.max_time : std::max(max_time, header.max_time);
  }
  timed += header.timed_rows;
  for (const ChunkEntry& chunk : chunks) {
    if (chunk.path == kLayoutChunkPath) continue;
    const Path& path = paths[chunk.path];
    std::size_t order = order_.try_emplace(path.encoded(), order_.size()).first->second;
    auto [at, is_new] = fields_.try_emplace({path.encoded(), chunk.type});
    FieldSummary& field = at->second;
    if (is_new) {
      field.name = path.name();
      field.type = chunk.type;
      field.order = order;
    }
    field.values += chunk.values;
    field.stored_bytes += chunk.stored_bytes;
    field.encodings.insert(concat(encoding_name(chunk.encoding), chunk.codec == Codec::zstd ? "+zstd" : ""));
    widen(field, chunk.zone);
  }
}

void Summary::add_examples(const Batch& batch) {
  for (const Column& column : batch.columns) {
    auto at = fields_.find({batch.paths[column.path].encoded(), column.type});
    if (at != fields_.end() && at->second.example.empty() && column.size() > 0) at->second.example = example_of(column);
  }
}

std::vector<const FieldSummary*> Summary::fields() const {
  std::vector<const FieldSummary*> list;
  for (const auto& [key, field] : fields_) list.push_back(&field);
  std::sort(list.begin(), list.end(), [](auto* a, auto* b) {
    return std::pair(a->order, a->type) < std::pair(b->order, b->type);
  });
  return list;
}

std::string Summary::bound(const FieldSummary& field, bool max) {
  if (!field.zone.present || field.zone_missing) return {};
  const auto& bytes = max ? field.zone.max : field.zone.min;
  if (!is_text_type(field.type)) return word_text(field.type, load<uint64_t>(bytes.data()));
  bool exact = max ? field.zone.max_exact : field.zone.min_exact;
  std::string_view text = as_text(bytes);
  if (exact) return std::string(text.substr(0, text.find_last_not_of('\0') + 1));
  while (!text.empty() && !valid_utf8(text)) text.remove_suffix(1);  // the cut may have split a character
  return concat(text, "...");
}

}  // namespace ev

#include "rollup/applied_keys.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/error.h"
#include "event/batch_builder.h"
#include "rollup/store_file.h"
#include "stream/reader.h"

namespace ev {

namespace {

constexpr uint32_t kBlockRows = 1024;
constexpr std::size_t kKeyBytes = 16;
// No digest of events is made like this, so that a name is never taken for a segment.
constexpr uint64_t kNameSeed = 0x726f6c6c7570;

using KeyBytes = std::array<char, kKeyBytes>;

/// The high bytes first, so that texts are in the order of the numbers.
KeyBytes to_bytes(Hash128 value) {
  KeyBytes bytes;
  for (std::size_t i = 0; i < 8; i++) {
    bytes[i] = static_cast<char>(value.hi >> (56 - 8 * i));
    bytes[i + 8] = static_cast<char>(value.lo >> (56 - 8 * i));
  }
  return bytes;
}

Hash128 from_bytes(std::string_view bytes, const std::string& place) {
  if (bytes.size() != kKeyBytes) throw Error(ErrorKind::corrupt, place, "holds a key that is none");
  Hash128 value;
  for (std::size_t i = 0; i < 8; i++) {
    value.hi = value.hi << 8 | static_cast<uint8_t>(bytes[i]);
    value.lo = value.lo << 8 | static_cast<uint8_t>(bytes[i + 8]);
  }
  return value;
}

/// The block that would hold a key.
class KeyFilter : public BlockFilter {
 public:
  explicit KeyFilter(Hash128 key) : key_(to_bytes(key)) {}
  bool wants(std::span<const ColumnBounds> columns, bool) override {
    for (const ColumnBounds& column : columns) {
      if (*column.path != Path::key("key") || !column.zone || !column.zone->present) continue;
      if (std::memcmp(key_.data(), column.zone->min.data(), kKeyBytes) < 0) return false;
      if (std::memcmp(key_.data(), column.zone->max.data(), kKeyBytes) > 0) return false;
    }
    return true;
  }

 private:
  KeyBytes key_;
};

void read_file(const std::string& folder, const StoreFile& file, std::shared_ptr<BlockFilter> filter,
               std::vector<AppliedKey>& keys) {
  ReadOptions options;
  options.filter = std::move(filter);
  StreamReader reader(open_store_file(folder, file), std::move(options));
  while (const std::optional<RawBlock> block = reader.next()) {
    const Batch batch = decode_block(*block, {});
    const int key_path = find_path(batch.paths, "key"), content_path = find_path(batch.paths, "content");
    const Column* key = key_path < 0 ? nullptr : batch.find(static_cast<uint16_t>(key_path), Type::bytes);
    const Column* content = content_path < 0 ? nullptr : batch.find(static_cast<uint16_t>(content_path), Type::bytes);
    if (!key || !content || key->size() != batch.rows || content->size() != batch.rows)
      throw Error(ErrorKind::corrupt, block->place, "is no file of applied keys", "put back a copy of it");
    for (std::size_t i = 0; i < batch.rows; i++)
      keys.push_back({from_bytes(key->text(i), block->place), from_bytes(content->text(i), block->place)});
  }
}

bool before(const AppliedKey& a, const AppliedKey& b) {
  return a.key.hi != b.key.hi ? a.key.hi < b.key.hi : a.key.lo < b.key.lo;
}

}  // namespace

AppliedKey applied_name(std::string_view name, Hash128 content) {
  return {hash128(as_bytes(name), kNameSeed), content};
}

std::optional<Hash128> find_applied(const std::string& folder, const RollupManifest& manifest, Hash128 key) {
  const auto find_in = [&](const std::vector<AppliedKey>& keys) -> std::optional<Hash128> {
    for (const AppliedKey& applied : keys)
      if (applied.key == key) return applied.content;
    return std::nullopt;
  };
  if (const auto found = find_in(manifest.applied)) return found;
  for (const StoreFile& file : manifest.applied_files) {
    std::vector<AppliedKey> keys;
    read_file(folder, file, std::make_shared<KeyFilter>(key), keys);
    if (const auto found = find_in(keys)) return found;
  }
  return std::nullopt;
}

std::vector<AppliedKey> read_applied(const std::string& folder, const std::vector<StoreFile>& files) {
  std::vector<AppliedKey> keys;
  for (const StoreFile& file : files) read_file(folder, file, nullptr, keys);
  return keys;
}

StoreFile write_applied(const std::string& folder, std::string name, std::vector<AppliedKey> keys) {
  std::sort(keys.begin(), keys.end(), before);
  StoreFileWriter writer(folder, std::move(name));
  BatchBuilder builder;
  const auto cell_of = [](uint32_t column, const KeyBytes& bytes) {
    Cell cell;
    cell.column = column;
    cell.word = reinterpret_cast<uint64_t>(bytes.data());
    cell.length = kKeyBytes;
    return cell;
  };
  for (std::size_t at = 0; at < keys.size(); at += kBlockRows) {
    const std::array<uint32_t, 2> paths = {builder.path(Path::key("key")), builder.path(Path::key("content"))};
    for (std::size_t i = at; i < std::min(keys.size(), at + kBlockRows); i++) {
      const KeyBytes key = to_bytes(keys[i].key), content = to_bytes(keys[i].content);
      const std::array<Cell, 2> cells = {cell_of(builder.column(paths[0], Type::bytes), key),
                                         cell_of(builder.column(paths[1], Type::bytes), content)};
      builder.append(builder.layout(paths), cells);
    }
    writer.write(encode_block(builder.finish(-1), {Codec::none, 0}));
  }
  return writer.finish();
}

}  // namespace ev

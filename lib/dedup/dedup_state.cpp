#include "dedup/dedup_state.h"

#include <algorithm>
#include <bit>
#include <filesystem>

#include "base/text.h"
#include "dedup/key_merge.h"
#include "io/publish.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSecretFile = "secret";
constexpr std::string_view kSegmentPrefix = "keys-";
/// Segments of one size class are merged when there are so many; a class is four times as large as the one before.
constexpr std::size_t kMergeAt = 4;
constexpr uint64_t kSmallSegmentKeys = uint64_t{1} << 16;

unsigned size_class(uint64_t keys) {
  return static_cast<unsigned>(std::bit_width(keys / kSmallSegmentKeys) + 1) / 2;
}

void make_folder(const std::string& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(path, ec)) {
      const std::string name = entry.path().filename();
      if (name == "state" || name == kSecretFile || name.starts_with(".")) continue;
      if (!fs::exists(fs::path(path) / "state") && !fs::exists(fs::path(path) / kSecretFile))
        throw Error(ErrorKind::cannot_create, path, "is a folder with other things in it", "name a new folder");
    }
    return;
  }
  if (fs::exists(path, ec))
    throw Error(ErrorKind::corrupt, path, "is a file; a dedup state is a folder", "name another one");
  if (!fs::create_directory(path, ec) && ec) throw cannot_create(path, ec.value());
  sync_folder(folder_of(fs::path(path)), path);
}

}  // namespace

DedupState::DedupState(const std::string& path, StateFileOptions options) {
  folder_ = path;
  while (folder_.size() > 1 && folder_.ends_with('/')) folder_.pop_back();
  make_folder(folder_);
  file_ = std::make_unique<StateFile>(folder_, kDedupKind, std::move(options));
  recover();
  if (file_->committed()) next_ = decode_manifest(*file_->committed(), file_->name());
  // Files that are prepared stay what they are, until others are.
  if (pending_) next_.next_file = decode_manifest(file_->prepared()->state, file_->name()).next_file;
  load_secret();
  remove_unknown_files();
}

void DedupState::recover() {
  if (!file_->prepared()) return;
  PreparedBatches batches = decode_prepared_batches(file_->prepared()->ranges, file_->name());
  if (batches.output) {
    const auto facts = file_facts(batches.output->path);
    rolled_forward_ = facts && facts->id == batches.output->id;
    rolled_forward_ ? file_->commit() : file_->discard();
  } else if (!batches.destination.empty()) {
    file_->discard();  // parts that stand already are found to be equal when they come again
  } else {
    pending_ = std::move(batches);
  }
}

void DedupState::load_secret() {
  const std::string path = path_of(std::string(kSecretFile));
  std::error_code ec;
  if (!fs::exists(path, ec)) {
    if (!empty())
      throw Error(ErrorKind::corrupt, path, "is missing: without it no key is known again", "put back a copy of it");
    secret_ = random_hash_key();
    create_private_file(path, secret_);
    return;
  }
  const std::unique_ptr<Input> input = open_input(path);
  if (!input->seekable() || input->size() != secret_.size() || input->pread(secret_, 0) != secret_.size())
    throw Error(ErrorKind::corrupt, path, "is damaged: without it no key is known again", "put back a copy of it");
}

/// What runs that died were writing, and what was merged.
void DedupState::remove_unknown_files() const {
  std::set<std::string> known;
  const auto add = [&](const std::string& body) {
    for (const SegmentFile& segment : decode_manifest(body, file_->name()).segments) known.insert(segment.file);
  };
  if (file_->committed()) add(*file_->committed());
  if (file_->prepared()) add(file_->prepared()->state);
  std::error_code ec;
  for (fs::directory_iterator at(folder_, ec); !ec && at != fs::directory_iterator(); at.increment(ec)) {
    const std::string name = at->path().filename();
    const bool ours = name.starts_with(kSegmentPrefix) || name.starts_with(concat(".", kSegmentPrefix)) ||
                      name.starts_with(concat(".", kSecretFile, ".ev-tmp-"));
    if (ours && !known.contains(name)) fs::remove(at->path(), ec);
  }
}

std::string DedupState::next_file_name() {
  return *new_files_.insert(concat(kSegmentPrefix, next_.next_file++)).first;
}

std::shared_ptr<KeySegment> DedupState::open_segment(const SegmentFile& segment) const {
  const std::string path = path_of(segment.file);
  std::shared_ptr<const Input> input;
  try {
    input = open_input(path);
  } catch (const Error&) {
    throw Error(ErrorKind::corrupt, path, "is missing, though the state names it", "put back a copy of it");
  }
  if (!input->seekable() || input->size() != segment.bytes)
    throw Error(ErrorKind::corrupt, path, "has another size than the state says", "put back a copy of it");
  auto opened = std::make_shared<KeySegment>(input, 0, segment.bytes, path);
  if (opened->footer().shape != next_.definition.shape || opened->footer().keys != segment.keys)
    throw Error(ErrorKind::corrupt, path, "is not the file that the state names", "put back a copy of it");
  return opened;
}

std::vector<std::shared_ptr<KeySegment>> DedupState::open_segments() const {
  std::vector<std::shared_ptr<KeySegment>> opened;
  for (const SegmentFile& segment : next_.segments) opened.push_back(open_segment(segment));
  return opened;
}

void DedupState::add_batch(BatchRecord batch, const SeenKeys& keys) {
  batch.number = next_.next_batch++;
  batch.keys = keys.keys();
  if (batch.keys > 0) {
    compact();  // a pipe may bring more batches than files can be open
    SegmentFile segment;
    segment.file = next_file_name();
    const std::unique_ptr<Output> out = open_output(path_of(segment.file));
    const KeySegmentFooter footer = keys.write(*out, batch.number);
    out->finish();
    segment.bytes = out->written();
    segment.keys = footer.keys;
    if (footer.shape.times) {
      segment.min_time = batch.min_time = footer.min_time;
      segment.max_time = batch.max_time = footer.max_time;
    }
    next_.segments.push_back(std::move(segment));
  }
  next_.batches.push_back(std::move(batch));
  if (next_.batches.size() > kMaxBatchRecords) next_.batches.erase(next_.batches.begin());
  if (next_.batches.size() > kMaxBatchClocks) (next_.batches.end() - kMaxBatchClocks - 1)->clock.reset();
}

void DedupState::replace_batch(uint32_t number) {
  std::erase_if(next_.batches, [&](const BatchRecord& batch) { return batch.number == number; });
  next_.replaced.push_back(number);
}

void DedupState::forget_before(int64_t time) {
  next_.forgotten_before = std::max(next_.forgotten_before, time);
  if (!next_.definition.shape.times) return;
  std::erase_if(next_.segments, [&](const SegmentFile& segment) { return segment.max_time < next_.forgotten_before; });
}

void DedupState::merge(std::vector<SegmentFile> segments) {
  std::vector<std::shared_ptr<KeySegment>> opened;
  std::vector<KeyCursor> cursors;
  SegmentFile merged;
  uint64_t most = 0;
  for (const SegmentFile& segment : segments) {
    opened.push_back(open_segment(segment));
    cursors.emplace_back(*opened.back());
    most += segment.keys;
  }
  merged.file = next_file_name();
  const std::unique_ptr<Output> out = open_output(path_of(merged.file));
  KeySegmentWriter writer(*out, next_.definition.shape, most);
  merge_keys(cursors, [&](const KeptKey& key) {
    if (next_.definition.shape.times && key.time < next_.forgotten_before) return;
    if (std::find(next_.replaced.begin(), next_.replaced.end(), key.batch) != next_.replaced.end()) return;
    writer.add(key);
  });
  merged.bytes = writer.finish();
  out->finish();
  merged.keys = writer.footer().keys;
  if (next_.definition.shape.times) {
    merged.min_time = writer.footer().min_time;
    merged.max_time = writer.footer().max_time;
  }
  for (const SegmentFile& segment : segments) {
    std::error_code ec;
    if (new_files_.erase(segment.file) > 0) fs::remove(path_of(segment.file), ec);
  }
  std::erase_if(next_.segments, [&](const SegmentFile& old) {
    return std::any_of(segments.begin(), segments.end(), [&](const SegmentFile& s) { return s.file == old.file; });
  });
  if (next_.segments.empty()) next_.replaced.clear();
  if (merged.keys > 0) next_.segments.push_back(std::move(merged));
}

void DedupState::compact_all() {
  if (!next_.segments.empty()) merge(next_.segments);
}

/// Each key is written again once for each size class that it rises to.
void DedupState::compact() {
  for (;;) {
    std::vector<SegmentFile> mergeable;
    for (unsigned of_class = 0; of_class < 64 && mergeable.size() < kMergeAt; of_class++) {
      mergeable.clear();
      for (const SegmentFile& segment : next_.segments)
        if (size_class(segment.keys) == of_class) mergeable.push_back(segment);
    }
    if (mergeable.size() < kMergeAt) return;
    merge(std::move(mergeable));
  }
}

void DedupState::prepare(const PreparedBatches& batches) {
  compact();
  file_->prepare({encode_manifest(next_), encode_prepared_batches(batches)});
  new_files_.clear();
}

void DedupState::commit() {
  file_->commit();
  remove_unknown_files();
}

uint64_t DedupState::bytes() const {
  uint64_t bytes = 0;
  for (const SegmentFile& segment : next_.segments) bytes += segment.bytes;
  return bytes;
}

}  // namespace ev

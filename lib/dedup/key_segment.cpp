#include "dedup/key_segment.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace ev {

namespace {

constexpr std::string_view kMagic = "\x89" "EVKEYS\n";
constexpr uint64_t kVersion = 1;
constexpr uint64_t kHasTimes = 1, kHasBytes = 2;
/// At most about so many, and more than half of that: their number is a power of two, so that the fingerprints of a bucket
/// begin with the same bits.
constexpr uint64_t kKeysPerBucket = 128;
/// More only where fingerprints are no random numbers, and with large keys.
constexpr uint64_t kMaxBucketBytes = uint64_t{1} << 30;
constexpr std::size_t kPrintBytes = sizeof(Fingerprint);
constexpr unsigned kMaxTimeExponent = 18;

/// High bytes first, so that fingerprints that are near each other share their first bytes.
void store_big_endian(const Fingerprint& print, uint8_t* to) {
  store(to, __builtin_bswap64(print.hi));
  store(to + 8, __builtin_bswap64(print.lo));
}

Fingerprint load_big_endian(const uint8_t* from) {
  return {__builtin_bswap64(load<uint64_t>(from)), __builtin_bswap64(load<uint64_t>(from + 8))};
}

std::size_t shared_bytes(const Fingerprint& a, const Fingerprint& b) {
  const uint64_t hi = a.hi ^ b.hi, lo = a.lo ^ b.lo;
  return static_cast<std::size_t>(hi ? std::countl_zero(hi) : 64 + std::countl_zero(lo)) / 8;
}

unsigned bytes_of(uint64_t largest) {
  return static_cast<unsigned>(std::bit_width(largest) + 7) / 8;
}

void put_low_bytes(Buffer& out, uint64_t value, unsigned bytes) {
  uint8_t all[8];
  store(all, value);
  out.append(all, bytes);
}

uint64_t load_low_bytes(const uint8_t* from, unsigned bytes) {
  uint64_t value = 0;
  std::memcpy(&value, from, bytes);
  return value;
}

/// The largest power of ten that divides all of the differences.
unsigned common_exponent(std::span<const KeptKey> keys, int64_t base) {
  unsigned exponent = kMaxTimeExponent;
  uint64_t power = 1;
  for (unsigned i = 0; i < exponent; i++) power *= 10;
  for (const KeptKey& key : keys) {
    const uint64_t delta = static_cast<uint64_t>(key.time) - static_cast<uint64_t>(base);
    for (; exponent > 0 && delta % power != 0; exponent--) power /= 10;
  }
  return exponent;
}

uint64_t power_of_ten(unsigned exponent) {
  uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

/// How the keys of a bucket are written.
struct BucketHeader {
  uint32_t keys = 0;
  uint8_t shared = 0;         // bytes that all fingerprints begin with, written once
  uint8_t time_bytes = 0;     // of (time - base) / 10^exponent
  uint8_t time_exponent = 0;
  uint8_t batch_bytes = 0;    // of batch - base
  int64_t time_base = 0;
  uint32_t batch_base = 0;
  uint32_t key_bytes = 0;     // of all keys; with KeyShape::bytes
};

BucketHeader plan_bucket(std::span<const KeptKey> keys, KeyShape shape) {
  BucketHeader header;
  header.keys = static_cast<uint32_t>(keys.size());
  header.shared = static_cast<uint8_t>(std::min(kPrintBytes, shared_bytes(keys.front().print, keys.back().print)));
  uint32_t least = UINT32_MAX, most = 0;
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (const KeptKey& key : keys) {
    least = std::min(least, key.batch);
    most = std::max(most, key.batch);
    first = std::min(first, key.time);
    last = std::max(last, key.time);
    header.key_bytes += static_cast<uint32_t>(key.bytes.size());
  }
  header.batch_base = least;
  header.batch_bytes = static_cast<uint8_t>(bytes_of(most - least));
  if (!shape.times) return header;
  header.time_base = first;
  header.time_exponent = static_cast<uint8_t>(common_exponent(keys, first));
  const uint64_t range = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
  header.time_bytes = static_cast<uint8_t>(bytes_of(range / power_of_ten(header.time_exponent)));
  return header;
}

void put_header(Buffer& out, const BucketHeader& header) {
  put(out, header.keys);
  put(out, header.shared);
  put(out, header.time_bytes);
  put(out, header.time_exponent);
  put(out, header.batch_bytes);
  put(out, header.time_base);
  put(out, header.batch_base);
  put(out, header.key_bytes);
}

BucketHeader read_header(ByteReader& in) {
  BucketHeader header;
  header.keys = in.read<uint32_t>();
  header.shared = in.read<uint8_t>();
  header.time_bytes = in.read<uint8_t>();
  header.time_exponent = in.read<uint8_t>();
  header.batch_bytes = in.read<uint8_t>();
  header.time_base = in.read<int64_t>();
  header.batch_base = in.read<uint32_t>();
  header.key_bytes = in.read<uint32_t>();
  if (header.shared > kPrintBytes || header.time_bytes > 8 || header.time_exponent > kMaxTimeExponent ||
      header.batch_bytes > 4)
    in.fail("has a bucket with an impossible header");
  return header;
}

void encode_bucket(std::span<const KeptKey> keys, KeyShape shape, Buffer& out) {
  out.clear();
  if (keys.empty()) return;
  const BucketHeader header = plan_bucket(keys, shape);
  put_header(out, header);
  uint8_t print[kPrintBytes];
  store_big_endian(keys.front().print, print);
  out.append(print, header.shared);
  for (const KeptKey& key : keys) {
    store_big_endian(key.print, print);
    out.append(print + header.shared, kPrintBytes - header.shared);
  }
  const uint64_t unit = power_of_ten(header.time_exponent);
  if (shape.times)
    for (const KeptKey& key : keys)
      put_low_bytes(out, (static_cast<uint64_t>(key.time) - static_cast<uint64_t>(header.time_base)) / unit, header.time_bytes);
  for (const KeptKey& key : keys) put_low_bytes(out, key.batch - header.batch_base, header.batch_bytes);
  if (!shape.bytes) return;
  for (const KeptKey& key : keys) put(out, static_cast<uint32_t>(key.bytes.size()));
  for (const KeptKey& key : keys) put_text(out, key.bytes);
}

/// The bytes of a bucket, taken apart.
class BucketView {
 public:
  BucketView(std::span<const uint8_t> bytes, KeyShape shape, std::string_view place) : shape_(shape) {
    if (bytes.empty()) return;
    ByteReader in(bytes, place);
    header_ = read_header(in);
    rest_ = kPrintBytes - header_.shared;
    const std::size_t keys = header_.keys;
    // Keys differ somewhere: their number is never more than their bytes.
    if (keys > 1 && rest_ + header_.time_bytes + header_.batch_bytes + (shape.bytes ? sizeof(uint32_t) : 0) == 0)
      in.fail("has a bucket of keys that do not differ");
    shared_ = in.take(header_.shared);
    prints_ = in.take(keys * rest_);
    times_ = in.take(keys * header_.time_bytes);
    batches_ = in.take(keys * header_.batch_bytes);
    sizes_ = in.take(shape.bytes ? keys * sizeof(uint32_t) : 0);
    texts_ = in.rest();
    uint64_t size = 0;
    for (std::size_t i = 0; i < sizes_.size() / sizeof(uint32_t); i++) size += text_size(i);
    if (size != texts_.size()) in.fail("has a bucket of another size than its keys");
    unit_ = power_of_ten(header_.time_exponent);
  }

  std::size_t size() const { return header_.keys; }
  /// The first key that is not less.
  std::size_t lower_bound(const Fingerprint& print) const {
    if (size() == 0) return 0;  // then there is nothing to compare, at no address
    uint8_t wanted[kPrintBytes];
    store_big_endian(print, wanted);
    if (const int order = std::memcmp(shared_.data(), wanted, shared_.size()); order != 0) return order < 0 ? size() : 0;
    std::size_t begin = 0, end = size();
    while (begin < end) {
      const std::size_t middle = (begin + end) / 2;
      const bool less = std::memcmp(prints_.data() + middle * rest_, wanted + header_.shared, rest_) < 0;
      (less ? begin : end) = less ? middle + 1 : middle;
    }
    return begin;
  }
  KeptKey key(std::size_t i) const {
    uint8_t print[kPrintBytes];
    std::copy(shared_.begin(), shared_.end(), print);
    std::memcpy(print + header_.shared, prints_.data() + i * rest_, rest_);
    KeptKey key;
    key.print = load_big_endian(print);
    if (shape_.times) {
      const uint64_t delta = load_low_bytes(times_.data() + i * header_.time_bytes, header_.time_bytes) * unit_;
      key.time = static_cast<int64_t>(static_cast<uint64_t>(header_.time_base) + delta);
    }
    key.batch = header_.batch_base +
                static_cast<uint32_t>(load_low_bytes(batches_.data() + i * header_.batch_bytes, header_.batch_bytes));
    return key;
  }
  uint32_t text_size(std::size_t i) const { return load<uint32_t>(sizes_.data() + i * sizeof(uint32_t)); }
  /// Of whole keys.
  std::string_view text(uint64_t at, std::size_t size) const { return as_text(texts_.subspan(at, size)); }
  uint64_t text_begin(std::size_t i) const {
    uint64_t at = 0;
    for (std::size_t j = 0; j < i; j++) at += text_size(j);
    return at;
  }

 private:
  KeyShape shape_;
  BucketHeader header_;
  std::size_t rest_ = 0;  // bytes of each fingerprint that are not shared
  uint64_t unit_ = 1;
  std::span<const uint8_t> shared_, prints_, times_, batches_, sizes_, texts_;
};

}  // namespace

KeySegmentWriter::KeySegmentWriter(Output& out, KeyShape shape, uint64_t keys, unsigned shared_bits)
    : out_(out), filter_(KeyFilter::blocks_for(keys)) {
  footer_.shape = shape;
  footer_.shared_bits = shared_bits;
  footer_.buckets = std::bit_ceil(keys / kKeysPerBucket + 1);
  index_.reserve(2 * footer_.buckets + 1);
  put_text(encoded_, kMagic);
  put(encoded_, kVersion);
  write(encoded_);
}

void KeySegmentWriter::write(const Buffer& bytes) {
  out_.write(bytes.span());
  written_ += bytes.size();
}

void KeySegmentWriter::add(const KeptKey& key) {
  const uint64_t bucket = bucket_of(key.print, footer_);
  while (bucket_number_ < bucket) end_bucket();
  bucket_.push_back(key);
  if (!footer_.shape.bytes) bucket_.back().bytes = {};
  if (footer_.shape.bytes) put_text(bucket_bytes_, key.bytes);
  filter_.add(key.print);
  footer_.keys++;
  footer_.min_time = std::min(footer_.min_time, key.time);
  footer_.max_time = std::max(footer_.max_time, key.time);
}

void KeySegmentWriter::end_bucket() {
  std::size_t at = 0;
  for (KeptKey& key : bucket_) {
    key.bytes = as_text(bucket_bytes_.span().subspan(at, key.bytes.size()));
    at += key.bytes.size();
  }
  encode_bucket(bucket_, footer_.shape, encoded_);
  index_.push_back(written_);
  index_.push_back(checksum64(encoded_.span()));
  if (encoded_.size() > kMaxBucketBytes)
    throw Error(ErrorKind::io, out_.name(), "keys of over 1 GiB have nearly equal fingerprints", "leave --verify out");
  write(encoded_);
  bucket_.clear();
  bucket_bytes_.clear();
  bucket_number_++;
}

uint64_t KeySegmentWriter::finish() {
  while (bucket_number_ < footer_.buckets) end_bucket();
  index_.push_back(written_);
  const auto write_words = [&](const PodVector<uint64_t>& words, uint64_t& at, uint64_t& checksum) {
    const std::span<const uint8_t> bytes{reinterpret_cast<const uint8_t*>(words.data()), words.size() * sizeof(uint64_t)};
    at = written_;
    checksum = checksum64(bytes);
    out_.write(bytes);
    written_ += bytes.size();
  };
  footer_.filter_words = filter_.words().size();
  write_words(filter_.words(), footer_.filter_at, footer_.filter_checksum);
  write_words(index_, footer_.index_at, footer_.index_checksum);
  encoded_.clear();
  put_text(encoded_, kMagic);
  put(encoded_, kVersion);
  put(encoded_, (footer_.shape.times ? kHasTimes : 0) | (footer_.shape.bytes ? kHasBytes : 0));
  put(encoded_, footer_.keys);
  put(encoded_, footer_.min_time);
  put(encoded_, footer_.max_time);
  put(encoded_, footer_.shared_bits);
  put(encoded_, footer_.buckets);
  put(encoded_, footer_.filter_at);
  put(encoded_, footer_.filter_words);
  put(encoded_, footer_.index_at);
  put(encoded_, footer_.filter_checksum);
  put(encoded_, footer_.index_checksum);
  while (encoded_.size() < kKeySegmentFooterBytes - 8) put(encoded_, uint64_t{0});
  put(encoded_, checksum64(encoded_.span()));
  write(encoded_);
  return written_;
}

KeySegment::KeySegment(std::shared_ptr<const Input> input, uint64_t offset, uint64_t bytes, std::string place)
    : input_(std::move(input)), offset_(offset), bytes_(bytes), place_(std::move(place)) {
  if (bytes < kKeySegmentFooterBytes) damaged("is too short");
  Buffer footer(kKeySegmentFooterBytes);
  read({footer.data(), footer.size()}, bytes - kKeySegmentFooterBytes);
  ByteReader in(footer.span(), place_);
  if (checksum64(footer.span().first(footer.size() - 8)) != ev::load<uint64_t>(footer.data() + footer.size() - 8) ||
      in.text(kMagic.size()) != kMagic)
    damaged("does not end as a file of keys does");
  if (const uint64_t version = in.read<uint64_t>(); version != kVersion)
    throw Error(ErrorKind::corrupt, place_, concat("is of version ", version, ", which is newer than this program"),
                "use the evkit that wrote it");
  const uint64_t flags = in.read<uint64_t>();
  footer_.shape = {(flags & kHasTimes) != 0, (flags & kHasBytes) != 0};
  footer_.keys = in.read<uint64_t>();
  footer_.min_time = in.read<int64_t>();
  footer_.max_time = in.read<int64_t>();
  footer_.shared_bits = in.read<uint64_t>();
  footer_.buckets = in.read<uint64_t>();
  footer_.filter_at = in.read<uint64_t>();
  footer_.filter_words = in.read<uint64_t>();
  footer_.index_at = in.read<uint64_t>();
  footer_.filter_checksum = in.read<uint64_t>();
  footer_.index_checksum = in.read<uint64_t>();
  const uint64_t words = bytes / sizeof(uint64_t);
  if (footer_.shared_bits > 63 || footer_.buckets == 0 || footer_.buckets > words || footer_.filter_words > words || footer_.index_at > bytes ||
      footer_.filter_at > bytes || footer_.filter_words == 0 || footer_.filter_words % KeyFilter::kBlockWords != 0)
    damaged("has impossible sizes");
}

void KeySegment::damaged(std::string_view what) const {
  throw Error(ErrorKind::corrupt, place_, std::string(what), "put back a copy of it");
}

void KeySegment::read(std::span<uint8_t> into, uint64_t at) const {
  if (at > bytes_ || into.size() > bytes_ - at || input_->pread(into, offset_ + at) != into.size()) damaged("ends early");
}

PodVector<uint64_t> KeySegment::read_words(uint64_t at, uint64_t words, uint64_t checksum, std::string_view what) const {
  PodVector<uint64_t> result(words);
  const std::span<uint8_t> bytes{reinterpret_cast<uint8_t*>(result.data()), words * sizeof(uint64_t)};
  read(bytes, at);
  if (checksum64(bytes) != checksum) damaged(concat("is damaged: the checksum of its ", what, " does not fit"));
  return result;
}

void KeySegment::load() {
  if (loaded_) return;
  auto loaded = std::make_unique<Loaded>();
  loaded->index = read_words(footer_.index_at, 2 * footer_.buckets + 1, footer_.index_checksum, "index");
  loaded->filter = KeyFilter(read_words(footer_.filter_at, footer_.filter_words, footer_.filter_checksum, "filter"));
  loaded->verified.assign(footer_.buckets / 64 + 1, 0);
  loaded_ = std::move(loaded);
  in_use_.store(loaded_.get(), std::memory_order_release);
}

void KeySegment::read_bytes(uint64_t bucket, Buffer& bytes) const {
  std::array<uint64_t, 3> entry;  // offset, checksum, end
  Loaded* const loaded = in_use_.load(std::memory_order_acquire);
  if (loaded)
    std::copy_n(&loaded->index[2 * bucket], entry.size(), entry.begin());
  else
    read({reinterpret_cast<uint8_t*>(entry.data()), sizeof entry}, footer_.index_at + 2 * bucket * sizeof(uint64_t));
  const auto [begin, checksum, end] = entry;
  if (end < begin || end > bytes_ || end - begin > kMaxBucketBytes) damaged("has impossible sizes");
  bytes.resize(end - begin);
  read({bytes.data(), bytes.size()}, begin);
  const uint64_t bit = uint64_t{1} << bucket % 64;
  if (loaded && std::atomic_ref(loaded->verified[bucket / 64]).load(std::memory_order_relaxed) & bit) return;
  if (checksum64(bytes.span()) != checksum) damaged("is damaged: the checksum of some keys does not fit");
  if (loaded) std::atomic_ref(loaded->verified[bucket / 64]).fetch_or(bit, std::memory_order_relaxed);
}

bool KeySegment::find(const KeyQuery& query, const BatchChoice& batches, Buffer& scratch) const {
  read_bytes(bucket_of(query.print, footer_), scratch);
  const BucketView bucket(scratch.span(), footer_.shape, place_);
  for (std::size_t i = bucket.lower_bound(query.print); i < bucket.size(); i++) {
    const KeptKey key = bucket.key(i);
    if (key.print != query.print) return false;
    if (footer_.shape.times && (key.time < query.from || key.time > query.to)) continue;
    if (footer_.shape.bytes && bucket.text(bucket.text_begin(i), bucket.text_size(i)) != query.bytes) continue;
    if (batches.wants(key.batch)) return true;
  }
  return false;
}

void KeySegment::read_bucket(uint64_t bucket, KeyBucket& into) const {
  read_bytes(bucket, into.bytes);
  const BucketView view(into.bytes.span(), footer_.shape, place_);
  into.keys.clear();
  uint64_t at = 0;
  for (std::size_t i = 0; i < view.size(); i++) {
    KeptKey& key = into.keys.emplace_back(view.key(i));
    if (!footer_.shape.bytes) continue;
    key.bytes = view.text(at, view.text_size(i));
    at += key.bytes.size();
  }
}

}  // namespace ev

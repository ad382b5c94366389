#include "dedup/key_segment.h"

#include <algorithm>
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
constexpr uint64_t kKeysPerBucket = 256;
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

void decode_bucket(std::span<const uint8_t> bytes, KeyShape shape, std::string_view place, std::vector<KeptKey>& keys) {
  keys.clear();
  if (bytes.empty()) return;
  ByteReader in(bytes, place);
  const BucketHeader header = read_header(in);
  const std::size_t rest = kPrintBytes - header.shared;
  const std::span<const uint8_t> prefix = in.take(header.shared);
  const std::span<const uint8_t> prints = in.take(std::size_t{header.keys} * rest);
  const std::span<const uint8_t> times = in.take(std::size_t{header.keys} * header.time_bytes);
  const std::span<const uint8_t> batches = in.take(std::size_t{header.keys} * header.batch_bytes);
  const std::span<const uint8_t> sizes = in.take(shape.bytes ? std::size_t{header.keys} * 4 : 0);
  const uint64_t unit = power_of_ten(header.time_exponent);
  uint8_t print[kPrintBytes];
  std::copy(prefix.begin(), prefix.end(), print);
  keys.resize(header.keys);
  for (std::size_t i = 0; i < keys.size(); i++) {
    KeptKey& key = keys[i];
    std::memcpy(print + header.shared, prints.data() + i * rest, rest);
    key.print = load_big_endian(print);
    if (shape.times) {
      const uint64_t delta = load_low_bytes(times.data() + i * header.time_bytes, header.time_bytes) * unit;
      key.time = static_cast<int64_t>(static_cast<uint64_t>(header.time_base) + delta);
    }
    key.batch = header.batch_base +
                static_cast<uint32_t>(load_low_bytes(batches.data() + i * header.batch_bytes, header.batch_bytes));
    if (shape.bytes) key.bytes = in.text(load<uint32_t>(sizes.data() + i * 4));
  }
  in.expect_end();
}

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
  if (checksum64(footer.span().first(footer.size() - 8)) != load<uint64_t>(footer.data() + footer.size() - 8) ||
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
      footer_.filter_at > bytes || footer_.filter_words % KeyFilter::kBlockWords != 0)
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

void KeySegment::load_index() {
  if (index_.empty()) index_ = read_words(footer_.index_at, 2 * footer_.buckets + 1, footer_.index_checksum, "index");
}

void KeySegment::load_filter() {
  if (has_filter()) return;
  filter_ = KeyFilter(read_words(footer_.filter_at, footer_.filter_words, footer_.filter_checksum, "filter"));
  filter_in_use_.store(&filter_, std::memory_order_release);
}

void KeySegment::read_bucket(uint64_t bucket, KeyBucket& into) const {
  const uint64_t begin = index_[2 * bucket], end = index_[2 * bucket + 2];
  if (end < begin || end - begin > kMaxBucketBytes) damaged("has impossible sizes");
  into.bytes.resize(end - begin);
  read({into.bytes.data(), into.bytes.size()}, begin);
  if (checksum64(into.bytes.span()) != index_[2 * bucket + 1])
    damaged("is damaged: the checksum of some keys does not fit");
  decode_bucket(into.bytes.span(), footer_.shape, place_, into.keys);
}

}  // namespace ev

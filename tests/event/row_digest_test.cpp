#include "event/row_digest.h"

#include <doctest/doctest.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/error.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

// The specification's digest, written out slowly and apart from the library: own path bytes, own 128-bit products.

struct Wide {
  uint64_t low = 0, high = 0;
};

Wide product(uint64_t a, uint64_t b) {
  const uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  const uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (middle & 0xffffffff);
  return {(other << 32) | (low & 0xffffffff), a1 * b1 + (middle >> 32) + (other >> 32)};
}
uint64_t fold(uint64_t a, uint64_t b) {
  return product(a, b).low ^ product(a, b).high;
}

void add_to(Hash128& sum, Wide value) {
  for (int bit = 0, carry = 0; bit < 128; bit++) {
    uint64_t& word = bit < 64 ? sum.lo : sum.hi;
    const uint64_t addend = bit < 64 ? value.low : value.high, mask = uint64_t{1} << (bit & 63);
    const int ones = ((word & mask) != 0) + ((addend & mask) != 0) + carry;
    word = (word & ~mask) | (ones & 1 ? mask : 0);
    carry = ones >> 1;
  }
}

Wide xxh128(const std::string& bytes, uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.low64, hash.high64};
}

Wide value_hash(const Field& field) {
  std::string steps;
  for (std::string_view step : field.path.steps()) {
    steps += static_cast<char>(step.size() & 255);
    steps += static_cast<char>(step.size() >> 8);
    steps += step;
  }
  const Wide s = xxh128(steps, static_cast<uint64_t>(field.type));
  if (field.type == Type::null) return s;
  if (is_text_type(field.type)) {
    const Wide text = xxh128(field.text, s.low);
    return {text.low + s.high, text.high + s.high};
  }
  return {fold(field.word ^ s.low, s.high ^ 0x9e3779b97f4a7c15), fold(field.word ^ s.high, s.low ^ 0xc2b2ae3d27d4eb4f)};
}

Hash128 slow_digest(const std::vector<Event>& events) {
  Hash128 digest;
  for (const Event& event : events) {
    uint64_t a0 = 0, a1 = 0;
    for (const Field& field : event) {
      const Wide x = value_hash(field);
      a0 += x.low;
      a1 += x.high;
    }
    add_to(digest, {fold(a0 ^ 0x165667b19e3779f9, a1 ^ 0x27d4eb2f165667c5),
                    fold(a1 ^ 0x85ebca77c2b2ae63, a0 ^ 0x9fb21c651e98df25)});
  }
  return digest;
}

Hash128 digest_of(const std::vector<Event>& events) {
  return content_digest(build(events));
}

}  // namespace

TEST_CASE("the slow product is right") {
  CHECK(product(UINT64_MAX, UINT64_MAX).low == 1);
  CHECK(product(UINT64_MAX, UINT64_MAX).high == UINT64_MAX - 1);
  CHECK(product(0x123456789abcdef0, 0x100000000).low == 0x9abcdef000000000);
  CHECK(product(0x123456789abcdef0, 0x100000000).high == 0x12345678);
}

TEST_CASE("the digest is that of the specification, on random events") {
  for (uint64_t seed = 0; seed < 60; seed++) {
    CAPTURE(seed);
    RandomEvents random(seed);
    const std::vector<Event> events = random.events(random.below(200));
    CHECK(digest_of(events) == slow_digest(events));
  }
  const std::vector<Event> many = RandomEvents(5).events(5000);  // several stripes
  CHECK(digest_of(many) == slow_digest(many));
}

TEST_CASE("the digest of no rows is 0, of empty events it is not") {
  CHECK(digest_of({}) == Hash128{});
  CHECK(digest_of({{}}) == slow_digest({{}}));
  CHECK_FALSE(digest_of({{}}) == Hash128{});
}

TEST_CASE("the digest does not depend on the order of rows and keys") {
  RandomEvents random(9);
  std::vector<Event> events = random.events(3000);
  const Hash128 digest = digest_of(events);
  std::mt19937_64 shuffler(1);
  for (Event& event : events) std::shuffle(event.begin(), event.end(), shuffler);
  std::shuffle(events.begin(), events.end(), shuffler);
  CHECK(digest_of(events) == digest);
}

TEST_CASE("the digests of parts add up") {
  const std::vector<Event> events = RandomEvents(10).events(2500);
  const Batch batch = build(events);
  const Hash128 digest = content_digest(batch);
  for (uint32_t max_rows : {1u, 7u, 64u, 1024u, 1025u}) {
    Hash128 sum;
    for (const Batch& part : split_to_caps(Batch(batch), max_rows)) sum += content_digest(part);
    CHECK(sum == digest);
  }
}

TEST_CASE("the digest does not depend on dictionaries") {
  const std::vector<Event> events = RandomEvents(11).events(800);
  Batch batch = build(events);
  const Hash128 digest = content_digest(batch);
  int dictionaries = 0;
  for (Column& column : batch.columns) {
    if (column.codes.empty()) continue;
    dictionaries++;
    Texts plain;
    for (std::size_t i = 0; i < column.size(); i++) plain.push_back(column.text(i));
    column.texts = plain;
    column.codes.clear();
  }
  CHECK(dictionaries > 0);
  check_shape(batch, ErrorKind::bug, "test");
  CHECK(content_digest(batch) == digest);
}

TEST_CASE("the digest does not depend on how times are written") {
  const Path t{"t"};
  const Hash128 digest = digest_of({{word_field(t, 5, Type::time, 1)}, {word_field(t, 6, Type::time, 1)}});
  CHECK(digest_of({{word_field(t, 5, Type::time, 2)}, {word_field(t, 6, Type::time, 3)}}) == digest);
}

TEST_CASE("the digest tells apart values, types, names, null and missing") {
  const Path a{"a"}, b{"b"};
  const std::vector<std::vector<Event>> different = {
      {{word_field(a, 1)}},
      {{word_field(a, 2)}},
      {{word_field(a, 1, Type::float64)}},
      {{word_field(a, 1, Type::boolean)}},
      {{word_field(a, 1, Type::time)}},
      {{word_field(b, 1)}},
      {{word_field(Path{"a", "a"}, 1)}},
      {{text_field(a, "1")}},
      {{text_field(a, "1", Type::json)}},
      {{text_field(a, "1", Type::bytes)}},
      {{text_field(a, "")}},
      {{null_field(a)}},
      {{null_field(b)}},
      {{}},
      {{word_field(a, 1), null_field(b)}},
      {{word_field(a, 1)}, {}},
      {{word_field(a, 1)}, {word_field(a, 1)}},
      {{word_field(a, 1), word_field(b, 2)}},
      {{word_field(a, 2), word_field(b, 1)}},
      {{word_field(a, 1)}, {word_field(b, 2)}},
      {{word_field(Path{"a.b"}, 1)}},
      {{word_field(Path{"a", "b"}, 1)}},
  };
  for (std::size_t i = 0; i < different.size(); i++)
    for (std::size_t j = 0; j < i; j++) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK_FALSE(digest_of(different[i]) == digest_of(different[j]));
    }
}

TEST_CASE("a projected batch has no nulls to count") {
  Batch batch = build({{word_field(Path{"a"}, 1), null_field(Path{"b"})}, {null_field(Path{"a"})}});
  batch.layouts.clear();
  batch.row_layouts.clear();
  CHECK(content_digest(batch) == slow_digest({{word_field(Path{"a"}, 1)}, {}}));
}

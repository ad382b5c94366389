// Reading sequences back, for tests.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "codec/sequence.h"

namespace ev::test {

using Words = std::vector<uint64_t>;

/// From a copy exactly as long as its bytes, which must be used up.
template <class Word = uint64_t>
Words read_back(std::span<const uint8_t> bytes, std::size_t count) {
  std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  ByteReader in(exact, "here");
  PodVector<Word> out;
  read_sequence(in, count, out);
  in.expect_end();
  return {out.begin(), out.end()};
}

template <class Word = uint64_t>
std::string fault(std::span<const uint8_t> bytes, std::size_t count) {
  try {
    read_back<Word>(bytes, count);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.place() == "here");
    return error.reason();
  }
  return "no fault";
}

}  // namespace ev::test

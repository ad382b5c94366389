// All constants of the event stream format, version 1. man/ev-stream.5 is the specification; no other file spells them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ev {

inline constexpr uint16_t kFormatMajor = 1;
inline constexpr uint16_t kFormatMinor = 0;

// Records. Every record begins with a header of kRecordHeaderBytes; a lower-case letter marks a record that a reader
// which does not know it may skip.
inline constexpr std::size_t kRecordHeaderBytes = 192;
inline constexpr std::size_t kRecordChecksumOffset = 184;
inline constexpr std::array<uint8_t, 3> kMagic = {0x89, 'E', 'V'};
enum class RecordType : uint8_t { header = 'H', block = 'B', index = 'i', end = 'E' };
inline constexpr std::size_t kHintOffset = 16;
inline constexpr std::size_t kHintBytes = 64;
inline constexpr std::string_view kHint = "evkit event stream. Read it with: ev export FILE (man ev-stream)";
static_assert(kHint.size() == kHintBytes);

inline constexpr uint64_t kKnownIncompatible = 0;  // feature bits this version understands

// BLOCK flags.
inline constexpr uint32_t kBlockSorted = 1;        // timed rows stand in order of event time
inline constexpr uint32_t kBlockHasTime = 2;       // min and max event time are set
inline constexpr uint32_t kBlockHasWatermark = 4;  // watermark is set

// END flags and status.
inline constexpr uint32_t kEndMore = 1;
inline constexpr uint32_t kEndPartial = 2;
inline constexpr uint32_t kEndLimited = 4;
inline constexpr uint32_t kEndInterrupted = 8;
enum class EndStatus : uint16_t { complete = 0, abort = 1 };

// Column chunks.
enum class Type : uint8_t { null = 0, boolean = 1, int64 = 2, uint64 = 3, float64 = 4, string = 5, bytes = 6, time = 7, json = 8, state = 9 };
inline constexpr uint8_t kLastType = 9;
enum class Encoding : uint8_t {
  none = 0,
  constant = 1,
  run_length = 2,
  packed = 3,
  dictionary = 4,
  plain = 5,
  delta = 6,
  uuid = 7,
  hex = 8,
  decimal = 9
};
inline constexpr uint8_t kTextsUpperCase = 1;  // flag of a list of texts in uuid or hex
inline constexpr unsigned kMaxHexPrefix = 16;  // bytes
inline constexpr unsigned kMaxDecimalExponent = 15;
inline constexpr int64_t kMaxDecimalInteger = int64_t{1} << 53;  // and above its negative
enum class Codec : uint8_t { none = 0, zstd = 1 };
inline constexpr uint16_t kLayoutChunkPath = 0xffff;  // path number of the chunk that holds the layout numbers
inline constexpr std::size_t kChunkEntryBytes = 64;
inline constexpr uint8_t kChunkHasValidity = 1;
inline constexpr uint8_t kChunkHasZone = 2;
inline constexpr uint8_t kChunkMinExact = 4;
inline constexpr uint8_t kChunkMaxExact = 8;
inline constexpr std::size_t kZoneBytes = 16;

// INDEX.
inline constexpr std::size_t kIndexBlockBytes = 48;
inline constexpr std::size_t kIndexZoneBytes = 40;

// Caps. A length read from input meets one of these before memory is reserved for it.
inline constexpr uint32_t kMaxBlockRows = 65536;
inline constexpr uint64_t kMaxBlockRawBytes = uint64_t{16} << 20;  // a single larger row stands alone
inline constexpr uint64_t kMaxRowRawBytes = uint64_t{64} << 20;
inline constexpr uint32_t kMaxColumns = 4096;
inline constexpr uint32_t kMaxPaths = 4096;
inline constexpr uint32_t kMaxPathSteps = 64;
inline constexpr uint32_t kMaxStepBytes = 65535;
inline constexpr uint32_t kMaxPathBytes = uint32_t{1} << 20;
inline constexpr uint32_t kMaxMetaBytes = uint32_t{32} << 20;
inline constexpr uint32_t kMaxChunkBytes = uint32_t{72} << 20;
inline constexpr uint64_t kMaxBodyBytes = uint64_t{256} << 20;
inline constexpr uint32_t kMaxIndexBytes = uint32_t{16} << 20;
inline constexpr uint32_t kMaxIndexZoneColumns = 256;
inline constexpr uint32_t kMaxSegmentBlocks = 65536;  // a writer starts a new segment (MORE) beyond it

}  // namespace ev

#include "rollup/time_slices.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "aggregate/rows.h"
#include "base/error.h"
#include "rollup/store_file.h"

using namespace ev;
using namespace ev::test;

namespace {

/// A file of rows with these times and a number each, in blocks of some rows.
std::string file_of(const std::vector<int64_t>& times, std::size_t block_rows, int64_t number) {
  std::string bytes;
  const std::unique_ptr<Output> out = memory_output(bytes);
  StreamWriter writer(*out);
  for (std::size_t at = 0; at < times.size(); at += block_rows) {
    std::vector<Row> rows;
    for (std::size_t i = at; i < std::min(times.size(), at + block_rows); i++)
      rows.push_back({{"time", instant(times[i])}, {"n", integer(number++)}});
    Ledger ledger;
    ledger.created = ledger.out = rows.size();
    writer.write(encode_block(batch_of(rows, "time"), {}), ledger);
  }
  writer.finish(0);
  out->finish();
  return bytes;
}

SliceInput input_of(const std::string& bytes, int64_t first) {
  return {memory_input("file", bytes), first};
}

}  // namespace

TEST_CASE("slices hold whole buckets, each once, with every row of all files that is in the range") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 150; round++) {
    const Buckets buckets(10, "");
    const int64_t since = round % 3 ? INT64_MIN : 20, until = round % 4 ? INT64_MAX : 170;
    std::vector<SliceInput> inputs;
    std::multimap<int64_t, int64_t> wanted, got;
    const std::size_t files = 1 + random() % 5;
    for (std::size_t f = 0; f < files; f++) {
      std::vector<int64_t> times(random() % 60);
      for (int64_t& time : times) time = static_cast<int64_t>(random() % 200);
      std::sort(times.begin(), times.end());
      const auto number = static_cast<int64_t>(f * 1000);
      for (std::size_t i = 0; i < times.size(); i++)
        if (times[i] >= since && times[i] < until) wanted.emplace(times[i], number + static_cast<int64_t>(i));
      SliceInput input = input_of(file_of(times, 1 + random() % 20, number), times.empty() ? 0 : times[0]);
      input.since = since;
      input.until = until;
      inputs.push_back(std::move(input));
    }
    TimeSlices slices(std::move(inputs), Projection{false, {"n"}, true}, buckets);
    int64_t done = INT64_MIN;
    while (const auto slice = slices.next()) {
      int64_t newest = INT64_MIN;
      for (const Batch& batch : *slice)
        for (uint32_t i = 0; i < batch.rows; i++) {
          const int64_t time = batch.time_column()->integer(i);
          CHECK(buckets.floor(time) > done);
          newest = std::max(newest, buckets.floor(time));
          const int path = find_path(batch.paths, "n");
          got.emplace(time, batch.find(static_cast<uint16_t>(path), Type::int64)->integer(i));
        }
      done = newest;
    }
    std::vector<std::pair<int64_t, int64_t>> a(wanted.begin(), wanted.end()), b(got.begin(), got.end());
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    CHECK(a == b);
  }
}

TEST_CASE("rows out of order are refused") {
  for (const auto& times : {std::vector<int64_t>{5, 4}, {1, 2, 8, 7}}) {
    std::vector<SliceInput> inputs;
    inputs.push_back(input_of(file_of(times, 2, 0), 0));
    TimeSlices slices(std::move(inputs), Projection{false, {"n"}, true}, Buckets(10, ""));
    CHECK_THROWS_AS(while (slices.next()){}, Error);
  }
}

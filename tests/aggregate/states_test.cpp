// The bytes of states, and merging them from streams.
#include "aggregate/states.h"

#include <doctest/doctest.h>

#include "aggregate/aggregator.h"
#include "aggregate/wide_integer.h"
#include "base/error.h"
#include "parts.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

std::string state_of(std::string_view call, const std::vector<Datum>& values) {
  std::vector<Row> rows;
  for (const Datum& value : values) rows.push_back({{"f", value}});
  Aggregator aggregator(query_of({}, call));
  aggregator.add(batch_of(rows));
  return rows_of(aggregator.finish(1)).at(0).at(0).second.text;
}

/// Of a value of an event with that time.
std::string state_at(int64_t time, std::string_view call, const Datum& value) {
  Aggregator aggregator(query_of({}, call));
  aggregator.add(batch_of({{{"ts", instant(time)}, {"f", value}}}, "ts"));
  return rows_of(aggregator.finish(1)).at(0).at(0).second.text;
}

Datum state(std::string bytes) {
  return text(std::move(bytes), Type::state);
}

std::string bytes(std::string_view hex_text) {
  std::string result;
  for (std::size_t i = 0; i < hex_text.size(); i += 2)
    result += static_cast<char>(std::stoi(std::string(hex_text.substr(i, 2)), nullptr, 16));
  return result;
}

ErrorKind failure_of(const std::string& damaged) {
  try {
    finalize_states(batch_of({{{"s", state(damaged)}}}));
  } catch (const Error& e) {
    return e.kind();
  }
  return ErrorKind::bug;
}

std::vector<Row> merged(const AggregateQuery& query, const std::vector<Batch>& batches) {
  Aggregator aggregator(query);
  for (const Batch& batch : batches) aggregator.add(batch);
  return rows_of(aggregator.finish(1000));
}

}  // namespace

TEST_CASE("state bytes are frozen") {
  CHECK(hex(state_of("count", {null(), integer(1)})) == "01010200000000000000");
  CHECK(hex(state_of("count(f)", {null(), integer(1)})) == "01010100000000000000");
  CHECK(hex(state_of("sum(f)", {})) ==
        "0201"
        "0000000000000000"
        "00"
        "00");
  CHECK(hex(state_of("sum(f)", {integer(300), integer(-1)})) ==
        "0201"
        "0200000000000000"
        "00"
        "022b01");
  CHECK(hex(state_of("sum(f)", {integer(128)})) ==
        "0201"
        "0100000000000000"
        "00"
        "028000");
  CHECK(hex(state_of("sum(f)", {integer(-128)})) ==
        "0201"
        "0100000000000000"
        "00"
        "0180");
  CHECK(hex(state_of("sum(f)", {integer(-1)})) ==
        "0201"
        "0100000000000000"
        "00"
        "01ff");
  CHECK(hex(state_of("sum(f)", {natural(UINT64_MAX)})) ==
        "0201"
        "0100000000000000"
        "00"
        "09ffffffffffffffff00");
  CHECK(hex(state_of("sum(f)", {real(1.5), integer(7)})) ==
        "0201"
        "0200000000000000"
        "01"
        "0107"
        "0120012100000600");
  CHECK(hex(state_of("mean(f)", {real(-1.5)})) ==
        "0501"
        "0100000000000000"
        "01"
        "00"
        "0121012100000600");
  CHECK(hex(state_of("min(f)", {})) == "030100");
  CHECK(hex(state_of("min(f)", {integer(-2)})) == "030102feffffffffffffff");
  CHECK(hex(state_of("max(f)", {instant(3, 0x12345678)})) ==
        "040107"
        "0300000000000000"
        "78563412");
  CHECK(hex(state_of("max(f)", {text("hi"), text("ho")})) == "040105686f");
  CHECK(hex(state_of("share(count)", {null(), integer(1)})) ==
        "0f01"
        "0200000000000000"
        "0200000000000000");
  CHECK(hex(state_of("top(f, 300)", {text("hi"), integer(-2), null(), text("hi")})) ==
        "1001"
        "2c010000"
        "01"
        "09"
        "02feffffffffffffff"
        "02"
        "03"
        "056869");
  CHECK(hex(state_of("top(f)", {})) == "10010a000000");
  AggregateQuery rate = query_of({}, "rate");
  rate.every.emplace(256, "");
  Aggregator seconds(rate);
  seconds.add(batch_of({{{"ts", instant(257)}}, {{"ts", instant(300)}}}, "ts"));
  seconds.add(batch_of({{{"f", integer(1)}}}));
  const std::vector<Row> rates = rows_of(seconds.finish(2));
  CHECK(hex(rates.at(0).at(1).second.text) ==
        "0e01"
        "0000000000000000"
        "0000000000000000"
        "0000000000000000");
  CHECK(hex(rates.at(1).at(1).second.text) ==
        "0e01"
        "0200000000000000"
        "0001000000000000"
        "0002000000000000");
  CHECK(hex(state_of("first(f)", {null()})) == "0b0100");
  CHECK(hex(state_of("first(f)", {text("hi"), text("ho")})) == "0b0101056869");
  CHECK(hex(state_of("last(f)", {integer(-2)})) == "0c010102feffffffffffffff");
  CHECK(hex(state_at(0x0102030405060708, "last(f)", integer(5))) ==
        "0c01"
        "02"
        "0807060504030201"
        "020500000000000000");
}

TEST_CASE("states that no version of evkit wrote are refused") {
  for (const char* call : {"count", "sum(f)", "mean(f)", "min(f)", "max(f)"}) {
    std::string good = state_of(call, {integer(300), real(1.5), instant(77)});
    if (call[0] == 'm' && call[1] == 'i') good = state_of(call, {integer(300)});
    for (std::size_t n = 0; n < good.size(); n++) CHECK(failure_of(good.substr(0, n)) == ErrorKind::corrupt);
    CHECK(failure_of(good + "x") == ErrorKind::corrupt);
  }
  for (const char* call : {"first(f)", "last(f)"}) {
    const std::string good = state_at(77, call, integer(300));
    for (std::size_t n = 0; n < good.size(); n++) CHECK(failure_of(good.substr(0, n)) == ErrorKind::corrupt);
    CHECK(failure_of(good + "x") == ErrorKind::corrupt);
  }
  for (const char* call : {"share(count)", "top(f)"}) {
    const std::string good = state_of(call, {integer(300)});
    // Any head of a state of top that ends between values is one, too.
    for (std::size_t n = 0; n < good.size(); n++)
      if (n != 6 || call[0] != 't') CHECK(failure_of(good.substr(0, n)) == ErrorKind::corrupt);
    CHECK(failure_of(good + "x") == ErrorKind::corrupt);
  }
  CHECK(failure_of(bytes("0f01"
                         "0200000000000000"
                         "0100000000000000")) == ErrorKind::corrupt);  // more than all
  CHECK(failure_of(bytes("0e01"
                         "0100000000000000"
                         "0000000000000000"
                         "0000000000000000")) == ErrorKind::corrupt);  // a count of no time
  CHECK(failure_of(bytes("0e01"
                         "0100000000000000"
                         "0100000000000000"
                         "0000000000000000")) == ErrorKind::corrupt);  // it ends before it begins
  CHECK(failure_of(bytes("100100000000")) == ErrorKind::corrupt);      // none are wanted
  CHECK(failure_of(bytes("10010a000000"
                         "0003056869")) == ErrorKind::corrupt);  // no count
  CHECK(failure_of(bytes("10010a000000"
                         "0103056869"
                         "0103056869")) == ErrorKind::corrupt);  // not in order
  CHECK(failure_of(bytes("10010a000000"
                         "0104056869")) == ErrorKind::corrupt);  // a value that ends early
  CHECK(failure_of(bytes("0b01"
                         "03"
                         "0501")) == ErrorKind::corrupt);  // neither timed nor untimed
  CHECK(failure_of(bytes("0b01"
                         "0100")) == ErrorKind::corrupt);  // an untimed event without a value
  CHECK(failure_of(bytes("0c01"
                         "0001")) == ErrorKind::corrupt);  // more behind no value
  CHECK(failure_of(bytes("0102"
                         "0200000000000000")) == ErrorKind::corrupt);  // version
  CHECK(failure_of(bytes("7f01")) == ErrorKind::corrupt);              // function
  CHECK(failure_of(bytes("0201"
                         "0100000000000000"
                         "00"
                         "020100")) == ErrorKind::corrupt);  // not the shortest
  CHECK(failure_of(bytes("0201"
                         "0100000000000000"
                         "00"
                         "0100")) == ErrorKind::corrupt);  // a written 0
  CHECK(failure_of(bytes("0201"
                         "0000000000000000"
                         "00"
                         "0101")) == ErrorKind::corrupt);  // a sum of nothing
  CHECK(failure_of(bytes("0201"
                         "0100000000000000"
                         "00"
                         "29") +
                   std::string(41, '\x7f')) == ErrorKind::corrupt);
  CHECK(failure_of(bytes("0201"
                         "0100000000000000"
                         "02"
                         "0101")) == ErrorKind::corrupt);  // flags
  CHECK(failure_of(bytes("0301"
                         "09")) == ErrorKind::corrupt);  // type
  CHECK(failure_of(bytes("0301"
                         "010200000000000000")) == ErrorKind::corrupt);  // bool
}

TEST_CASE("integers of 320 bits") {
  for (const char* text : {"0", "-1", "127", "128", "-128", "-129", "18446744073709551615", "-18446744073709551616",
                           "340282366920938463463374607431768211455",
                           "-115792089237316195423570985008687907853269984665640564039457584007913129639935"}) {
    std::optional<WideInteger> value = WideInteger::parse(text);
    REQUIRE(value);
    CHECK(value->decimal() == text);
    std::string written;
    value->write(written);
    ByteReader in(as_bytes(written), "test");
    CHECK(WideInteger::read(in) == *value);
    ExactFloatSum sum;
    value->add_to(sum);
    CHECK(sum.value() == std::stod(text));
  }
  for (const char* text :
       {"", "-", "1.0", "1e3", "+1", "115792089237316195423570985008687907853269984665640564039457584007913129639936"})
    CHECK(!WideInteger::parse(text));
}

TEST_CASE("merged states are those of all rows") {
  std::vector<Row> rows;
  for (int64_t i = 0; i < 100; i++)
    rows.push_back({{"k", text(i % 3 ? "a" : "b")},
                    {"f", i % 7 ? i % 5 ? integer(i) : real(0.1 * static_cast<double>(i)) : null()}});
  AggregateQuery query = query_of({"k"}, "count, sum(f), mean(f), min(f) as least, max(f)");
  std::vector<Row> wanted = merged(query, {batch_of(rows)});
  std::vector<Batch> parts;
  for (std::size_t begin = 0; begin < rows.size(); begin += 9) {
    Aggregator part(query);
    part.add(batch_of({rows.begin() + static_cast<std::ptrdiff_t>(begin),
                       rows.begin() + static_cast<std::ptrdiff_t>(std::min(begin + 9, rows.size()))}));
    for (Batch& batch : part.finish(1)) parts.push_back(std::move(batch));
  }
  AggregateQuery by_name = query;
  by_name.merge = true;
  CHECK(merged(by_name, parts) == wanted);
  AggregateQuery found = query_from(parts[0]);
  CHECK(found.by == std::vector<std::string>{"k"});
  CHECK(merged(found, parts) == wanted);
  // Fewer keys, fewer results.
  AggregateQuery less = query_of({}, "sum(f)");
  std::vector<Row> total = merged(less, {batch_of(rows)});
  less.merge = true;
  CHECK(merged(less, parts) == total);
}

TEST_CASE("merging keeps the event time, or cuts it to wider buckets") {
  std::vector<Row> rows;
  for (int64_t i = 0; i < 50; i++) rows.push_back({{"ts", instant(i * kSecond)}, {"k", integer(i % 2)}});
  AggregateQuery fine = query_of({"k"}, "count"), coarse = fine;
  fine.every.emplace(10 * kSecond, "");
  coarse.every.emplace(20 * kSecond, "");
  Aggregator a(fine), b(coarse);
  a.add(batch_of(rows, "ts"));
  b.add(batch_of(rows, "ts"));
  std::vector<Batch> fine_result = a.finish(1000);
  Aggregator again(query_from(fine_result[0]));
  again.add(fine_result[0]);
  std::vector<Batch> again_result = again.finish(1000);
  CHECK(rows_of(again_result) == rows_of(fine_result));
  CHECK(again_result[0].time_path == 0);
  Aggregator wider(query_from(fine_result[0], coarse.every));
  wider.add(fine_result[0]);
  CHECK(rows_of(wider.finish(1000)) == rows_of(b.finish(1000)));
}

TEST_CASE("merging what holds no such states is a usage error") {
  AggregateQuery query = query_of({}, "sum(f)");
  query.merge = true;
  auto refusal = [&](const Batch& batch) -> std::string {
    try {
      Aggregator aggregator(query);
      aggregator.add(batch);
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return e.what();
    }
    return "accepted";
  };
  CHECK(refusal(batch_of({{{"sum_f", integer(3)}}})).find("no states named sum_f") != std::string::npos);
  CHECK(refusal(batch_of({{{"other", integer(3)}}})).find("no states named sum_f") != std::string::npos);
  CHECK(refusal(batch_of({{{"sum_f", state(state_of("mean(f)", {integer(1)}))}}})).find("states of mean, not of sum") !=
        std::string::npos);
  CHECK_THROWS_AS(query_from(batch_of({{{"a", integer(1)}}})), Error);
}

TEST_CASE("without merge, states stand for their final values") {
  std::vector<Row> rows = {{{"s", state(state_of("sum(f)", {integer(2), integer(3)}))}},
                           {{"s", integer(10)}},
                           {{"s", state(state_of("sum(f)", {}))}},
                           {{"s", state(state_of("sum(f)", {real(0.5)}))}}};
  AggregateQuery query = query_of({}, "count(s), sum(s)");
  Aggregator aggregator(query);
  aggregator.add(batch_of(rows));
  std::vector<Row> wanted = {{{"count_s", integer(3)}, {"sum_s", real(15.5)}}};
  CHECK(rows_of({finalize_states(std::move(aggregator.finish(1)[0]))}) == wanted);
}

TEST_CASE("final values take the place of states, beside other values of the field") {
  Batch batch = finalize_states(batch_of({{{"s", state(state_of("sum(f)", {integer(5)}))}, {"x", text("a")}},
                                          {{"s", integer(10)}},
                                          {{"s", state(state_of("sum(f)", {}))}},
                                          {{"s", state(state_of("max(f)", {text("z")}))}},
                                          {{"s", state(state_of("max(f)", {instant(4, 2)}))}},
                                          {{"s", state(state_of("sum(f)", {natural(UINT64_MAX), integer(1)}))}}}));
  check_shape(batch, ErrorKind::bug, "final");
  std::vector<Row> wanted = {{{"s", integer(5)}, {"x", text("a")}},
                             {{"s", integer(10)}},
                             {{"s", null()}},
                             {{"s", text("z")}},
                             {{"s", instant(4, 2)}},
                             {{"s", json("18446744073709551616")}}};
  CHECK(rows_of({batch}) == wanted);
}

TEST_CASE("states are described") {
  CHECK(describe_state(state_of("sum(f)", {})) == "sum, version 1");
  CHECK(describe_state("\x4d\x01") == "unknown function 77, version 1");
  CHECK(describe_state("\x01") == "damaged state");
}

TEST_CASE("the function table is consistent") {
  for (const AggregateFunction& f : aggregate_functions()) {
    CHECK(find_function(f.code) == &f);
    CHECK(find_function(f.name) == &f);
    CHECK(f.code != 0);
  }
}

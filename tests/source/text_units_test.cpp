#include "source/text_units.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/error.h"

using namespace ev;
using namespace std::chrono_literals;

namespace {

/// Gives its bytes in pieces of random sizes; never seekable; `pause_at` bytes are followed by silence until asked again.
class PiecewiseInput : public Input {
 public:
  PiecewiseInput(std::string bytes, std::size_t most, uint32_t seed) : bytes_(std::move(bytes)), most_(most), random_(seed) {}
  std::size_t read(std::span<uint8_t> into) override {
    std::size_t n = std::min({into.size(), bytes_.size() - at_, 1 + random_() % most_});
    if (silent_at_ && at_ < *silent_at_) n = std::min(n, *silent_at_ - at_);
    std::copy_n(bytes_.data() + at_, n, into.data());
    at_ += n;
    if (n == 0 && fails_) throw Error(ErrorKind::truncated, "test", "cut off");
    if (n == 0) stopped_ = stops_;
    return n;
  }
  bool ready(std::chrono::nanoseconds timeout) override {
    if (silent_at_ && at_ >= *silent_at_) {
      timeouts_.push_back(timeout);
      if (timeouts_.size() == silences_) silent_at_.reset();
      return false;
    }
    return true;
  }
  bool seekable() const override { return false; }
  std::size_t pread(std::span<uint8_t>, uint64_t) const override { return 0; }
  std::optional<uint64_t> size() const override { return std::nullopt; }
  uint64_t consumed() const override { return at_; }
  const std::string& name() const override { return name_; }
  void be_silent_at(std::size_t at, std::size_t times = 1) {
    silent_at_ = at;
    silences_ = times;
  }
  /// For how long was waited then.
  const std::vector<std::chrono::nanoseconds>& timeouts() const { return timeouts_; }
  void fail_at_end() { fails_ = true; }
  void stop_at_end() { stops_ = true; }

 private:
  std::string bytes_, name_ = "test";
  std::size_t most_, at_ = 0;
  std::mt19937 random_;
  std::optional<std::size_t> silent_at_;
  std::size_t silences_ = 0;
  std::vector<std::chrono::nanoseconds> timeouts_;
  bool fails_ = false, stops_ = false;
};

struct Cut {
  std::string text;
  uint64_t line, offset;
  std::size_t oversized;
  bool operator==(const Cut&) const = default;
};

std::vector<Cut> cuts(TextUnits&& units) {
  std::vector<Cut> all;
  while (std::optional<TextUnit> unit = units.next())
    all.push_back({std::string(unit->text.data(), unit->text.size()), unit->first_line, unit->first_offset, unit->oversized.size()});
  return all;
}

std::vector<Cut> cuts_of(const std::string& text, uint32_t rows) { return cuts(TextUnits(memory_input("test", text), rows, 0ns, TextFormat{})); }

}  // namespace

TEST_CASE("a unit has block_rows lines, the last one the rest") {
  std::vector<Cut> all = cuts_of("a\nb\nc\nd\ne", 2);
  REQUIRE(all.size() == 3);
  CHECK(all[0] == Cut{"a\nb\n", 1, 0, 0});
  CHECK(all[1] == Cut{"c\nd\n", 3, 4, 0});
  CHECK(all[2] == Cut{"e", 5, 8, 0});
}

TEST_CASE("an empty input has no unit") { CHECK(cuts_of("", 7).empty()); }

TEST_CASE("cuts do not depend on how reads were split") {
  std::mt19937 random(3);
  std::string text;
  for (int i = 0; i < 5000; i++) text += std::string(random() % 90, 'x') + "\n";
  std::vector<Cut> whole = cuts_of(text, 700);
  for (uint32_t seed = 0; seed < 5; seed++)
    CHECK(cuts(TextUnits(std::make_unique<PiecewiseInput>(text, seed == 0 ? 1 : 3000, seed), 700, 1h, TextFormat{})) == whole);
}

TEST_CASE("a unit ends at the last line within kMaxBlockRawBytes") {
  std::string line = std::string((1 << 20) - 1, 'x') + "\n";
  std::string text;
  for (int i = 0; i < 40; i++) text += line;
  std::vector<Cut> all = cuts_of(text, 65536);
  REQUIRE(all.size() == 3);
  CHECK(all[0].text.size() == kMaxBlockRawBytes);
  CHECK(all[1].text.size() == kMaxBlockRawBytes);
  CHECK(all[1].line == 17);
  CHECK(cuts(TextUnits(std::make_unique<PiecewiseInput>(text, 1 << 21, 9), 65536, 1h, TextFormat{})) == all);
}

TEST_CASE("a line of kMaxLineBytes passes and stands alone") {
  std::string longest(kMaxLineBytes, 'x');
  std::vector<Cut> all = cuts_of("a\n" + longest + "\nb\n", 65536);
  REQUIRE(all.size() == 3);
  CHECK(all[1].text == longest + "\n");
  CHECK(all[2] == Cut{"b\n", 3, kMaxLineBytes + 3, 0});
}

TEST_CASE("a longer line is left out with its place, and the lines behind it keep theirs") {
  std::string too_long(kMaxLineBytes + 1, 'x');
  for (bool newline : {true, false}) {
    std::vector<Cut> all = cuts_of("a\n" + too_long + (newline ? "\nb\n" : ""), 65536);
    REQUIRE(all.size() == (newline ? 3 : 2));
    CHECK(all[1].oversized == 1);
    CHECK(all[1].text.empty());
    CHECK(all[1].line == 2);
    if (newline) CHECK(all[2] == Cut{"b\n", 3, kMaxLineBytes + 4, 0});
  }
}

TEST_CASE("whole lines leave when the input falls silent and they are old enough") {
  auto input = std::make_unique<PiecewiseInput>("a\nb\nc", 4, 1);
  input->be_silent_at(4);
  std::vector<Cut> all = cuts(TextUnits(std::move(input), 65536, 0ns, TextFormat{}));
  REQUIRE(all.size() == 2);
  CHECK(all[0].text == "a\nb\n");
  CHECK(all[1] == Cut{"c", 3, 4, 0});
}

TEST_CASE("what cuts the input off comes after the whole lines before it; the cut line is dropped") {
  auto input = std::make_unique<PiecewiseInput>("a\nb\n{\"half", 100, 1);
  input->fail_at_end();
  TextUnits units(std::move(input), 65536, 1h, TextFormat{});
  std::optional<TextUnit> unit = units.next();
  REQUIRE(unit);
  CHECK(std::string(unit->text.data(), unit->text.size()) == "a\nb\n");
  CHECK_THROWS_AS(units.next(), Error);
}

TEST_CASE("records of a table are whole, whatever their quotes hold and however they come") {
  TextFormat format;
  format.kind = TextKind::delimited;
  std::string text;
  std::mt19937_64 random(4);
  for (int i = 0; i < 4000; i++) {
    text += std::to_string(i) + ",\"";
    for (std::size_t n = random() % 30; n > 0; n--) text += random() % 3 == 0 ? "\"\"" : "x,\n";
    text += "\"\n";
  }
  for (unsigned seed : {0u, 1u, 2u}) {
    TextUnits units(std::make_unique<PiecewiseInput>(text, seed == 0 ? 7 : 3000, seed), 100, 1h, format);
    std::string joined;
    uint64_t line = 1, number = 0;
    while (auto unit = units.next()) {
      std::string_view part(unit->text.data(), unit->text.size());
      CHECK(unit->first_line == line);
      CHECK(unit->first_offset == joined.size());
      CHECK(part.starts_with(std::to_string(number) + ",\""));
      CHECK(part.ends_with("\"\n"));
      line += static_cast<uint64_t>(std::count(part.begin(), part.end(), '\n'));
      number += 100;
      joined += part;
    }
    CHECK(number == 4000);
    CHECK(joined == text);
  }
}

namespace {

TextFormat numbered_records() {
  TextFormat format;
  format.kind = TextKind::lines;
  format.record_start = "^\\d";
  return format;
}

}  // namespace

TEST_CASE("records of several lines leave whole, and the last one when the input is silent for long enough") {
  auto input = std::make_unique<PiecewiseInput>("1\n x\n2\n y\n z\n w\n3\n", 11, 1);
  const PiecewiseInput& piecewise = *input;
  input->be_silent_at(13, 2);
  TextUnits units(std::move(input), 65536, 20ms, numbered_records());
  std::vector<std::string> texts;
  std::vector<std::size_t> records;
  while (std::optional<TextUnit> unit = units.next()) {
    texts.emplace_back(unit->text.data(), unit->text.size());
    records.push_back(unit->records.size());
    CHECK(unit->goes_on == false);
  }
  CHECK(texts == std::vector<std::string>{"1\n x\n", "2\n y\n z\n", " w\n3\n"});
  CHECK(records == std::vector<std::size_t>{1, 1, 2});
  REQUIRE(piecewise.timeouts().size() == 2);
  CHECK(piecewise.timeouts()[0] <= 20ms);
  CHECK(piecewise.timeouts()[1] > 500ms);
  CHECK(piecewise.timeouts()[1] <= kRecordRest);
}

TEST_CASE("a record that is open ends with its whole lines where the input is cut off or stopped, unless it is held back") {
  const std::string text = "1\n x\n2\n y\n\"half";
  const auto text_of = [](const std::optional<TextUnit>& unit) {
    return unit ? std::string(unit->text.data(), unit->text.size()) + std::to_string(unit->records.size()) : "none";
  };
  for (bool hold_back : {false, true}) {
    TextStart start;
    start.hold_back = hold_back;
    const std::string expected = hold_back ? "1\n x\n1" : "1\n x\n2\n y\n2";
    auto cut_off = std::make_unique<PiecewiseInput>(text, 100, 1);
    cut_off->fail_at_end();
    TextUnits first(std::move(cut_off), 65536, 1h, numbered_records(), start);
    CHECK(text_of(first.next()) == expected);
    CHECK_THROWS_AS(first.next(), Error);
    auto stopped = std::make_unique<PiecewiseInput>(text, 100, 1);
    stopped->stop_at_end();
    TextUnits second(std::move(stopped), 65536, 1h, numbered_records(), start);
    CHECK(text_of(second.next()) == expected);
    CHECK(text_of(second.next()) == "none");
    CHECK(second.left_text());
  }
}

TEST_CASE("a line over kMaxLineBytes between records of several lines is left out, and ends the one before") {
  const std::string text = "1\n x\n" + std::string(kMaxLineBytes + 1, 'x') + "\n y\n2\n";
  std::vector<std::string> cuts;
  TextUnits units(std::make_unique<PiecewiseInput>(text, 3 << 20, 1), 65536, 1h, numbered_records());
  while (std::optional<TextUnit> unit = units.next())
    cuts.push_back(std::to_string(unit->first_line) + "@" + std::to_string(unit->first_offset) + ": " +
                   std::to_string(unit->records.size()) + " and " + std::to_string(unit->oversized.size()));
  CHECK(cuts == std::vector<std::string>{"1@0: 1 and 0", "3@5: 0 and 1", "4@16777223: 2 and 0"});
}

TEST_CASE("an input that is silent for long says so, and goes on") {
  const std::string text = "a\nb\nc";
  auto input = std::make_unique<PiecewiseInput>(text, 2, 1);
  PiecewiseInput& silent = *input;
  silent.be_silent_at(4, 3);
  TextUnits units(std::move(input), 65536, 20ms, TextFormat{});
  units.tell_idle(7s);
  auto next = [&] {
    const std::optional<TextUnit> unit = units.next();
    return unit ? std::string(unit->text.data(), unit->text.size()) : units.idle() ? "idle" : "end";
  };
  CHECK(next() == "a\nb\n");  // what is whole leaves before
  CHECK(next() == "idle");
  CHECK(next() == "idle");
  CHECK(next() == "c");
  CHECK(next() == "end");
  CHECK(silent.timeouts().size() == 3);
  CHECK(silent.timeouts()[1] == 7s);
}

TEST_CASE("without that, silence is waited out") {
  auto input = std::make_unique<PiecewiseInput>("a\nb", 2, 1);
  PiecewiseInput& silent = *input;
  silent.be_silent_at(2, 1);
  TextUnits units(std::move(input), 65536, 20ms, TextFormat{});
  CHECK(units.next()->text.size() == 2);
  CHECK(units.next()->text.size() == 1);
  CHECK_FALSE(units.next());
  CHECK_FALSE(units.idle());
  CHECK(silent.timeouts().size() == 1);
}

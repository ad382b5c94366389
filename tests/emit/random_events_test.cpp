// Random events through every format that can be read back: with a plain printer that walks the events one by one, and
// with Python's json and csv modules.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>

#include "base/text.h"
#include "base/time.h"
#include "event_model.h"

using namespace ev;
using namespace ev::test;

namespace {

class RandomEvents {
 public:
  explicit RandomEvents(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }
  Event tree_event() {
    Event event;
    add_object(Path{}, 0, event);
    return event;
  }
  /// Paths that may contradict each other.
  Event wild_event() {
    static const char* const kSteps[] = {"a", "b", "a.b", "a_2", "a.b_2"};
    Event event;
    for (std::size_t n = below(8); n > 0; n--) {
      Path path{kSteps[below(5)]};
      while (below(2)) path = path.child(kSteps[below(5)]);
      if (std::none_of(event.begin(), event.end(), [&](const auto& field) { return field.first == path; }))
        event.push_back({path, value()});
    }
    return event;
  }
  Event flat_event(bool with_names = true) {
    static const char* const kNames[] = {"id", "a,b", "say \"hi\"", "x y", "n\nl", "t\tb", "ü"};
    Event event;
    for (const char* name : kNames)
      if (with_names || below(3)) event.push_back({Path::key(name), value()});
    return event;
  }
  ModelValue value() {
    switch (below(10)) {
      case 0:
        return null();
      case 1:
        return boolean(below(2));
      case 2:
        return integer(static_cast<int64_t>(random_() >> below(64)));
      case 3:
        return natural(random_() | uint64_t{1} << 63);
      case 4:
        return real(below(2) ? std::bit_cast<double>(random_()) : static_cast<double>(below(1000)) / 8 - 60);
      case 5:
        return bytes(text(below(2)));
      case 6:
        return json(below(2) ? "[1,{\"k\":\"v, w\"},[]]" : "{}");
      case 7: {
        auto ns = static_cast<int64_t>(1717200000 + below(1'000'000)) * kSecond;
        return test::time(ns, below(2) ? default_form(ns) : parse_epoch_integer(ns / 1'000'000)->form);
      }
      default:
        return string(text(false));
    }
  }

 private:
  std::string text(bool broken) {
    static const char* const kPieces[] = {"a", "bcdefghij", "\"",   "\\", "\n", ",",   "\t",   "漢", "😀",
                                          " ", "\r",        "\x01", "ü",  ";",  "\\N", "null", "0",  "-"};
    std::string out;
    for (std::size_t n = below(below(4) ? 4 : 40); n > 0; n--) out += kPieces[below(std::size(kPieces))];
    if (broken) out += "\xff\x80";
    return out;
  }
  void add_object(const Path& path, int depth, Event& event) {
    static const char* const kKeys[] = {"id", "a", "a.b", "", "\"q\"", "漢", "tab\t", "long key with blanks in it"};
    std::vector<std::size_t> keys = {0, 1, 2, 3, 4, 5, 6, 7};
    std::shuffle(keys.begin(), keys.end(), random_);
    keys.resize(1 + below(5));
    for (std::size_t key : keys) {
      Path at = path.step_count() == 0 ? Path::key(kKeys[key]) : path.child(kKeys[key]);
      if (depth < 4 && below(4) == 0)
        add_object(at, depth + 1, event);
      else
        event.push_back({at, value()});
    }
  }

  std::mt19937_64 random_;
};

std::string value_text(const ModelValue& value) {
  char out[64];
  switch (value.type) {
    case Type::null:
      return "";
    case Type::boolean:
      return value.word ? "true" : "false";
    case Type::int64:
      return std::to_string(static_cast<int64_t>(value.word));
    case Type::uint64:
      return std::to_string(value.word);
    case Type::float64:
      return float_text(std::bit_cast<double>(value.word));
    case Type::time:
      return {out, print_time(out, static_cast<int64_t>(value.word), value.form)};
    default:
      return value.text;
  }
}

std::string plain_json_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\x01':
        out += "\\u0001";
        break;
      default:
        out += c;
    }
  }
  return out + '"';
}

std::string plain_json_value(const ModelValue& value) {
  switch (value.type) {
    case Type::null:
      return "null";
    case Type::float64: {
      std::string text = value_text(value);
      return text.find_first_of("nN") != text.npos ? "null" : text;  // nan, inf
    }
    case Type::time:
      return form_is_string(value.form) ? '"' + value_text(value) + '"' : value_text(value);
    case Type::string:
      return plain_json_string(value.text);
    default:
      return value_text(value);
  }
}

/// Fields [begin, end) of an event, whose paths share their first `depth` steps, as an object.
std::string plain_object(const Event& event, std::size_t begin, std::size_t end, std::size_t depth) {
  std::string out = "{";
  for (std::size_t i = begin; i < end;) {
    auto steps = event[i].first.steps();
    std::size_t next = i + 1;
    while (next < end && event[next].first.steps()[depth] == steps[depth]) next++;
    if (i > begin) out += ',';
    out += plain_json_string(steps[depth]) + ':';
    out += steps.size() == depth + 1 ? plain_json_value(event[i].second) : plain_object(event, i, next, depth + 1);
    i = next;
  }
  return out + '}';
}

class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_)); }
  ~Folder() {
    for (const char* name : {"/events", "/text"}) std::remove((path_ + std::string(name)).c_str());
    std::remove(path_);
  }
  std::string operator/(const std::string& name) const { return std::string(path_) + '/' + name; }

 private:
  char path_[32] = "/tmp/ev-emit-test-XXXXXX";
};

void write_events(const std::string& path, const std::vector<Event>& events) {
  auto hex = [](std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (char c : text) out += {kHex[static_cast<uint8_t>(c) >> 4], kHex[c & 15]};
    return out;
  };
  std::ofstream out(path, std::ios::binary);
  for (const Event& event : events) {
    for (const auto& [path_of_field, value] : event) {
      std::string steps;
      bool first = true;
      for (std::string_view step : path_of_field.steps()) {
        steps += (first ? "" : ".") + hex(step);
        first = false;
      }
      std::string_view type = value.type == Type::null ? "null" : type_name(value.type);
      if (value.type == Type::time) type = form_is_string(value.form) ? "string" : "int";
      out << steps << '\t' << type << '\t' << hex(value_text(value)) << '\n';
    }
    out << '\n';
  }
}

void check_in_python(const std::string& mode, const std::vector<Event>& events, const std::string& text) {
  Folder folder;
  write_events(folder / "events", events);
  std::ofstream(folder / "text", std::ios::binary) << text;
  std::string command = "/usr/bin/python3 " EV_TESTS_DIR "/emit/read_back.py " + mode + " " + (folder / "events") +
                        " " + (folder / "text");
  CHECK(std::system(command.c_str()) == 0);
}

std::vector<Batch> in_batches(const std::vector<Event>& events, bool dictionaries) {
  std::vector<Batch> batches;
  for (std::size_t begin = 0; begin < events.size(); begin += 700) {
    auto end = events.begin() + static_cast<std::ptrdiff_t>(std::min(events.size(), begin + 700));
    batches.push_back(make_batch({events.begin() + static_cast<std::ptrdiff_t>(begin), end}, {dictionaries, true}));
  }
  return batches;
}

}  // namespace

TEST_CASE("templates print what a plain printer prints") {
  for (unsigned seed = 0; seed < 200; seed++) {
    RandomEvents random(seed);
    std::vector<Event> kinds, events;
    for (std::size_t n = 1 + random.below(6); n > 0; n--) kinds.push_back(random.tree_event());
    for (std::size_t n = 1 + random.below(200); n > 0; n--) {
      Event event = kinds[random.below(kinds.size())];
      for (auto& field : event) {
        do field.second = random.value();
        while (field.second.type == Type::bytes);
      }
      events.push_back(event);
    }
    std::string expected, expected_without_nulls;
    for (const Event& event : events) expected += plain_object(event, 0, event.size(), 0) + '\n';
    CHECK((emit("jsonl", std::vector<Batch>{make_batch(events)}) == expected));
    CHECK((emit("jsonl", std::vector<Batch>{make_batch(events, {true, true})}) == expected));
    if (kinds.size() > 1) continue;
    for (Event event : events) {
      std::erase_if(event, [](const auto& field) { return field.second.type == Type::null; });
      expected_without_nulls += plain_object(event, 0, event.size(), 0) + '\n';
    }
    CHECK((emit("jsonl", std::vector<Batch>{make_batch(events, {false, false})}) == expected_without_nulls));
  }
}

TEST_CASE("Python reads the events back from jsonl") {
  RandomEvents random(1);
  std::vector<Event> events;
  for (int i = 0; i < 2000; i++) events.push_back(random.tree_event());
  check_in_python("jsonl", events, emit("jsonl", in_batches(events, false)));
  check_in_python("jsonl", events, emit("jsonl", in_batches(events, true)));
}

TEST_CASE("layouts that contradict themselves give valid JSON without a lost value") {
  RandomEvents random(2);
  std::vector<Event> events;
  for (int i = 0; i < 5000; i++) {
    events.push_back(random.wild_event());
    // The check tells an empty object from an object of the layout by its values alone.
    for (auto& field : events.back())
      if (field.second.type == Type::json) field.second.text = "[{\"a\":1}]";
  }
  check_in_python("tree", events, emit("jsonl", in_batches(events, false)));
}

TEST_CASE("Python reads the events back from csv and tsv") {
  RandomEvents random(3);
  std::vector<Event> events;
  for (int i = 0; i < 2000; i++) events.push_back(random.flat_event(i == 0));
  for (bool dictionaries : {false, true}) {
    check_in_python("csv", events, emit("csv", in_batches(events, dictionaries)));
    check_in_python("tsv", events, emit("tsv", in_batches(events, dictionaries)));
  }
}

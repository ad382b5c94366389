#include <doctest/doctest.h>

#include <functional>

#include "base/error.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

/// Two rows: {n: 1, s: "ab", t: time, b: true} and {s: "cd"}, with a dictionary of two texts.
Batch sound() {
  Batch batch = build({{word_field(Path{"n"}, 1), text_field(Path{"s"}, "ab"), word_field(Path{"t"}, 5, Type::time, 2),
                        word_field(Path{"b"}, 1, Type::boolean)},
                       {text_field(Path{"s"}, "ab")},
                       {text_field(Path{"s"}, "cd")}});
  REQUIRE(batch.columns.size() == 4);
  return batch;
}
constexpr std::size_t kN = 0, kS = 1, kT = 2, kB = 3;  // columns of sound()

/// Whether the batch is refused once `damage` is done to it, with the kind and place asked for.
bool refused(const std::function<void(Batch&)>& damage) {
  Batch batch = sound();
  CHECK_NOTHROW(check_shape(batch, ErrorKind::bug, "here"));
  damage(batch);
  try {
    check_shape(batch, ErrorKind::corrupt, "here");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.place() == "here");
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("shape: paths") {
  CHECK(refused([](Batch& b) { b.paths[0] = b.paths[1]; }));
  CHECK(refused([](Batch& b) { b.paths[0] = Path(); }));
  CHECK(refused([](Batch& b) {
    for (int i = 0; i < 64; i++) b.paths[0] = b.paths[0].child("x");
  }));
  CHECK(refused([](Batch& b) { b.time_path = 4; }));
  CHECK(refused([](Batch& b) { b.time_path = -2; }));
}

TEST_CASE("shape: layouts") {
  CHECK(refused([](Batch& b) { b.layouts[1].push_back(4); }));
  CHECK(refused([](Batch& b) { b.layouts[1].push_back(b.layouts[1][0]); }));
  CHECK(refused([](Batch& b) { b.layouts.resize(4); }));
  CHECK(refused([](Batch& b) { b.row_layouts[2] = 2; }));
  CHECK(refused([](Batch& b) { b.row_layouts.push_back(0); }));
  CHECK(refused([](Batch& b) { b.row_layouts.resize(2); }));
  CHECK(refused([](Batch& b) { b.layouts[1].clear(); }));        // s has a value in row 1
  CHECK(refused([](Batch& b) { b.row_layouts[0] = 1; }));        // n has a value in row 0
  CHECK_FALSE(refused([](Batch& b) { b.row_layouts[1] = 0; }));  // more nulls
}

TEST_CASE("shape: a column's path, type and uniqueness") {
  CHECK(refused([](Batch& b) { b.columns[kN].path = 4; }));
  CHECK(refused([](Batch& b) { b.columns[kN].type = Type::null; }));
  CHECK(refused([](Batch& b) { b.columns[kN].type = static_cast<Type>(kLastType + 1); }));
  CHECK(refused([](Batch& b) { b.columns[kT] = b.columns[kN]; }));
  CHECK(refused([](Batch& b) { b.columns[kB].path = b.columns[kN].path; }));  // two values in row 0
}

TEST_CASE("shape: validity") {
  CHECK(refused([](Batch& b) { b.columns[kN].validity.resize(2); }));
  CHECK(refused([](Batch& b) { b.columns[kN].validity.clear(); }));
  CHECK(refused([](Batch& b) { b.columns[kN].validity.set(1); }));
  CHECK(refused([](Batch& b) { b.columns[kN].validity.word(0) = 1u << 3; }));
}

TEST_CASE("shape: words and forms") {
  CHECK(refused([](Batch& b) { b.columns[kN].words.push_back(1); }));
  CHECK(refused([](Batch& b) { b.columns[kN].texts.push_back("x"); }));
  CHECK(refused([](Batch& b) { b.columns[kB].words[0] = 2; }));
  CHECK(refused([](Batch& b) { b.columns[kN].form = 1; }));
  CHECK(refused([](Batch& b) { b.columns[kN].forms.push_back(1); }));
  CHECK(refused([](Batch& b) { b.columns[kT].forms.assign(2, 1); }));
  CHECK_FALSE(refused([](Batch& b) { b.columns[kT].forms.assign(1, 1); }));
}

TEST_CASE("shape: texts and numbers of texts") {
  CHECK(refused([](Batch& b) { b.columns[kS].words.push_back(1); }));
  CHECK(refused([](Batch& b) { b.columns[kS].texts.offsets.clear(); }));
  CHECK(refused([](Batch& b) { b.columns[kS].texts.offsets[0] = 1; }));
  CHECK(refused([](Batch& b) { b.columns[kS].texts.offsets[1] = 5; }));
  CHECK(refused([](Batch& b) { b.columns[kS].texts.offsets.back() = 3; }));
  CHECK(refused([](Batch& b) { b.columns[kS].texts.data.push_back('x'); }));
  CHECK(refused([](Batch& b) { b.columns[kS].codes[1] = 2; }));
  CHECK(refused([](Batch& b) { b.columns[kS].codes.push_back(0); }));
  CHECK(refused([](Batch& b) { b.columns[kS].codes.clear(); }));
  CHECK(refused([](Batch& b) {
    b.columns[kS].texts.push_back("x");
    b.columns[kS].texts.push_back("y");
  }));
}

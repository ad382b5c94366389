#include <doctest/doctest.h>

#include <algorithm>

#include "base/time.h"
#include "emit/display_text.h"
#include "emit/table_layout.h"
#include "event_model.h"

using namespace ev;
using namespace ev::test;

TEST_CASE("widths as a terminal shows them") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("grün") == 4);
  CHECK(display_width("e\u0301te\u0301") == 3);  // combining accents
  CHECK(display_width("漢字") == 4);
  CHECK(display_width("한글") == 4);
  CHECK(display_width("\u1112\u1161\u11ab") == 2);  // the same, from its letters
  CHECK(display_width("😀") == 2);
  CHECK(display_width("👩\u200d👩\u200d👧\u200d👦") == 2);  // a family, joined
  CHECK(display_width("👍🏽") == 2);                // skin tone
  CHECK(display_width("🇩🇪🇫🇷") == 4);                    // two flags
  CHECK(display_width("\u2764\ufe0f") == 2);            // heart as emoji
  CHECK(display_width("…") == 1);
  CHECK(display_width("") == 0);
}

TEST_CASE("text is cut between characters of the screen") {
  CHECK(cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cut_to_width("abcdef", 5) == "abcd…");
  CHECK(cut_to_width("漢字漢字", 5) == "漢字…");
  CHECK(cut_to_width("漢字漢字", 4) == "漢…");
  CHECK(cut_to_width("ae\u0301o\u0308u", 3) == "ae\u0301…");
  CHECK(cut_to_width("👩\u200d👧x漢", 3) == "👩\u200d👧…");
  CHECK(cut_to_width("abc", 1) == "…");
  CHECK(cut_to_width("abc", 0) == "");
}

TEST_CASE("nothing reaches the terminal that it would act on") {
  CHECK(visible_text("a\x1b[31mred\x1b[0m") == "a\\x1b[31mred\\x1b[0m");
  CHECK(visible_text("a\nb\tc\x07") == "a\\nb\\tc\\x07");
  CHECK(visible_text("\u009b31m") == "\\xc2\\x9b31m");
  CHECK(visible_text("abc\u202edef\u2066漢") == "abc\\u202edef\\u2066漢");
  CHECK(visible_text("\u061cx\u2028") == "\\u061cx\\u2028");
  CHECK(visible_text("👩\u200d👧") == "👩\u200d👧");
  for (const char* format : {"table", "record"}) {
    std::string text = emit(format, {{{Path{"k\x1b[2J\n"}, string("v\x1b]0;title\x07\r\nx")}}});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == (format[0] == 't' ? 3 : 2));
  }
}

TEST_CASE("a table aligns by width, numbers to the right, nulls empty") {
  std::vector<Event> events = {
      {{Path{"name"}, string("漢字")}, {Path{"count"}, integer(5)}, {Path{"ok"}, boolean(true)}},
      {{Path{"name"}, string("👩\u200d👧")}, {Path{"count"}, null()}, {Path{"ok"}, null()}},
      {{Path{"name"}, null()}, {Path{"count"}, integer(1234567)}, {Path{"ok"}, boolean(false)}}};
  CHECK(emit("table", events) ==
        "name    count  ok\n"
        "────  ───────  ─────\n"
        "漢字        5  true\n"
        "👩\u200d👧\n"
        "      1234567  false\n");
  EmitOptions bare;
  bare.header = false;
  CHECK(emit("table", events, bare) == "漢字        5  true\n👩\u200d👧\n      1234567  false\n");
}

TEST_CASE("a table prints each type") {
  auto epoch = parse_epoch_integer(1717200000);
  REQUIRE(epoch);
  CHECK(emit("table", {{{Path{"i"}, integer(-1)},
                        {Path{"f"}, real(1)},
                        {Path{"t"}, test::time(epoch->ns, epoch->form)},
                        {Path{"iso"}, test::time(0, default_form(0))},
                        {Path{"j"}, json("[1]")},
                        {Path{"b"}, bytes("\xff")},
                        {Path{"u"}, natural(UINT64_MAX)},
                        {Path{"mixed"}, string("x")}},
                       {{Path{"mixed"}, integer(12345678)}}}) ==
        " i    f           t  iso                   j    b                               u  mixed\n"
        "──  ───  ──────────  ────────────────────  ───  ───────────  ────────────────────  ────────\n"
        "-1  1.0  1717200000  1970-01-01T00:00:00Z  [1]  base64:/w==  18446744073709551615  x\n"
        "                                                                                   12345678\n");
}

TEST_CASE("a table counts the rows it does not show, over all batches") {
  Batch batch = make_batch({{{Path{"a"}, integer(1)}}, {{Path{"a"}, integer(2)}}});
  EmitOptions options;
  options.max_rows = 3;
  CHECK(emit("table", std::vector<Batch>{batch, batch}, options) == "a\n─\n1\n2\n1\n… and 1 more row\n");
  std::vector<Batch> many(1000, batch);
  CHECK(emit("table", many, options) == "a\n─\n1\n2\n1\n… and 1,997 more rows\n");
  options.max_rows = 4;
  CHECK(emit("table", std::vector<Batch>{batch, batch}, options) == "a\n─\n1\n2\n1\n2\n");
}

TEST_CASE("fields that come with later rows become columns of the table") {
  CHECK(emit("table", {make_batch({{{Path{"a"}, integer(1)}}}),
                       make_batch({{{Path{"m", "b"}, string("x")}, {Path{"a"}, integer(2)}}})}) ==
        "a  m.b\n─  ───\n1\n2  x\n");
}

TEST_CASE("wide texts give way first, numbers are not cut") {
  std::vector<Event> events = {{{Path{"n"}, integer(1234567890123)},
                                {Path{"text"}, string("the quick brown fox jumps over the lazy dog")},
                                {Path{"short"}, string("abc")}}};
  EmitOptions options;
  options.width = 40;
  CHECK(emit("table", events, options) ==
        "            n  text                short\n"
        "─────────────  ──────────────────  ─────\n"
        "1234567890123  the quick brown f…  abc\n");
  options.width = 24;
  CHECK(emit("table", events, options) ==
        "            n  text\n"
        "─────────────  ─────────\n"
        "1234567890123  the quic…\n"
        "… and 1 more column: sh…\n");
  options.width = 5;
  CHECK(emit("table", events, options) == "    n\n─────\n1234…\n… an…\n");
}

TEST_CASE("no line of a table is wider than the terminal") {
  std::vector<Event> events;
  for (int row = 0; row < 3; row++) {
    Event event;
    for (int i = 0; i < 6; i++)
      event.push_back(
          {Path{"field" + std::to_string(i)}, string(std::string(static_cast<std::size_t>(3 + 9 * i), 'x') + "漢")});
    events.push_back(event);
  }
  for (unsigned width = 1; width < 200; width++) {
    EmitOptions options;
    options.width = width;
    std::string text = emit("table", events, options);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find('\n', at);
      CHECK(display_width(std::string_view(text).substr(at, end - at)) <= width);
      at = end + 1;
    }
  }
}

TEST_CASE("the room of the terminal is used up where columns are cut") {
  std::vector<ColumnNeed> needs = {{50, 4, false}, {50, 4, false}, {6, 3, true}};
  for (std::size_t total = 40; total <= 110; total++) {
    std::size_t sum = 2 * kColumnGap;
    auto widths = table_widths(needs, total);
    REQUIRE(widths.size() == 3);
    for (std::size_t width : widths) sum += width;
    CHECK(sum == total);
    CHECK(widths[2] == 6);
  }
}

TEST_CASE("a long table without a limit goes on with the widths of its first rows") {
  std::vector<Event> events(4000, Event{{Path{"a"}, string("abc")}, {Path{"b"}, integer(1)}});
  Batch block = make_batch(events);
  Batch last =
      make_batch({{{Path{"a"}, string("wider than before")}, {Path{"late"}, integer(1)}, {Path{"b"}, integer(2)}}});
  auto emitter = make_emitter("table", {});
  std::vector<std::size_t> sizes;
  std::string text = emitter->begin();
  for (const Batch* batch : {&block, &block, &block, &last}) {
    emitter->announce(*batch);
    text += emitter->format(*batch);
    sizes.push_back(text.size());
  }
  CHECK(sizes[1] == 0);
  CHECK(sizes[2] > 12000 * 7);
  text += emitter->end();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2 + 12001 + 1);
  CHECK(text.ends_with("abc  1\nwider than before  2\n… and 1 more column: late\n"));
}

TEST_CASE("a table in colour has a bold header") {
  EmitOptions options;
  options.color = true;
  options.max_rows = 0;
  options.columns = {Path{"a"}};
  CHECK(emit("table", {{{Path{"a"}, integer(1)}}}, options) == "\x1b[1ma\x1b[0m\n─\n\x1b[2m… and 1 more row\x1b[0m\n");
}

TEST_CASE("a table of nothing") {
  CHECK(emit("table", std::vector<Batch>{}) == "");
  EmitOptions options;
  options.columns = {Path{"a"}};
  CHECK(emit("table", std::vector<Batch>{}, options) == "a\n─\n");
}

TEST_CASE("a record has a field a line, names aligned within the event") {
  Event first = {{Path{"id"}, string("x y")}, {Path{"漢字", "k"}, integer(1)}, {Path{"z"}, null()}};
  Event second = {{Path{"e"}, string("")}};
  CHECK(emit("record", {first, second, {}}) == "id:     x y\n漢字.k: 1\nz:      null\n\ne: \n\n(no fields)\n\n");
  // However the rows are cut into batches, the text is the same.
  CHECK(emit("record", std::vector<Batch>{make_batch({first}), make_batch({second, {}})}) ==
        emit("record", {first, second, {}}));
  EmitOptions options;
  options.color = true;
  CHECK(emit("record", {{{Path{"a"}, null()}}}, options) == "\x1b[1ma:\x1b[0m \x1b[2mnull\x1b[0m\n\n");
}

#include "cli/command_line.h"

#include <doctest/doctest.h>

#include "child_run.h"

using Words = std::vector<std::string>;

namespace {

struct Parsed {
  bool flag = false;
  std::string plain;
  std::optional<std::string> where, stats;
  std::optional<uint64_t> head;
  Words by, files;
};

Parsed parse(Words words) {
  Parsed p;
  ev::Command::State state;
  ev::Command command(state);
  command.flag("-q,--quiet", p.flag, "");
  command.text("-o,--output", "FILE", p.plain, "");
  command.text("--since", "TIME", p.where, "");
  command.number("--head", "N", p.head, "");
  command.list("-b,--by", "FIELDS", p.by, "");
  command.files(p.files, "");
  state.flag_or_text("--stats", "[=FILE]", p.stats, "");
  words.insert(words.begin(), "ev-probe");
  std::vector<const char*> argv;
  for (auto& w : words) argv.push_back(w.c_str());
  state.parse(static_cast<int>(argv.size()), argv.data());
  return p;
}

std::string failure(Words words) {
  try {
    parse(std::move(words));
  } catch (const ev::Error& error) {
    CHECK(error.kind() == ev::ErrorKind::usage);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("lists are split at commas outside brackets and quotes") {
  CHECK(ev::split_list("a") == Words{"a"});
  CHECK(ev::split_list("a, b ,c") == Words{"a", "b", "c"});
  CHECK(ev::split_list("count, quantile(v, 0.5), max(f(a,[b,c]))") ==
        Words{"count", "quantile(v, 0.5)", "max(f(a,[b,c]))"});
  CHECK(ev::split_list("'a,b',\"c,d\",`e,f`") == Words{"'a,b'", "\"c,d\"", "`e,f`"});
  CHECK(ev::split_list("'it\\'s, one', two") == Words{"'it\\'s, one'", "two"});
  CHECK(ev::split_list("f(')', a), b") == Words{"f(')', a)", "b"});
}

TEST_CASE("a list with an empty part is refused") {
  for (const char* text : {"", " ", "a,", ",a", "a,,b"}) CHECK_THROWS_AS(ev::split_list(text), ev::Error);
}

TEST_CASE("options may stand before, between and behind files") {
  Parsed p = parse({"x.ev", "-b", "a,b", "y.ev", "-q", "--head=5", "-ofile", "z.ev"});
  CHECK(p.files == Words{"x.ev", "y.ev", "z.ev"});
  CHECK(p.by == Words{"a", "b"});
  CHECK(p.flag);
  CHECK(p.head == 5u);
  CHECK(p.plain == "file");
}

TEST_CASE("a list takes one word, and several of them add up") {
  Parsed p = parse({"-b", "a", "f", "-b", "b,c"});
  CHECK(p.by == Words{"a", "b", "c"});
  CHECK(p.files == Words{"f"});
}

TEST_CASE("what was given is known by its long names, in the order of declaration") {
  ev::Command::State state;
  ev::Command command(state);
  bool flag = false;
  std::string text;
  Words list;
  command.flag("-q,--quiet", flag, "");
  command.text("-o,--output", "FILE", text, "");
  command.list("-b,--by", "FIELDS", list, "");
  const char* argv[] = {"ev-probe", "-b", "x,y", "-o", "f", "--by=z", "-q"};
  state.parse(7, argv);
  const std::vector<std::pair<std::string, std::string>> given{{"--quiet", ""}, {"--output", "f"}, {"--by", "x,y"}, {"--by", "z"}};
  CHECK(state.given == given);
}

TEST_CASE("- is a file, and so is everything behind --") {
  CHECK(parse({"-", "-q"}).files == Words{"-"});
  CHECK(parse({"--", "-q", "--since"}).files == Words{"-q", "--since"});
}

TEST_CASE("a value may begin with a dash") {
  CHECK(parse({"--since", "-1h"}).where == "-1h");
}

TEST_CASE("brackets around a file or a value mean nothing") {
  CHECK(parse({"[a,b]"}).files == Words{"[a,b]"});
  CHECK(parse({"--since", "[a,b]"}).where == "[a,b]");
  CHECK(parse({"-b", "[a,b]"}).by == Words{"[a,b]"});
  CHECK(parse({"--stats=[a,b]"}).stats == "[a,b]");
}

TEST_CASE("--stats takes a file only after =") {
  Parsed p = parse({"--stats", "x.ev"});
  CHECK(p.stats == "-");
  CHECK(p.files == Words{"x.ev"});
  CHECK(parse({"--stats=s.json", "x.ev"}).stats == "s.json");
  CHECK(parse({"--stats=a", "--stats=b"}).stats == "b");
  CHECK_FALSE(parse({"x.ev"}).stats);
}

TEST_CASE("flags may be repeated and put together") {
  CHECK(parse({"-q", "-q"}).flag);
  CHECK(parse({"-qofile"}).plain == "file");
}

TEST_CASE("mistakes on the command line are named") {
  CHECK(failure({"--sinec", "x"}) == "--sinec: unknown option; did you mean --since?");
  CHECK(failure({"--hed=3"}) == "--hed: unknown option; did you mean --head?");
  CHECK(failure({"--xyzzy"}) == "--xyzzy: unknown option; --help lists the options");
  CHECK(failure({"-z"}) == "-z: unknown option; --help lists the options");
  CHECK(failure({"--since"}) == "--since: needs a value");
  CHECK(failure({"-b"}) == "--by: needs a value");
  CHECK(failure({"--since", "1", "--since", "2"}) == "--since: is given more than once");
  CHECK(failure({"--head", "x"}) == "--head: 'x': is not a whole number");
  CHECK(failure({"--head", "-1"}) == "--head: '-1': is not a whole number");
  CHECK(failure({"--head", "99999999999999999999"}) == "--head: '99999999999999999999': is not a whole number");
  CHECK(failure({"--quiet=no"}) == "--quiet: takes no value");
  CHECK(failure({"-b", "a,,b"}) == "--by: list 'a,,b': an empty part; take out the extra comma");
}

TEST_CASE("a program without files says so") {
  TestTool tool;
  tool.set.inputs = false;
  Outcome o = run_child(tool, {"x.ev"});
  CHECK(o.exit == 2);
  CHECK(o.err == "ev-probe: 'x.ev': unexpected argument; this program takes no files\n");
}

TEST_CASE("--help goes to standard output, names every option that is not hidden, and where more is written") {
  TestTool tool;
  Outcome o = run_child(tool, {"--help"});
  CHECK(o.exit == 0);
  CHECK(o.err.empty());
  for (const char* part :
       {"ev-probe: probes the shared code\n", "Usage: ev probe [OPTION...] [FILE...]\n",
        "  -b, --by FIELDS             fields to group by\n", "      --stats[=FILE] ", "--compress HOW",
        "-j, --threads N", "Exit status: 0 complete", "Manual: man ev-probe\n", "Examples:\n  ev probe -b kind x.ev\n"})
    CHECK_MESSAGE(holds(o.out, part), part);
  CHECK(o.out.find("--by") < o.out.find("--output"));
  for (const char* part : {"--secret", "--block-rows", "--summary", "--list-options"})
    CHECK_MESSAGE(!holds(o.out, part), part);
}

TEST_CASE("--list-options names what --help names, an option a line") {
  TestTool tool;
  Outcome list = run_child(tool, {"--list-options"}), help = run_child(tool, {"--help"});
  CHECK(list.exit == 0);
  CHECK(holds(list.out, "-b --by\n"));
  CHECK(holds(list.out, "--stats\n"));
  std::istringstream lines(list.out);
  std::size_t count = 0;
  for (std::string name; lines >> name; count++) CHECK_MESSAGE(holds(help.out, name), name);
  CHECK(count > 20);
}

TEST_CASE("a program has only the shared options it asked for") {
  TestTool tool;
  tool.set = {.inputs = false, .rows = false, .stream_out = false, .text_in = false, .memory = false};
  Outcome o = run_child(tool, {"--list-options"});
  for (const char* part : {"--since", "--to", "--memory", "--latency"}) CHECK_MESSAGE(!holds(o.out, part), part);
  for (const char* part : {"-o --output", "-j --threads", "--stats", "--progress"})
    CHECK_MESSAGE(holds(o.out, part), part);
  CHECK(run_child(tool, {"--memory", "1G"}).exit == 2);
}

TEST_CASE("--version and --summary") {
  TestTool tool;
  CHECK(run_child(tool, {"--version"}).out == "ev-probe 0.1.0\n");
  CHECK(run_child(tool, {"--summary"}).out == "probes the shared code\n");
}

#!/usr/bin/python3
"""Holds README and manual pages to the programs: docs_test.py BINDIR [MANDIR] [--update-readme]

- options: --list-options of each program == its page == what the completion of bash offers;
- the table of exit statuses is the same in all pages, in README and in --help;
- examples run: `$ ` lines of ```sh blocks in README, with the output below them, and of EXAMPLES in the pages;
- limits in ev(7) are those of the sources; mandoc finds no warnings; links between files lead somewhere.

--update-readme writes what the examples print into README.md; look at the difference before you keep it.
"""
import argparse
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE_EVENTS = 100000  # as scripts/demo leaves behind
TIMEOUT_SECONDS = 120
NOT_PROGRAMS = {"sample"}  # stands beside the programs in a build folder, is not installed
FOREIGN = ["jq", "mlr"]  # examples that use them are left out where they are missing


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, ok, name, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}" + (f": {detail}" if detail else ""), flush=True)

    def equal(self, got, wanted, name):
        self.check(got == wanted, name, f"expected {wanted!r}, got {got!r}")


# Manual pages: as much of mdoc as they use.

def section(page, title):
    """Lines of a section, without its title."""
    found = re.search(rf"^\.Sh {re.escape(title)}\n(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)
    return found.group(1).splitlines() if found else []


def flags(line):
    """Options of a line of mdoc: ".It Fl b , Fl -by Ar FIELDS" gives -b and --by."""
    line = re.sub(r"\b(Ar|Op|Cm|Ns)\b.*", "", line)
    return tuple("-" + word for word in re.sub(r"^\.(It )?Fl|\bFl\b|[,|;.]", " ", line).split())


def described_options(page, title):
    return {flags(line) for line in section(page, title) if line.startswith(".It Fl ")}


def listed_shared_options(page):
    """The names in "Shared options", up to the reference to ev(1)."""
    lines = "\n".join(section(page, "OPTIONS")).partition(".Ss Shared options\n")[2]
    lines = lines.partition("\nare described in\n")[0].splitlines()
    return {flags(line) for line in lines if line.startswith(".Fl ")}


def example_commands(page):
    """Lines "$ command" of EXAMPLES, as a user would copy them."""
    escapes = {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~", r"\e": "\\"}
    commands = []
    for line in section(page, "EXAMPLES"):
        if line.startswith("$ "):
            commands.append(re.sub(r"\\(\(\w\w|.)", lambda m: escapes[m.group()], line[2:]))
    return commands


def exit_table(page):
    """[(status, text)] of EXIT STATUS, and the rest of the section."""
    body = "\n".join(section(page, "EXIT STATUS"))
    rows = re.findall(r"^\.It (\S+)\n(.*?)(?=^\.It |^\.El)", body, re.M | re.S)
    return rows, body


# README.

def readme_blocks(text):
    """[[(command, output)]], one list for each ```sh block."""
    blocks = []
    for body in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S):
        steps = []
        for line in body.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
        blocks.append([(command, "".join(line + "\n" for line in output)) for command, output in steps])
    return blocks


class Workplace:
    """A temporary folder with the files that examples name, and the programs first on PATH."""

    def __init__(self, folder, bindir):
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "TZ")}
        self.env.update(PATH=f"{bindir}:{self.env['PATH']}", LC_ALL="C.UTF-8")

    def run(self, command, stderr=subprocess.PIPE):
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=TIMEOUT_SECONDS)

    def fill_for_readme(self):
        events = self.run(f"ev-sample {SAMPLE_EVENTS}").stdout
        with gzip.open(self.folder / "sample.jsonl.gz", "wt", compresslevel=1) as out:
            out.write(events)

    def fill_for_pages(self):
        # Sample events begin at midnight; the pages speak of noon.
        noon = 12 * 3600 * 1000
        lines = re.sub(r'(?<="timestamp":)\d+', lambda m: str(int(m.group()) + noon), self.run("ev-sample 2000").stdout)
        (self.folder / "app.jsonl").write_text(lines)
        with gzip.open(self.folder / "app.jsonl.gz", "wt") as out:
            out.write(lines)
        bad = '{"ts":"2024-06-01T12:00:00Z","ok":true}\n{"ts":\n{"ok":false}\nno JSON\n'
        (self.folder / "bad.jsonl").write_text(bad)
        (self.folder / "events.json").write_text('{"fields": {"event_id": {"required": true, "type": "string"}}}')
        request = '10.0.0.%d - - [01/Jun/2024:%02d:00:00 +0000] "GET / HTTP/1.1" %d 512 "-" "curl"\n'
        (self.folder / "access.log").write_text("".join(request % (i, i % 3, 500 if i % 7 == 0 else 200) for i in range(60)))
        made = self.run("set -e; for f in app monday tuesday; do ev ingest app.jsonl -o $f.ev; done; mkdir archive; "
                        "cp monday.ev tuesday.ev archive")
        if made.returncode != 0:
            raise SystemExit("docs_test: cannot make sample streams: " + made.stderr)


def missing_tools(command):
    return [tool for tool in FOREIGN if re.search(rf"\b{tool}\b", command) and not shutil.which(tool)]


# The checks.

def check_options(tally, place, programs, pages):
    shared_page = described_options(pages["ev.1"], "SHARED OPTIONS")
    used = set()
    for program in programs:
        listed = {tuple(line.split()) for line in place.run(f"ev {program} --list-options").stdout.splitlines()}
        page = pages[f"ev-{program}.1"]
        own, shared = described_options(page, "OPTIONS"), listed_shared_options(page)
        tally.equal(sorted(own | shared), sorted(listed), f"options in ev-{program}(1) are those of the program")
        lost = sorted(shared - shared_page)
        tally.check(not lost, f"shared options of ev-{program}(1) are in ev(1)", lost)
        used |= shared
        shown = set(re.findall(r"^ {2,6}(-.*?)(?:  |$)", place.run(f"ev {program} --help").stdout, re.M))
        shown = {tuple(re.findall(r"(?<![\w\[])--?[a-z][a-z-]*", text)) for text in shown}
        tally.equal(sorted(shown), sorted(listed), f"--help of {program} shows what --list-options lists")
        check_completion(tally, place, program, {name for names in listed for name in names})
    tally.equal(sorted(shared_page), sorted(used), "ev(1) describes the shared options that programs have")
    named = re.findall(r"^\.It Xr ev-(\S+) 1", "\n".join(section(pages["ev.1"], "PROGRAMS")), re.M)
    tally.equal(sorted(named), sorted(programs), "ev(1) names the programs that are there")


def check_completion(tally, place, program, names):
    """Completes as bash would, after `ev PROGRAM` and after `ev-PROGRAM`."""
    for words, what in ((["ev", program], f"ev {program}"), ([f"ev-{program}"], f"ev-{program}")):
        array = " ".join(words + ["-"])
        script = (f'eval "$(ev --completion bash)"; COMP_WORDS=({array}); COMP_CWORD={len(words)}; '
                  f'_ev_complete {words[0]} - {words[-1]}; printf "%s\\n" "${{COMPREPLY[@]}}"')
        offered = set(place.run(script).stdout.split())
        tally.equal(sorted(offered), sorted(names), f"completion after {what}")


def check_exit_status(tally, place, programs, pages, readme):
    first_rows, first_body = exit_table(pages["ev.1"])
    tally.check(len(first_rows) > 10, "ev(1) has a table of exit statuses")
    for name, page in pages.items():
        if name.endswith((".1", ".7")):
            tally.check(exit_table(page)[1] == first_body, f"exit statuses of {name} are those of ev(1)")
    statuses = [status for status, _ in first_rows]
    in_readme = re.search(r"^## Exit status\n(.*?)^## ", readme, re.M | re.S).group(1)
    tally.equal(re.findall(r"^\| (\d\S*) \|", in_readme, re.M), statuses, "exit statuses in README")
    for program in programs:
        line = re.search(r"^Exit status: (.*)", place.run(f"ev {program} --help").stdout, re.M)
        found = re.findall(r"(?:^|, )(\d\S*) ", line.group(1)) if line else []
        tally.equal(found, statuses, f"exit statuses in --help of {program}")


def matches(expected, got):
    """A line "..." in the expected output stands for any lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in expected.splitlines(True))
    return re.fullmatch(pattern, got) is not None


def check_readme(tally, place, readme):
    for steps in readme_blocks(readme):
        for command, expected in steps:
            if missing := missing_tools(command):
                print(f"skipped, {', '.join(missing)} missing: {command}")
                continue
            done = place.run(command, stderr=subprocess.STDOUT)
            tally.equal(done.returncode, 0, f"README: {command}")
            tally.check(matches(expected, done.stdout), f"README, output of: {command}",
                        f"\n--- expected\n{expected}--- got\n{done.stdout}")


def check_page_examples(tally, bindir, pages):
    for name, page in pages.items():
        if not name.endswith(".1") and name != "ev-expr.7":
            continue
        commands = example_commands(page)
        tally.check(len(commands) > 0, f"{name} has examples")
        with tempfile.TemporaryDirectory() as folder:
            place = Workplace(pathlib.Path(folder), bindir)
            place.fill_for_pages()
            for command in commands:
                if missing := missing_tools(command):
                    print(f"skipped, {', '.join(missing)} missing: {command}")
                    continue
                done = place.run("set -o pipefail; " + command)
                tally.check(done.returncode == 0 and not done.stderr, f"{name}: {command}",
                            f"exit status {done.returncode}, {done.stderr}")


LIMITS = {  # constants of the sources and what ev(7) says of them
    "kMaxLineBytes": "a line of text",
    "kMaxRecordLines": "lines of a record",
    "kMaxNesting": "nesting of a record",
    "kMaxRecordNameBytes": "names of the fields of a record",
    "kMaxStepBytes": "a key",
    "kMaxPathSteps": "steps of a path",
    "kMaxPathBytes": "a path",
    "kMaxRowRawBytes": "an event",
    "kMaxBlockRows": "events of a block",
    "kMaxBlockRawBytes": "a block of several events",
    "kMaxPaths": "fields of a block",
    "kMaxColumns": "columns of a block",
    "kMaxMetaBytes": "schema and layouts of a block",
    "kMaxChunkBytes": "a column of a block",
    "kMaxBodyBytes": "the body of a block",
    "kMaxSegmentBlocks": "blocks of a segment",
    "kMaxIndexBytes": "an index",
    "kMaxIndexZoneColumns": "bounded columns of an index",
    "kMaxDestinations": "destinations of a template",
}
# What does not fit them is kept in another way: deeper values as text, columns in another encoding.
NOT_LIMITS = {"kMaxDepth", "kMaxDecimalExponent", "kMaxDecimalInteger", "kMaxHexPrefix"}


def check_limits(tally, page):
    sources = "".join((ROOT / path).read_text() for path in ("lib/base/format.h", "lib/text/json_lines.h", "lib/text/multiline.h", "lib/text/text_unit.h",
                                                         "lib/archive/archive_output.h"))
    said = dict(re.findall(r"^\.It (.*?) Ta ([\d,]+)", "\n".join(section(page, "LIMITS")), re.M))
    said = {what: int(number.replace(",", "")) for what, number in said.items()}
    for constant, what in LIMITS.items():
        value = re.search(rf"\b{constant} = ([^;]+);", sources).group(1)
        numbers = [int(n) for n in re.findall(r"\b\d+\b", re.sub(r"[\w:]+\{(\d+)\}", r"\1", value))]
        number = numbers[0] << numbers[1] if "<<" in value else numbers[0]
        tally.equal(said.get(what), number, f"limit in ev(7): {what}")
    others = set(re.findall(r"\b(kMax\w+) =", sources)) - set(LIMITS) - NOT_LIMITS
    tally.check(not others, "every limit of the sources is in ev(7)", sorted(others))


def check_mandoc(tally, mandir):
    if not shutil.which("mandoc"):
        return print("skipped, mandoc missing: lint of the pages")
    for path in sorted(mandir.glob("ev*.[157]")):
        found = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(path)], capture_output=True, text=True)
        tally.check(found.returncode == 0 and not found.stdout, f"mandoc -Tlint {path.name}", found.stdout)


def check_links(tally, pages):
    for path in sorted(ROOT.glob("*.md")):
        text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if not re.match(r"\w+:", target):
                tally.check((path.parent / target).exists(), f"{path.name} links to {target}")
        for target in re.findall(r"`((?:lib|tests|tools|scripts|man)/[\w./-]*\w)`", text):
            tally.check((path.parent / target).exists(), f"{path.name} names {target}")
    for name, page in pages.items():
        for topic, number in re.findall(r"^\.(?:It )?Xr (ev\S*) (\d)", page, re.M):
            tally.check(f"{topic}.{number}" in pages, f"{name} refers to {topic}({number})")
        for target in re.findall(r"^\.Pa (tests/\S+)", page, re.M):
            tally.check((ROOT / target).exists(), f"{name} names {target}")


def update_readme(place, path):
    def printed(block):
        out = ""
        for command in re.findall(r"^\$ (.*)$", block.group(1), re.M):
            out += f"$ {command}\n{place.run(command, stderr=subprocess.STDOUT).stdout}"
        return f"```sh\n{out}```"

    path.write_text(re.sub(r"^```sh\n(.*?)^```$", printed, path.read_text(), flags=re.M | re.S))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bindir", type=pathlib.Path)
    parser.add_argument("mandir", type=pathlib.Path, nargs="?", default=ROOT / "man")
    parser.add_argument("--update-readme", action="store_true")
    args = parser.parse_args()
    bindir = args.bindir.resolve()
    tally = Tally()
    pages = {path.name: path.read_text() for path in sorted(args.mandir.glob("ev*.[157]"))}
    readme = (ROOT / "README.md").read_text()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(pathlib.Path(folder), bindir)
        place.fill_for_readme()
        if args.update_readme:
            return update_readme(place, ROOT / "README.md")
        programs = [path.name[3:] for path in sorted(bindir.glob("ev-*")) if path.name[3:] not in NOT_PROGRAMS]
        with_page = [name[3:-2] for name in pages if name.startswith("ev-") and name.endswith(".1")]
        tally.equal(with_page, programs, "every program has a page and every page a program")
        programs = [program for program in programs if program in with_page]
        check_options(tally, place, programs, pages)
        check_exit_status(tally, place, programs, pages, readme)
        check_readme(tally, place, readme)
    check_page_examples(tally, bindir, pages)
    check_limits(tally, pages["ev.7"])
    check_mandoc(tally, args.mandir)
    check_links(tally, pages)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())

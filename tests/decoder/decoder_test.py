#!/usr/bin/env python3
"""The programs against the decoder that was written from man/ev-stream.5: decoder_test.py BINDIR.

Golden files (tests/golden/v1, see README there), damaged files, random events, and random damage under good checksums.
"""

import decimal
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import ev_stream
import random_events
import reseal
from ev_chunk import ENCODING_NAMES, FLOAT, TIME, TYPE_NAMES
from ev_json import event_text, value_text

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden" / "v1"
HINT = b"evkit event stream. Read it with: ev export FILE (man ev-stream)"
BOUNDS = {5, *range(32, 64)}  # in a directory entry: bounds wider than they need be are no damage


class Results:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, holds, name, detail=""):
        if holds:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAILED {name}: {detail}")

    def equal(self, got, expected, name):
        self.check(got == expected, name, f"\n  got      {got!r:.600}\n  expected {expected!r:.600}")

    def equal_lines(self, got, expected, name):
        for number, (a, b) in enumerate(zip(got, expected), 1):
            if a != b:
                self.equal(a, b, f"{name}, line {number}")
                return
        self.equal(len(got), len(expected), f"{name}, number of lines")


def decode(stream):
    """(reader, events, error) of a stream; the error is None where all of it holds."""
    reader, events = ev_stream.Reader(io.BytesIO(stream)), []
    try:
        for block in reader.blocks():
            events += block.events()
    except ev_stream.StreamError as error:
        return reader, events, error
    return reader, events, None


class Number:
    """A JSON number, kept exactly: equal are numbers of equal value, sign of zero and kind (integer or not)."""

    def __init__(self, text):
        self.text = text
        exact = decimal.Decimal(text)
        self.key = (exact, exact.is_signed(), text.lstrip("-").isdigit())

    def __eq__(self, other):
        return isinstance(other, Number) and self.key == other.key

    def __repr__(self):
        return self.text


def parsed(text):
    """JSON lines with objects as lists of pairs, so that order counts."""
    return [json.loads(line, object_pairs_hook=lambda pairs: ("object", pairs), parse_int=Number, parse_float=Number)
            for line in text.split("\n") if line]


class Programs:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, name, *arguments, data=None):
        command = [self.folder / f"ev-{name}", *map(str, arguments)]
        return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)


def test_golden(results, programs):
    covered = set()
    files = sorted(path for path in GOLDEN.glob("*.ev") if not path.name.startswith("bad-"))
    results.check(len(files) >= 10, "golden files are there", GOLDEN)
    for path in files:
        stream, name = path.read_bytes(), path.name
        reader, events, error = decode(stream)
        results.check(error is None, f"{name}: decodes", error)
        results.equal(stream[16:80], HINT, f"{name}: hint")
        expected = path.with_suffix(".jsonl").read_text("utf-8")
        results.equal_lines([event_text(event) for event in events], expected.split("\n")[:-1], f"{name}: events")
        facts = list(ev_stream.facts(reader.segments))
        results.equal_lines(facts, path.with_suffix(".facts").read_text("utf-8").splitlines(), f"{name}: facts")
        covered.update(word for line in facts for word in line.replace("+", " ").replace(",", " ").split())

        answers = path.with_suffix(".answers.jsonl")
        export = programs.run("export", "-f", "jsonl", path)
        results.equal((export.returncode, export.stderr), (0, b""), f"{name}: ev-export")
        wanted = answers.read_text("utf-8") if answers.exists() else expected
        results.equal_lines(parsed(export.stdout.decode()), parsed(wanted),
                            f"{name}: ev-export gives equal values, types and key order")
        check = programs.run("check", path)
        results.equal((check.returncode, check.stderr), (0, b""), f"{name}: ev-check")
    wanted = {*TYPE_NAMES[1:], *ENCODING_NAMES[1:], "zstd", "flags=MORE", "flags=PARTIAL", "flags=LIMITED",
              "flags=INTERRUPTED"}
    results.equal(wanted - covered, set(), "golden files cover all types, encodings and flags")


def test_bad(results, programs):
    lines = (GOLDEN / "bad.tsv").read_text().splitlines()
    cases = [line.split("\t") for line in lines if not line.startswith("#")]
    results.equal({case[0] for case in cases}, {path.name for path in GOLDEN.glob("bad-*.ev")}, "bad.tsv lists all")
    for name, status, names, words in cases:
        for program in names.split():
            run = programs.run(program, GOLDEN / name)
            results.equal(run.returncode, int(status), f"{name}: status of ev-{program}")
            results.check(words in run.stderr.decode(), f"{name}: words of ev-{program}", run.stderr)
        _, _, error = decode((GOLDEN / name).read_bytes())
        results.equal(error and error.status, int(status), f"{name}: the decoder")


def test_every_prefix(results, programs):
    stream = (GOLDEN / "types-blocks.ev").read_bytes()
    _, whole, _ = decode(stream)
    for size in range(0, len(stream), 61):
        _, events, error = decode(stream[:size])
        results.equal((error and error.status, events), (76, whole[:len(events)]), f"the first {size} bytes: decoder")
        if size % 671 == 0:
            results.equal(programs.run("check", "-", data=stream[:size]).returncode, 76, f"the first {size} bytes")


def test_round_trip(results, programs, seed):
    events = list(random_events.make(random.Random(seed), 400))
    text = "".join(text + "\n" for text, _ in events).encode()
    digests = set()
    for how in ("none", "zstd"):
        name = f"round trip, seed {seed}, {how}"
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "events.ev"
            run = programs.run("ingest", "--compress", how, "--block-rows", "50", "-o", file, data=text)
            results.equal((run.returncode, run.stderr), (0, b""), f"{name}: ev-ingest")
            reader, decoded, error = decode(file.read_bytes() if file.exists() else b"")
            export = programs.run("export", "-f", "jsonl", file)
        results.check(error is None, f"{name}: decodes", error)
        results.equal(len(reader.segments[-1].blocks) if reader.segments else 0, 8, f"{name}: blocks")
        got = [[(path, kind, *comparable(kind, value, form)) for path, kind, value, form in event] for event in decoded]
        results.equal_lines(got, [fields for _, fields in events], name)
        printed = "\n".join(map(event_text, decoded))
        results.equal_lines(parsed(export.stdout.decode()), parsed(printed), f"{name}: ev-export")
        digests.update(segment.digest for segment in reader.segments)
    results.equal(len(digests), 1, f"round trip, seed {seed}: one digest, however it is compressed")


def comparable(kind, value, form):
    """Floats by their text, so that the sign of zero counts; times with the text that they were written as."""
    if kind == FLOAT:
        return (repr(value),)
    return (value, value_text(kind, value, form)) if kind == TIME else (value,)


def test_random_damage(results, programs, seed, times):
    """One byte changed and all checksums made good: ev-check and the decoder come to the same verdict."""
    stream = (GOLDEN / "extended.ev").read_bytes()
    results.equal(reseal.seal(reseal.take_apart(stream)), stream, "sealing changes nothing in a good stream")
    dice = random.Random(seed)
    for _ in range(times):
        records = reseal.take_apart(stream)
        header, body = dice.choice(records)
        part = body if body and dice.random() < 0.7 else header
        at = dice.randrange(3, 184) if part is header else dice.randrange(len(body))
        if part is body and header[3] == ev_stream.BLOCK:
            directory = reseal.entries(header, body)
            if directory.start <= at < directory.stop and (at - directory.start) % directory.step in BOUNDS:
                continue
        part[at] ^= 1 << dice.randrange(8)
        damaged = reseal.seal(records)
        _, _, error = decode(damaged)
        run = programs.run("check", "-", data=damaged)
        name = f"{chr(header[3])} {'header' if part is header else 'body'}, byte {at} is {part[at]}, seed {seed}"
        results.check(run.returncode == (error.status if error else 0), name,
                      f"ev-check gives {run.returncode} ({run.stderr.decode().strip()}), the decoder {error}")


def main():
    programs, results = Programs(sys.argv[1]), Results()
    test_golden(results, programs)
    test_bad(results, programs)
    test_every_prefix(results, programs)
    for seed in (1, 2):
        test_round_trip(results, programs, seed)
    test_random_damage(results, programs, 1, 250)
    print(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())

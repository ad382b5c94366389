#!/usr/bin/env python3
"""Real logs and the JSON test suite: real_logs_test.py BINDIR [DATADIR] (or EV_DATA)

Python's json module decides which lines are valid and what they mean. What was accepted must come back with equal values,
types and key order; counts and sums must be Python's; nothing invalid is accepted, and nothing invalid comes out.
"""
import collections
import fractions
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from harness import Programs, Tally, bindir_argument

MOST_KEPT = 64  # levels that are fields; what lies deeper is text, with its duplicate keys
# A field of few values, and one that may be a number.
QUERIES = {
    "zeek-dns": ("rcode_name", "qtype"),
    "windows-events": ("Channel", "RecordNumber"),
    "mongod": ("c", "id"),
    "github-events": ("type", "public"),
    "nginxplus": ("pid", "load_timestamp"),
}


class Decimal:
    """A number with a point or an exponent: equal if it is the same double, the sign of zero included, or the same text."""

    def __init__(self, text):
        self.text, self.value = text, float(text)

    def __eq__(self, other):
        return isinstance(other, Decimal) and (repr(self.value) == repr(other.value) and self.finite() or self.text == other.text)

    def finite(self):
        return abs(self.value) != float("inf")

    def __repr__(self):
        return f"Decimal({self.text})"


class Integer:
    """Equal to the same digits and sign only; no int of Python's, for which 1 == True."""

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return isinstance(other, Integer) and self.text == other.text

    def __hash__(self):
        return hash(self.text)

    def __repr__(self):
        return f"Integer({self.text})"


def last_wins(pairs):
    """Of equal keys the last value, in the place of the first; keys in order."""
    members = {}
    for key, value in pairs:
        members[key] = value
    return ("object", list(members.items()))


def not_json(text):
    raise ValueError(f"{text} is not JSON")


def parse(line):
    """The line's meaning; None where it is no JSON object in valid UTF-8."""
    try:
        value = json.loads(
            line.decode("utf-8"), parse_float=Decimal, parse_int=Integer, parse_constant=not_json, object_pairs_hook=last_wins
        )
        json_text_has_no_surrogate(value)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, tuple) else None


def json_text_has_no_surrogate(value):
    """Raises UnicodeEncodeError, a ValueError, for a lone surrogate."""
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, tuple):
        for key, member in value[1]:
            key.encode("utf-8")
            json_text_has_no_surrogate(member)
    elif isinstance(value, list):
        for member in value:
            json_text_has_no_surrogate(member)


def compare_strictly(tally):
    """The comparison itself must tell apart what is to come back."""
    for a, b in ((b"1", b"1.0"), (b"1", b"true"), (b"0", b"-0"), (b"0.0", b"-0.0"), (b'{"a":1,"b":2}', b'{"b":2,"a":1}'), (b"[]", b"{}"),
                 (b"9007199254740993", b"9007199254740992"), (b'"1"', b"1"), (b"1e400", b"2e400"), (b"{}", b"null")):
        tally.check(parse(b'{"v":' + a + b"}") != parse(b'{"v":' + b + b"}"), f"{a} is not {b}")
    tally.equal(parse(b'{"v":2.50,"w":1,"w":2}'), parse(b'{"v":25e-1,"w":2}'), "equal values")


def get(value, key):
    return dict(value[1]).get(key)


class RealLogsTest:
    def __init__(self, programs, tally):
        self.programs, self.tally = programs, tally

    def round_trip(self, log):
        name = log.name.split(".")[0]
        text = subprocess.run(["zstd", "-dqc", log], stdout=subprocess.PIPE, check=True).stdout
        meant = [parse(line) for line in text.split(b"\n") if line.strip(b" \t\r")]
        valid = [value for value in meant if value is not None]
        ended = self.programs.run(["ingest", log, "--rejects", "rejects.ev", "-o", "log.ev"])
        self.tally.check(ended.code == 0 and not ended.err, f"{name}: ingest", repr(ended))
        rejects = self.programs.run("export rejects.ev").out.splitlines()
        self.tally.equal(len(rejects), len(meant) - len(valid), f"{name}: rejects")
        self.tally.check(self.programs.run("check log.ev").code == 0, f"{name}: check")
        out = self.programs.run("export -f jsonl log.ev").out.splitlines()
        self.tally.equal(len(out), len(valid), f"{name}: rows")
        different = next((i for i, (line, value) in enumerate(zip(out, valid)) if parse(line) != value), None)
        self.tally.check(
            different is None, f"{name}: every value comes back", different is not None and f"row {different}: {out[different][:500]}"
        )
        through_pipe = self.programs.run("export -f jsonl", self.programs.run(["ingest", "-q"], text).out).out
        self.tally.check(through_pipe.splitlines() == out, f"{name}: the same through pipes")
        if name in QUERIES:
            self.count_and_sum(name, valid, *QUERIES[name])

    def count_and_sum(self, name, valid, key, field):
        counts, sums = collections.Counter(), collections.defaultdict(fractions.Fraction)
        numbers = collections.Counter()
        for value in valid:
            group = get(value, key)
            group = int(group.text) if isinstance(group, Integer) else group
            counts[group] += 1
            number = get(value, field)
            if isinstance(number, (Integer, Decimal)):
                numbers[group] += 1
                sums[group] += int(number.text) if isinstance(number, Integer) else fractions.Fraction(number.value)
        words = ["aggregate", "-b", key, "-a", f"count as n, sum({field}) as total", "-q", "log.ev", "--to", "jsonl"]
        got = {}
        for line in self.programs.run(words).out.splitlines():
            row = json.loads(line)
            got[row[key]] = (row["n"], row["total"])
        wanted = {
            group: (n, None if not numbers[group] else int(sums[group]) if sums[group].denominator == 1 else float(sums[group]))
            for group, n in counts.items()
        }
        self.tally.equal(got, wanted, f"{name}: count and sum({field}) by {key}")

    def json_suite(self, archive):
        """y_ must be accepted, n_ refused, i_ either; what is no object stands in one."""
        raw = subprocess.run(["zstd", "-dqc", archive], stdout=subprocess.PIPE, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
            files = [(Path(member.name).name, tar.extractfile(member).read()) for member in tar if member.isfile()]
        files = [(name, data) for name, data in files if name.endswith(".json") and name[:2] in ("y_", "n_", "i_")]
        self.tally.check(len(files) > 300, "JSONTestSuite: files", str(len(files)))
        for name, data in sorted(files):
            line = data.strip(b" \t\r\n")
            if b"\n" in line or b"\r" in line:
                continue  # more than one line: not what a line of a log can be
            self.suite_line(name, line, "as it is", must_be_object=True)
            self.suite_line(name, b'{"v":' + line + b"}", "in an object", must_be_object=False)

    def suite_line(self, name, line, how, must_be_object):
        name = f"JSONTestSuite {name} {how}"
        ended = self.programs.run("ingest -f jsonl --to jsonl".split(), line + b"\n")
        if not self.tally.check(ended.code in (0, 3), name, repr(ended)):
            return
        accepted = ended.code == 0 and bool(ended.out)
        value = parse(line)
        for out in ended.out.splitlines():
            self.tally.check(parse(out) is not None, f"{name}: what comes out is JSON", repr(out[:200]))
        if name.startswith("JSONTestSuite y_") and (value is not None or not must_be_object):
            self.tally.check(accepted, f"{name}: accepted", repr(line[:200]))
        if name.startswith("JSONTestSuite n_") and (must_be_object or value is None):
            self.tally.check(not accepted, f"{name}: refused", repr(line[:200]))
        if accepted and value is not None and nesting(value) < MOST_KEPT:
            self.tally.equal(parse(ended.out.splitlines()[0]), value, f"{name}: value")


def nesting(value):
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            member
            for one in level
            if isinstance(one, (tuple, list))
            for member in (one if isinstance(one, list) else [item for _, item in one[1]])
        ]
    return depth


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    data = Path(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("EV_DATA", "no-data"))
    if not data.is_dir():
        tally.skip("real logs", f"there is no folder {data}; name one in EV_DATA")
        tally.finish()
    compare_strictly(tally)
    test = RealLogsTest(programs, tally)
    for log in sorted(data.glob("*.jsonl.zst")):
        test.round_trip(log)
    suite = data / "JSONTestSuite.tar.zst"
    if suite.exists():
        test.json_suite(suite)
    else:
        tally.skip("JSONTestSuite", "its archive is not there")
    tally.finish()


if __name__ == "__main__":
    main()

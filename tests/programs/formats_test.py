#!/usr/bin/env python3
"""Text formats against readers of others: formats_test.py BINDIR (real logs: EV_DATA)

Tables that Python's csv module writes must be read as that module reads them, whatever quotes, separators and newlines
they hold, by any threads, by file and by pipe, in blocks of any size. Of real logs, counts, types and times must be
those of an independent reading.
"""
import collections
import csv
import datetime
import io
import itertools
import json
import os
import random
import re
import subprocess
from pathlib import Path

from harness import Programs, Tally, bindir_argument, cases_wanted

JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")


def typed(text):
    """The documented rule, in other words."""
    if text in ("true", "false"):
        return text == "true"
    if JSON_NUMBER.match(text) and text != "-0":
        if "." in text:
            digits = text.replace("-", "").replace(".", "").lstrip("0")
            return float(text) if len(digits) <= 15 else text
        return int(text) if -(2**63) <= int(text) < 2**64 else text
    return text


def same(a, b):
    """Equal, types and the order of keys included."""
    return repr(a) == repr(b)


class FormatsTest:
    def __init__(self, programs, tally, data):
        self.programs, self.tally, self.data = programs, tally, data
        self.random = random.Random(3)

    def rows(self, words, data):
        ended = self.programs.run(["ingest", "-q", *words], data)
        out = self.programs.run(["export", "-f", "jsonl"], ended.out).out
        return ended.code, [json.loads(line) for line in out.splitlines()]

    # Tables.

    def cell(self):
        kind = self.random.randrange(8)
        if kind < 2:
            return str(self.random.randrange(-1000, 10**self.random.randrange(1, 19)))
        if kind == 2:
            return f"{self.random.uniform(-1e3, 1e3):.{self.random.randrange(1, 9)}f}"
        if kind == 3:
            return self.random.choice(["true", "false", "007", "-0", "+1", "1e5", "0.1", "null", "2024-01-01", "0x1f"])
        length = self.random.choice([0, 1, 3, 17, 40])
        text = "".join(self.random.choice('abc ,;\t|"\n\r=é€😀') for _ in range(length))
        # A bare CR ends a line for Python, so it stands in quotes only.
        return text.replace("\r", '\r"', 1)

    def table(self):
        columns = self.random.randrange(2, 8)
        names = [f"c{i}" for i in range(columns)]
        rows = [[self.cell() for _ in names] for _ in range(self.random.randrange(1, 60))]
        return names, rows

    def random_tables(self, count):
        for n in range(count):
            names, rows = self.table()
            separator = self.random.choice(",;|\t")
            text = io.StringIO()
            writer = csv.writer(
                text,
                delimiter=separator,
                quoting=self.random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
                lineterminator=self.random.choice(["\n", "\r\n"]),
            )
            writer.writerows([names, *rows])
            written = text.getvalue()
            if self.random.random() < 0.3:
                written = written.rstrip("\r\n")
            again = list(csv.reader(io.StringIO(written, newline=""), delimiter=separator))[1:]
            quoted_all = '"c0"' in written
            # What Python cannot tell apart: a bare empty field is null, a quoted one is not.
            wanted = [{k: None if v == "" and not quoted_all else typed(v) for k, v in zip(names, row)} for row in again]
            for words in (["-j1"], ["-j4", "--block-rows", "7"]):
                code, got = self.rows([*words, "-f", "csv", "--delimiter", separator], written.encode())
                wrong = [(w, g) for w, g in itertools.zip_longest(wanted, got) if not same(w, g)]
                self.tally.check(code == 0 and not wrong, f"table {n} {' '.join(words)}", f"exit {code}; wanted, got: {wrong[:1]}")

    ESCAPES = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\0": "\\0", "'": "\\'"}

    def escaped_tables(self, count):
        """Rows as ClickHouse writes TabSeparatedWithNames come back."""
        for n in range(count):
            names = [f"c{i}" for i in range(self.random.randrange(1, 6))]
            rows = []
            for _ in range(self.random.randrange(1, 60)):
                rows.append([self.random.choice([None, "", self.cell(), "\\N", "\0'\b\f\t"]) for _ in names])
            lines = [names] + [["\\N" if v is None else "".join(self.ESCAPES.get(c, c) for c in v) for v in row] for row in rows]
            written = "\n".join("\t".join(line) for line in lines)
            wanted = [dict(zip(names, map(lambda v: v if v is None else typed(v), row))) for row in rows]
            for words in (["-j1"], ["-j4", "--block-rows", "7"]):
                code, got = self.rows([*words, "-f", "tsv:escaped"], written.encode() + b"\n")
                wrong = [(w, g) for w, g in itertools.zip_longest(wanted, got) if not same(w, g)]
                self.tally.check(code == 0 and not wrong, f"escaped table {n} {' '.join(words)}", f"exit {code}; wanted, got: {wrong[:1]}")

    ZEEK_TYPES = {
        "string": lambda r: r.choice(["-x", "007", "true", "a\tb", "\\x09", "é€😀", "1.5"]),
        "addr": lambda r: f"10.0.{r.randrange(256)}.{r.randrange(256)}",
        "count": lambda r: r.randrange(2**64),
        "int": lambda r: r.randrange(-(2**63), 2**63),
        "double": lambda r: r.randrange(-1000, 1000) / 8,
        "bool": lambda r: r.random() < 0.5,
        "set[string]": lambda r: [r.choice(["a,b", "-x", 'c"d', "é"]) for _ in range(r.randrange(4))],
        # One unset value alone is written as an unset vector is.
        "vector[count]": lambda r: [0] + [r.choice([None, 0, 5, 2**40]) for _ in range(r.randrange(4))],
    }

    def zeek_text(self, value, empty="(empty)"):
        if value is None:
            return "-"
        if isinstance(value, bool):
            return "T" if value else "F"
        if isinstance(value, list):
            return ",".join(self.zeek_text(v).replace(",", "\\x2c") for v in value) or empty
        return str(value).replace("\\", "\\\\").replace("\t", "\\x09")

    def zeek_tables(self, count):
        """Logs as Zeek writes them come back, several after each other in one file."""
        for n in range(count):
            lines, wanted = [], []
            for _ in range(self.random.randrange(1, 4)):
                types = [self.random.choice(list(self.ZEEK_TYPES)) for _ in range(self.random.randrange(1, 8))]
                names = [f"c{i}.{self.random.randrange(3)}" for i in range(len(types))]
                lines += ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tx"]
                lines += ["\t".join(["#fields", *names]), "\t".join(["#types", *types])]
                for _ in range(self.random.randrange(40)):
                    row = [None if self.random.random() < 0.1 else self.ZEEK_TYPES[t](self.random) for t in types]
                    lines.append("\t".join(map(self.zeek_text, row)))
                    wanted.append(dict(zip(names, row)))
                lines.append("#close\t2024-06-01-10-00-00")
            written = "\n".join(lines).encode() + b"\n"
            for words in (["-j1"], ["-j4", "--block-rows", "7"]):
                code, got = self.rows([*words, "-f", "zeek"], written)
                wrong = [(w, g) for w, g in itertools.zip_longest(wanted, got) if not same(w, g)]
                self.tally.check(code == 0 and not wrong, f"Zeek table {n} {' '.join(words)}", f"exit {code}; wanted, got: {wrong[:1]}")

    def broken_tables(self, count):
        """Any bytes: each record is an event or a reject, and the answer does not depend on how it was read."""
        for n in range(count):
            text = b"a,b\n" + bytes(self.random.choice(b'ab1,\n"\r\xff') for _ in range(self.random.randrange(400)))
            (self.programs.folder / "broken.csv").write_bytes(text)
            answers = set()
            for words, feed in itertools.product((["-j1"], ["-j4", "--block-rows", "3"]), ("file", "pipe")):
                given = ["ingest", "-q", "-f", "csv", "--max-rejects", "1000000", *words]
                ended = self.programs.run([*given, "broken.csv"]) if feed == "file" else self.programs.run(given, text)
                (self.programs.folder / "broken.ev").write_bytes(ended.out)
                info = json.loads(self.programs.run("info --json broken.ev").out)
                rows = self.programs.run("export -f jsonl broken.ev").out
                ledger = info["ledger"]
                self.tally.equal(ledger["in"], ledger["passed"] + ledger["rejected"], f"broken table {n}: the ledger")
                answers.add((ended.code, rows, ledger["in"]))
            self.tally.equal(len(answers), 1, f"broken table {n} {text!r}: answers")

    # JSON over lines and in arrays.

    def value(self, depth=0):
        kind = self.random.randrange(9 if depth < 3 else 6)
        if kind == 6:
            return {f"k{n}": self.value(depth + 1) for n in range(self.random.randrange(4))}
        if kind > 6:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return self.random.choice([None, True, "", 'a "b" {[\\', "one\ntwo, ]}", 7, -2.5, "é€😀\u2028", self.random.random()])

    def documents(self, count):
        """Objects in all the ways in which Python's json writes them."""
        for n in range(count):
            rows = [{"id": i, **{f"f{k}": self.value() for k in range(self.random.randrange(4))}} for i in range(self.random.randrange(2, 40))]
            indent = self.random.choice([None, 0, 1, 4, "\t"])
            form = {"indent": indent, "ensure_ascii": self.random.random() < 0.5}
            if self.random.random() < 0.5:
                text = json.dumps(rows, **form)
            else:
                end = self.random.choice(["\n", " ", "\n\n"]) if indent is not None else self.random.choice(["", " ", "\r"])
                text = end.join(json.dumps(row, **form) for row in rows)
            text = self.random.choice(["", "\ufeff"]) + text.replace("\n", self.random.choice(["\n", "\r\n", "\r"])) + self.random.choice(["", "\n"])
            for words in (["-j1"], ["-j4", "--block-rows", "7"]):
                code, got = self.rows(words, text.encode())
                wrong = [(w, g) for w, g in itertools.zip_longest(rows, got) if not same(w, g)]
                self.tally.check(code == 0 and not wrong, f"documents {n} {' '.join(words)}", f"exit {code}; wanted, got: {wrong[:1]}")

    def elements(self, count):
        """--each gives what Python finds at the path."""
        for n in range(count):
            found, texts = [], []
            for _ in range(self.random.randrange(1, 4)):
                document = {f"f{k}": self.value() for k in range(self.random.randrange(3))}
                document["data"] = {"x": self.value(), "items": [{"v": self.value()} for _ in range(self.random.randrange(20))]}
                document["more"] = {"data": {"items": [{"v": 0}]}, "items": [7]}
                found += document["data"]["items"]
                texts.append(json.dumps(document, indent=self.random.choice([None, 0, 2]), ensure_ascii=self.random.random() < 0.5))
            text = self.random.choice(["", "\n", " "]).join(texts)
            for words in (["-j1"], ["-j4", "--block-rows", "7"]):
                code, got = self.rows([*words, "--each", "data.items"], text.encode())
                wrong = [(w, g) for w, g in itertools.zip_longest(found, got) if not same(w, g)]
                self.tally.check(code == 0 and not wrong, f"elements {n} {' '.join(words)}", f"exit {code}; wanted, got: {wrong[:1]}")

    # Real logs.

    def unpacked(self, name):
        path = self.data / name
        return subprocess.run(["zstd", "-dqc", path], stdout=subprocess.PIPE, check=True).stdout

    def access_log(self):
        text = self.unpacked("apache-access.log.zst")
        code, rows = self.rows([], text)
        self.tally.equal(code, 3, "access log: exit status")
        pattern = re.compile(rb'(\S+) (\S+) (\S+) \[([^\]]+)\] "(.*?)" (\d{3}) (\d+|-)(?: "([^"]*)" "([^"]*)")?\Z')
        wanted = [match for match in map(pattern.match, text.splitlines()) if match]
        self.tally.equal(len(rows), 9999, "access log: events")
        self.tally.equal(len(wanted), 9999, "access log: events by a pattern")
        for key, group in (("status", 6), ("bytes", 7), ("client", 1), ("time", 4)):
            count = collections.Counter(str(row[key]) for row in rows)
            by_pattern = collections.Counter(match[group].decode().replace("-", "None") if key == "bytes" else match[group].decode() for match in wanted)
            self.tally.check(count == by_pattern, f"access log: {key}", f"{(count - by_pattern).most_common(3)}")
        kept = self.programs.run(["ingest", "-q", "--rejects", "r.ev", "-o", "x.ev"], text)
        reject = json.loads(self.programs.run("export -f jsonl r.ev").out)
        self.tally.equal((kept.code, reject["line"]), (0, 8899), "access log: the rejected line")
        info = json.loads(self.programs.run("info --json x.ev").out)
        self.tally.equal(info["timed_rows"], 9999, "access log: timed events")

    def receipt(self):
        """Times across both offsets are those of Python."""
        text = self.unpacked("receipt.csv.zst")
        code, rows = self.rows(["-t", "time:timestamp"], text)
        wanted = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
        self.tally.equal((code, len(rows)), (0, len(wanted)), "receipt: rows")
        self.tally.check(
            all({k: v or "" for k, v in row.items()} == want for row, want in zip(rows, wanted)), "receipt: values"
        )
        hours = collections.Counter()
        for row in wanted:
            hours[datetime.datetime.fromisoformat(row["time:timestamp"]).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:00:00Z")] += 1
        stream = self.programs.run(["ingest", "-q", "-t", "time:timestamp"], text).out
        out = self.programs.run(["aggregate", "--every", "1h", "-a", "count", "--to", "jsonl"], stream).out
        counted = {row["time"]: row["count"] for row in map(json.loads, out.splitlines())}
        self.tally.check(counted == dict(hours), "receipt: events an hour")

    def logfmt(self):
        text = (self.data / "logfmt.log").read_bytes()
        code, rows = self.rows([], text)
        pair = re.compile(r'([^\s="]+)=("(?:[^"\\]|\\.)*"|\S*)')
        wanted = []
        for line in text.decode().splitlines():
            event = {}
            for key, value in pair.findall(line):
                event[key] = json.loads(value) if value.startswith('"') else typed(value) if value else None
            wanted.append(event)
        self.tally.equal((code, rows), (0, wanted), "logfmt: events")


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    data = Path(os.environ.get("EV_DATA", "no-data"))
    test = FormatsTest(programs, tally, data)
    test.random_tables(cases_wanted("EV_FORMAT_CASES", 40))
    test.documents(cases_wanted("EV_FORMAT_CASES", 20))
    test.elements(cases_wanted("EV_FORMAT_CASES", 10))
    test.escaped_tables(cases_wanted("EV_FORMAT_CASES", 10))
    test.zeek_tables(cases_wanted("EV_FORMAT_CASES", 10))
    test.broken_tables(cases_wanted("EV_FORMAT_CASES", 30))
    if (data / "receipt.csv.zst").exists():
        test.access_log()
        test.receipt()
        test.logfmt()
    else:
        tally.skip("real logs", f"none in {data}")
    tally.finish()


if __name__ == "__main__":
    main()

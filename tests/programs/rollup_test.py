#!/usr/bin/env python3
"""Rollup stores against aggregates from scratch: rollup_test.py BINDIR [--report]

Stores get random batches: with events of several buckets and late ones, some without a time or far in the future, as logs,
streams, several segments in a file or a pipe, and again what came before: renamed, recompressed, cut otherwise, dribbled,
beside new segments. After each step every level must hold what ev aggregate makes of the distinct segments, state by state,
and so must random ranges and keys. Then adds are killed, or their disk fails, at each call that writes, syncs or renames,
and are made again; and several programs add and read at once. EV_ROLLUP_ROUNDS raises the number of batches (6).
"""
import json
import random
import re
import signal
import subprocess
import sys
import threading
from datetime import datetime, timezone

from harness import Programs, Tally, bindir_argument, cases_wanted

CALLS = "count, sum(v), mean(x), p99(v), distinct(u), min(v), first(u), top(u, 2), count where v > 50 as many, many / count as part"
LEVELS = ["1m", "1h", "1d", "1mo"]
KEYS = "k,deep.place"
BEGIN = 1_717_196_400  # 2024-05-31T23:00Z
ENOSPC, EIO = 28, 5


class Store:
    """A store, and the segments that it must hold."""

    def __init__(self, programs, tally, name, seed, zone="UTC", levels=LEVELS, every=90_000):
        self.programs, self.tally, self.name, self.random = programs, tally, name, random.Random(seed)
        self.zone, self.levels, self.every = zone, levels, every
        self.folder = programs.folder / name
        self.folder.mkdir()
        self.path = f"{name}/store"
        self.segments, self.numbers, self.applied = [], 0, []
        self.need(["rollup", "create", self.path, "--every", ",".join(levels), "-b", KEYS, "-a", CALLS, "--timezone", zone])

    def need(self, words, data=None, code=0, **how):
        ended = self.programs.run(words, data, **how)
        self.tally.check(ended.code == code, f"{self.name}: {' '.join(map(str, words))}", repr(ended))
        return ended

    def events(self, count):
        at = BEGIN + self.random.randrange(self.every) * 60
        lines = []
        for i in range(count):
            self.numbers += 1
            event = {"n": self.numbers, "ts": at + self.random.randrange(7200) + self.random.choice([0, 0, 0, -86400 * 40]), "v": self.random.randrange(100),
                     "x": self.random.random(), "u": f"u{self.random.randrange(30)}", "k": self.random.choice(["a", "b", 1, None]),
                     "deep": {"place": self.random.choice(["DE", "US"])}}
            if i > 0 and self.random.random() < 0.02:
                del event["ts"]
            if self.random.random() < 0.3:
                del event["deep"]
            lines.append(json.dumps(event))
        return "".join(line + "\n" for line in lines).encode()

    def new_segment(self, count):
        name = f"{self.name}/in-{len(self.segments)}.ev"
        self.programs.ingest(name, self.events(count), "-t", "ts", "-q", "--block-rows", str(self.random.choice([7, 100, 65536])))
        self.segments.append(name)
        return len(self.segments) - 1

    def form(self, number):
        """The segment as it is, or the same events in other clothes."""
        path = self.segments[number]
        if self.random.random() < 0.5:
            return path
        other = f"{self.name}/other-{number}.ev"
        self.need(["cat", path, "-o", other, "--compress", self.random.choice(["none", "zstd:3"]), "--block-rows", str(self.random.choice([3, 64, 5000]))])
        return other

    def add(self, numbers, words=()):
        """Adds segments from files or from a pipe, and checks the ledger."""
        paths = [self.form(number) for number in numbers]
        command = ["rollup", "add", self.path, "-q", "--stats=" + str(self.folder / "stats"), "--block-rows", str(self.random.choice([5, 65536])), *words]
        way = self.random.choice(["files", "pipe", "dribble"])
        untimed = any(number not in self.applied for number in numbers)
        if way == "files":
            ended = self.programs.run([*command, *paths])
        else:
            data = b"".join((self.programs.folder / path).read_bytes() for path in paths)
            ended = self.programs.run(command, data, sizes=(700, 4000, 9000) if way == "dribble" else None)
        self.tally.check(ended.code in ((0, 3) if untimed else (0,)), f"{self.name}: add {numbers} by {way}", repr(ended))
        ledger = json.loads((self.folder / "stats").read_text())
        ledger = ledger.get("ledger", ledger)
        new, rows = set(numbers) - set(self.applied), {number: self.rows(number) for number in numbers}
        self.tally.equal(ledger["applied"], sum(rows[n] for n in numbers) - sum(rows[n] for n in new), f"{self.name}: what was applied already")
        self.tally.equal(ledger["in"], ledger["absorbed"] + ledger["rejected"] + ledger["applied"], f"{self.name}: the ledger")
        self.applied += sorted(new)

    def rows(self, number):
        info = self.programs.run(["check", self.segments[number]]).out.decode()
        return int(re.search(r"ok, (\d+) rows", info).group(1))

    def counted(self, *more):
        """Timed events of the applied segments, and of some more."""
        files = [self.segments[number] for number in [*self.applied, *more]]
        if not files:
            return 0
        out = self.need(["cat", "--since", "1900-01-01", *files, "-o", f"{self.name}/counted.ev"])
        return int(re.search(r"ok, (\d+) rows", self.programs.run(["check", f"{self.name}/counted.ev"]).out.decode()).group(1)) if out.code == 0 else -1

    def inputs(self):
        return [self.segments[number] for number in self.applied]

    def same(self, read, aggregate, what):
        """Both give the same states."""
        got = self.need(["rollup", "read", self.path, *read, "-o", f"{self.name}/got.ev"])
        wanted = self.need(["aggregate", *aggregate, "-q", "-o", f"{self.name}/wanted.ev"])
        if got.code or wanted.code:
            return
        ended = self.programs.run(["check", f"{self.name}/got.ev", f"{self.name}/wanted.ev"])
        self.tally.check(ended.code == 0, f"{self.name}: {what}", repr(ended.out))

    def timed(self, *range_):
        """The applied events that have a time."""
        self.need(["cat", *self.inputs(), "--since", "1900-01-01", "-o", f"{self.name}/timed.ev"])
        return [f"{self.name}/timed.ev", *range_]

    def check_levels(self):
        if not self.applied:
            return
        files = self.timed()
        for level in self.levels:
            self.same(["--level", level], ["--every", level, "--timezone", self.zone, "-b", KEYS, "-a", CALLS, *files], f"level {level} after {len(self.applied)} segments")

    def moment(self):
        at = BEGIN + self.random.randrange(-100, self.every + 100) * 60
        return at - at % self.random.choice([60 * int(self.levels[0][:-1]), 3600, 86400])

    def check_ranges(self, times):
        """Any range, level and choice of keys and results."""
        for _ in range(times):
            begin, end = sorted((self.moment(), self.moment()))
            if begin == end:
                continue
            span = ["--since", f"@{begin}", "--until", f"@{end}"]
            keys, calls = self.random.choice([KEYS, "k", "deep.place"]), self.random.choice([CALLS, "count", "p99(v), mean(x)"])
            where = self.random.choice([[], ["-w", 'k == "a"']])
            files = self.timed(*span)
            chosen = ["-b", keys, "-a", calls]
            level = self.random.choice(self.levels)
            self.same([*span, *chosen, *where, "--level", level], ["--every", level, "--timezone", self.zone, *chosen, *where, *files], f"{span} at {level}, {chosen} {where}")
            self.need(["rollup", "read", self.path, *span, *chosen, *where, "-o", f"{self.name}/mixed.ev"])
            whole = self.need(["aggregate", "--merge", *chosen, f"{self.name}/mixed.ev", "-q", "--to", "jsonl"])
            wanted = self.need(["aggregate", *chosen, *where, *files, "-q", "--to", "jsonl"])
            self.tally.equal(whole.out, wanted.out, f"{self.name}: {span} of mixed levels, {chosen} {where}")

    def check_clean(self):
        self.need(["rollup", "check", self.path])
        named = {line.split("file=")[1].split()[0] for line in (self.programs.folder / self.path / "state").read_text().splitlines() if line.startswith(("file ", "applied-file "))}
        there = {path.name for path in (self.programs.folder / self.path).iterdir()} - {"state", ".state.lock"}
        self.tally.equal(there, named, f"{self.name}: files in the folder")


def random_batches(programs, tally, rounds):
    for seed, (zone, levels) in enumerate([("UTC", LEVELS), ("Europe/Berlin", ["1m", "15m", "1h", "1d", "1mo"]), ("Asia/Kolkata", ["5m", "1h", "1d", "1w"])]):
        store = Store(programs, tally, f"random-{seed}", seed, zone, levels)
        for turn in range(rounds):
            new = [store.new_segment(store.random.choice([1, 40, 400])) for _ in range(store.random.randrange(3))]
            old = store.random.sample(store.applied, min(len(store.applied), store.random.randrange(3)))
            numbers = new + old + (new[:1] if store.random.random() < 0.2 else [])
            store.random.shuffle(numbers)
            if not numbers:
                continue
            store.add(numbers, store.random.choice([[], ["-j", "1"], ["--memory", "1M"], ["--batch", f"b{turn}"]]))
            if turn % 5 == 4:
                store.check_levels()
        store.check_levels()
        store.check_ranges(rounds // 3 + 1)
        store.check_clean()


def future_and_text(programs, tally):
    """Events too far ahead are rejected; a log and its stream are one segment."""
    store = Store(programs, tally, "text", 5)
    now = int(datetime.now(timezone.utc).timestamp())
    lines = "".join(json.dumps({"ts": ts, "v": 1, "u": "u", "x": 1.0, "k": "a", "deep": {"place": "DE"}}) + "\n" for ts in (now - 60, now + 100_000)).encode()
    (store.folder / "log.jsonl").write_bytes(lines)
    ended = store.need(["rollup", "add", store.path, "--max-future", "1h", "text/log.jsonl", "-t", "ts"], code=3)
    tally.check(b"1 event rejected: later than --max-future allows" in ended.err, "text: the event ahead is rejected", repr(ended))
    programs.ingest("text/log.ev", lines, "-t", "ts")
    store.need(["rollup", "add", store.path, "text/log.ev"])
    store.need(["rollup", "add", store.path, "-t", "ts"], lines, sizes=(5,))
    out = store.need(["rollup", "read", store.path, "--to", "jsonl", "-b", "time", "-a", "count"]).out
    tally.check(out.count(b"\n") == 1 and b'"count":1' in out, "text: one event is there", out)


def named_batches(programs, tally):
    store = Store(programs, tally, "named", 6)
    first, second = store.new_segment(20), store.new_segment(30)
    store.add([first], ["--batch", "monday"])
    store.add([first], ["--batch", "monday"])
    ended = store.need(["rollup", "add", store.path, "--batch", "monday", store.segments[second], "-q"], code=2)
    tally.check(b"was added with other events before" in ended.err, "named: other events are refused", repr(ended))
    store.check_levels()


def many_segments(programs, tally):
    """More than a manifest holds itself: the others are found in files."""
    store = Store(programs, tally, "many", 8, every=600)
    lines = [json.dumps({"ts": BEGIN + i * 7, "v": i % 90, "x": 0.5, "u": f"u{i % 9}", "k": "a"}) for i in range(2500)]
    for i, line in enumerate(lines):
        (store.folder / f"{i}.jsonl").write_text(line + "\n")
    files = [f"many/{i}.jsonl" for i in range(len(lines))]
    store.need(["rollup", "add", store.path, "-t", "ts", *files[:1200]])
    store.need(["rollup", "add", store.path, "-t", "ts", *files[1100:2300]])
    store.need(["rollup", "add", store.path, "-t", "ts", *files])
    store.need(["rollup", "add", store.path, "-t", "ts", *files[::-1]])
    out = store.need(["rollup", "read", store.path, "--to", "jsonl", "-b", "time", "-a", "count", "--level", "1mo"]).out
    tally.equal(sum(json.loads(line)["count"] for line in out.splitlines()), len(lines), "many: each event once")
    kept = (store.programs.folder / store.path / "state").read_text().count("\napplied ")
    tally.check(kept <= 1000, "many: the manifest stays small", kept)
    store.check_clean()


def failing_calls(programs, tally, shim, **how):
    """Each call of an add fails in turn; how many did."""
    name = "-".join(["failing", *how, *how.values()])
    store, call, failed, marker = Store(programs, tally, name, 7, every=3000), 0, 0, programs.folder / "failed"
    while True:
        call += 1
        number = store.new_segment(30)
        env = dict(programs.env, LD_PRELOAD=str(shim), EV_FAIL_CALL=str(call), EV_FAILED=str(marker), **how)
        env["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + env.get("ASAN_OPTIONS", "")
        marker.unlink(missing_ok=True)
        process = programs.start(["rollup", "add", store.path, "-q", store.segments[number]], subprocess.DEVNULL, subprocess.DEVNULL, env=env)
        message = process.communicate()[1]
        died, code = marker.exists(), process.returncode
        if died:
            failed += 1
            wanted = -signal.SIGKILL if "EV_FAIL_KILL" in how else 74
            tally.check(code == wanted, f"{name}: call {call}", f"exit {code}, {message}")
            # What counts is all or nothing, and readers see it so.
            before = store.need(["rollup", "read", store.path, "--level", "1mo", "-b", "time", "-a", "count", "--to", "jsonl"]).out
            count = sum(json.loads(line)["count"] for line in before.splitlines())
            tally.check(count in (store.counted(), store.counted(number)), f"{name}: call {call}: all or nothing", count)
        else:
            tally.check(code in (0, 3), f"{name}: after all calls", f"exit {code}, {message}")
        ended = programs.run(["rollup", "add", store.path, "-q", store.segments[number]])
        tally.check(ended.code in (0, 3), f"{name}: once more after call {call}", repr(ended))
        store.applied.append(number)
        store.check_clean()
        # Every so many adds files are merged, which takes more calls: those must have their turn, too.
        if not died and store.random.random() < 0.5:
            break
    store.check_levels()
    return failed


def crowd(programs, tally, adders, turns):
    """Several programs add at once, others read: no add is lost, and every reader sees whole commits."""
    store = Store(programs, tally, "crowd", 9, every=100)
    event = {"v": 1, "x": 1.0, "u": "u", "k": "a", "deep": {"place": "DE"}}
    done = threading.Event()

    def add(number):
        for turn in range(turns):
            # Ten events in each of two hours: whoever sees one hour sees the other.
            lines = "".join(json.dumps({"ts": BEGIN + i % 2 * 3600, "n": [number, turn, i], **event}) + "\n" for i in range(20)).encode()
            ended = programs.run(["rollup", "add", store.path, "--wait", "100s", "-t", "ts", "-q"], lines)
            tally.check(ended.code == 0, f"crowd: adder {number}, turn {turn}", repr(ended))

    def look():
        while not done.is_set():
            seen = []
            for level in ("1m", "1h"):
                ended = programs.run(["rollup", "read", store.path, "--level", level, "-b", "time", "-a", "count", "--to", "jsonl", "-q"])
                counts = [json.loads(line)["count"] for line in ended.out.splitlines()]
                seen.append(sum(counts))
                tally.check(ended.code == 0 and len(set(counts)) <= 1 and sum(counts) % 20 == 0, "crowd: a reader sees whole commits", f"{ended} {counts}")
            tally.check(seen[0] <= seen[1], "crowd: nothing goes away", seen)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(adders)]
    reader = threading.Thread(target=look)
    for thread in [*threads, reader]:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    out = store.need(["rollup", "read", store.path, "--level", "1mo", "-b", "time", "-a", "count", "--to", "jsonl"]).out
    tally.equal(sum(json.loads(line)["count"] for line in out.splitlines()), adders * turns * 20, "crowd: every add counts")
    store.check_clean()


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    report = print if "--report" in sys.argv else lambda *words, **how: None
    random_batches(programs, tally, cases_wanted("EV_ROLLUP_ROUNDS", 6))
    report("random batches done", flush=True)
    future_and_text(programs, tally)
    named_batches(programs, tally)
    many_segments(programs, tally)
    report("text, names, many segments done", flush=True)
    crowd(programs, tally, 4, 8 if "--report" in sys.argv else 3)
    shim = programs.bindir.parent / "tests" / "libfailing_calls.so"
    if not shim.exists():
        tally.skip("failing calls", f"no {shim}")
        return tally.finish()
    ways = [("killed before", {"EV_FAIL_KILL": "1"}), ("out of space at", {"EV_FAIL_ERROR": str(ENOSPC)}), ("an error at", {"EV_FAIL_ERROR": str(EIO)})]
    for what, how in ways if "--report" in sys.argv else ways[:1]:
        report(f"{what} each of {failing_calls(programs, tally, shim, **how)} calls", flush=True)
    tally.finish()


if __name__ == "__main__":
    main()

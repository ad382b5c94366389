#!/usr/bin/env python3
"""ev dedup against a plain model: dedup_test.py BINDIR

Random events, keys, windows, late and untimed events, with and without a state, in runs that go into files and pipes, some
of which are made again: each time the events that come out must be those of the model below, in order.
EV_DEDUP_CASES raises the number of cases (16).
"""
import json
import random
import struct
import sys

from harness import Programs, Tally, bindir_argument, cases_wanted

START = 1_717_200_000_000  # ms
QUORUM = 16


class Clock:
    """The earliest of the latest sixteen different times."""

    def __init__(self):
        self.times = set()

    def see(self, time):
        self.times.add(time)

    def high_water(self):
        return sorted(self.times)[-QUORUM] if len(self.times) >= QUORUM else None


def canonical(value):
    """Equal for values that are one key."""
    if isinstance(value, float):
        return ("float", "nan" if value != value else struct.pack("<d", value + 0.0))
    return (type(value).__name__, value)


def key_of(event, fields):
    if not fields:
        return tuple(sorted((name, canonical(value)) for name, value in event.items() if value is not None))
    return tuple(None if event.get(field) is None else canonical(event[field]) for field in fields)


class Model:
    """What a state remembers, as lists."""

    def __init__(self, case):
        self.case, self.kept, self.clock = case, {}, Clock()

    def run(self, events):
        out = []
        for event in events:
            if self.keeps(event):
                out.append(event)
            if event.get("ts") is not None:
                self.clock.see(event["ts"])
        return out

    def keeps(self, event):
        key, time = key_of(event, self.case.fields), event.get("ts")
        if self.case.unkeyed != "equal" and all(part is None for part in key):
            return self.case.unkeyed == "keep"
        if self.case.window is None:
            if key in self.kept:
                return False
            self.kept[key] = []
            return True
        if time is None:
            return True
        if self.repeats(key, time):
            return False
        self.kept.setdefault(key, []).append(time)
        return True

    def repeats(self, key, time):
        high = self.clock.high_water()
        oldest = time - self.case.window
        if high is not None:
            oldest = max(oldest, high - self.case.lateness - self.case.window)
        return any(oldest <= other <= time + self.case.window for other in self.kept.get(key, []))


class Case:
    def __init__(self, randomly):
        pick = randomly.choice
        self.fields = pick([[], ["id"], ["id"], ["id", "user"], ["user", "m.x"]])
        self.unkeyed = pick(["keep", "keep", "drop", "equal"])
        self.window = pick([None, 1000, 20_000])
        self.lateness = None if self.window is None else pick([self.window, 0, 5000])
        self.verify = randomly.random() < 0.3
        self.state = randomly.random() < 0.7
        self.disorder = pick([0, 2000, 100_000])

    def words(self):
        words = ["--unkeyed", self.unkeyed, "-q", "-t", "ts"]
        if self.fields:
            words += ["-k", ",".join(self.fields)]
        if self.window is not None:
            words += ["--window", f"{self.window}ms"]
            if self.lateness != self.window:
                words += ["--lateness", f"{self.lateness}ms"]
        if self.verify:
            words += ["--verify"]
        return words


def random_events(randomly, case, count, first):
    pool = [1, "1", 1.0, True, "a", "b", None, -0.0, 0.0, 2**63, "ü"] + list(range(2, 2 + randomly.randrange(1, 40)))
    events = []
    for i in range(count):
        event = {}
        if randomly.random() < 0.9:
            event["id"] = randomly.choice(pool)
        if randomly.random() < 0.8:
            event["user"] = randomly.randrange(3)
        if randomly.random() < 0.5:
            event["m.x"] = randomly.choice(["p", "q"])
        if randomly.random() < 0.95:
            event["ts"] = START + first + i * 100 - randomly.randrange(case.disorder + 1)
        if randomly.random() < 0.005:
            event["ts"] = START + 10**9  # a clock that is wrong
        events.append(dict(randomly.sample(sorted(event.items()), len(event))) if randomly.random() < 0.3 else event)
    return events


def lines(events):
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events).encode()


def read(programs, name):
    done = programs.run(["export", name])
    return [json.loads(line) for line in done.out.splitlines()], done


class Runs:
    """The batches of a case, one after the other."""

    def __init__(self, programs, tally, number):
        self.programs, self.tally, self.number = programs, tally, number
        self.random = random.Random(number)
        self.case = Case(self.random)
        self.model = Model(self.case)
        self.state = f"seen-{number}"

    def words(self):
        words = ["dedup", *self.case.words(), "-j", self.random.choice("14"), "--block-rows", self.random.choice(["7", "100", "65536"])]
        return words + (["--state", self.state] if self.case.state else [])

    def check(self, ok, what, detail=""):
        return self.tally.check(ok, f"case {self.number}: {what}", detail)

    def batch(self, i):
        if not self.case.state:
            self.model = Model(self.case)
        events = random_events(self.random, self.case, self.random.choice([3, 60, 400]), i * 3000)
        # A stream without any event time is refused where there is a window; so are fields that are named by -t and absent.
        events.insert(0, {"id": "first", "ts": START + i * 3000})
        name, out, data = f"in-{self.number}-{i}.ev", f"out-{self.number}-{i}.ev", lines(events)
        self.programs.ingest(name, data, "-t", "ts", "-q")
        expected = self.model.run(events)
        if self.case.state and self.random.random() < 0.4:
            return self.into_pipe(name, expected)
        words = self.words() + ["-o", out]
        done = self.programs.run(words + [name])
        got = read(self.programs, out)[0]
        ok = self.check(done.code == 0 and got == expected, f"batch {i} {' '.join(words)}", f"{done}, {len(got)} of {len(expected)}")
        if ok and self.case.state and self.random.random() < 0.5:
            before = (self.programs.folder / out).read_bytes()
            again = self.programs.run(self.words() + ["-o", out], data=(self.programs.folder / name).read_bytes(), sizes=(100, 4096))
            self.check(again.code == 0 and (self.programs.folder / out).read_bytes() == before, f"batch {i} again", again)
            other = self.programs.run(self.words() + ["-o", "other.ev", name])
            self.check(other.code == 0 and read(self.programs, "other.ev")[0] == [], f"batch {i} into another file", other)

    def into_pipe(self, name, expected):
        """As often as it is made before it is committed, it gives the same."""
        outs = []
        for _ in range(self.random.randrange(1, 3)):
            done = self.programs.run(self.words(), data=(self.programs.folder / name).read_bytes(), sizes=(5000,))
            self.check(done.code == 0, f"{name} into a pipe", done)
            (self.programs.folder / "piped.ev").write_bytes(done.out)
            outs.append(read(self.programs, "piped.ev")[0])
        self.check(all(out == outs[0] for out in outs), f"{name} gives the same until it is committed")
        self.check(outs[0] == expected, f"{name} into a pipe", f"{len(outs[0])} of {len(expected)}")
        done = self.programs.run(["commit", self.state])
        self.check(done.code == 0, f"commit of {name}", done)


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    for number in range(cases_wanted("EV_DEDUP_CASES", 16)):
        runs = Runs(programs, tally, number)
        for i in range(runs.random.randrange(1, 5)):
            runs.batch(i)
        for path in programs.folder.glob("*"):
            if path.is_file():
                path.unlink()
    tally.check(not programs.leftovers(), "nothing is left behind", programs.leftovers())
    tally.finish()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Deduplication that is killed, or whose disk fails, at any moment: kill_dedup_test.py BINDIR [--report]

Chains of ten batches that overlap, from files and from a dribbling pipe, with a state. A run that dies is made again with
the same command, and so is every third one that did not: the outputs of all batches together must hold every event once.
Runs die by SIGKILL at a random moment, by SIGKILL before each call that writes, syncs or renames, and by an error of each
such call. EV_KILL_CASES raises the number of random kills (12).
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from harness import Programs, Tally, bindir_argument, cases_wanted, dribble

BATCHES = 10
ENOSPC, EIO = 28, 5


class Chain:
    """Batches of events, and the command that each is given out by."""

    def __init__(self, programs, tally, name, seed, events=400):
        self.programs, self.tally, self.name, self.random = programs, tally, name, random.Random(seed)
        self.folder = programs.folder / name
        self.folder.mkdir()
        self.state = f"{name}/seen"
        self.next = 0
        for i in range(BATCHES):
            programs.ingest(f"{name}/in-{i}.ev", self.batch(events), "-t", "ts", "-q")

    def batch(self, events):
        """New events, mixed with some that came before."""
        ids = list(range(self.next, self.next + events)) + [self.random.randrange(self.next + 1) for _ in range(events // 3)]
        self.next += events
        self.random.shuffle(ids)
        return "".join(json.dumps({"id": n, "ts": 1_717_200_000_000 + n * 10, "x": "y" * (n % 90)}) + "\n" for n in ids).encode()

    def words(self, i, piped):
        words = ["dedup", "-k", "id", "--window", "1h", "--state", self.state, "-q", "-o", f"{self.name}/out-{i}.ev"]
        return words if piped else [*words, f"{self.name}/in-{i}.ev"]

    def start(self, i, piped, **options):
        process = self.programs.start(self.words(i, piped), subprocess.PIPE if piped else subprocess.DEVNULL, subprocess.DEVNULL, **options)
        feeder = None
        if piped:
            data = (self.folder / f"in-{i}.ev").read_bytes()
            pipe, process.stdin = process.stdin, None
            feeder = threading.Thread(target=dribble, args=(pipe, data), kwargs={"sizes": (700, 4000, 9000), "pause": 0.001})
            feeder.start()
        return process, feeder

    def end(self, process, feeder):
        message = process.stderr.read()
        process.stderr.close()
        code = process.wait()
        if feeder:
            feeder.join()
        return code, message

    def run(self, i, piped, what):
        code, message = self.end(*self.start(i, piped))
        self.tally.check(code == 0, f"{self.name}: batch {i} {what}", f"exit {code}, {message}")

    def check(self):
        """Every event once, and nothing left behind in the state."""
        got = []
        for i in range(BATCHES):
            out = self.programs.run(["export", f"{self.name}/out-{i}.ev"])
            got += [json.loads(line)["id"] for line in out.out.splitlines()]
        self.tally.equal(sorted(got), list(range(self.next)), f"{self.name}: every event once")
        left = sorted(path.name for path in (self.folder / "seen").rglob(".*ev-tmp*"))
        self.tally.check(not left, f"{self.name}: nothing is left behind", left)
        shutil.rmtree(self.folder)


def random_kills(programs, tally, seed, kills, longest):
    """How many of the kills came before the run had ended."""
    hit, chain, i = 0, Chain(programs, tally, f"killed-{seed}", seed), 0
    for kill in range(kills):
        piped = chain.random.random() < 0.5
        process, feeder = chain.start(i, piped)
        time.sleep(chain.random.uniform(0, longest[piped]))
        died = process.poll() is None
        process.send_signal(signal.SIGKILL)
        chain.end(process, feeder)
        hit += died
        if died and chain.random.random() < 0.3:
            continue  # killed once more
        if died or kill % 3 == 0:
            chain.run(i, chain.random.random() < 0.5, "once more")
        else:
            chain.run(i, piped, "to its end")
        i += 1
        if i == BATCHES:
            chain.check()
            i, seed = 0, seed + 1000
            chain = Chain(programs, tally, f"killed-{seed}", seed)
    for rest in range(i, BATCHES):
        chain.run(rest, False, "to its end")
    chain.check()
    return hit


def run_times(programs, tally):
    """Seconds that a batch takes from a file and from a pipe, and some more."""
    chain, longest = Chain(programs, tally, "timed", 1), []
    for piped in (False, True):
        start = time.monotonic()
        chain.run(int(piped), piped, "in peace")
        longest.append((time.monotonic() - start) * 1.1)
    for i in range(2, BATCHES):
        chain.run(i, False, "in peace")
    chain.check()
    return longest


def failing_calls(programs, tally, shim, **how):
    """Each call of a run fails in turn, over a chain; returns how many did."""
    failed, name = 0, "-".join(["failing", *how])
    chain, i, call = Chain(programs, tally, name, 7, events=60), 0, 0
    marker = programs.folder / "failed"
    while True:
        call += 1
        env = dict(programs.env, LD_PRELOAD=str(shim), EV_FAIL_CALL=str(call), EV_FAILED=str(marker), **how)
        env["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + env.get("ASAN_OPTIONS", "")
        marker.unlink(missing_ok=True)
        code, message = chain.end(*chain.start(i, False, env=env))
        if not marker.exists():
            tally.check(code == 0, f"{name}: batch {i}, after all calls", f"exit {code}, {message}")
            break
        failed += 1
        wanted = -signal.SIGKILL if "EV_FAIL_KILL" in how else 74
        tally.check(code == wanted, f"{name}: call {call}", f"exit {code}, {message}")
        chain.run(i, False, f"once more after call {call}")
        i = (i + 1) % BATCHES
        if i == 0:
            chain.check()
            chain = Chain(programs, tally, name, 7 + call, events=60)
    for rest in range(i, BATCHES):
        chain.run(rest, False, "to its end")
    chain.check()
    return failed


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    report = print if "--report" in sys.argv else lambda *words, **how: None
    kills = cases_wanted("EV_KILL_CASES", 12)
    hit = random_kills(programs, tally, 0, kills, run_times(programs, tally))
    report(f"{kills} runs killed at random, {hit} of them before they had ended; every event once", flush=True)
    shim = programs.bindir.parent / "tests" / "libfailing_calls.so"
    if not shim.exists():
        tally.skip("failing calls", f"no {shim}")
        return tally.finish()
    ways = [("killed before", {"EV_FAIL_KILL": "1"}), ("out of space at", {"EV_FAIL_ERROR": str(ENOSPC)}), ("an error at", {"EV_FAIL_ERROR": str(EIO)})]
    for what, how in ways if "--report" in sys.argv else ways[:2]:
        report(f"{what} each of {failing_calls(programs, tally, shim, **how)} calls; every event once", flush=True)
    tally.finish()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checkpointed runs killed at any moment: kill_ingest_test.py BINDIR [--report]

Logs grow, rotate and are truncated while `ev ingest --checkpoint` takes what is new: into an archive folder, into a file,
and into a pipeline with `ev filter` in it, which sends some lines to a file of their own, and `ev commit` at its end.
SIGKILL hits a run (any stage of a pipeline) at a random moment; then it is run again. At the end every line must have
been taken exactly once. EV_KILL_CASES raises the number of kills of each kind (8).
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from harness import Programs, Tally, bindir_argument, cases_wanted

LINES_A_STEP = 400
FILTER = ["-w", "hour(ts) != 3", "--drop", "x", "--rename", "n=number"]  # the hour is n modulo 5


class Logs:
    """A folder of logs that are written to and rotated."""

    def __init__(self, folder, randomly):
        self.folder, self.random, self.next, self.half = folder, randomly, 0, ""
        folder.mkdir()
        (folder / "app.log").touch()

    def line(self):
        n = self.next
        self.next += 1
        hour = n % 5
        return json.dumps({"n": n, "ts": f"2024-06-01T{hour:02}:00:00Z", "x": "y" * self.random.randrange(80)}) + "\n"

    def write(self, count):
        text = self.half + "".join(self.line() for _ in range(count))
        cut = self.random.randrange(len(text)) if self.random.random() < 0.3 else len(text)
        with open(self.folder / "app.log", "a") as out:
            out.write(text[:cut])
        self.half = text[cut:]

    def rotate(self):
        if self.half:
            with open(self.folder / "app.log", "a") as out:
                out.write(self.half)
            self.half = ""
        for n in range(30, 0, -1):
            for end in ("", ".gz"):
                path = self.folder / f"app.log.{n}{end}"
                if path.exists():
                    path.rename(self.folder / f"app.log.{n + 1}{end}")
        how = self.random.randrange(3)
        if how == 0:
            shutil.copy(self.folder / "app.log", self.folder / "app.log.1")
            os.truncate(self.folder / "app.log", 0)
        else:
            (self.folder / "app.log").rename(self.folder / "app.log.1")
            (self.folder / "app.log").touch()
        if how == 2:
            subprocess.run(["gzip", self.folder / "app.log.1"], check=True)

    def change(self):
        self.write(self.random.randrange(1, LINES_A_STEP))
        if self.random.random() < 0.4:
            self.rotate()


def kill_one(stages, after):
    """Kills a random one of the processes after a while; whether it was still running."""
    time.sleep(after)
    victim = random.choice(stages)
    running = victim.poll() is None
    victim.send_signal(signal.SIGKILL)
    for stage in stages:
        stage.wait()
    return running


def numbers(programs, path, field="n"):
    done = programs.run(["export", path])
    return [json.loads(line)[field] for line in done.out.splitlines()]


def into_archive(programs, tally, seed, kills):
    logs = Logs(programs.folder / f"archived-{seed}", random.Random(seed))
    archive = f"archive-{seed}"
    words = ["ingest", "--checkpoint", f"archive-{seed}.checkpoint", logs.folder.name, "-o", archive + "/{time:%H}/", "-q"]
    hit = 0
    for _ in range(kills):
        logs.change()
        process = programs.start(words, subprocess.DEVNULL, subprocess.DEVNULL)
        hit += kill_one([process], logs.random.uniform(0, 0.12))
        process.stderr.close()
    logs.write(1)
    logs.rotate()
    for _ in range(2):
        done = programs.run(words)
        tally.check(done.code == 0, f"seed {seed}: the last run into an archive", done)
    tally.equal(sorted(numbers(programs, archive)), list(range(logs.next)), f"seed {seed}: every line once in the archive")
    left = [path for path in programs.leftovers() if archive in path or not path.startswith(".file")]
    tally.check(not left, f"seed {seed}: nothing is left behind", left)
    return hit, logs.next


def into_file(programs, tally, seed, kills):
    """Each version of the file is kept, once it has its name: together they hold every line once."""
    logs = Logs(programs.folder / f"filed-{seed}", random.Random(seed))
    words = ["ingest", "--checkpoint", f"file-{seed}.checkpoint", logs.folder.name, "-o", f"file-{seed}.ev", "-q"]
    file, kept, met, hit = programs.folder / f"file-{seed}.ev", [], set(), 0

    def keep():
        if file.exists() and file.stat().st_ino not in met:
            os.link(file, programs.folder / f"kept-{seed}-{len(kept)}.ev")  # its inode is not used again
            met.add(file.stat().st_ino)
            kept.extend(numbers(programs, file))

    for _ in range(kills):
        logs.change()
        process = programs.start(words, subprocess.DEVNULL, subprocess.DEVNULL)
        hit += kill_one([process], logs.random.uniform(0, 0.12))
        process.stderr.close()
        keep()
    logs.write(1)
    logs.rotate()
    for _ in range(2):
        tally.check(programs.run(words).code == 0, f"seed {seed}: the last run into a file")
        keep()
    tally.equal(sorted(kept), list(range(logs.next)), f"seed {seed}: every line in one version of the file")
    return hit, logs.next


def through_pipeline(programs, tally, seed, kills):
    logs = Logs(programs.folder / f"piped-{seed}", random.Random(seed))
    state, rest, taken, left_out, hit = f"pipe-{seed}.checkpoint", f"rest-{seed}.ev", [], [], 0

    def run(kill_after=None):
        out = open(programs.folder / f"pipe-{seed}.ev", "wb")
        first = programs.start(["ingest", "--checkpoint", state, logs.folder.name, "-q"], subprocess.DEVNULL, subprocess.PIPE)
        second = programs.start(["filter", *FILTER, "--fail", rest, "-q"], first.stdout, subprocess.PIPE)
        third = programs.start(["cat"], second.stdout, out)
        stages = [first, second, third]
        first.stdout.close()
        second.stdout.close()
        was_hit = kill_one(stages, kill_after) if kill_after is not None else False
        codes = [stage.wait() for stage in stages]
        for stage in stages:
            stage.stderr.close()
        out.close()
        if codes != [0, 0, 0]:
            return was_hit
        # The stages are done: their output counts, and only then the state, whose commit may be killed as well.
        commit = programs.start(["commit", state], subprocess.DEVNULL, subprocess.DEVNULL)
        if kill_after is not None:
            was_hit |= kill_one([commit], logs.random.uniform(0, 0.02))
        commit.wait()
        done = programs.run(["commit", state])  # commit again, as one does when it died
        tally.check(done.code == 0, f"seed {seed}: the commit", done)
        commit.stderr.close()
        taken.extend(numbers(programs, f"pipe-{seed}.ev", "number"))
        left_out.extend(numbers(programs, rest))
        return was_hit

    for _ in range(kills):
        logs.change()
        hit += run(logs.random.uniform(0, 0.15))
    logs.write(1)
    logs.rotate()
    run()
    run()
    tally.equal(sorted(taken + left_out), list(range(logs.next)), f"seed {seed}: every line once through the pipeline")
    tally.check(all(n % 5 != 3 for n in taken) and all(n % 5 == 3 for n in left_out), f"seed {seed}: the rest is the rest")
    return hit, logs.next


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    kills = cases_wanted("EV_KILL_CASES", 8)
    a_round = min(kills, 20)
    for name, campaign in (("archive", into_archive), ("file", into_file), ("pipeline", through_pipeline)):
        hit = lines = runs = 0
        for seed in range((kills + a_round - 1) // a_round):
            got, taken = campaign(programs, tally, seed, a_round)
            hit, lines, runs = hit + got, lines + taken, runs + a_round
        if "--report" in sys.argv:
            print(f"{name}: {runs} runs killed, {hit} of them before they had ended; {lines} lines, each taken once", flush=True)
    tally.finish()


if __name__ == "__main__":
    main()

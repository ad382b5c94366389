#!/usr/bin/env python3
"""Archives through death, full disks, interruption and company: archive_test.py BINDIR

`ev-ingest` into a template, killed (SIGKILL) at random moments and as soon as its first file has its name, then run
again: each event is there once, every file that readers see was whole at any time, and nothing else is left.
EV_ARCHIVE_CASES raises the number of cases (8).
"""
import collections
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time

from harness import Programs, Tally, bindir_argument, cases_wanted

TEMPLATE = "out/{event_type}/{metadata.chain}-{metadata.country}/"
ROWS = 20000


class Archive:
    def __init__(self, programs, tally, name="out"):
        self.programs, self.tally, self.path = programs, tally, programs.folder / name

    def files(self):
        """Those that readers see. Hidden folders come and go meanwhile."""
        found = []
        for folder, below, names in os.walk(self.path):
            below[:] = [name for name in below if not name.startswith(".")]
            found += [os.path.relpath(os.path.join(folder, name), self.path) for name in names if name.endswith(".ev")]
        return sorted(found)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def hidden(self):
        return sorted(path.name for path in self.path.glob(".*")) if self.path.exists() else []

    def rows(self):
        """Its events as sorted JSON lines; the program that reads them checks that all is whole."""
        if not self.files():
            return []
        ended = self.programs.run(["export", "-f", "jsonl", self.path])
        self.tally.check(ended.code == 0, "an archive is readable at any time", ended)
        return sorted(ended.out.splitlines())

    def flags(self):
        """What `ev info` says of the ends of its files."""
        return self.programs.run(["info", self.path]).out


def events(programs, name):
    """The events of a log as sorted lines, by way of one file: numbers are written as evkit writes them."""
    programs.run(["ingest", name, "-o", "one.ev"])
    return sorted(programs.run(["export", "-f", "jsonl", "one.ev"]).out.splitlines())


def kill_at_some_moment(process, first, randomly, seconds):
    """Half of the runs die at any time, the others between their first file and their last one."""
    if randomly.random() < 0.5:
        time.sleep(randomly.uniform(0, seconds))
        process.kill()
    else:
        while process.poll() is None and not first.exists():
            pass
        process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def test_death(programs, tally, archive, wanted):
    start = time.monotonic()
    ended = programs.run(["ingest", "in.jsonl", "-o", TEMPLATE])
    seconds = time.monotonic() - start
    tally.check(ended.code == 0 and not ended.err, "a run into folders ends without a word", ended)
    names = archive.files()
    # Files get their names in the order of their first events.
    names.sort(key=lambda name: os.stat(archive.path / name).st_ctime_ns)
    tally.check(len(names) > 64, "there are many folders", len(names))
    tally.equal(archive.rows(), wanted, "all events are there")
    randomly = random.Random(31)
    killed = partly = 0
    for case in range(cases_wanted("EV_ARCHIVE_CASES", 8)):
        archive.remove()
        first = archive.path / names[0]
        for death in range(randomly.randrange(1, 4)):
            process = programs.start(["ingest", "in.jsonl", "-o", TEMPLATE], subprocess.DEVNULL, subprocess.DEVNULL)
            killed += kill_at_some_moment(process, first, randomly, seconds)
            seen = archive.files()
            partly += 0 < len(seen) < len(names)
            tally.check(set(seen) <= set(names), f"case {case}: files after a death are some of those to be")
            if seen:
                rows = archive.rows()
                more = collections.Counter(rows) - collections.Counter(wanted)
                tally.check(not more, f"case {case}: no event is there too often after a death", len(more))
        ended = programs.run(["ingest", "in.jsonl", "-o", TEMPLATE])
        tally.check(ended.code == 0 and not ended.err, f"case {case}: the run made again ends well", ended)
        tally.equal(archive.files(), sorted(names), f"case {case}: the files of a run that nobody killed")
        tally.equal(archive.rows(), wanted, f"case {case}: each event once")
        tally.equal(archive.hidden(), [], f"case {case}: nothing is left")
    tally.check(killed > 0, "some runs were killed", killed)
    tally.check(partly > 0, "some died between their files", partly)


def test_company(programs, tally, archive, wanted):
    """Runs at once: two with the same input, two with others, and one that dies."""
    archive.remove()
    inputs = ["in.jsonl", "in.jsonl", "more.jsonl", "most.jsonl", "in.jsonl"]
    runs = [programs.start(["ingest", name, "-o", TEMPLATE], subprocess.DEVNULL, subprocess.DEVNULL) for name in inputs]
    time.sleep(0.05)
    runs[-1].kill()
    for name, run in zip(inputs[:-1], runs):
        _, err = run.communicate()
        tally.check(run.returncode == 0 and not err, f"a run with {name} among others", err)
    runs[-1].communicate()
    both = wanted + events(programs, "more.jsonl") + events(programs, "most.jsonl")
    programs.run(["ingest", "in.jsonl", "-o", TEMPLATE])
    tally.equal(archive.rows(), sorted(both), "events of several runs at once")
    tally.equal(archive.hidden(), [], "nothing is left of several runs")


def limited(bytes_of_file):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_of_file, bytes_of_file))

    return limit


def test_full(programs, tally, archive):
    archive.remove()
    ended = programs.run(["ingest", "in.jsonl", "-o", "out/{event_type}/"], preexec_fn=limited(20000))
    tally.check(ended.code == 74 and b"file too large" in ended.err, "a file that may not grow", ended)
    tally.check(not archive.path.exists(), "it leaves not even the folder")
    small = programs.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], stderr=subprocess.DEVNULL).returncode:
        return tally.skip("a full disk", "no file system may be mounted here")
    try:
        ended = programs.run(["ingest", "in.jsonl", "-o", "small/{event_type}/"])
        tally.check(ended.code == 74 and b"no space left on device" in ended.err, "a full disk", ended)
        tally.equal(list(small.iterdir()), [], "a full disk is left as it was")
        few = b"".join((programs.folder / "in.jsonl").read_bytes().splitlines(keepends=True)[:50])
        tally.equal(programs.run(["ingest", "-o", "small/{event_type}/"], few).code, 0, "what has room goes there")
    finally:
        subprocess.run(["umount", small], check=False)


def test_interrupted(programs, tally, archive):
    archive.remove()
    process = programs.start(["ingest", "--stats", "-o", "out/{event_type}/"], subprocess.PIPE, subprocess.DEVNULL)
    lines = (programs.folder / "in.jsonl").read_bytes().splitlines(keepends=True)
    (programs.folder / "some.jsonl").write_bytes(b"".join(lines[:500]))
    process.stdin.write(b"".join(lines[:500]) + lines[500][:20])
    process.stdin.flush()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    err = process.stderr.read()
    tally.equal(process.wait(), 130, "an interrupted run ends with 130")
    process.stdin.close()
    tally.equal(archive.rows(), events(programs, "some.jsonl"), "it has what it had read")
    tally.check(b"INTERRUPTED" in err, "it says that the parts are marked", err)
    tally.check(b"INTERRUPTED" in archive.flags(), "the parts are marked", archive.flags())
    tally.equal(json.loads(err.splitlines()[-1])["ledger"]["out"], 500, "its ledger counts them")

    archive.remove()
    process = programs.start(["ingest", "-o", "out/{event_type}/"], subprocess.PIPE, subprocess.DEVNULL)
    process.stdin.write(b"".join(lines[:500]))
    process.stdin.flush()
    while not archive.hidden():
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    process.communicate()
    tally.equal(process.returncode, -signal.SIGHUP, "a run that hung up")
    tally.equal((archive.files(), archive.hidden()), ([], []), "it adds nothing and leaves nothing")


def test_same_answer(programs, tally, archive):
    """Files depend on the events alone."""
    wanted = None
    for threads in (1, 4):
        archive.remove()
        ended = programs.run(["ingest", f"-j{threads}", "in.jsonl", "-o", TEMPLATE])
        tally.equal(ended.code, 0, f"a run on {threads} threads")
        got = {name: (archive.path / name).read_bytes() for name in archive.files()}
        wanted = wanted or got
        tally.check(got == wanted, f"files on {threads} threads are the same to the byte")


def main():
    if os.access("/dev/shm", os.W_OK):
        tempfile.tempdir = "/dev/shm"  # where making thousands of files durable takes no time
    programs, tally = Programs(bindir_argument()), Tally()
    for name, count, seed in (("in", ROWS, 1), ("more", 3000, 2), ("most", 5000, 3)):
        (programs.folder / f"{name}.jsonl").write_bytes(programs.sample(count, seed))
    wanted = events(programs, "in.jsonl")
    archive = Archive(programs, tally)
    test_death(programs, tally, archive, wanted)
    test_company(programs, tally, archive, wanted)
    test_full(programs, tally, archive)
    test_interrupted(programs, tally, archive)
    test_same_answer(programs, tally, archive)
    tally.finish()


if __name__ == "__main__":
    main()

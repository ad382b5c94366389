#!/usr/bin/env python3
"""Logs that are followed while they grow and rotate: follow_test.py BINDIR [--report]

`ev ingest --follow | ev export` must give each line soon after it was written, through renaming, truncation and new files,
and end on SIGTERM with a complete stream; a second run with the same checkpoint goes on from there.
"""
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time

from harness import Pipeline, Programs, Tally, bindir_argument

MOST_SECONDS = 2.0


class Followed:
    def __init__(self, programs, tally, words):
        self.tally, self.got, self.took = tally, b"", []
        read_end, write_end = os.pipe()
        self.out = read_end
        self.pipeline = Pipeline(programs, [words, "export -f jsonl"], subprocess.DEVNULL, stdout=write_end)
        os.close(write_end)

    def expect(self, lines, what):
        """Waits until this many lines are there."""
        begin = time.perf_counter()
        while self.got.count(b"\n") < lines:
            if not select.select([self.out], [], [], 20)[0]:
                return self.tally.check(False, what, f"only {self.got.count(bytes([10]))} of {lines} lines after 20 s")
            self.got += os.read(self.out, 1 << 16)
        self.took.append(time.perf_counter() - begin)
        return True

    def stop(self, signal_number):
        self.pipeline.stages[0].send_signal(signal_number)
        codes = self.pipeline.wait()
        while part := os.read(self.out, 1 << 16):
            self.got += part
        os.close(self.out)
        return codes, [json.loads(line)["n"] for line in self.got.splitlines()]


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    logs = programs.folder / "logs"
    logs.mkdir()
    app, count = logs / "app.log", 0

    def write(path, lines=1):
        nonlocal count
        with open(path, "a") as out:
            for _ in range(lines):
                out.write(json.dumps({"n": count, "x": "y" * 50}) + "\n")
                count += 1

    write(app, 100)
    followed = Followed(programs, tally, "ingest --follow --checkpoint c logs")
    followed.expect(count, "what is there comes at once")
    for i in range(30):
        write(app)
        if not followed.expect(count, f"line {count}"):
            break
    app.rename(logs / "app.log.1")
    write(logs / "app.log.1")
    followed.expect(count, "a file is followed under its new name")
    write(app)
    followed.expect(count, "its successor is followed, too")
    shutil.copy(app, logs / "app.log.2")
    os.truncate(app, 0)
    write(app)
    followed.expect(count, "a file that was truncated begins anew, and its copy is none")
    (logs / "below").mkdir()
    write(logs / "below" / "new.log", 3)
    followed.expect(count, "a file in a new folder is found")
    with open(app, "a") as out:
        out.write('{"n":')
    time.sleep(0.1)
    codes, numbers = followed.stop(signal.SIGTERM)
    tally.equal(codes, [143, 0], "exit status after SIGTERM")
    tally.equal(numbers, list(range(count)), "each line once, in order")
    tally.check(max(followed.took) < MOST_SECONDS, "lines come soon", followed.took)
    if "--report" in sys.argv:
        took = sorted(followed.took)
        print(f"{len(took)} waits: median {took[len(took) // 2] * 1000:.1f} ms, most {took[-1] * 1000:.1f} ms")

    tally.equal(programs.run("commit c").code, 0, "the commit")
    with open(app, "a") as out:
        out.write(f"{count}}}\n")
    count += 1
    again = Followed(programs, tally, ["ingest", "--follow", "--checkpoint", "c", "logs"])
    again.expect(1, "the line that was not whole")
    codes, numbers = again.stop(signal.SIGINT)
    tally.equal(codes, [130, 0], "exit status after SIGINT")
    tally.equal(numbers, [count - 1], "only what is new")
    tally.finish()


if __name__ == "__main__":
    main()

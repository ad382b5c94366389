#!/usr/bin/env python3
"""Records of several lines, through what users touch: multiline_test.py BINDIR

A log with stack traces must give the records that Python's re finds, from a file and through a pipe, on any number of
threads. From a pipe that pauses and from a file that is followed, a last record comes when it has rested, and one that
goes on for ever comes in pieces.
"""
import json
import os
import random
import re
import select
import signal
import subprocess
import threading
import time

from harness import Pipeline, Programs, Tally, bindir_argument

START = r"^\d{4}-\d\d-\d\d \d\d:"
REST, AGE = 1.0, 10.0  # kRecordRest and kRecordAge
SLOW = 8.0  # how much later a loaded machine may be


def sample(records, seed=1):
    """Log lines, traces with causes and blank lines in them, and text before the first record."""
    rng = random.Random(seed)
    lines = ["Picked up JAVA_TOOL_OPTIONS: -Xmx1g", "\tstarting"]
    for n in range(records):
        lines.append(f"2024-06-{n % 28 + 1:02} 10:{n % 60:02}:00,{n % 1000:03} INFO [main] request {n} took {n % 97} ms")
        if rng.random() < 0.2:
            lines.append(f"java.lang.IllegalStateException: no {n} \u00e4 2024-01-01 10: in the middle")
            lines += [f"\tat com.example.C{i}.run(C{i}.java:{rng.randrange(999)})" for i in range(rng.randrange(40))]
            lines += ["", "Caused by: java.io.IOException", "\t... 12 more"][: rng.randrange(4)]
        if rng.random() < 0.05:
            lines += ["", "  "]
    return "".join(line + rng.choice(["\n", "\n", "\n", "\r\n"]) for line in lines)


def expected(text):
    text = text.replace("\r\n", "\n")
    starts = [0] + [m.start() for m in re.finditer(START, text, re.M) if m.start() > 0]
    pieces = [text[a:b] for a, b in zip(starts, starts[1:] + [len(text)])]
    return [re.sub(r"(\n[ \t]*)+\Z", "", piece) for piece in pieces]


def check_answers(programs, tally):
    text = sample(1000)
    (programs.folder / "app.log").write_text(text, newline="")
    wanted = expected(text)
    for threads in (1, 4):
        for rows in (65536, 7):
            words = ["ingest", "-q", "--multiline", START, f"-j{threads}", "--block-rows", rows, "--to", "jsonl"]
            for feed in ("file", "pipe"):
                ended = programs.run(words + ["app.log"]) if feed == "file" else programs.run(words, data=text.encode(), sizes=(1000, 7, 70000))
                got = [json.loads(line)["message"] for line in ended.out.splitlines()]
                tally.check(ended.code == 0 and got == wanted, f"-j{threads} --block-rows {rows}, by {feed}", (ended, len(got), len(wanted)))


class Reader:
    """Messages of a run, and when they came."""

    def __init__(self, programs, words, stdin=subprocess.DEVNULL):
        read_end, write_end = os.pipe()
        self.out, self.buffer, self.messages, self.times = read_end, b"", [], []
        self.pipeline = Pipeline(programs, [words, "export -f jsonl"], stdin, stdout=write_end)
        os.close(write_end)

    def read(self, seconds):
        """What comes within that time; false at the end."""
        if not select.select([self.out], [], [], max(seconds, 0))[0]:
            return True
        part = os.read(self.out, 1 << 16)
        self.buffer += part
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            self.messages.append(json.loads(line)["message"])
            self.times.append(time.monotonic())
        return bool(part)

    def wait_for(self, count, seconds=REST + SLOW):
        until = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < until and self.read(until - time.monotonic()):
            pass
        return self.messages[:count]

    def finish(self):
        while self.read(30):
            pass
        os.close(self.out)
        return self.pipeline.wait()


def check_rest(tally, name, reader, write, stop, code):
    write("1 a\n\tat x\n\tat y\n2 b\n\tat z\n")
    written = time.monotonic()
    tally.equal(reader.wait_for(1), ["1 a\n\tat x\n\tat y"], f"{name}: a record leaves when the next one begins")
    tally.equal(reader.wait_for(2)[1:], ["2 b\n\tat z"], f"{name}: the last record leaves when it has rested")
    if len(reader.times) == 2:
        tally.check(reader.times[1] - written >= REST * 0.9, f"{name}: and not before", reader.times[1] - written)
    write("\tlate\n3 c\n")
    tally.equal(reader.wait_for(4)[2:], ["\tlate", "3 c"], f"{name}: what comes later is a record of its own")
    # No line ever matches, and none is long in coming.
    begin, lines = time.monotonic(), 0
    while time.monotonic() - begin < AGE + 3:
        write(f"x{lines}\n")
        lines += 1
        reader.read(0.2)
    tally.check(len(reader.messages) > 4, f"{name}: a record that goes on for ever leaves in pieces")
    until = time.monotonic() + REST + SLOW
    while not reader.messages[-1].endswith(f"x{lines - 1}") and time.monotonic() < until:
        reader.read(0.2)
    stop()
    tally.equal(reader.finish(), [code, 0], f"{name}: exit status")
    text = "\n".join(reader.messages[4:])
    tally.equal(text, "\n".join(f"x{i}" for i in range(lines)), f"{name}: each line once, in order")


def check_pipe(programs, tally):
    read_end, write_end = os.pipe()
    reader = Reader(programs, ["ingest", "--multiline", r"^\d"], read_end)
    os.close(read_end)
    check_rest(tally, "pipe", reader, lambda text: os.write(write_end, text.encode()), lambda: os.close(write_end), 0)


def check_follow(programs, tally):
    log = programs.folder / "followed.log"
    log.write_text("")
    reader = Reader(programs, ["ingest", "--follow", "--multiline", r"^\d", log])

    def write(text):
        with open(log, "a") as out:
            out.write(text)

    check_rest(tally, "followed", reader, write, lambda: reader.pipeline.stages[0].send_signal(signal.SIGTERM), 143)


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    check_answers(programs, tally)
    waits = [threading.Thread(target=check, args=(programs, tally)) for check in (check_pipe, check_follow)]
    for wait in waits:
        wait.start()
    for wait in waits:
        wait.join()
    tally.finish()


if __name__ == "__main__":
    main()

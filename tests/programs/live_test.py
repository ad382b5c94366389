#!/usr/bin/env python3
"""Buckets that come out while their input is still open: live_test.py BINDIR [--report]

In `ev ingest --follow | ev aggregate --every 1s --live | ev export` an event is appended to the log once the one before
was seen; when it lets the watermark pass the end of a bucket, that bucket must come out. EV_LATENCY_EVENTS says how many
(50). Fails only when it takes 20 s, whatever the machine; --report prints how long it took.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from harness import Pipeline, Programs, Tally, bindir_argument, cases_wanted

MOST_SECONDS = 20


class Results:
    """Lines that a pipeline prints while it runs."""

    def __init__(self, programs, stages, stdin):
        self.out, write_end = os.pipe()
        self.pipeline = Pipeline(programs, stages, stdin, stdout=write_end)
        os.close(write_end)
        self.text = b""

    def wait_for(self, lines):
        while self.text.count(b"\n") < lines:
            if not select.select([self.out], [], [], MOST_SECONDS)[0]:
                return False
            part = os.read(self.out, 1 << 16)
            if not part:
                return False
            self.text += part
        return True

    def end(self):
        codes = self.pipeline.wait()
        while part := os.read(self.out, 1 << 16):
            self.text += part
        os.close(self.out)
        return codes, self.text.splitlines()


def event(second, number=0):
    return b'{"ts":"2024-06-01T10:%02d:%02d.%03dZ","n":%d}\n' % (second // 60, second % 60, number, number)


def bucket(second, count):
    return b'{"time":"2024-06-01T10:%02d:%02dZ","count":%d}' % (second // 60, second % 60, count)


def follow(programs, tally, events, report):
    log = programs.folder / "app.jsonl"
    log.write_bytes(event(0))
    stages = ["ingest --follow app.jsonl", "aggregate --every 1s --live --lateness 0s", "export -f jsonl"]
    results, took = Results(programs, stages, subprocess.DEVNULL), []
    time.sleep(0.2)
    for second in range(1, events + 1):
        begin = time.perf_counter()
        with open(log, "ab") as out:
            out.write(event(second))
        if not tally.check(results.wait_for(second), f"second {second - 1} is there as soon as it is over"):
            break
        took.append(time.perf_counter() - begin)
    results.pipeline.stages[0].send_signal(signal.SIGINT)
    codes, lines = results.end()
    tally.equal(codes, [130, 0, 0], "exit status")
    tally.equal(lines, [bucket(second, 1) for second in range(events + 1)], "the buckets")
    if report and took:
        took = sorted(took[1:])  # without the start of the programs
        ms = [round(1000 * took[len(took) * part // 1000], 1) for part in (500, 990, 999)]
        print(f"{len(took)} buckets: median {ms[0]} ms, 99th percentile {ms[1]} ms, 99.9th {ms[2]} ms")


def go_idle(programs, tally, words, kind):
    """A silent pipe closes what is open; what comes then in the same bucket is late."""
    stream = subprocess.PIPE
    stages = [words] if kind == "text" else ["ingest", words]
    results = Results(programs, stages, stream)
    feed = results.pipeline.stages[0].stdin

    def send(*events):
        feed.write(b"".join(events))
        feed.flush()

    send(event(0), event(1), event(1, 1))
    tally.check(results.wait_for(2), f"idle, {kind}: open buckets come out", repr(results.text))
    send(event(1, 2), event(2))
    tally.check(results.wait_for(3), f"idle, {kind}: so do those that open then", repr(results.text))
    feed.close()
    codes, lines = results.end()
    tally.equal(codes, [0] * len(stages), f"idle, {kind}: exit status")
    tally.equal(lines, [bucket(0, 1), bucket(1, 2), bucket(2, 1)], f"idle, {kind}: the buckets")
    said = results.pipeline.errors[-1].decode()
    tally.equal(said.count("may give another result"), 1, f"idle, {kind}: says once that it cannot be replayed")
    tally.check("1 event came after its bucket had closed" in said, f"idle, {kind}: the late event", said)


def refresh(programs, tally):
    """On a terminal the table so far stands there while events come, and SIGINT ends with the table of all."""
    ours, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = dict(programs.env, TERM="xterm", NO_COLOR="1")
    process = programs.start("aggregate -b n --sort n --refresh 200ms --no-progress", subprocess.PIPE, terminal, env=env)
    os.close(terminal)
    shown = b""

    def wait_for(wanted, what):
        nonlocal shown
        end = time.monotonic() + MOST_SECONDS
        while wanted not in shown and time.monotonic() < end:
            if select.select([ours], [], [], 1)[0]:
                try:
                    shown += os.read(ours, 1 << 16)
                except OSError:  # nobody has the terminal open any more
                    break
        tally.check(wanted in shown, f"refresh: {what}", repr(shown))

    for number in (7, 8):
        process.stdin.write(event(0, number) + event(1, number))
        process.stdin.flush()
        wait_for(b"\r\n%d" % number if number == 8 else b"7      2\r\n", f"the table has {number} while the input is open")
    wait_for(b"\x1b[3A\x1b[J", "it is drawn in its own place")
    before = len(shown)
    process.send_signal(signal.SIGINT)
    tally.equal(process.wait(30), 130, "refresh: exit status")
    process.stdin.close()
    while select.select([ours], [], [], 1)[0]:
        try:
            shown += os.read(ours, 1 << 16)
        except OSError:
            break
    os.close(ours)
    last = shown[before:].rpartition(b"\x1b[J")[2]
    tally.check(b"7      2\r\n8      2\r\n" in last, "refresh: the table at the end", repr(shown[before:]))
    with process.stderr as errors:
        tally.equal(errors.read(), b"", "refresh: messages")


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    follow(programs, tally, cases_wanted("EV_LATENCY_EVENTS", 50), "--report" in sys.argv)
    for kind in ("text", "stream"):
        go_idle(programs, tally, "aggregate --every 1s --live --idle 300ms --to jsonl", kind)
    refresh(programs, tally)
    # Without --idle silence closes nothing.
    results = Results(programs, ["aggregate --every 1s --live --to jsonl"], subprocess.PIPE)
    feed = results.pipeline.stages[0].stdin
    feed.write(event(0))
    feed.flush()
    time.sleep(0.5)
    tally.equal(select.select([results.out], [], [], 0)[0], [], "without --idle")
    feed.close()
    tally.equal(results.end(), ([0], [bucket(0, 1)]), "without --idle, at the end")
    tally.finish()


if __name__ == "__main__":
    main()

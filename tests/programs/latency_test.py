#!/usr/bin/env python3
"""How long an event takes through three programs: latency_test.py BINDIR [--report]

Events are sent one at a time into `ev-ingest | ev-cat | ev-export`; each must come out before the next is sent.
EV_LATENCY_EVENTS says how many (200). Fails only over 2 s, whatever the machine; --report prints the figures.
"""
import os
import select
import subprocess
import sys
import time

from harness import Pipeline, Programs, Tally, bindir_argument, cases_wanted

MOST_SECONDS = 2.0


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    lines = programs.sample(cases_wanted("EV_LATENCY_EVENTS", 200)).splitlines(keepends=True)
    read_end, write_end = os.pipe()
    pipeline = Pipeline(programs, ["ingest", "cat", "export -f jsonl"], subprocess.PIPE, stdout=write_end)
    os.close(write_end)
    feed = pipeline.stages[0].stdin
    took, out = [], b""
    for number, line in enumerate(lines):
        begin = time.perf_counter()
        feed.write(line)
        feed.flush()
        while out.count(b"\n") <= number:
            if not select.select([read_end], [], [], 30)[0]:
                tally.check(False, f"event {number} comes out", "not within 30 s")
                feed.close()
                pipeline.wait()
                tally.finish()
            out += os.read(read_end, 1 << 16)
        took.append(time.perf_counter() - begin)
    feed.close()
    codes = pipeline.wait()
    out += os.read(read_end, 1 << 16)
    os.close(read_end)
    tally.equal(codes, [0, 0, 0], "exit status")
    programs.ingest("whole.ev", b"".join(lines))
    tally.equal(out, programs.run("export -f jsonl whole.ev").out, "the events")
    took.sort()
    half, last = took[len(took) // 2], took[len(took) * 99 // 100]
    if "--report" in sys.argv:
        print(f"{len(took)} events: median {half * 1000:.1f} ms, 99th percentile {last * 1000:.1f} ms, most {took[-1] * 1000:.1f} ms")
    tally.check(last < MOST_SECONDS, "99th percentile under 2 s", f"{last:.3f} s")
    tally.finish()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A producer killed at any moment: kill_test.py BINDIR

`ev-ingest | ev-cat | ev-export`, fed without end in sight; SIGKILL to one of the first two at a random moment. The last
one exits 0 only where everything had arrived, else 76. EV_KILL_CASES raises the number of runs (20).
"""
import random
import subprocess
import threading
import time

from harness import Pipeline, Programs, Tally, bindir_argument, cases_wanted

ROWS = 4000
STAGES = ["ingest --latency 2ms", "cat", "export -f jsonl"]


def feed(pipe, lines, seconds):
    """Spreads the lines over some time, in bursts, so that kills meet blocks, pauses and the end."""
    try:
        bursts = 40
        for i in range(bursts):
            pipe.write(b"".join(lines[i * len(lines) // bursts : (i + 1) * len(lines) // bursts]))
            pipe.flush()
            time.sleep(seconds / bursts)
        pipe.close()
    except BrokenPipeError:
        pass


def run_once(programs, lines, randomly, feed_seconds):
    pipeline = Pipeline(programs, STAGES, subprocess.PIPE)
    ingest = pipeline.stages[0]
    feeder = threading.Thread(target=feed, args=(ingest.stdin, lines, feed_seconds))
    feeder.start()
    victim = randomly.randrange(2)
    moment = randomly.uniform(0, feed_seconds * 1.6)
    time.sleep(moment)
    pipeline.stages[victim].kill()
    codes = pipeline.wait()
    feeder.join()
    return victim, moment, codes, pipeline


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    lines = programs.sample(ROWS).splitlines(keepends=True)
    programs.ingest("whole.ev", b"".join(lines))
    wanted = programs.run("export -f jsonl whole.ev").out.splitlines(keepends=True)
    complete = cut = 0
    randomly = random.Random(76)
    for case in range(cases_wanted("EV_KILL_CASES", 20)):
        victim, moment, codes, pipeline = run_once(programs, lines, randomly, feed_seconds=0.25)
        rows = pipeline.out.splitlines(keepends=True)
        name = f"run {case}: {STAGES[victim].split()[0]} killed after {moment:.3f} s (exit {codes}, {len(rows)} rows)"
        tally.check(rows == wanted[: len(rows)], name + ": rows are the first ones")
        if codes[2] == 0:
            complete += 1
            tally.check(len(rows) == ROWS, name + ": 0 means that everything arrived", pipeline.errors[2].decode())
        else:
            cut += 1
            tally.check(codes[2] == 76 and pipeline.errors[2], name + ": 76 and a message", pipeline.errors[2].decode())
            if victim == 0 and codes[0] == 137:
                tally.check(codes[1] == 76, name + ": the middle stage says so as well")
    tally.check(cut > 0, "some runs were cut", f"{complete} complete, {cut} cut")
    tally.finish()


if __name__ == "__main__":
    main()

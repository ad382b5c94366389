#!/usr/bin/env python3
"""Full disks, closed outputs, readers that go away, signals: hostile_test.py BINDIR"""
import fcntl
import os
import signal
import subprocess
import threading
import time

from harness import SMALL, Pipeline, Programs, Tally, bindir_argument, dribble, exit_code, signal_name

SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ
STREAM_WRITERS = ["cat whole.ev", "aggregate -b event_type whole.ev", "ingest whole.jsonl"]
TEXT_WRITERS = ["export -f jsonl whole.ev", "export -f csv whole.ev", "export -f table whole.ev", "info whole.ev", "check whole.ev"]


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return False


def ended_within(process, seconds):
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


class HostileTest:
    def __init__(self, programs, tally):
        self.programs, self.tally = programs, tally
        self.text = programs.sample(20000)
        (programs.folder / "whole.jsonl").write_bytes(self.text)
        programs.ingest("whole.ev", self.text)
        self.rows = programs.run("export -f jsonl whole.ev").out

    # Outputs that fail.

    def full_device(self):
        for words in STREAM_WRITERS + TEXT_WRITERS:
            with open("/dev/full", "wb") as full:
                ended = self.programs.run(words, stdout=full)
            self.tally.check(ended.code == 74 and b"no space left" in ended.err, f"{words} > /dev/full", repr(ended))
            ended = self.programs.run(f"{words} -o /dev/full")
            self.tally.check(ended.code == 74 and b"no space left" in ended.err, f"{words} -o /dev/full", repr(ended))

    def closed_output(self):
        for words in STREAM_WRITERS + TEXT_WRITERS:
            ended = self.programs.run(words, preexec_fn=lambda: os.close(1))
            self.tally.check(ended.code == 73 and ended.err, f"{words} >&-", repr(ended))

    def closed_input(self):
        for words in ["cat", "ingest", "export", "check"]:
            ended = self.programs.run(words, preexec_fn=lambda: os.close(0), timeout=10)
            self.tally.check(ended.code == 66 and ended.err, f"{words} <&-", repr(ended))

    def closed_errors(self):
        """Messages that nobody hears must not end up in the output, nor change the exit status."""
        (self.programs.folder / "bad.jsonl").write_bytes(b'{"a":1}\n{"a":\n')
        ended = self.programs.run("ingest bad.jsonl -o heard.ev", preexec_fn=lambda: os.close(2))
        self.tally.check(ended.code == 3 and not ended.out, "ingest bad.jsonl 2>&-", repr(ended))
        checked = self.programs.run("check heard.ev")
        self.tally.check(checked.code == 0 and b": ok, 1 rows" in checked.out, "its stream has no message in it", repr(checked))

    def full_file_system(self):
        place = self.programs.folder / "small"
        place.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True)
        if mounted.returncode != 0:
            self.tally.skip("full file system", "no tmpfs can be mounted here")
            return
        try:
            for words in STREAM_WRITERS[:1] + STREAM_WRITERS[2:] + TEXT_WRITERS[:3]:
                ended = self.programs.run(f"{words} -o small/out")
                self.tally.check(ended.code == 74 and b"no space left" in ended.err, f"{words} -o on a full file system", repr(ended))
                self.tally.equal(os.listdir(place), [], f"{words}: nothing is left on the full file system")
            # What was there before stays.
            (place / "out").write_bytes(b"old")
            ended = self.programs.run("cat whole.ev -o small/out")
            self.tally.equal((place / "out").read_bytes(), b"old", "an old file outlives a failed run")
            self.tally.equal(os.listdir(place), ["out"], "only the old file is there")
        finally:
            subprocess.run(["umount", place], check=True)

    # Slow and small reads and writes, interrupted system calls.

    def small_pieces(self):
        lines = b"".join(self.text.splitlines(keepends=True)[:300])
        self.programs.ingest("some.ev", lines)
        wanted = self.programs.run("export -f jsonl some.ev").out
        stream = (self.programs.folder / "some.ev").read_bytes()
        ended = self.programs.run("export -f jsonl", stream, sizes=SMALL)
        self.tally.check(ended.code == 0 and ended.out == wanted, "a stream in small reads", repr(ended))
        ended = self.programs.run("ingest --to jsonl", lines, sizes=SMALL)
        self.tally.check(ended.code == 0 and ended.out == wanted, "text in small reads", repr(ended))
        self.tally.equal(self.read_bytewise("export -f jsonl some.ev"), (0, wanted), "output that is read byte by byte")

    def read_bytewise(self, words):
        process = subprocess.Popen(
            self.programs.argv(words), cwd=self.programs.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        fcntl.fcntl(process.stdout.fileno(), SET_PIPE_SIZE, 4096)
        out = bytearray()
        while piece := os.read(process.stdout.fileno(), 1 + len(out) % 7):
            out += piece
        process.stdout.close()
        process.wait()
        return exit_code(process), bytes(out)

    def signal_storm(self):
        """SIGSTOP and SIGCONT break off reads and writes even without a handler."""
        # The leak checker stops the program by ptrace at its end, and a SIGSTOP just then stops both for good.
        calm = dict(self.programs.env, ASAN_OPTIONS="detect_leaks=0")
        for words in ["export -f jsonl", "cat --to jsonl"]:
            stream = (self.programs.folder / "whole.ev").read_bytes()
            pipeline = Pipeline(self.programs, [words], subprocess.PIPE, env=calm)
            process = pipeline.stages[0]
            feeder = threading.Thread(target=dribble, args=(process.stdin, stream, (4096, 1, 30000, 77)))
            feeder.start()
            storms = 0
            while process.poll() is None and storms < 300:
                process.send_signal(signal.SIGSTOP)
                process.send_signal(signal.SIGCONT)
                storms += 1
                time.sleep(0.001)
            codes = pipeline.wait()
            feeder.join()
            self.tally.check(codes == [0] and pipeline.out == self.rows, f"{words} in a storm of signals", f"{codes} {pipeline.errors}")

    # Readers that go away.

    def reader_goes(self):
        for words in ["export -f jsonl whole.ev", "cat whole.ev whole.ev whole.ev", "ingest whole.jsonl", "cat --to jsonl whole.ev"]:
            for ignored in (False, True):
                process = subprocess.Popen(
                    self.programs.argv(words),
                    cwd=self.programs.folder,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    restore_signals=not ignored,  # Python itself ignores SIGPIPE
                )
                os.read(process.stdout.fileno(), 1)
                process.stdout.close()
                name = f"{words} | head -c 1" + (", SIGPIPE ignored" if ignored else "")
                self.tally.check(ended_within(process, 20), name + ": ends")
                err = process.stderr.read()
                process.stderr.close()
                self.tally.check(
                    process.returncode == -signal.SIGPIPE and not err, name + ": dies quietly by SIGPIPE", f"{process.returncode} {err}"
                )

    def reader_goes_from_idle_producer(self):
        """`tail -f log | ev ingest | ev export | head -1`: the next line that comes ends all of it, and no line is due."""
        lines = self.text.splitlines(keepends=True)[:2]
        for threads in ("-j1", "-j4"):
            pipeline = Pipeline(
                self.programs, [f"ingest {threads}", f"cat {threads}", f"export -f jsonl {threads}"], subprocess.PIPE, stdout=self.pipe_write()
            )
            os.close(self.write_end)
            feed = pipeline.stages[0].stdin
            feed.write(lines[0])
            feed.flush()
            got = os.read(self.read_end, 1 << 16)
            self.tally.check(got.endswith(b"\n"), f"an idle producer's event comes through ({threads})", repr(got))
            os.close(self.read_end)
            feed.write(lines[1])
            feed.flush()  # and then the producer sleeps, with its pipe open
            last = pipeline.stages[-1]
            self.tally.check(ended_within(last, 20), f"the last stage ends while its input is idle ({threads})")
            feed.close()
            codes = pipeline.wait()
            self.tally.equal(codes[-1], 141, f"the last stage dies by SIGPIPE ({threads})")
            self.tally.equal(pipeline.errors, [b"", b"", b""], f"all of them quietly ({threads})")

    def pipe_write(self):
        self.read_end, self.write_end = os.pipe()
        return self.write_end

    # Signals from users.

    def interrupted(self):
        """SIGINT to all of `tail -f | ingest | cat | export`, as a terminal sends it: what was sent comes out."""
        lines = self.text.splitlines(keepends=True)[:50]
        for number in (signal.SIGINT, signal.SIGTERM):
            pipeline = Pipeline(self.programs, ["ingest --latency 5ms", "cat", "cat -o drained.ev"], subprocess.PIPE)
            feed = pipeline.stages[0].stdin
            feed.write(b"".join(lines) + b'{"half')
            feed.flush()
            arrived = wait_until(lambda: any((self.programs.folder / name).stat().st_size > 1000 for name in self.programs.leftovers()))
            self.tally.check(arrived, f"{signal_name(number)}: events arrive while the producer waits")
            for process in pipeline.stages:
                process.send_signal(number)
            codes = pipeline.wait()
            name = f"{signal_name(number)} to all stages"
            self.tally.equal(codes, [128 + number] * 3, f"{name}: exit status")
            feed.close()
            self.tally.equal(pipeline.errors, [b"", b"", b""], f"{name}: no message")
            checked = self.programs.run("check drained.ev")
            self.tally.check(checked.code == 0 and b" 50 rows" in checked.out, f"{name}: all that was sent came out", repr(checked) + repr(checked.out))
            self.tally.check(b"INTERRUPTED" in checked.out, f"{name}: END says INTERRUPTED", repr(checked.out))
            self.tally.equal(self.programs.leftovers(), [], f"{name}: no temporaries")
            (self.programs.folder / "drained.ev").unlink(missing_ok=True)

    def interrupted_twice(self):
        """The second signal ends a stage at once, here one whose producer never ends."""
        read_end, write_end = os.pipe()
        process = self.programs.start("cat -o never.ev", read_end, subprocess.DEVNULL)
        os.close(read_end)
        whole = (self.programs.folder / "whole.ev").read_bytes()
        os.write(write_end, whole[: min(len(whole) // 2, 60000)])
        self.tally.check(wait_until(lambda: self.programs.leftovers()), "a temporary while it writes")
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.tally.check(process.poll() is None, "one signal: it still waits for its producer")
        process.send_signal(signal.SIGINT)
        self.tally.check(ended_within(process, 10), "two signals: it ends")
        process.stderr.close()
        os.close(write_end)
        self.tally.equal(process.returncode, -signal.SIGINT, "two signals: dies by SIGINT")
        self.tally.equal(self.programs.leftovers(), [], "two signals: no temporaries")
        self.tally.check(not (self.programs.folder / "never.ev").exists(), "two signals: no file")

    def killed_producer(self):
        """A file is complete or not there at all."""
        read_end, write_end = os.pipe()
        process = self.programs.start("cat -o cut.ev", read_end, subprocess.DEVNULL)
        os.close(read_end)
        whole = (self.programs.folder / "whole.ev").read_bytes()
        os.write(write_end, whole[: min(len(whole) // 2, 60000)])
        os.close(write_end)
        self.tally.check(ended_within(process, 20), "a cut producer: it ends")
        process.stderr.close()
        self.tally.equal(process.returncode, 76, "a cut producer: 76")
        self.tally.check(not (self.programs.folder / "cut.ev").exists(), "a cut producer: no file under the final name")
        self.tally.equal(self.programs.leftovers(), [], "a cut producer: no temporaries")


def main():
    tally = Tally()
    test = HostileTest(Programs(bindir_argument()), tally)
    test.full_device()
    test.closed_output()
    test.closed_input()
    test.closed_errors()
    test.full_file_system()
    test.small_pieces()
    test.signal_storm()
    test.reader_goes()
    test.reader_goes_from_idle_producer()
    test.interrupted()
    test.interrupted_twice()
    test.killed_producer()
    test.tally.equal(test.programs.leftovers(), [], "no temporaries after all of it")
    tally.finish()


if __name__ == "__main__":
    main()

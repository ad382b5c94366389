"""What the tests of whole programs share: how they are started and fed, samples, and the count of what passed."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TIMEOUT_SECONDS = 120


class Tally:
    """Counts named checks; prints the failed ones."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, ok, name, detail=""):
        if ok:
            self.passed += 1
            return True
        self.failed += 1
        print(f"FAILED {name}" + (f": {detail}" if detail else ""), flush=True)
        return False

    def equal(self, got, wanted, name):
        return self.check(got == wanted, name, f"expected {short(wanted)}, got {short(got)}")

    def skip(self, name, why):
        self.skipped += 1
        print(f"skipped {name}: {why}", flush=True)

    def finish(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        sys.exit(1 if self.failed or self.passed + self.skipped == 0 else 0)


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else text[:300] + " ... " + text[-300:]


class Ended:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}, stderr {short(self.err)}"


def exit_code(process):
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


SMALL = (1, 2, 3, 5, 8, 13)


def dribble(pipe, data, sizes=SMALL, pause=0.0):
    """Writes in pieces; a reader that is gone is not the test's business here."""
    try:
        at = turn = 0
        while at < len(data):
            size = sizes[turn % len(sizes)]
            os.write(pipe.fileno(), data[at : at + size])
            at += size
            turn += 1
            if pause:
                time.sleep(pause)
    except BrokenPipeError:
        pass
    finally:
        pipe.close()


class Programs:
    """The programs of a build, and a folder to run them in that is removed at the end."""

    def __init__(self, bindir):
        self.bindir = Path(bindir).resolve()
        self.place = tempfile.TemporaryDirectory(prefix="ev-test-")
        self.folder = Path(self.place.name)
        self.env = dict(os.environ, LC_ALL="C.UTF-8", PATH=f"{self.bindir}:{os.environ.get('PATH', '/usr/bin:/bin')}")

    def argv(self, words):
        """'export -f csv' or a list: the program's own path and its arguments."""
        words = words.split() if isinstance(words, str) else list(words)
        return [str(self.bindir / f"ev-{words[0]}")] + [str(word) for word in words[1:]]

    def run(self, words, data=None, sizes=None, pause=0.0, timeout=TIMEOUT_SECONDS, **options):
        """Runs a program to its end; `data` goes through a pipe, in writes of the `sizes` in turns."""
        options.setdefault("stdout", subprocess.PIPE)
        process = subprocess.Popen(
            self.argv(words),
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        feeder = None
        if data is not None and sizes:
            feeder = threading.Thread(target=dribble, args=(process.stdin, data), kwargs={"sizes": sizes, "pause": pause})
            process.stdin = None
            feeder.start()
            data = None
        try:
            out, err = process.communicate(data, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return Ended("none: it hangs", out, err)
        finally:
            if feeder:
                feeder.join()
        return Ended(exit_code(process), out, err)

    def start(self, words, stdin, stdout, **options):
        options.setdefault("env", self.env)
        return subprocess.Popen(self.argv(words), cwd=self.folder, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, **options)

    def sample(self, count, seed=1):
        """Made-up events as JSON lines."""
        return subprocess.run([self.bindir / "ev-sample", str(count), str(seed)], stdout=subprocess.PIPE, check=True).stdout

    def ingest(self, name, data, *more):
        """A stream file in the folder, made from text; its bytes."""
        ended = self.run(["ingest", "-o", name, *more], data)
        if ended.code != 0:
            raise RuntimeError(f"ev-ingest -o {name}: {ended}")
        return (self.folder / name).read_bytes()

    def leftovers(self):
        """Temporaries that outputs left behind."""
        return sorted(path.name for path in self.folder.rglob(".*ev-tmp*"))


class Pipeline:
    """Programs joined by pipes. Reads all that the last one prints and all messages, until they end."""

    def __init__(self, programs, stages, stdin, stdout=subprocess.PIPE, **options):
        self.stages = []
        for i, words in enumerate(stages):
            last = i + 1 == len(stages)
            source = stdin if i == 0 else self.stages[-1].stdout
            process = programs.start(words, source, stdout if last else subprocess.PIPE, **options)
            if i > 0:
                self.stages[-1].stdout.close()  # the stage's now
            self.stages.append(process)
        self.out, self.errors = b"", [b""] * len(stages)
        self.readers = [threading.Thread(target=self.read_error, args=(i,)) for i in range(len(stages))]
        if stdout == subprocess.PIPE:
            self.readers.append(threading.Thread(target=self.read_out))
        for reader in self.readers:
            reader.start()

    def read_error(self, stage):
        with self.stages[stage].stderr as pipe:
            self.errors[stage] = pipe.read()

    def read_out(self):
        with self.stages[-1].stdout as pipe:
            self.out = pipe.read()

    def wait(self):
        """Exit codes of all stages."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        for process in self.stages:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for reader in self.readers:
            reader.join()
        return [exit_code(process) for process in self.stages]


def signal_name(number):
    return signal.Signals(number).name


def record_ends(stream):
    """Offsets behind each record of a stream, by its 192-byte headers (man/ev-stream.5)."""
    ends, at = [], 0
    while at < len(stream):
        at += 192 + int.from_bytes(stream[at + 8 : at + 16], "little")
        ends.append(at)
    return ends


def cases_wanted(name, default):
    """How many random cases to run: as the environment says, else few enough for every run of the suite."""
    return int(os.environ.get(name, default))


def bindir_argument():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} BINDIR")
    return sys.argv[1]

#!/usr/bin/env python3
"""Runs the file-based tests of the programs: run_cases.py BINDIR [-k PATTERN] [-v]

A case is a folder TOOL/NAME with
  cmd      shell text, as a user would type it
  input/   files that are put into the folder it runs in (may be missing)
  stdout, stderr, exit   what is expected: by default nothing, nothing, 0
  vary     what is varied, of "threads rows pipe": by default all

`ev PROGRAM` in cmd is run with 1 and 4 threads and with blocks of 1, 7 and 65,536 rows: same bytes every time. A program
called by its full name (ev-export) is run as it stands. @IN@ in cmd stands for the file input/in.*: given by name, or
as `-` through a pipe, at once or in small writes. @IN@ in the expected texts is what messages call it.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PROGRAMS = "ingest filter dedup aggregate agg rollup export cat info check"
TIMEOUT_SECONDS = 120
# How the input comes with 1 thread and 65,536, 7 and 1 rows, and with 4 threads and these: each way once.
FEEDS = ["file", "dribble", "pipe", "pipe", "file", "file"]

# Stands in front of the real programs on PATH. Cases about `ev` itself (ev help, ev nosuch) pass through it unchanged.
WRAPPER = """#!/bin/sh
case " {programs} " in
  *" $1 "*) name=$1; shift; exec '{ev}' "$name" $EV_CASE_OPTIONS "$@" ;;
esac
exec '{ev}' "$@"
"""


class Variant:
    def __init__(self, threads, rows, feed):
        self.threads, self.rows, self.feed = threads, rows, feed

    def options(self):
        threads = f"-j{self.threads}" if self.threads else ""
        return f"{threads} --block-rows {self.rows}" if self.rows else threads

    def __str__(self):
        return f"{self.options() or 'as typed'}, input by {self.feed}"


def variants(command, vary):
    varied = re.search(r"(^|[^-\w])ev\s+(%s)\b" % PROGRAMS.replace(" ", "|"), command, re.M)
    threads = [1, 4] if varied and "threads" in vary else [None]
    rows = [65536, 7, 1] if varied and "rows" in vary else [None]
    ways = [(t, r) for t in threads for r in rows]
    if "@IN@" not in command or "pipe" not in vary:
        return [Variant(t, r, "file") for t, r in ways]
    if len(ways) < len(FEEDS):
        return [Variant(*ways[i % len(ways)], feed) for i, feed in enumerate(["file"] * len(ways) + ["pipe", "dribble"])]
    return [Variant(t, r, feed) for (t, r), feed in zip(ways, FEEDS)]


def dribble(pipe, data):
    """Small writes of changing sizes, with pauses that let the reader see each."""
    try:
        at, size = 0, 1
        pause = min(0.002, 0.2 / (len(data) + 1))
        while at < len(data):
            pipe.write(data[at : at + size])
            pipe.flush()
            at += size
            size = size % 13 + 1
            time.sleep(pause)
        pipe.close()
    except BrokenPipeError:
        pass


class Case:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.command = (folder / "cmd").read_text()
        self.expected = {
            "stdout": self.read("stdout", b""),
            "stderr": self.read("stderr", b""),
            "exit": self.read("exit", b"0").strip(),
        }
        self.vary = self.read("vary", b"threads rows pipe").decode().split()
        unknown = set(self.vary) - {"threads", "rows", "pipe", "none"}
        if unknown:
            raise ValueError(f"{folder}/vary: {unknown}")
        inputs = sorted((folder / "input").glob("in.*"))
        self.input = inputs[0] if inputs else None
        if "@IN@" in self.command and not self.input:
            raise ValueError(f"{folder}: cmd says @IN@, but there is no file input/in.*")

    def read(self, name, default):
        path = self.folder / name
        return path.read_bytes() if path.exists() else default

    def run(self, variant, bindir, wrapper_folder):
        """The differences from what is expected, as text; empty where there are none."""
        by_name = variant.feed == "file"
        with tempfile.TemporaryDirectory(prefix="ev-case-") as place:
            if (self.folder / "input").is_dir():
                shutil.copytree(self.folder / "input", place, dirs_exist_ok=True)
            shown, command = "", self.command
            if self.input:
                command = command.replace("@IN@", self.input.name if by_name else "-")
                shown = self.input.name if by_name else "standard input"
            env = {
                "PATH": f"{wrapper_folder}:{bindir}:/usr/bin:/bin",
                "HOME": place,
                "LC_ALL": "C.UTF-8",
                "EV_CASE_OPTIONS": variant.options(),
            }
            for name, value in os.environ.items():
                if name.endswith("SAN_OPTIONS"):
                    env[name] = value
            piped = self.input is not None and "@IN@" in self.command and not by_name
            process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                cwd=place,
                env=env,
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            feeder = None
            if piped and variant.feed == "dribble":
                feeder = threading.Thread(target=dribble, args=(process.stdin, self.input.read_bytes()))
                feeder.start()
                process.stdin = None  # the feeder's; communicate() must not close it
            data = self.input.read_bytes() if piped and not feeder else None
            try:
                out, err = process.communicate(data, timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return f"    does not end within {TIMEOUT_SECONDS} s\n"
            finally:
                if feeder:
                    feeder.join()
        code = process.returncode if process.returncode >= 0 else 128 - process.returncode
        got = {"stdout": out, "stderr": err, "exit": str(code).encode()}
        text = ""
        for what, wanted in self.expected.items():
            wanted = wanted.replace(b"@IN@", shown.encode())
            if got[what] != wanted:
                text += f"    {what}: expected\n{indented(wanted)}    got\n{indented(got[what])}"
        return text


def indented(data):
    text = data.decode("utf-8", "backslashreplace")
    if len(text) > 4000:
        text = text[:4000] + "..."
    return "".join(f"      | {line}\n" for line in text.split("\n"))


def run_case(case, bindir, wrapper_folder):
    for variant in variants(case.command, case.vary):
        problem = case.run(variant, bindir, wrapper_folder)
        if problem:
            return f"FAILED {case.name} ({variant})\n{problem}"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bindir")
    parser.add_argument("-k", metavar="PATTERN", default="", help="only cases whose TOOL/NAME matches this expression")
    parser.add_argument("-v", action="store_true", help="name each case")
    arguments = parser.parse_args()
    bindir = Path(arguments.bindir).resolve()
    here = Path(__file__).resolve().parent
    cases = []
    for path in sorted(here.glob("*/*/cmd")):
        name = f"{path.parent.parent.name}/{path.parent.name}"
        if re.search(arguments.k, name):
            cases.append(Case(path.parent, name))
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="ev-cases-") as wrapper_folder:
        wrapper = Path(wrapper_folder) / "ev"
        wrapper.write_text(WRAPPER.format(programs=PROGRAMS, ev=bindir / "ev"))
        wrapper.chmod(0o755)
        with concurrent.futures.ThreadPoolExecutor(max_workers=(os.cpu_count() or 2) + 1) as pool:
            futures = [(case, pool.submit(run_case, case, bindir, wrapper_folder)) for case in cases]
            for case, future in futures:
                problem = future.result()
                passed += not problem
                failed += bool(problem)
                if problem:
                    print(problem, flush=True)
                elif arguments.v:
                    print(f"ok {case.name}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())

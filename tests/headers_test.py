#!/usr/bin/python3
"""Every header compiles alone: headers_test.py COMPILER

A header that a source file of its name includes before all else was compiled like that with the library."""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def check(header):
    name = header.relative_to(ROOT / "lib")
    run = subprocess.run([sys.argv[1], "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-I", str(ROOT / "lib"), "-x", "c++", "-"],
                         input=f'#include "{name}"\n', capture_output=True, text=True)
    return None if run.returncode == 0 and not run.stderr else f"{name}:\n{run.stderr}"


def comes_first_in_its_source(header):
    source = header.with_suffix(".cpp")
    if not source.exists():
        return False
    first = re.search(r"^#include [<\"](.*)[>\"]", source.read_text(), re.M)
    return bool(first) and first[1] == str(header.relative_to(ROOT / "lib"))


def main():
    headers = [header for header in sorted((ROOT / "lib").glob("*/*.h")) if not comes_first_in_its_source(header)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = [r for r in pool.map(check, headers) if r]
    print("\n".join(failed) or f"{len(headers)} headers compile alone")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())

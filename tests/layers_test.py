#!/usr/bin/python3
"""Holds the includes of lib/ and tools/ to lib/layers.txt.

- a module includes only the modules that layers.txt allows it;
- third-party headers stand only where layers.txt allows them, and never in a module's public headers;
- a tool includes no other tool; no file is called util, helper, common or misc.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STANDARD = re.compile(r"^[a-z_0-9]+$")  # <vector>, <cstdint>
SYSTEM = re.compile(r"^(sys/|linux/|[a-z_0-9]*intrin\.h$|fcntl\.h|unistd\.h|poll\.h|signal\.h|errno\.h|sched\.h|spawn\.h|"
                    r"malloc\.h|dirent\.h|termios\.h|time\.h|string\.h|stdlib\.h|stdio\.h|limits\.h|arpa/inet\.h)")
NAMES = re.compile(r"(^|_)(util|utils|helper|helpers|common|misc)(_|$)")


def read_layers():
    layers = {}
    for line in (ROOT / "lib/layers.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, rest = line.split(":", 1)
        modules, third = rest.split("|")
        layers[name.strip()] = (set(modules.split()), third.split())
    return layers


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if m:
            yield number, m.group(1), m.group(2)


def main():
    layers, problems = read_layers(), []
    for name, (modules, _) in layers.items():
        for other in modules:
            if other not in layers:
                problems.append(f"layers.txt: {name} names the unknown module {other}")
            elif name in layers[other][0]:
                problems.append(f"layers.txt: {name} and {other} include each other")
    for path in sorted([*ROOT.glob("lib/**/*.h"), *ROOT.glob("lib/**/*.cpp"), *ROOT.glob("tools/**/*.h"), *ROOT.glob("tools/**/*.cpp")]):
        relative = path.relative_to(ROOT)
        area, module = relative.parts[0], relative.parts[1]
        if NAMES.search(path.stem):
            problems.append(f"{relative}: the name says nothing")
        if area == "lib" and module not in layers:
            problems.append(f"{relative}: module {module} is not in lib/layers.txt")
            continue
        for number, kind, target in includes(path):
            where = f"{relative}:{number}: includes {target}"
            first = target.split("/")[0]
            if kind == '"':
                if first in layers:
                    if area == "lib" and first != module and first not in layers[module][0]:
                        problems.append(f"{where}: {module} may not include {first}")
                elif area == "lib" or first != module:
                    problems.append(f"{where}: not a module, not of this tool")
            elif not (STANDARD.match(target) or SYSTEM.match(target)):
                if area == "tools":
                    problems.append(f"{where}: tools use third-party libraries through modules only")
                elif not any(target == t or target.startswith(t + "/") or target.startswith(t + ".") for t in layers[module][1]):
                    problems.append(f"{where}: {module} may not use it")
                elif path.suffix == ".h":
                    problems.append(f"{where}: third-party headers never stand in a header")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

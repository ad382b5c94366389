"""Reads what the emitters printed with Python's own json and csv modules and compares it with the events.

read_back.py MODE EVENTS TEXT. EVENTS has a line per field: steps in hex joined by dots, type, value in hex; an empty
line ends an event. MODE is jsonl, tree (jsonl of layouts that contradict themselves: valid, no key twice, no value
lost), csv or tsv.
"""
import base64
import collections
import csv
import json
import math
import sys


def unhex(text):
    return bytes.fromhex(text)


def json_value(kind, raw):
    if kind == "bytes":
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return "base64:" + base64.b64encode(raw).decode()
    text = raw.decode()
    if kind == "null":
        return None
    if kind in ("int", "uint"):
        return int(text)
    if kind == "float":
        value = float(text)
        return value if math.isfinite(value) else None
    if kind == "bool":
        return text == "true"
    if kind == "json":
        return json.loads(text)
    return text


def cell_text(kind, raw):
    if kind == "null":
        return None
    if kind == "bytes":
        return json_value(kind, raw)
    return raw.decode()


def read_events(path):
    event = []
    for line in open(path, newline="\n"):
        if line == "\n":
            yield event
            event = []
            continue
        steps, kind, value = line[:-1].split("\t")
        event.append((tuple(unhex(step).decode() for step in steps.split(".")), kind, unhex(value)))
    assert not event


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    return a == b


def no_key_twice(pairs):
    result = dict(pairs)
    assert len(result) == len(pairs), f"a key stands twice: {pairs}"
    return result


def nested(event):
    top = {}
    for steps, kind, raw in event:
        at = top
        for step in steps[:-1]:
            at = at.setdefault(step, {})
        assert steps[-1] not in at
        at[steps[-1]] = json_value(kind, raw)
    return top


def leaves(value):
    if not isinstance(value, dict):
        return [json.dumps(value)]
    return [leaf for part in value.values() for leaf in leaves(part)]


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def check_json(events, text, mode):
    lines = open(text, newline="\n", encoding="utf-8", errors="strict").read().split("\n")
    assert lines.pop() == "" and len(lines) == len(events), (len(lines), len(events))
    for event, line in zip(events, lines):
        read = json.loads(line, object_pairs_hook=no_key_twice, parse_constant=refuse)
        if mode == "jsonl":
            assert same(read, nested(event)), (line, event)
        else:
            expected = collections.Counter(json.dumps(json_value(kind, raw)) for _, kind, raw in event)
            assert collections.Counter(leaves(read)) == expected, (line, event)


def check_cells(events, rows):
    header = rows.pop(0)
    assert len(rows) == len(events), (len(rows), len(events))
    for event, row in zip(events, rows):
        assert len(row) == len(header)
        expected = dict.fromkeys(header)
        expected.update((".".join(steps), cell_text(kind, raw)) for steps, kind, raw in event)
        yield row, [expected[name] for name in header]


def check_csv(events, text):
    rows = list(csv.reader(open(text, newline="", encoding="utf-8"), strict=True))
    for row, expected in check_cells(events, rows):
        assert row == [value or "" for value in expected], (row, expected)


def check_tsv(events, text):
    letters = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}

    def plain(cell):
        if cell == "\\N":
            return None
        out, chars = "", iter(cell)
        for c in chars:
            out += letters[next(chars)] if c == "\\" else c
        return out

    lines = open(text, newline="\n", encoding="utf-8").read().split("\n")
    assert lines.pop() == ""
    for row, expected in check_cells(events, [[plain(cell) for cell in line.split("\t")] for line in lines]):
        assert row == expected, (row, expected)


mode, events_path, text_path = sys.argv[1:]
all_events = list(read_events(events_path))
assert len(all_events) > 100
if mode == "csv":
    check_csv(all_events, text_path)
elif mode == "tsv":
    check_tsv(all_events, text_path)
else:
    check_json(all_events, text_path, mode)

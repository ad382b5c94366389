#!/usr/bin/env python3
"""Same input, same answer: same_answer_test.py BINDIR [DATADIR]

Rows, ledger, content digest and text must not depend on threads, on how the input came or on the cut into blocks; the
stream's bytes neither, where inputs are regular files and blocks are cut alike. With a folder of real logs (or EV_DATA),
their first events are tried, too.
"""
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

from harness import Programs, Tally, bindir_argument

THREADS = ("1", "2", "8")
BLOCK_ROWS = ("65536", "7", "1")
FEEDS = ("file", "pipe", "dribble")
QUERIES = (
    ["aggregate", "-a", "count"],
    ["aggregate", "-b", "event_type", "-a", "count, sum(value), min(value), max(value), mean(value), mean(metadata.gas)"],
    ["aggregate", "--every", "1s", "-b", "metadata.country", "-a", "count, sum(metadata.gas)"],
    ["aggregate", "--every", "1s", "-b", "metadata.country", "-a", "count", "--live", "--lateness", "0s", "--revise"],
    ["aggregate", "--session", "20ms", "-b", "event_type", "-a", "count, sum(value), last(metadata.country)"],
)
MIXED = [
    '{"ts":"2024-06-01T10:00:0%d.%03dZ","k":%s,"v":%s}' % (i % 10, i * 37 % 1000, k, v)
    for i, (k, v) in enumerate(
        itertools.product(
            ['"a"', "1", "1.0", "null", "true", "[1]", '"é"'],
            ["0.1", "1e300", "-1e300", "9223372036854775807", "18446744073709551615", '"x"', "null", "123456789012345678901"],
        )
    )
] + ['{"broken":', '{"no_time":1}', "", '{"ts":"soon"}', '{"a":{"b":{}},"c":[]}', "{}"]


class SameAnswerTest:
    def __init__(self, programs, tally):
        self.programs, self.tally = programs, tally

    def run(self, words, feed, path):
        data = path.read_bytes()
        if feed == "file":
            return self.programs.run([*words, path])
        if feed == "pipe":
            return self.programs.run(words, data)
        return self.programs.run([*words, "--latency", "1ms"], data, sizes=(1, 700, 2, 4096, 13, 333), pause=0.001)

    def facts(self, stream):
        """Rows, ledger, digest, times: all that must not change; not how it is cut and stored."""
        (self.programs.folder / "facts.ev").write_bytes(stream)
        info = json.loads(self.programs.run("info --json facts.ev").out)
        kept = {key: info[key] for key in ("rows", "digest", "ledger", "timed_rows")}
        # One field's values over all blocks.
        kept["fields"] = sorted((field["name"], field["type"], field["values"]) for field in info["fields"])
        kept["text"] = self.programs.run("export -f jsonl facts.ev").out
        return kept

    def ingest(self, name, path, feeds):
        """All ways to ingest give one stream, but for its blocks."""
        first, streams = None, {}
        for feed, threads, rows in itertools.product(feeds, THREADS, BLOCK_ROWS):
            way = f"{name}: ingest by {feed}, -j{threads}, blocks of {rows}"
            ended = self.run(["ingest", "-q", f"-j{threads}", "--block-rows", rows], feed, path)
            if not self.tally.check(ended.code in (0, 3) and not ended.err, way, repr(ended)):
                continue
            facts = (ended.code, self.facts(ended.out))
            first = first or facts
            for key in first[1]:
                self.tally.equal(facts[1][key], first[1][key], f"{way}: {key}")
            self.tally.equal(facts[0], first[0], f"{way}: exit status")
            if feed == "file":
                self.tally.check(streams.setdefault(rows, ended.out) == ended.out, f"{way}: the stream's bytes")
        return streams

    def query(self, name, words, streams, text_path, feeds):
        """All ways to ask give one answer: of the text, and of its stream cut in each way."""
        answers = {}
        for rows, stream in streams.items():
            path = self.programs.folder / f"cut-{rows}.ev"
            path.write_bytes(stream)
            answers[f"stream in blocks of {rows}"] = path
        answers["text"] = text_path
        if words[0] == "aggregate":
            words = [*words, "--to", "jsonl"]  # the ledger of a log counts its rejects, that of a stream does not
        first = None
        for (source, path), feed, threads in itertools.product(answers.items(), feeds, THREADS):
            way = f"{name}: {' '.join(words)}: {source} by {feed}, -j{threads}"
            ended = self.run([*words, "-q", f"-j{threads}"], feed, path)
            if not self.tally.check(ended.code in (0, 3) and not ended.err, way, repr(ended)):
                continue
            out = ended.out
            first = out if first is None else first
            self.tally.check(out == first, f"{way}: bytes")


def first_lines(path, count):
    whole = subprocess.run(["zstd", "-dqc", path], stdout=subprocess.PIPE, check=True).stdout
    return b"\n".join(whole.split(b"\n", count)[:count]) + b"\n"


def main():
    programs, tally = Programs(bindir_argument()), Tally()
    test = SameAnswerTest(programs, tally)
    sample = programs.folder / "sample.jsonl"
    sample.write_bytes(programs.sample(600))
    streams = test.ingest("sample", sample, FEEDS)
    for query in QUERIES:
        test.query("sample", query, streams, sample, ["file", "pipe"])
    mixed = programs.folder / "mixed.jsonl"
    mixed.write_text("\n".join(MIXED))
    streams = test.ingest("mixed", mixed, FEEDS)
    mixed_query = ["aggregate", "--every", "1s", "-b", "k", "-a", "count, sum(v), min(v), max(v), mean(v)"]
    for words in (mixed_query, ["export", "-f", "jsonl"], ["export", "-f", "table"], ["export", "-f", "record"],
                  ["filter", "-w", "v is not null", "--set", "w=v + 1", "--drop", "a,v", "--rename", "k=key", "--to", "jsonl"]):
        test.query("mixed", words, streams, mixed, FEEDS[:2])
    test.query("mixed", ["export", "-f", "csv"], streams, mixed, ["file"])

    data = Path(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("EV_DATA", "no-data"))
    logs = sorted(data.glob("*.jsonl.zst")) if data.is_dir() else []
    if not logs:
        tally.skip("real logs", f"no {data}/*.jsonl.zst")
    for log in logs:
        path = programs.folder / log.stem
        path.write_bytes(first_lines(log, 400))
        test.ingest(log.stem, path, ["file", "pipe"])
    tally.finish()


if __name__ == "__main__":
    main()

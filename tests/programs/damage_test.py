#!/usr/bin/env python3
"""Cut and damaged streams through the programs: damage_test.py BINDIR

Cut anywhere, a stream gives 76 and at most the rows that stand before the cut; damaged anywhere, 65 or 76 and never an
answer. EV_DAMAGE_CASES raises the number of cuts (60; all 12 block edges are always among them) and of flipped bits (60).
"""
import concurrent.futures
import os
import random

from harness import Programs, Tally, bindir_argument, cases_wanted, record_ends

ROWS, ROWS_OF_BLOCK = 720, 60
READERS = {
    "export": "export -f jsonl",
    "cat": "cat",
    "filter": "filter -w length(event_id)>0",
    "aggregate": "aggregate -b event_type -a count,sum(value)",
    "check": "check",
}


class DamageTest:
    def __init__(self, programs, tally):
        self.programs, self.tally = programs, tally
        text = programs.sample(ROWS)
        self.stream = programs.ingest("whole.ev", text, "--block-rows", str(ROWS_OF_BLOCK), "--compress", "none")
        self.rows = programs.run("export -f jsonl whole.ev").out.splitlines(keepends=True)
        self.ends = record_ends(self.stream)

    def ways(self, case):
        """The program, the threads and the way in that a case is tried with: all of them, in turns."""
        names = list(READERS)
        way = case // len(names)
        return names[case % len(names)], 1 if way % 2 == 0 else 4, way // 2 % 2 == 0

    def read(self, program, threads, by_file, data, name):
        words = READERS[program].split() + [f"-j{threads}"]
        if not by_file:
            return self.programs.run(words, data)
        path = self.programs.folder / f"{name}.ev"
        path.write_bytes(data)
        ended = self.programs.run(words + [path.name])
        path.unlink()
        return ended

    def rows_of(self, program, out):
        """What a program's output says, read on: rows of `export`, `cat` and `filter`."""
        if program == "export":
            return out.splitlines(keepends=True), 76
        ended = self.programs.run("export -f jsonl", out)
        return ended.out.splitlines(keepends=True), ended.code

    def check_whole(self):
        self.tally.equal(len(self.rows), ROWS, "rows of the whole stream")
        self.tally.equal(len(self.ends), ROWS // ROWS_OF_BLOCK + 3, "records: HEADER, 12 BLOCKs, INDEX, END")
        self.tally.check(32 << 10 < len(self.stream) < 128 << 10, "size of the whole stream", str(len(self.stream)))
        for program in READERS:
            for threads in (1, 4):
                for by_file in (True, False):
                    ended = self.read(program, threads, by_file, self.stream, "undamaged")
                    self.tally.check(
                        ended.code == 0 and not ended.err, f"undamaged: {program} -j{threads} by_file={by_file}", repr(ended)
                    )

    def check_cut(self, size, program, threads, by_file):
        name = f"cut at {size} of {len(self.stream)}: {program} -j{threads} {'by file' if by_file else 'by pipe'}"
        ended = self.read(program, threads, by_file, self.stream[:size], f"cut-{size}-{program}-{threads}")
        if not self.tally.check(ended.code == 76 and ended.err, name, repr(ended)):
            return
        if program in ("export", "cat", "filter"):
            rows, code = self.rows_of(program, ended.out)
            # Whole blocks before the cut may come out, and nothing else.
            before = ROWS_OF_BLOCK * sum(1 for end in self.ends[1:-2] if end <= size)
            self.tally.equal(code, 76, name + ", exit status of the next program")
            self.tally.check(
                rows == self.rows[: len(rows)] and len(rows) <= before, name + ", rows", f"{len(rows)} rows, {before} stand before"
            )
        elif program == "aggregate":
            self.tally.equal(self.rows_of(program, ended.out)[1], 76, name + ", exit status of the next program")
        else:
            self.tally.equal(ended.out, b"", name + ", output")

    def check_flip(self, bit, program, threads, by_file):
        name = f"bit {bit % 8} of byte {bit // 8} flipped: {program} -j{threads} {'by file' if by_file else 'by pipe'}"
        damaged = bytearray(self.stream)
        damaged[bit // 8] ^= 1 << bit % 8
        ended = self.read(program, threads, by_file, bytes(damaged), f"flip-{bit}-{program}-{threads}")
        if program in ("cat", "filter") and ended.code == 0:
            # Blocks pass unopened: what is wrong inside a column is found by whoever opens it.
            rows, code = self.rows_of(program, ended.out)
            self.tally.check(code in (65, 76), name + ", found by the next program", f"exit {code}")
            self.tally.check(rows == self.rows[: len(rows)], name + ", rows of the next program")
            return
        if program == "aggregate" and ended.code == 0:
            # It reads two columns of nine, and the damage lies in another.
            got = self.programs.run("export -f csv", ended.out).out
            self.tally.equal(got, self.true_answer, name + ", its answer")
            return
        self.tally.check(ended.code in (65, 76) and ended.err, name, repr(ended))
        if program == "export":
            rows = ended.out.splitlines(keepends=True)
            self.tally.check(rows == self.rows[: len(rows)], name + ", rows")

    def run(self):
        self.check_whole()
        self.true_answer = self.programs.run(
            "export -f csv", self.programs.run(READERS["aggregate"].split() + ["whole.ev"]).out
        ).out
        wanted = cases_wanted("EV_DAMAGE_CASES", 60)
        randomly = random.Random(20240601)
        jobs = []
        always = [0, 1, 191, len(self.stream) - 1]
        edges = self.ends[:-1] + always
        for size in edges:
            for program in READERS if wanted > 60 or size in always else ["export", "cat"]:
                jobs.append((self.check_cut, size, program, 1 + 3 * (size % 2), (size + len(program)) % 2 == 0))
        for case, size in enumerate(randomly.sample(range(len(self.stream)), wanted)):
            jobs.append((self.check_cut, size, *self.ways(case)))
        for case in range(max(60, wanted * 3 // 5)):
            jobs.append((self.check_flip, randomly.randrange(len(self.stream) * 8), *self.ways(case)))
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for future in [pool.submit(job[0], *job[1:]) for job in jobs]:
                future.result()


def main():
    tally = Tally()
    DamageTest(Programs(bindir_argument()), tally).run()
    tally.finish()


if __name__ == "__main__":
    main()

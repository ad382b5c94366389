#!/usr/bin/env python3
"""Decoder of the evkit event stream, version 1, written from man/ev-stream.5 alone.

It shares no code with evkit: it exists to prove that the page is complete, and to check the programs against it. It is
slow and holds a block at a time; it verifies everything that the page lets a reader verify.

    ev_stream.py FILE           prints each event as a JSON line, key order and nesting restored
    ev_stream.py --check FILE   prints what is in each segment: totals, flags and columns

FILE may be -. Exit status: 0, 65 (damaged), 66 (cannot be opened), 76 (cut short or aborted).
"""

import json
import sys
from dataclasses import dataclass, field

import xxhash

from ev_block import MASK128, MAX_STEPS, at, at_u128, decode_block, take_path, take_step
from ev_chunk import ENCODING_NAMES, TYPE_NAMES, CutShort, Cursor, StreamError, decompress, require
from ev_json import event_text

MAGIC = b"\x89EV"
HEADER_SIZE = 192
HEADER, BLOCK, INDEX, END = 0x48, 0x42, 0x69, 0x45
END_FLAGS = {1: "MORE", 2: "PARTIAL", 4: "LIMITED", 8: "INTERRUPTED"}
LEDGER = "in passed filtered duplicate rejected late untimed absorbed applied out created".split()

MAX_BODY = 268_435_456
MAX_INDEX = 16_777_216
MAX_BODY_OF = {HEADER: 1_048_576, INDEX: MAX_INDEX, END: 0}
MAX_INDEX_BLOCKS = 65_536
MAX_ZONE_COLUMNS = 256
NO_ZONE = (0, 0, bytes(16), bytes(16))


@dataclass
class Segment:
    time_path: tuple = ()
    blocks: list = field(default_factory=list)   # of (offset, size, header)
    columns: dict = field(default_factory=dict)  # (path, type) to the entries by block number
    rows: int = 0
    raw_size: int = 0
    digest: int = 0
    size: int = 0
    index_size: int = 0
    headers: bytes = b""
    flags: int = 0
    status: int = 0
    reason: int = 0
    ledger: dict = field(default_factory=dict)

    def add(self, block, offset, size):
        number = len(self.blocks)
        require(at(block.header, "Q", 16) == number, "a sequence number that is not the next")
        self.blocks.append((offset, size, block.header))
        self.rows += block.rows
        self.raw_size += block.raw_size
        self.digest = (self.digest + block.digest) & MASK128
        for column in block.columns:
            self.columns.setdefault((column.path, column.kind), {})[number] = column.entry

    def end(self, header):
        self.flags, self.status, self.reason = at(header, "I", 4), *at(header, "HH", 16)
        self.ledger = dict(zip(LEDGER, at(header, "11Q", 88)))
        require(self.status <= 1, f"unknown status {self.status} of END")
        require(at(header, "QQQ", 24) == (len(self.blocks), self.rows, self.raw_size), "totals of END")
        require(at_u128(header, 48) == self.digest, "content digest of END")
        require(at(header, "Q", 64) == xxhash.xxh3_64_intdigest(self.headers), "header hash of END")
        require(at(header, "QQ", 72) == (self.size, self.index_size), "lengths of END")
        if self.status == 1:
            raise CutShort(f"the writer aborted with status {self.reason}")
        count = self.ledger
        require(count["out"] == self.rows and count["out"] == count["passed"] + count["created"]
                and count["in"] == sum(count[name] for name in LEDGER[1:9]), "the ledger does not balance")


def verify_index(header, stored, segment):
    blocks, raw_size = at(header, "II", 16)
    require(raw_size <= MAX_INDEX, "INDEX over its cap")
    require(blocks <= MAX_INDEX_BLOCKS and blocks == len(segment.blocks), "blocks of INDEX")
    require(xxhash.xxh3_64_intdigest(stored) == at(header, "Q", 32), "checksum of INDEX")
    cursor = Cursor(decompress(stored, header[24], raw_size, "INDEX"))
    for offset, size, block in segment.blocks:
        expected = (offset, size, at(block, "I", 24), at(block, "I", 4), *at(block, "qqq", 80))
        require(cursor.unpack("QQIIqqq") == expected, "INDEX does not agree with a block")
    zones = cursor.number("I")
    require(zones == min(len(segment.columns), MAX_ZONE_COLUMNS), "zone columns of INDEX")
    for (path, kind), entries in list(segment.columns.items())[:zones]:
        require((take_path(cursor), cursor.number("B")) == (path, kind), "a zone column of INDEX")
        for number in range(blocks):
            verify_index_zone(cursor.unpack("BxxxI16s16s"), entries.get(number))
    cursor.finish("INDEX")


def verify_index_zone(zone, entry):
    expected = (entry.flags, entry.values, entry.smallest, entry.largest) if entry else NO_ZONE
    require(zone[:2] == expected[:2], "a zone of INDEX")
    require(zone == expected or not zone[0] & 2, "bounds of a zone of INDEX")


class Reader:
    """Iterate over blocks(); segments fills up on the way. A StreamError ends it; what came before was verified."""

    def __init__(self, file):
        self.file = file
        self.segments = []

    def read(self, size):
        data = self.file.read(size)
        while len(data) < size:
            more = self.file.read(size - len(data))
            if not more:
                raise CutShort("the input ends in the middle of a record")
            data += more
        return data

    def record(self, may_end):
        """(header, body) of the next record, or None where the input ends and may."""
        header = b""
        while len(header) < len(MAGIC):
            byte = self.file.read(1)
            if not header and not byte and may_end:
                return None
            if not byte:
                raise CutShort("the input ends without END")
            header += byte
            require(MAGIC.startswith(header), "not an event stream: wrong magic")
        header += self.read(HEADER_SIZE - len(MAGIC))
        require(at(header, "Q", 184) == xxhash.xxh3_64_intdigest(header[:184]), "checksum of a record header")
        size = at(header, "Q", 8)
        require(size <= MAX_BODY_OF.get(header[3], MAX_BODY), "a record body over its cap")
        return header, self.read(size)

    def blocks(self):
        more = True                              # also at zero bytes an END is missing
        while record := self.record(may_end=not more):
            segment = self.open_segment(*record)
            yield from self.rest_of_segment(segment)
            more = segment.flags & 1

    def open_segment(self, header, body):
        require(header[3] == HEADER, "a segment does not begin with HEADER")
        require(at(header, "H", 80) == 1, "another major version")
        require(at(header, "Q", 88) == 0, "an incompatible feature")
        require(xxhash.xxh3_64_intdigest(body) == at(header, "Q", 104), "checksum of the body of HEADER")
        cursor, steps = Cursor(body), []
        while cursor.rest():
            steps.append(take_step(cursor))
        require(len(steps) <= MAX_STEPS, "the event-time field has too many steps")
        segment = Segment(time_path=tuple(steps), headers=header, size=HEADER_SIZE + len(body))
        self.segments.append(segment)
        return segment

    def rest_of_segment(self, segment):
        kind = HEADER
        while kind != END:
            before = kind
            header, body = self.record(may_end=False)
            kind, offset, size = header[3], segment.size, HEADER_SIZE + len(body)
            segment.size += size
            require(before != INDEX or kind == END, "END does not follow INDEX")
            if kind == BLOCK:
                block = decode_block(header, body, segment.time_path)
                segment.add(block, offset, size)
                yield block
            elif kind == INDEX:
                verify_index(header, body, segment)
                segment.index_size = size
            elif kind == END:
                segment.end(header)
            else:
                require(ord("a") <= kind <= ord("z"), f"unknown record type {kind}")
            segment.headers += header


def facts(segments):
    """Lines that say what the segments hold, other than the values."""
    for number, segment in enumerate(segments):
        flags = [name for bit, name in END_FLAGS.items() if segment.flags & bit]
        ledger = " ".join(f"{name}={count}" for name, count in segment.ledger.items() if count)
        yield (f"segment {number}: time={json.dumps(list(segment.time_path))} blocks={len(segment.blocks)} "
               f"rows={segment.rows} raw={segment.raw_size} digest={segment.digest:032x} "
               f"flags={','.join(flags) or '-'} ledger: {ledger or '-'}")
        for (path, kind), entries in segment.columns.items():
            values = sum(entry.values for entry in entries.values())
            encodings = ",".join(sorted({ENCODING_NAMES[entry.encoding] for entry in entries.values()}))
            codec = "+zstd" if any(entry.codec for entry in entries.values()) else ""
            yield f"  {json.dumps(list(path), ensure_ascii=False)} {TYPE_NAMES[kind]} {values} {encodings}{codec}"


def main(arguments):
    check = "--check" in arguments
    names = [name for name in arguments if name != "--check"]
    if len(names) != 1 or names[0].startswith("--"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        file = sys.stdin.buffer if names[0] == "-" else open(names[0], "rb")
    except OSError as error:
        print(f"ev_stream: {error}", file=sys.stderr)
        return 66
    with file:
        reader, rows = Reader(file), 0
        try:
            for block in reader.blocks():
                rows += block.rows
                for event in [] if check else block.events():
                    print(event_text(event))
        except StreamError as error:
            print(f"ev_stream: {names[0]}: {error}; verified rows: {rows}", file=sys.stderr)
            return error.status
        if check:
            print("\n".join(facts(reader.segments)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Decoder of the evkit event stream, version 1, written from man/ev-stream.5 alone.

It shares no code with evkit: it exists to prove that the page is complete, and to check the programs against it. It is
slow and holds a block at a time; it verifies everything that the page lets a reader verify.

    ev_stream.py FILE           prints each event as a JSON line, key order and nesting restored
    ev_stream.py --check FILE   prints what is in each segment: totals, flags and columns

FILE may be -. Exit status: 0, 65 (damaged), 66 (cannot be opened), 76 (cut short or aborted).
"""

import base64
import datetime
import json
import struct
import sys
from dataclasses import dataclass, field

import xxhash
import zstandard

MAGIC = b"\x89EV"
HINT = b"evkit event stream. Read it with: ev export FILE (man ev-stream)"
HEADER_SIZE = 192
HEADER, BLOCK, INDEX, END = 0x48, 0x42, 0x69, 0x45
BOOL, INT, UINT, FLOAT, STRING, BYTES, TIME, JSON, STATE = range(1, 10)
TYPE_NAMES = ["null", "bool", "int", "uint", "float", "string", "bytes", "time", "json", "state"]
WORDS = {BOOL, INT, UINT, FLOAT, TIME}
CONSTANT, RUN_LENGTH, PACKED, DICTIONARY, PLAIN = 1, 2, 3, 4, 5
END_FLAGS = {1: "MORE", 2: "PARTIAL", 4: "LIMITED", 8: "INTERRUPTED"}
LEDGER = "in passed filtered duplicate rejected late untimed absorbed applied out created".split()

MAX_BODY = 268_435_456
MAX_TIME_PATH = 1_048_576
MAX_ROWS = 65_536
MAX_PATHS = MAX_COLUMNS = 4_096
MAX_STEPS = 64
MAX_META = 33_554_432
MAX_CHUNK = 75_497_472
MAX_CHUNKS = 268_435_456
MAX_RAW, MAX_RAW_OF_ONE_ROW = 16_777_216, 67_108_864
MAX_INDEX = 16_777_216
MAX_INDEX_BLOCKS = 65_536
MAX_ZONE_COLUMNS = 256
NO_PATH = 65_535
MASK64 = (1 << 64) - 1
MASK128 = (1 << 128) - 1


class StreamError(Exception):
    status = 65


class Damaged(StreamError):
    """What the page lists under exit status 65."""


class CutShort(StreamError):
    """What the page lists under exit status 76."""
    status = 76


def require(holds, what):
    if not holds:
        raise Damaged(what)


class Cursor:
    """Takes fields off the front of a piece of memory; never beyond its end."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        require(size <= len(self.data) - self.at, "a length passes the end of its part")
        self.at += size
        return self.data[self.at - size:self.at]

    def unpack(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def number(self, letter):
        return self.unpack(letter)[0]

    def rest(self):
        return len(self.data) - self.at

    def finish(self, what):
        require(self.rest() == 0, f"{what}: {self.rest()} bytes too many")


def at(header, layout, offset):
    values = struct.unpack_from("<" + layout, header, offset)
    return values[0] if len(values) == 1 else values


def at_u128(header, offset):
    low, high = at(header, "QQ", offset)
    return low | high << 64


def decompress(stored, codec, raw_size, what):
    if codec == 0:
        require(len(stored) == raw_size, f"{what}: stored and raw bytes differ without a codec")
        return stored
    require(codec == 1, f"{what}: unknown codec {codec}")
    frame = zstandard.ZstdDecompressor().decompressobj()
    try:
        raw = frame.decompress(stored)
    except zstandard.ZstdError as error:
        raise Damaged(f"{what}: {error}") from error
    require(frame.eof and not frame.unused_data, f"{what}: not one whole zstd frame")
    require(len(raw) == raw_size, f"{what}: decompresses to another size")
    return raw


# ---- values -----------------------------------------------------------------------------------------------------


def sequence(cursor, count, may_run=True):
    """`count` words. Gives (encoding, list of u64)."""
    encoding, width, _, size = cursor.unpack("BBHI")
    body = Cursor(cursor.take(size))
    if encoding == CONSTANT:
        words = [body.number("Q")] * count
    elif encoding == RUN_LENGTH:
        require(may_run, "a run-length sequence inside of another")
        runs = body.number("I")
        require(runs <= count, "more runs than words")
        _, values = sequence(body, runs, may_run=False)
        words = expand(values, run_lengths(body, runs, count, may_run=False))
    elif encoding == PACKED:
        require(width <= 64, "packed wider than a word")
        base, scale = body.unpack("QQ")
        packed = body.take((count * width + 7) // 8)
        mask = (1 << width) - 1
        words = []
        for i in range(count):
            first, shift = divmod(i * width, 8)
            number = int.from_bytes(packed[first:first + 9], "little") >> shift & mask
            words.append((base + scale * number) & MASK64)
        if count * width % 8:
            require(packed[-1] >> count * width % 8 == 0, "packed numbers end in bits that are not zero")
    elif encoding == PLAIN:
        words = list(body.unpack(f"{count}Q"))
    else:
        raise Damaged(f"unknown encoding {encoding} of a sequence")
    body.finish("a sequence")
    return encoding, words


def run_lengths(cursor, runs, count, may_run=True):
    _, lengths = sequence(cursor, runs, may_run)
    require(all(lengths) and sum(lengths) == count, "run lengths do not add up")
    return lengths


def expand(values, lengths):
    return [value for value, length in zip(values, lengths) for _ in range(length)]


def lengths_and_texts(cursor, count):
    _, lengths = sequence(cursor, count)
    return cut_texts(cursor, lengths)


def cut_texts(cursor, lengths):
    together = cursor.number("I")
    require(sum(lengths) == together, "lengths of texts do not add up")
    return [cursor.take(length) for length in lengths]


def texts(cursor, encoding, count):
    if encoding == CONSTANT:
        return [cursor.take(cursor.number("I"))] * count
    if encoding == RUN_LENGTH:
        runs = cursor.number("I")
        require(runs <= count, "more runs than values")
        lengths = run_lengths(cursor, runs, count)
        return expand(lengths_and_texts(cursor, runs), lengths)
    if encoding == DICTIONARY:
        size = cursor.number("I")
        require(size <= count, "a dictionary larger than its column")
        words = lengths_and_texts(cursor, size)
        _, numbers = sequence(cursor, count)
        require(all(number < size for number in numbers), "number of a text out of range")
        return [words[number] for number in numbers]
    require(encoding == PLAIN, f"unknown encoding {encoding} of a text column")
    return lengths_and_texts(cursor, count)


def as_value(kind, word):
    """A word as the Python value that its type means."""
    if kind == BOOL:
        require(word <= 1, "a word over 1 in a bool column")
        return bool(word)
    if kind == FLOAT:
        return struct.unpack("<d", struct.pack("<Q", word))[0]
    if kind in (INT, TIME):
        return word - (1 << 64) if word >> 63 else word
    require(kind != UINT or word >> 63, "a uint in the range of int")
    return word


def time_text(ns, form):
    """The JSON text that the form says the instant was written as."""
    kind, digits, unit = form & 15, form >> 4 & 15, form >> 8 & 3
    require(kind <= 4, f"unknown kind {kind} of a time")
    if kind == 0:
        offset = struct.unpack("<h", struct.pack("<H", form >> 16))[0]
        seconds, fraction = divmod(ns + offset * 60_000_000_000, 1_000_000_000)
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        text = moment.isoformat(" " if form >> 10 & 1 else "T")
        if digits:
            text += "." + f"{fraction:09}".ljust(digits, "0")[:digits]
        hours, minutes = divmod(abs(offset), 60)
        sign = "-" if offset < 0 else "+"
        zones = ["", "Z", f"{sign}{hours:02}:{minutes:02}", f"{sign}{hours:02}{minutes:02}", f"{sign}{hours:02}"]
        require(form >> 11 & 7 < len(zones), "unknown zone of a time")
        return f'"{text}{zones[form >> 11 & 7]}"'
    unit_digits = 9 - 3 * unit
    whole, fraction = divmod(abs(ns), 10 ** unit_digits)
    text = ("-" if ns < 0 else "") + str(whole)
    if kind in (2, 4) and digits:
        text += "." + (f"{fraction:0{unit_digits}}" if unit_digits else "").ljust(digits, "0")[:digits]
    return f'"{text}"' if kind >= 3 else text


def value_text(kind, value, form=0):
    """The JSON text of a value. JSON has no bytes: those are printed as base64."""
    if kind == TIME:
        return time_text(value, form)
    if kind == STRING:
        return json.dumps(value.decode("utf-8"), ensure_ascii=False)
    if kind == JSON:
        return value.decode("utf-8")
    if kind in (BYTES, STATE):
        return json.dumps(base64.b64encode(value).decode())
    return json.dumps(value)


# ---- content digest ---------------------------------------------------------------------------------------------


def fold(a, b):
    product = a * b
    return (product ^ product >> 64) & MASK64


def path_seeds(path, kind):
    seeds = xxhash.xxh3_128_intdigest(encoded_steps(path), seed=kind)
    return seeds & MASK64, seeds >> 64


def value_hash(seeds, word_or_text):
    s0, s1 = seeds
    if isinstance(word_or_text, int):
        return (fold(word_or_text ^ s0, s1 ^ 0x9E3779B97F4A7C15), fold(word_or_text ^ s1, s0 ^ 0xC2B2AE3D27D4EB4F))
    both = xxhash.xxh3_128_intdigest(word_or_text, seed=s0)
    return (both & MASK64) + s1 & MASK64, (both >> 64) + s1 & MASK64


def row_hash(hashes):
    a0 = sum(x0 for x0, _ in hashes) & MASK64
    a1 = sum(x1 for _, x1 in hashes) & MASK64
    return (fold(a0 ^ 0x165667B19E3779F9, a1 ^ 0x27D4EB2F165667C5)
            | fold(a1 ^ 0x85EBCA77C2B2AE63, a0 ^ 0x9FB21C651E98DF25) << 64)


# ---- parts of a block -------------------------------------------------------------------------------------------


def encoded_steps(path):
    return b"".join(struct.pack("<H", len(step)) + step for step in (step.encode() for step in path))


def take_step(cursor):
    try:
        return cursor.take(cursor.number("H")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Damaged("a path is no UTF-8") from error


def take_path(cursor):
    steps = cursor.number("H")
    require(1 <= steps <= MAX_STEPS, f"a path of {steps} steps")
    return tuple(take_step(cursor) for _ in range(steps))


@dataclass
class Entry:
    """A directory entry."""
    path: int
    kind: int
    encoding: int
    codec: int
    flags: int
    values: int
    raw_size: int
    stored_size: int
    checksum: int
    smallest: bytes
    largest: bytes

    @staticmethod
    def take(cursor):
        f = cursor.unpack("HBBBBxxIIIxxxxQ16s16s")
        return Entry(*f)

    def verify_sizes(self, rows):
        require(self.values <= rows, "more values than rows")
        require(self.flags & 1 or self.values == rows, "a column without bitmap must have a value in every row")
        require(self.raw_size <= MAX_CHUNK and self.stored_size <= MAX_CHUNK, "a chunk over its cap")
        require(self.codec != 0 or self.raw_size == self.stored_size, "a plain chunk with two sizes")


@dataclass
class Column:
    path: tuple
    kind: int
    entry: Entry
    rows: list                                  # of each value, the row
    words: list                                 # u64 words, or bytes
    values: list                                # the same as Python values
    forms: list


def decode_rows(entry, cursor, rows):
    if not entry.flags & 1:
        return list(range(rows))
    bits = int.from_bytes(cursor.take((rows + 7) // 8), "little")
    require(bits >> rows == 0, "a validity bitmap with bits beyond the rows")
    having = [row for row in range(rows) if bits >> row & 1]
    require(len(having) == entry.values, "a validity bitmap that does not hold as many values as its entry says")
    return having


def decode_column(entry, raw, path, row_count):
    cursor = Cursor(raw)
    rows = decode_rows(entry, cursor, row_count)
    count, kind, forms = entry.values, entry.kind, []
    require(count or entry.encoding == PLAIN, "a column of no values is not plain")
    if kind == TIME:
        _, forms = sequence(cursor, count)
        require(all(form < 1 << 32 for form in forms), "a time form over 32 bits")
    if kind in WORDS:
        encoding, words = sequence(cursor, count)
        require(encoding == entry.encoding, "the directory names another encoding")
        values = [as_value(kind, word) for word in words]
    else:
        words = values = texts(cursor, entry.encoding, count)
    cursor.finish("a chunk")
    if kind in (STRING, JSON):
        verify_text(kind, values)
    column = Column(path, kind, entry, rows, words, values, forms)
    verify_zone(column)
    return column


def verify_text(kind, values):
    try:
        for text in values:
            text.decode("utf-8")
            if kind == JSON:
                json.loads(text)
    except ValueError as error:
        raise Damaged(f"a {TYPE_NAMES[kind]} value: {error}") from error


def verify_zone(column):
    """The smallest and largest value of the directory are those of the column."""
    entry, kind = column.entry, column.kind
    if not entry.flags & 2:
        return
    require(column.values and kind not in (JSON, STATE), "smallest and largest value of a column that has none")
    for value, held, exact in ((min(column.values), entry.smallest, entry.flags & 4),
                               (max(column.values), entry.largest, entry.flags & 8)):
        if kind in WORDS:
            require(held[8:] == bytes(8) and exact, "a smallest or largest word that is not exact")
            same = as_value(kind, struct.unpack_from("<Q", held)[0]) == value
        else:
            same = held == value[:16].ljust(16, b"\0")
            require(bool(exact) == (len(value) <= 16 and not value.endswith(b"\0")), "exact is not said rightly")
        require(same, f"smallest or largest value of {'.'.join(column.path)} is wrong")


@dataclass
class Block:
    header: bytes
    rows: int
    raw_size: int
    digest: int
    layouts: list = field(default_factory=list)      # of lists of paths
    row_layouts: list = field(default_factory=list)  # of each row, its layout
    columns: list = field(default_factory=list)

    def events(self):
        """Of each row, the list of (path, type, value, form); type 0 is null."""
        cells = [{} for _ in range(self.rows)]
        for column in self.columns:
            forms = column.forms or [0] * len(column.values)
            for row, value, form in zip(column.rows, column.values, forms):
                cells[row][column.path] = (column.kind, value, form)
        for row, layout in enumerate(self.row_layouts):
            yield [(path, *cells[row].get(path, (0, None, 0))) for path in self.layouts[layout]]

    def verify_rows(self):
        """One value for a path at most, all in the layout; gives the content digest of the rows."""
        hashes = [{} for _ in range(self.rows)]
        for column in self.columns:
            seeds = path_seeds(column.path, column.kind)
            for row, word in zip(column.rows, column.words):
                require(column.path not in hashes[row], "two values of one path in a row")
                hashes[row][column.path] = value_hash(seeds, word)
        nulls = {path: path_seeds(path, 0) for layout in self.layouts for path in layout}
        sets = [set(layout) for layout in self.layouts]
        total = 0
        for row, layout in enumerate(self.row_layouts):
            require(hashes[row].keys() <= sets[layout], "a value whose path is not in the layout of its row")
            total += row_hash([hashes[row].get(path, nulls[path]) for path in self.layouts[layout]])
        return total & MASK128


def decode_meta(meta, path_count, layout_count, column_count, rows):
    cursor = Cursor(meta)
    paths = [take_path(cursor) for _ in range(path_count)]
    require(len(set(paths)) == len(paths), "a path is twice in the block")
    layouts = []
    for _ in range(layout_count):
        numbers = cursor.unpack(f"{cursor.number('H')}H")
        require(all(number < path_count for number in numbers), "number of a path out of range")
        require(len(set(numbers)) == len(numbers), "a path is twice in a layout")
        layouts.append([paths[number] for number in numbers])
    first, *entries = [Entry.take(cursor) for _ in range(column_count + 1)]
    cursor.finish("the meta part")
    require((first.path, first.kind, first.values) == (NO_PATH, 0, rows), "the first entry is not of the row layouts")
    keys = [(entry.path, entry.kind) for entry in entries]
    require(all(a < b for a, b in zip(keys, keys[1:])), "the directory is out of order")
    for path, kind in keys:
        require(path < path_count, "number of a path out of range")
        require(BOOL <= kind <= STATE, f"unknown type {kind}")
    for entry in (first, *entries):
        entry.verify_sizes(rows)
    return paths, layouts, first, entries


def raw_bytes(column):
    if column.kind in WORDS:
        return len(column.words) * (1 if column.kind == BOOL else 8)
    return sum(4 + len(text) for text in column.words)


def least_raw_bytes(entry):
    return entry.values * (1 if entry.kind == BOOL else 8 if entry.kind in WORDS else 4)


def decode_block(header, body, time_path):
    rows, timed, path_count, column_count, layout_count, stored_meta, raw_meta = at(header, "7I", 24)
    require(rows <= MAX_ROWS, "rows over their cap")
    require(path_count <= MAX_PATHS and column_count <= MAX_COLUMNS, "paths or columns over their cap")
    require(layout_count <= rows, "more layouts than rows")
    require(stored_meta <= MAX_META and raw_meta <= MAX_META, "the meta part is over its cap")
    block = Block(header, rows, at(header, "Q", 64), at_u128(header, 104))
    require(block.raw_size <= (MAX_RAW_OF_ONE_ROW if rows == 1 else MAX_RAW), "raw bytes of the rows over their cap")

    cursor = Cursor(body)
    stored = cursor.take(stored_meta)
    require(xxhash.xxh3_64_intdigest(stored) == at(header, "Q", 56), "checksum of the meta part")
    meta = decompress(stored, header[52], raw_meta, "the meta part")
    paths, block.layouts, first, entries = decode_meta(meta, path_count, layout_count, column_count, rows)
    require(sum(e.raw_size for e in (first, *entries)) <= MAX_CHUNKS, "chunks over their cap together")
    require(sum(e.stored_size for e in (first, *entries)) == cursor.rest(), "the chunks do not fill the body")
    require(sum(map(least_raw_bytes, entries)) <= block.raw_size, "more values than the raw bytes of the rows allow")

    def chunk(entry):
        data = cursor.take(entry.stored_size)
        require(xxhash.xxh3_64_intdigest(data) == entry.checksum, "checksum of a chunk")
        return decompress(data, entry.codec, entry.raw_size, "a chunk")

    block.row_layouts = decode_row_layouts(first, chunk(first), layout_count)
    block.columns = [decode_column(entry, chunk(entry), paths[entry.path], rows) for entry in entries]
    require(sum(map(raw_bytes, block.columns)) == block.raw_size, "raw bytes of the rows do not add up")
    require(block.verify_rows() == block.digest, "content digest of a block")
    verify_times(block, timed, time_path)
    return block


def decode_row_layouts(entry, raw, layout_count):
    cursor = Cursor(raw)
    require(not entry.flags & 1, "row layouts with a bitmap")
    encoding, numbers = sequence(cursor, entry.values)
    require(encoding == entry.encoding, "the directory names another encoding")
    cursor.finish("the row layouts")
    require(list(dict.fromkeys(numbers)) == list(range(layout_count)), "layouts are not numbered by first use")
    return numbers


def verify_times(block, timed, time_path):
    header, flags = block.header, at(block.header, "I", 4)
    times = next((c.values for c in block.columns if c.path == time_path and c.kind == TIME), [])
    require(timed == len(times), "timed rows")
    require(bool(flags & 2) == bool(times), "event times without timed rows, or none with them")
    if times:
        require(at(header, "qq", 80) == (min(times), max(times)), "smallest or largest event time")
    if flags & 1:
        require(times == sorted(times), "said to be sorted by event time, but is not")


# ---- segments ---------------------------------------------------------------------------------------------------


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
        require(at(header, "Q", 8) == 0, "an END with a body")
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
    require(len(stored) <= MAX_INDEX and raw_size <= MAX_INDEX, "INDEX over its cap")
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
            entry = entries.get(number)
            expected = (entry.flags, entry.values, entry.smallest, entry.largest) if entry else (0, 0, bytes(16), bytes(16))
            require(cursor.unpack("BxxxI16s16s") == expected, "a zone of INDEX")
    cursor.finish("INDEX")


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
        start = self.file.read(1)
        if not start:
            if may_end:
                return None
            raise CutShort("the input ends without END")
        require(start == MAGIC[:1], "not an event stream: wrong magic")
        header = start + self.read(HEADER_SIZE - 1)
        require(header[:3] == MAGIC, "wrong magic")
        require(at(header, "Q", 184) == xxhash.xxh3_64_intdigest(header[:184]), "checksum of a record header")
        size = at(header, "Q", 8)
        require(size <= MAX_BODY, "a record body over its cap")
        return header, self.read(size)

    def blocks(self):
        more = True                              # also at zero bytes an END is missing
        while record := self.record(may_end=not more):
            segment = self.open_segment(*record)
            yield from self.rest_of_segment(segment)
            more = segment.flags & 1

    def open_segment(self, header, body):
        require(header[3] == HEADER, "a segment does not begin with HEADER")
        require(header[16:80] == HINT, "the hint is another")
        require(at(header, "H", 80) == 1, "another major version")
        require(at(header, "Q", 88) == 0, "an incompatible feature")
        require(len(body) <= MAX_TIME_PATH, "the event-time field is over its cap")
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


def event_text(event):
    """The JSON object of an event: consecutive paths that share steps are in the same object."""
    text, opened, comma = "{", (), False
    for path, kind, value, form in event:
        shared = 0
        while shared < min(len(opened), len(path) - 1) and opened[shared] == path[shared]:
            shared += 1
        text += "}" * (len(opened) - shared)
        for step in path[shared:-1]:
            text += ("," if comma else "") + json.dumps(step, ensure_ascii=False) + ":{"
            comma = False
        text += ("," if comma else "") + json.dumps(path[-1], ensure_ascii=False) + ":"
        text += value_text(kind, value, form)
        opened, comma = path[:-1], True
    return text + "}" * (len(opened) + 1)


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
            yield f"  {json.dumps(list(path), ensure_ascii=False)} {TYPE_NAMES[kind]} {values}"


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

"""BLOCK of the evkit event stream: paths, layouts, directory and content digest, as man/ev-stream.5 has them."""

import struct
from dataclasses import dataclass, field

import xxhash

from ev_chunk import (BOOL, MASK64, STATE, TIME, WORDS, Cursor, Damaged, Entry, decode_column, decompress, require,
                      sequence)

MAX_ROWS = 65_536
MAX_PATHS = MAX_COLUMNS = 4_096
MAX_STEPS = 64
MAX_META = 33_554_432
MAX_CHUNKS = 268_435_456
MAX_RAW, MAX_RAW_OF_ONE_ROW = 16_777_216, 67_108_864
NO_PATH = 65_535
MASK128 = (1 << 128) - 1


def at(header, layout, offset):
    values = struct.unpack_from("<" + layout, header, offset)
    return values[0] if len(values) == 1 else values


def at_u128(header, offset):
    low, high = at(header, "QQ", offset)
    return low | high << 64


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

"""Columns of the evkit event stream: the sections Types, Chunks, Lists of texts and Sequences of man/ev-stream.5."""

import json
import struct
from dataclasses import dataclass

import zstandard

BOOL, INT, UINT, FLOAT, STRING, BYTES, TIME, JSON, STATE = range(1, 10)
TYPE_NAMES = ["null", "bool", "int", "uint", "float", "string", "bytes", "time", "json", "state"]
WORDS = {BOOL, INT, UINT, FLOAT, TIME}
CONSTANT, RUN_LENGTH, PACKED, DICTIONARY, PLAIN, DELTA, UUID, HEX, DECIMAL = range(1, 10)
ENCODING_NAMES = ["", "constant", "run-length", "packed", "dictionary", "plain", "delta", "uuid", "hex", "decimal"]

MAX_CHUNK = 75_497_472
MASK64 = (1 << 64) - 1


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
        words = packed_numbers(body, width, count)
    elif encoding == DELTA:
        require(count, "a delta sequence without a word")
        words = [body.number("Q")]
        for difference in packed_numbers(body, width, count - 1):
            words.append((words[-1] + difference) & MASK64)
    elif encoding == PLAIN:
        words = list(body.unpack(f"{count}Q"))
    else:
        raise Damaged(f"unknown encoding {encoding} of a sequence")
    body.finish("a sequence")
    return encoding, words


def packed_numbers(cursor, width, count):
    """Base, scale and numbers; gives base + scale * number for each."""
    require(width <= 64, "packed wider than a word")
    base, scale = cursor.unpack("QQ")
    packed = cursor.take((count * width + 7) // 8)
    mask = (1 << width) - 1
    words = []
    for i in range(count):
        first, shift = divmod(i * width, 8)
        number = int.from_bytes(packed[first:first + 9], "little") >> shift & mask
        words.append((base + scale * number) & MASK64)
    return words


def decimals(cursor, count):
    """Floats as u64 words."""
    exponent, _ = cursor.unpack("B3s")
    require(exponent <= 15, "a decimal exponent over 15")
    _, words = sequence(cursor, count)
    integers = [as_value(INT, word) for word in words]
    require(all(abs(integer) <= 1 << 53 for integer in integers), "the integer of a decimal over its bounds")
    return [struct.unpack("<Q", struct.pack("<d", float(integer) / float(10**exponent)))[0] for integer in integers]


def run_lengths(cursor, runs, count, may_run=True):
    _, lengths = sequence(cursor, runs, may_run)
    require(all(lengths) and sum(lengths) == count, "run lengths do not add up")
    return lengths


def expand(values, lengths):
    return [value for value, length in zip(values, lengths) for _ in range(length)]


def list_of_texts(cursor, count):
    """Gives (encoding, list of bytes)."""
    encoding = cursor.data[cursor.at] if cursor.rest() else PLAIN
    if encoding not in (UUID, HEX):
        _, lengths = sequence(cursor, count)
        return PLAIN, within_cap(cut_texts(cursor, lengths))
    encoding, flags, _, size = cursor.unpack("BBHI")
    body = Cursor(cursor.take(size))
    if encoding == UUID:
        prefix, values = b"", [body.take(16) for _ in range(count)]
    else:
        length = body.number("B")
        require(length <= 16, "a prefix of hex texts over 16 bytes")
        prefix = body.take(length)
        _, lengths = sequence(body, count)
        values = cut_texts(body, lengths)
    body.finish("a list of texts")
    found = []
    for value in values:
        digits = (value.hex().upper() if flags & 1 else value.hex()).encode()
        if encoding == UUID:
            digits = b"-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        found.append(prefix + digits)
    return encoding, within_cap(found)


def within_cap(values):
    require(sum(map(len, values)) <= MAX_CHUNK, "a list of texts over its cap")
    return values


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
        return expand(list_of_texts(cursor, runs)[1], lengths)
    if encoding == DICTIONARY:
        size = cursor.number("I")
        require(size <= count, "a dictionary larger than its column")
        _, words = list_of_texts(cursor, size)
        _, numbers = sequence(cursor, count)
        require(all(number < size for number in numbers), "number of a text out of range")
        return [words[number] for number in numbers]
    require(encoding in (PLAIN, UUID, HEX), f"unknown encoding {encoding} of a text column")
    found, values = list_of_texts(cursor, count)
    require(found == encoding, "the directory names another encoding")
    return values


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
        for form in set(forms):
            verify_form(form)
    if kind == FLOAT and entry.encoding == DECIMAL:
        words = decimals(cursor, count)
        values = [as_value(kind, word) for word in words]
    elif kind in WORDS:
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


def verify_form(form):
    require(form < 1 << 32, "a time form over 32 bits")
    require(form & 15 <= 4 and form >> 4 & 15 <= 9 and form >> 11 & 7 <= 4, "a time has an unknown form")


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

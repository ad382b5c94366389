"""Takes an event stream apart and puts it together again with checksums that hold, to make streams that are wrong in
one thing only. The stream must be whole, and its meta parts without codec."""

import struct

import xxhash

from ev_stream import BLOCK, END, HEADER, HEADER_SIZE, INDEX

ENTRY_SIZE = 64


def take_apart(stream):
    """Of each record, [header, body], both changeable."""
    records, offset = [], 0
    while offset < len(stream):
        header = bytearray(stream[offset:offset + HEADER_SIZE])
        size, = struct.unpack_from("<Q", header, 8)
        offset += HEADER_SIZE
        records.append([header, bytearray(stream[offset:offset + size])])
        offset += size
    return records


def put(header, layout, offset, *values):
    struct.pack_into("<" + layout, header, offset, *values)


def entries(header, body):
    """Offsets in the body of the directory entries of a BLOCK."""
    columns, = struct.unpack_from("<I", header, 36)
    meta, = struct.unpack_from("<I", header, 44)
    return range(meta - (columns + 1) * ENTRY_SIZE, meta, ENTRY_SIZE)


def seal_chunks(header, body):
    meta, = struct.unpack_from("<I", header, 44)
    at = meta
    for entry in entries(header, body):
        if entry < 0 or entry + ENTRY_SIZE > len(body):
            break
        stored, = struct.unpack_from("<I", body, entry + 16)
        put(body, "Q", entry + 24, xxhash.xxh3_64_intdigest(bytes(body[at:at + stored])))
        at += stored
    put(header, "Q", 56, xxhash.xxh3_64_intdigest(bytes(body[:meta])))


def seal(records):
    """The stream, with every checksum, header hash and length of a body as they should be."""
    stream, headers = b"", b""
    for header, body in records:
        kind = header[3]
        if kind == HEADER:
            headers = b""
            put(header, "Q", 104, xxhash.xxh3_64_intdigest(bytes(body)))
        elif kind == BLOCK:
            seal_chunks(header, body)
        elif kind == INDEX:
            put(header, "Q", 32, xxhash.xxh3_64_intdigest(bytes(body)))
        elif kind == END:
            put(header, "Q", 64, xxhash.xxh3_64_intdigest(headers))
        put(header, "Q", 8, len(body))
        put(header, "Q", 184, xxhash.xxh3_64_intdigest(bytes(header[:184])))
        headers += bytes(header)
        stream += bytes(header) + bytes(body)
    return stream

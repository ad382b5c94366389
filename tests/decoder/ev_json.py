"""Events of the evkit event stream as JSON text: time forms, and nesting restored from layouts."""

import base64
import datetime
import json
import struct

from ev_chunk import BYTES, JSON, STATE, STRING, TIME

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def time_text(ns, form):
    """The JSON text that the form says the instant was written as."""
    kind, digits, unit = form & 15, form >> 4 & 15, form >> 8 & 3
    if kind == 0:
        zone = form >> 11 & 7
        offset = struct.unpack("<h", struct.pack("<H", form >> 16))[0] if zone != 1 else 0
        seconds, fraction = divmod(ns + offset * 60_000_000_000, 1_000_000_000)
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        hours, minutes = divmod(abs(offset), 60)
        sign = "-" if offset < 0 else "+"
        if unit == 2:
            return f'"{moment.date().isoformat()}"'
        if unit == 3:
            month = MONTHS[moment.month - 1]
            return f'"{moment.day:02}/{month}/{moment.year:04}:{moment.time()} {sign}{hours:02}{minutes:02}"'
        text = moment.isoformat(" " if form >> 10 & 1 else "T", "minutes" if unit == 1 else "seconds")
        if digits and unit == 0:
            text += ("," if form >> 14 & 1 else ".") + f"{fraction:09}".ljust(digits, "0")[:digits]
        zones = ["", "Z", f"{sign}{hours:02}:{minutes:02}", f"{sign}{hours:02}{minutes:02}", f"{sign}{hours:02}"]
        return f'"{text}{zones[zone]}"'
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

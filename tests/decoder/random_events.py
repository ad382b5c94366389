"""Random events as JSON text, each with the fields that the event model makes of it (man/ev-stream.5, Types)."""

import datetime
import decimal
import json

from ev_chunk import BOOL, FLOAT, INT, JSON, STRING, TIME, UINT

KEYS = ["a", "b", "c", "a.b", "", "id", "naïve", "ключ", "数", "with space", 'quo"te', "x" * 40, "\u0007"]
EDGES = [0, 1, 127, 255, 2**31, 2**53, 2**63, 2**64, 10**19, 10**25]
LETTERS = ["a", "b", "Z", "0", " ", '"', "\\", "/", "\n", "\t", "\u0000", "\u001f", "\u007f", "é", "ß", "€",
           "漢", "😀", "\u2028"]


def make(dice, count):
    """Yields (text, [(path, type, value...)]): the value as the decoder has it; of a float its repr, of a time its text
    beside it."""
    for number in range(count):
        members = object_members(dice, (), dice.choice([0, 1, 2, 3]), dice.randrange(7))
        if dice.random() < 0.6:
            ms = 1_700_000_000_000 + number * 1_001
            ns, text = time_text(dice, ms)
            members.insert(0, (f'"ts":{text}', [(("ts",), TIME, ns, text)]))
        if dice.random() < 0.8:
            members += shaped_members(dice, number)
        yield "{" + ",".join(text for text, _ in members) + "}", [field for _, fields in members for field in fields]


def time_text(dice, ms):
    """An instant and how it is written: mostly as the integer, else in one of the forms of strings."""
    if dice.random() < 0.7:
        return ms * 1_000_000, str(ms)
    offset = dice.choice([0, 120, -210])
    local = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms, minutes=offset)
    pattern, exact = dice.choice([("%Y-%m-%dT%H:%M:%S%z", 1), ("%Y-%m-%d %H:%M%z", 60), ("%Y-%m-%dT%H:%M", 60),
                                  ("%Y-%m-%d %H:%M:%S,000", 1), ("%Y-%m-%d", 86400), ("%d/%b/%Y:%H:%M:%S %z", 1)])
    if "%z" not in pattern:
        local -= datetime.timedelta(minutes=offset)
        offset = 0
    seconds = (local - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
    zone = datetime.timezone(datetime.timedelta(minutes=offset))
    text = local.replace(tzinfo=zone).strftime(pattern)
    return (seconds // exact * exact - offset * 60) * 1_000_000_000, f'"{text}"'


def shaped_members(dice, number):
    """Fields whose columns have encodings of their own: words in order, decimals, uuids and hex."""
    counter, cents = 2**40 + number * 7 + dice.randrange(5), dice.randrange(10**6)
    digits = f"{dice.getrandbits(128):032x}"
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    price = f"{cents // 100}.{cents % 100:02}"
    return [(f'"counter":{counter}', [(("counter",), INT, counter)]),
            (f'"price":{price}', [(("price",), FLOAT, repr(float(price)))]),
            (f'"trace":"{uuid}"', [(("trace",), STRING, uuid.encode())]),
            (f'"hash":"0x{digits.upper()}"', [(("hash",), STRING, b"0x" + digits.upper().encode())])]


def object_members(dice, path, depth, count):
    keys = dice.sample(KEYS, min(count, len(KEYS)))
    members = []
    for key in keys:
        text, fields = value(dice, path + (key,), depth)
        members.append((space(dice) + quoted(dice, key) + space(dice) + ":" + space(dice) + text + space(dice), fields))
    return members


def value(dice, path, depth):
    pick = dice.randrange(12)
    if pick < 3 and depth:
        members = object_members(dice, path, depth - 1, dice.randrange(4))
        if not members:
            return "{" + space(dice) + "}", [(path, JSON, b"{}")]
        return "{" + ",".join(text for text, _ in members) + "}", [field for _, fields in members for field in fields]
    if pick < 5:
        text, compact = array(dice, 2)
        return text, [(path, JSON, compact.encode())]
    if pick < 7:
        return integer(dice, path)
    if pick < 9:
        return fraction(dice, path)
    if pick < 10:
        kind, word = dice.choice([(0, None), (BOOL, True), (BOOL, False)])
        return json.dumps(word), [(path, kind, word)]
    text = random_text(dice)
    return quoted(dice, text), [(path, STRING, text.encode())]


def integer(dice, path):
    number = dice.choice(EDGES) + dice.randrange(-3, 4) if dice.random() < 0.5 else dice.randrange(-1000, 1000)
    if dice.random() < 0.3:
        number = -number
    if -2**63 <= number < 2**63:
        return str(number), [(path, INT, number)]
    if 2**63 <= number < 2**64:
        return str(number), [(path, UINT, number)]
    return str(number), [(path, JSON, str(number).encode())]


def fraction(dice, path):
    """A number with point or exponent: float where the double, printed with as many digits, is the decimal again."""
    text = dice.choice(["", "-"]) + str(dice.choice([0, 0, 1, 7, 90, dice.randrange(10**9), dice.randrange(10**19)]))
    if dice.random() < 0.8:
        text += "." + "".join(dice.choices("0123456789", k=dice.choice([1, 1, 2, 3, 6, 12, 17, 25])))
    if "." not in text or dice.random() < 0.3:
        text += dice.choice("eE") + dice.choice(["", "+", "-"])
        text += str(dice.choice([0, 1, 2, 7, 15, 22, 100, 300, 330, 400]))
    exact = decimal.Decimal(text)
    mantissa = text.lower().split("e")[0].lstrip("-").replace(".", "").lstrip("0")
    double = float(text)
    again = decimal.Decimal(format(double, f".{max(len(mantissa) - 1, 0)}e")) if abs(double) != float("inf") else None
    if again == exact:
        return text, [(path, FLOAT, repr(double))]
    return text, [(path, JSON, text.encode())]


def array(dice, depth):
    """(text with white space, text without)."""
    parts = []
    for _ in range(dice.randrange(4)):
        pick = dice.randrange(5)
        if pick == 0 and depth:
            parts.append(array(dice, depth - 1))
        elif pick == 1 and depth:
            spaced, compact = array(dice, depth - 1)
            key = quoted(dice, dice.choice(KEYS))
            parts.append(("{" + space(dice) + key + space(dice) + ":" + spaced + "}", "{" + key + ":" + compact + "}"))
        else:
            text = quoted(dice, random_text(dice))
            token = dice.choice(["null", "true", "1.50", "-0", "1E5", "18446744073709551616", text])
            parts.append((token, token))
    spaced = ",".join(space(dice) + text + space(dice) for text, _ in parts) or space(dice)
    return "[" + spaced + "]", "[" + ",".join(compact for _, compact in parts) + "]"


def random_text(dice):
    return "".join(dice.choices(LETTERS, k=dice.choice([0, 1, 3, 8, 15, 16, 17, 60])))


def quoted(dice, text):
    return json.dumps(text, ensure_ascii=dice.random() < 0.5)


def space(dice):
    return dice.choice(["", "", "", " ", "  ", "\t"])

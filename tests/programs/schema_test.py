#!/usr/bin/env python3
"""Schemas against another reading of them: schema_test.py BINDIR (more of them: EV_SCHEMA_CASES)

Random schemas, in the words of ev-schema(5) and in those of JSON Schema, and random events: the events that are
rejected, and the field that is the reason, must be those that the page says, told here by plain code over parsed JSON.
"""
import json
import random
import re

from harness import Programs, Tally, bindir_argument, cases_wanted

EVENTS = 120
NAMES = ["a", "b", "m", "m.x", "m.y", "m.y.z"]
PATTERNS = ["^[a-c]+$", "b", "^.{2}$", "[0-9]", "^$"]
STRINGS = ["", "a", "b", "ab", "abc", "b1", "12", "é", "x€", "2024-06-01", "2024-06-01T12:00:00Z", "soon"]
NUMBERS = [0, 1, -1, 5, 12, 1.5, -0.5, 5.0, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 10**30, 1717200000, 0.1]
OTHER_NAMES = {
    "fields": "properties",
    "additional": "additionalProperties",
    "min": "minimum",
    "max": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
}
OTHER_TYPES = {"int": "integer", "float": "number", "bool": "boolean"}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_time(value):
    """The forms of times among the values above."""
    if isinstance(value, str):
        return bool(re.match(r"2024-06-01(T12:00:00Z)?\Z", value)) or value == "12"
    if isinstance(value, int):
        return not isinstance(value, bool) and -(2**63) <= value < 2**63
    return isinstance(value, float)


def has_type(value, name):
    if name in ("int", "uint"):
        return isinstance(value, int) and not isinstance(value, bool) and (name == "int" or value >= 0)
    if name == "float":
        return is_number(value)
    if name == "time":
        return is_time(value)
    kinds = {"string": str, "bool": bool, "array": list, "object": dict, "json": (list, dict), "null": type(None)}
    return isinstance(value, kinds[name])


def equal(value, choice):
    if is_number(value) and is_number(choice):
        return value == choice
    return type(value) is type(choice) and value == choice


class Missing:
    pass


def look_up(event, name):
    """The value of a field; an object without members is one, an object with members holds others."""
    if name in event:
        return event[name]
    value = event
    for step in name.split("."):
        if not isinstance(value, dict) or step not in value:
            return Missing
        value = value[step]
    return value


def violates(field, value):
    types = field.get("type")
    types = [types] if isinstance(types, str) else types
    if value is Missing:
        return field.get("required", False)
    if value is None:
        return field.get("required", False) and "null" not in (types or [])
    if types is None:
        types = []
        if {"pattern", "min_length", "max_length"} & set(field):
            types.append("string")
        if {"min", "max"} & set(field):
            types.append("float")
    if types and not any(has_type(value, name) for name in types):
        return True
    if "enum" in field and not any(equal(value, choice) for choice in field["enum"]):
        return True
    if isinstance(value, str) and (not types or "string" in types):
        if "pattern" in field and not re.search(field["pattern"], value):
            return True
        if not field.get("min_length", 0) <= len(value) <= field.get("max_length", 10**9):
            return True
    if is_number(value) and not field.get("min", value) <= value <= field.get("max", value):
        return True
    return False


def leaves(event, before=()):
    for key, value in event.items():
        path = before + (key,)
        if isinstance(value, dict) and value:
            yield from leaves(value, path)
        else:
            yield path


def first_violation(schema, event):
    """The name of the field, "" for one that the schema does not know, None for a good event."""
    for name, field in schema["fields"].items():
        if violates(field, look_up(event, name)):
            return name
    if not schema["additional"]:
        for path in leaves(event):
            if not any(".".join(path[: n + 1]) in schema["fields"] for n in range(len(path))):
                return ""
    return None


class SchemaTest:
    def __init__(self, programs, tally):
        self.programs, self.tally = programs, tally
        self.random = random.Random(5)

    def scalar(self):
        return self.random.choice([self.random.choice(STRINGS), self.random.choice(NUMBERS), self.random.choice([True, False, None])])

    def value(self):
        return self.random.choice([self.scalar(), self.scalar(), self.scalar(), [], [1, "a"], {}])

    def event(self):
        event = {}
        for key in self.random.sample(["a", "b", "m", "c", "m.x"], self.random.randrange(5)):
            event[key] = self.value()
            if key == "m" and self.random.random() < 0.7:
                event[key] = {inner: self.value() for inner in self.random.sample(["x", "y", "z"], 2)}
                if "y" in event[key] and self.random.random() < 0.5:
                    event[key]["y"] = {"z": self.value()}
        if isinstance(event.get("m"), dict):
            event.pop("m.x", None)  # two fields of one name: another test's business
        return event

    def field(self):
        field = {}
        pick = self.random.random
        if pick() < 0.3:
            field["required"] = True
        if pick() < 0.5:
            names = ["string", "int", "uint", "float", "bool", "time", "array", "object", "json", "null"]
            field["type"] = self.random.choice(names) if pick() < 0.6 else self.random.sample(names, 2)
        types = field.get("type", "string float")
        if pick() < 0.2:
            field["enum"] = [value for value in (self.scalar() for _ in range(4)) if value != 10**30]  # over a limit
        if "string" in types and pick() < 0.3:
            field["pattern"] = self.random.choice(PATTERNS)
        if "string" in types and pick() < 0.2:
            field["min_length"] = self.random.randrange(3)
            field["max_length"] = field["min_length"] + self.random.randrange(3)
        if pick() < 0.3 and any(name in types for name in ("int", "uint", "float")):
            low, high = sorted([self.random.choice(NUMBERS[:12]), self.random.choice(NUMBERS[:12])])
            if pick() < 0.7:
                field["min"] = low
            if pick() < 0.7 or "min" not in field:
                field["max"] = high
        return field

    def spelled(self, schema):
        """The schema as text: in one of the two vocabularies, or a mixture."""
        share = self.random.choice([0, 1, 0.5])

        def other(word, words):
            return words[word] if word in words and self.random.random() < share else word

        fields, required = {}, []
        for name, field in schema["fields"].items():
            words = {}
            for key, value in field.items():
                if key == "required" and self.random.random() < share:
                    required.append(name)
                    continue
                if key == "type":
                    value = [other(each, OTHER_TYPES) for each in value] if isinstance(value, list) else other(value, OTHER_TYPES)
                words[other(key, OTHER_NAMES)] = value
            fields[name] = words
        made = {other("fields", OTHER_NAMES): fields, other("additional", OTHER_NAMES): schema["additional"]}
        if required:
            made["required"] = required
        return json.dumps(made, indent=self.random.choice([None, 2]), ensure_ascii=self.random.random() < 0.5)

    def round(self, number):
        names = self.random.sample(NAMES, self.random.randrange(1, len(NAMES)))
        schema = {"fields": {name: self.field() for name in names}, "additional": self.random.random() < 0.6}
        events = [self.event() for _ in range(EVENTS)]
        (self.programs.folder / "schema.json").write_text(self.spelled(schema), encoding="utf-8")
        lines = [json.dumps(event, ensure_ascii=False) for event in events]
        ended = self.programs.run(
            ["ingest", "-q", "-t", "none", "--schema", "schema.json", "--rejects", "rejects.ev", "-o", "good.ev",
             "--block-rows", self.random.choice([7, 65536]), f"-j{self.random.choice([1, 4])}"],
            "".join(line + "\n" for line in lines).encode(),
        )
        if not self.tally.equal((ended.code, ended.err), (0, b""), f"round {number}: {schema}"):
            return
        good = [json.loads(line) for line in self.programs.run("export -f jsonl good.ev").out.splitlines()]
        rejects = [json.loads(line) for line in self.programs.run("export -f jsonl rejects.ev").out.splitlines()]
        verdicts = [first_violation(schema, event) for event in events]
        wanted = [(line, lines[line - 1], name) for line, name in enumerate(verdicts, 1) if name is not None]
        got = [
            (reject["line"], reject["raw"], "" if reject["reason"].endswith("is no field of the schema") else reject["reason"].split(" ")[0])
            for reject in rejects
        ]
        self.tally.equal(got, wanted, f"round {number}: rejects by {schema}")
        self.tally.equal(repr(good), repr([event for event, name in zip(events, verdicts) if name is None]), f"round {number}: events that pass")

    def run(self):
        for number in range(cases_wanted("EV_SCHEMA_CASES", 40)):
            if self.tally.failed:
                break
            self.round(number)


def main():
    tally = Tally()
    SchemaTest(Programs(bindir_argument()), tally).run()
    tally.finish()


if __name__ == "__main__":
    main()

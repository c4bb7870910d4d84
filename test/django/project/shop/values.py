"""Values as tests write them down (meta.tagged_legend of test/fixtures/wire-vectors.json) and as a session or a cache holds them."""
import collections
import datetime
import decimal
import json
import struct
import uuid

from django.utils.safestring import SafeString


def from_tagged(tagged):
    if isinstance(tagged, list):
        return [from_tagged(item) for item in tagged]
    if isinstance(tagged, dict):
        (kind, value), *_ = tagged.items()
        return SafeString(tagged["str"]) if kind == "$object" else READ[kind](value)
    return tagged


def to_tagged(value):
    """Types are told apart exactly: True is not 1, and a tuple is not a list."""
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return text(value)
    if type(value) is list:
        return [to_tagged(item) for item in value]
    if type(value) is SafeString:
        return {"$object": "django.utils.safestring.SafeString", "str": str(value)}
    return {"$" + type(value).__name__.lower(): WRITE[type(value)](value)}


def text(value):
    """JSON lines carry no lone surrogates; U+FFFD goes the same way, as the other side can't tell the two apart."""
    units = value.encode("utf-16-le", "surrogatepass")
    lone = "\ufffd" in units.decode("utf-16-le", "replace")
    return {"$str_utf16_units": [unit for (unit,) in struct.iter_unpack("<H", units)]} if lone else value


def units(numbers):
    return struct.pack("<%dH" % len(numbers), *numbers).decode("utf-16-le", "surrogatepass")


def pairs(values):
    return [[to_tagged(key), to_tagged(value)] for key, value in values.items()]


def items(kind):
    return lambda values: kind(from_tagged(value) for value in values)


def ordered(values):
    return sorted((to_tagged(value) for value in values), key=lambda tagged: json.dumps(tagged, separators=(",", ":")))


READ = {
    "$int": int,
    "$float": float,
    "$tuple": items(tuple),
    "$set": items(set),
    "$frozenset": items(frozenset),
    "$dict": lambda given: {from_tagged(key): from_tagged(value) for key, value in given},
    "$ordereddict": lambda given: collections.OrderedDict((from_tagged(key), from_tagged(value)) for key, value in given),
    "$bytes": bytes.fromhex,
    "$bytearray": bytearray.fromhex,
    "$complex": lambda parts: complex(*map(float, parts)),
    "$range": lambda bounds: range(*bounds),
    "$str_utf16_units": units,
    "$str_repeat": lambda given: given[0] * given[1],
    "$datetime": datetime.datetime.fromisoformat,
    "$date": datetime.date.fromisoformat,
    "$time": datetime.time.fromisoformat,
    "$timedelta": lambda parts: datetime.timedelta(*parts),
    "$decimal": decimal.Decimal,
    "$uuid": uuid.UUID,
}
WRITE = {
    int: str,
    float: repr,
    tuple: lambda values: [to_tagged(value) for value in values],
    set: ordered,
    frozenset: ordered,
    dict: pairs,
    collections.OrderedDict: pairs,
    bytes: bytes.hex,
    bytearray: bytearray.hex,
    complex: lambda value: [repr(value.real), repr(value.imag)],
    range: lambda value: [value.start, value.stop, value.step],
    datetime.datetime: datetime.datetime.isoformat,
    datetime.date: datetime.date.isoformat,
    datetime.time: datetime.time.isoformat,
    datetime.timedelta: lambda value: [value.days, value.seconds, value.microseconds],
    decimal.Decimal: str,
    uuid.UUID: str,
}

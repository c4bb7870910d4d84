"""Values as tests write them down (meta.tagged_legend of test/fixtures/wire-vectors.json) and as a session holds them."""
import datetime
import decimal
import json
import uuid


def from_tagged(tagged):
    if isinstance(tagged, list):
        return [from_tagged(item) for item in tagged]
    if isinstance(tagged, dict):
        ((kind, value),) = tagged.items()
        return READ[kind](value)
    return tagged


def to_tagged(value):
    """Types are told apart exactly: True is not 1, and a tuple is not a list."""
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is list:
        return [to_tagged(item) for item in value]
    return {"$" + type(value).__name__.lower(): WRITE[type(value)](value)}


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
    "$dict": lambda pairs: {from_tagged(key): from_tagged(value) for key, value in pairs},
    "$bytes": bytes.fromhex,
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
    dict: lambda pairs: [[to_tagged(key), to_tagged(value)] for key, value in pairs.items()],
    bytes: bytes.hex,
    datetime.datetime: datetime.datetime.isoformat,
    datetime.date: datetime.date.isoformat,
    datetime.time: datetime.time.isoformat,
    datetime.timedelta: lambda value: [value.days, value.seconds, value.microseconds],
    decimal.Decimal: str,
    uuid.UUID: str,
}

"""Random values of every type that a serializer writes, the same for the same seed."""
import collections
import datetime
import decimal
import random
import uuid
from zoneinfo import ZoneInfo

ALPHABETS = ["abc xyz019_-", "äöüßéčž", "茶漢字", "🍵😀", "\x00\x01\n\r\t\"\\\\/\x7f\u2028\ud7ff\ue000"]
INTEGERS = [0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1]
HUGE = [2**63, 2**64 - 1, 2**64, 10**30, 2**2039, 2**2040, 2**4000]
FLOATS = [0.5, -0.0, 1.0, 1e16, 1e-7, 5e-324, 1.7976931348623157e308, 1e21, 0.1, 123456.789, 2.0**53, 2.0**70]
SPECIAL = [float("nan"), float("inf"), float("-inf")]


class Maker:
    def __init__(self, seed, kind):
        self.random = random.Random(seed)
        self.kind = kind

    def value(self, depth=4):
        makers = [self.atom] * 3
        if depth > 0:
            makers += [self.sequence, self.mapping] + ([self.unusual] if self.kind == "pickle" else [])
        return self.random.choice(makers)(depth) if depth > 0 else self.atom()

    def atom(self, depth=0):
        makers = [self.none, self.boolean, self.integer, self.float, self.text]
        if self.kind != "json":
            makers += [self.bytes]
        if self.kind != "msgpack":
            makers += [self.datetime, self.date, self.time, self.timedelta, self.decimal, self.uuid, self.huge]
        return self.random.choice(makers)()

    def key(self, depth=2):
        """Of one type in one dict or set: Python holds 1, 1.0 and True for one key."""
        makers = [self.text, self.integer]
        if self.kind == "pickle":
            makers += [self.date, self.decimal, self.uuid, self.bytes, self.timedelta]
            makers += [lambda: tuple(self.key(depth - 1)() for _ in range(self.some(3)))] if depth else []
        return self.random.choice(makers[:1] if self.kind == "msgpack" else makers)

    def some(self, most):
        return self.random.randrange(most + 1)

    def sequence(self, depth):
        kind = self.random.choice([list, list, tuple])
        if self.some(40) == 0:
            return kind(self.integer() for _ in range(1001 + self.some(50)))
        made = [self.value(depth - 1) for _ in range(self.some(6))]
        return kind(made + [made[0]] * 2 if made and self.some(3) == 0 else made)

    def mapping(self, depth):
        key = self.key()
        kind = collections.OrderedDict if self.kind == "pickle" and self.some(4) == 0 else dict
        return kind((key(), self.value(depth - 1)) for _ in range(self.some(6)))

    def unusual(self, depth):
        key = self.key()
        return self.random.choice(
            [
                lambda: {key() for _ in range(self.some(5))},
                lambda: frozenset(key() for _ in range(self.some(5))),
                lambda: bytearray(self.bytes()),
                lambda: range(self.some(10**9), -self.some(10**9), self.some(8) + 1),
                lambda: complex(self.some(99) + 0.5, -self.some(99) - 0.25),
            ]
        )()

    def none(self):
        return None

    def boolean(self):
        return self.random.random() < 0.5

    def integer(self):
        chosen = self.random.choice(INTEGERS + [self.random.getrandbits(self.random.randrange(1, 63))])
        return chosen if self.some(2) else -chosen

    def huge(self):
        chosen = self.random.choice(HUGE)
        return chosen if self.some(1) else -chosen

    def float(self):
        return self.random.choice(FLOATS + SPECIAL + [self.random.uniform(-1e6, 1e6), self.random.random() * 10.0 ** self.random.randint(-300, 300)])

    def text(self):
        length = self.random.choice([0, 1, 5, 12, 13, 14, 255, 256, 300]) if self.some(3) == 0 else self.some(20)
        made = "".join(self.random.choice(self.random.choice(ALPHABETS)) for _ in range(length))
        return made + "\ud800" if self.kind == "pickle" and self.some(30) == 0 else made

    def bytes(self):
        return self.random.randbytes(self.random.choice([0, 1, 3, 255, 256, 700]))

    def date(self):
        return datetime.date(self.random.randint(1, 9999), self.random.randint(1, 12), self.random.randint(1, 28))

    def time(self):
        return self.moment().time()

    def moment(self):
        micro = self.random.choice([0, 0, 5, 999999, 123000])
        date = self.random.choice([self.date(), datetime.date(2024, 3, 10)])
        return datetime.datetime(date.year, date.month, date.day, self.some(23), self.some(59), self.some(59), micro)

    def datetime(self):
        zones = [None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(minutes=self.random.randint(-1439, 1439)))]
        moment = self.moment()
        if self.kind == "pickle":
            zones += [datetime.timezone(datetime.timedelta(hours=-5), "EST")]
            zones += [ZoneInfo("Europe/Paris")] if 1975 <= moment.year <= 2030 else []
        return moment.replace(tzinfo=self.random.choice(zones))

    def timedelta(self):
        return datetime.timedelta(self.random.randint(-10**6, 10**6), self.some(86399), self.random.choice([0, 5, 999999]))

    def decimal(self):
        fixed = ["0", "-0", "1E+3", "-1.50", "NaN", "Infinity", "1e-30", "12345.6789"]
        return decimal.Decimal(self.random.choice(fixed + [str(self.integer()) + ".75"]))

    def uuid(self):
        return uuid.UUID(int=self.random.getrandbits(128))

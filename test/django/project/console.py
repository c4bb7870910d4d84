"""A Django that does as it is told: one JSON object a line on standard input, one answer a line on standard output, until the input ends."""
import collections
import copy
import io
import json
import os
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"

import django

django.setup()

from shop import stand_ins

stand_ins.install()

from django.contrib.auth import hashers
from django.contrib.auth.hashers import get_hasher
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django_redis.util import CacheKey

from shop.random_values import Maker
from shop.values import from_tagged, to_tagged

KEPT = {}


def outcome(action):
    """What came of it, with what was raised by its type's name."""
    try:
        return {"value": action()}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)[:300]}


def result(value):
    if isinstance(value, (types.GeneratorType, map, filter)):
        value = list(value)
    if isinstance(value, CacheKey):
        value = str(value)
    return to_tagged(dict(value) if type(value) is collections.OrderedDict else value)


def ask(cache, method, args=(), kwargs=None, keep=None):
    """Calls a method of a cache, or of what an earlier call kept under a name; values come and go tagged."""
    target = KEPT[cache[1:]] if cache.startswith("#") else caches[cache]
    for name in method.split("."):
        target = getattr(target, name)
    given = target(*[from_tagged(arg) for arg in args], **{name: from_tagged(arg) for name, arg in (kwargs or {}).items()})
    if keep is None:
        return result(given)
    KEPT[keep] = given


def write(cache, entries, timeout=300):
    """Sets each entry; what is not writable is told by name."""
    return {name: outcome(lambda: caches[cache].set(name, from_tagged(value), timeout)) for name, value in entries.items()}


def read(cache, names):
    return {name: outcome(lambda: to_tagged(caches[cache].get(name))) for name in names}


def make(cache, kind, seed, count):
    """Stores random values under `made:0` ...; answers them as this side reads them, which is what JSON made of them."""
    maker = Maker(seed, kind)
    entries = {"made:%d" % index: maker.value() for index in range(count)}
    client = caches[cache].client
    KEPT[cache, seed] = {name: client.decode(client.encode(value)) for name, value in entries.items()}
    caches[cache].set_many(entries, 300)
    return {name: to_tagged(value) for name, value in KEPT[cache, seed].items()}


def check(cache, seed, names):
    """What stands under the names (of the other side's writing) is compared with what this side made: where they differ."""
    made = KEPT.pop((cache, seed))
    found = {name: outcome(lambda: caches[cache].get(other)) for name, other in names.items()}
    differences = {name: difference(same(found[name].get("value", found[name])), same(made[name])) for name in names}
    return {name: where for name, where in differences.items() if where}


def members(cache, command, name, args, built=True):
    """A command of django-redis 6's sets, hashes and sorted sets, which 5.2 lacks: `encoded` arguments are written as values are."""
    client = caches[cache].client
    words = [client.encode(from_tagged(arg["encoded"])) if isinstance(arg, dict) and "encoded" in arg else arg for arg in args]
    words = [client.make_key(arg["key"]) if isinstance(arg, dict) else arg for arg in words]
    reply = client.get_client(write=True).execute_command(command, client.make_key(name) if built else name, *words)
    decoded = lambda item: client.decode(item) if isinstance(item, bytes) else item
    return to_tagged(list(map(decoded, reply)) if isinstance(reply, (list, set)) else decoded(reply))


def stale(cache, name, value, seconds):
    """Stores an entry of HerdClient whose soft end is that many seconds away; a number below 0 is past."""
    client = caches[cache].client
    packed = (client._marker, from_tagged(value), int(time.time()) + seconds)
    client.get_client(write=True).set(client.make_key(name), client.encode(packed), px=600_000)


def packed(cache, name):
    """What HerdClient finds inside an entry: the class of its marker, the value, and the seconds to its soft end."""
    client = caches[cache].client
    marker, value, soft = client.decode(client.get_client(write=False).get(client.make_key(name)))
    return {"marker": "%s.%s" % (type(marker).__module__, type(marker).__name__), "value": to_tagged(value), "seconds": soft - int(time.time())}


def nodes(cache, names):
    """Which server each key belongs to."""
    client = caches[cache].client
    return {name: client.get_server_name(client.make_key(name)) for name in names}


def difference(found, expected):
    """The smallest parts that differ, as text; nothing when they are equal."""
    if found == expected:
        return None
    if type(found) is type(expected) in (list, tuple) and len(found) == len(expected):
        return next(difference(one, other) for one, other in zip(found, expected) if one != other)
    return "got %.200r, expected %.200r" % (found, expected)


def same(value):
    """A form of the value that is equal for values of equal types; a float without fraction may be an int."""
    kind = type(value)
    if kind is float:
        whole = value.is_integer() and abs(value) < 2**53 and not (value == 0 and repr(value) == "-0.0")
        return same(int(value)) if whole else ("float", repr(value))
    if kind in (list, tuple):
        return (kind.__name__, [same(item) for item in value])
    if kind in (set, frozenset):
        return (kind.__name__, sorted(map(same, value), key=repr))
    if kind is dict:
        return ("dict", sorted(((same(key), same(item)) for key, item in value.items()), key=repr))
    if kind is collections.OrderedDict:
        return ("ordereddict", [(same(key), same(item)) for key, item in value.items()])
    return (kind.__name__, repr(value), getattr(value, "fold", 0))


def cookies(headers):
    """The cookies of a request for each Cookie header, which comes as a character for each byte, as WSGI has it."""
    environ = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}
    return [WSGIRequest({**environ, "HTTP_COOKIE": header}).COOKIES for header in headers]


def set_cookie(name, value, **attributes):
    """The Set-Cookie line of a response."""
    response = HttpResponse()
    response.set_cookie(name, value, **attributes)
    return response.cookies[name].OutputString()


def delete_cookie(name, **attributes):
    response = HttpResponse()
    response.delete_cookie(name, **attributes)
    return response.cookies[name].OutputString()


def hasher(algorithm, costs):
    """Django's hasher of an algorithm, with these attributes."""
    found = copy.copy(get_hasher(algorithm))
    vars(found).update(costs)
    return found


def make_passwords(algorithm, costs, passwords, salt=None):
    return [hashers.make_password(password, salt, hasher(algorithm, costs)) for password in passwords]


def check_passwords(pairs):
    """For each password and hash what check_password says, or the name of what it raised; every hasher is at its default."""
    return [outcome(lambda: hashers.check_password(password, encoded)) for password, encoded in pairs]


def must_update(algorithm, costs, encoded):
    """What check_password would tell its setter, were the password right."""
    preferred = hasher(algorithm, costs)
    return [hashers.identify_hasher(text).algorithm != algorithm or preferred.must_update(text) for text in encoded]


ACTIONS = {
    action.__name__: action
    for action in (
        ask, write, read, make, check, members, stale, packed, nodes, cookies, set_cookie, delete_cookie, make_passwords, check_passwords, must_update,
    )
}


def main():
    answers = os.fdopen(os.dup(1), "w")
    print(json.dumps({"django": django.get_version()}), file=answers, flush=True)
    for line in sys.stdin:
        action, fields = json.loads(line)
        print(json.dumps(outcome(lambda: ACTIONS[action](**fields))), file=answers, flush=True)


main()

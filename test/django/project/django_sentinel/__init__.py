"""
A client class for django-redis with the grammar of django-sentinel, written for this test: `mymaster/host:port,host:port/db`
SENTINEL_TIMEOUT, writes to the discovered master, reads from one replica, chosen once.
"""
import random

from django.core.exceptions import ImproperlyConfigured
from django_redis.client import DefaultClient
from redis.sentinel import Sentinel


def parse(location):
    parts = location.split("/") if isinstance(location, str) else []
    try:
        master, hosts, database = parts[0], parts[1], int(parts[2])
        sentinels = [(host, int(port)) for host, port in (one.split(":") for one in hosts.split(","))]
    except (IndexError, ValueError):
        raise ImproperlyConfigured("expected master_name/host:port,host:port/db, got %r" % (location,))
    return master, sentinels, database


class SentinelClient(DefaultClient):
    def __init__(self, server, params, backend):
        self._master, self._sentinels, self._database = parse(server)
        super().__init__([server], params, backend)
        self._by_purpose = {}

    def get_client(self, write=True, tried=None, show_index=False):
        if write not in self._by_purpose:
            self._by_purpose[write] = self._discover(write)
        client = self._by_purpose[write]
        return (client, 0) if show_index else client

    def _discover(self, write):
        timeout = self._options.get("SENTINEL_TIMEOUT", 1)
        sentinel = Sentinel(self._sentinels, socket_timeout=timeout)
        address = sentinel.discover_master(self._master)
        replicas = [] if write else sentinel.discover_slaves(self._master)
        if replicas:
            address = random.choice(replicas)
        return self.connection_factory.connect("redis://%s:%s/%s" % (*address, self._database))

    def close(self, **kwargs):
        self._by_purpose = {}

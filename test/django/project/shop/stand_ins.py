"""
What django-redis names and Debian's python3 has not, made of what it has.

- `pyzstd`, which django-redis 5.2 asks for: the same libzstd through python3-zstandard.
- `django_redis.compressors.gzip`, which came with django-redis 6: Python's own gzip, at its threshold and level.
"""
import gzip
import sys
import types
import zlib

import zstandard
from django_redis.compressors.base import BaseCompressor
from django_redis.exceptions import CompressorError


class GzipCompressor(BaseCompressor):
    min_length = 15

    def compress(self, value):
        return gzip.compress(value) if len(value) > self.min_length else value

    def decompress(self, value):
        try:
            return gzip.decompress(value)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise CompressorError(error)


def install():
    pyzstd = types.ModuleType("pyzstd")
    pyzstd.compress = lambda value: zstandard.ZstdCompressor().compress(value)
    pyzstd.decompress = lambda value: zstandard.ZstdDecompressor().decompressobj().decompress(value)
    pyzstd.ZstdError = zstandard.ZstdError
    sys.modules["pyzstd"] = pyzstd
    module = types.ModuleType("django_redis.compressors.gzip")
    module.GzipCompressor = GzipCompressor
    sys.modules["django_redis.compressors.gzip"] = module

import argon2
import base64
import hashlib

from django.contrib.auth.hashers import BasePasswordHasher, PBKDF2PasswordHasher
from django.utils.crypto import constant_time_compare

# As in the versions of argon2-cffi that a newer Django runs with; Debian's has 16.
argon2.DEFAULT_HASH_LENGTH = 32


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own, with fewer rounds: this is a test."""

    iterations = 1000


class ScryptHasher(BasePasswordHasher):
    """Stands in for the scrypt hasher of Django 4.0, which Debian's 3.2 has not: the same text, over Python's own scrypt."""

    algorithm = "scrypt"
    work_factor, block_size, parallelism = 2**14, 8, 5

    def encode(self, password, salt, costs=None):
        n, r, p = costs or (self.work_factor, self.block_size, self.parallelism)
        derived = hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, dklen=64)
        return "$".join(["scrypt", str(n), salt, str(r), str(p), base64.b64encode(derived).decode()])

    def costs(self, encoded):
        _, n, _, r, p, _ = encoded.split("$")
        return int(n), int(r), int(p)

    def verify(self, password, encoded):
        return constant_time_compare(encoded, self.encode(password, encoded.split("$")[2], self.costs(encoded)))

    def must_update(self, encoded):
        return self.costs(encoded) != (self.work_factor, self.block_size, self.parallelism)

    def harden_runtime(self, password, encoded):
        pass

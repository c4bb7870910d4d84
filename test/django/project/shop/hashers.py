from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own, with fewer rounds: this is a test."""

    iterations = 1000

"""A plain project. CACHES, SESSION_* and SECRET_KEY come from the test: the very dict that the Nest app gets."""
import json
import os

given = json.loads(os.environ["SHOP_SETTINGS"])

ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SHOP_DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PASSWORD_HASHERS = ["shop.hashers.QuickHasher"]
USE_TZ = True
# redis-py 4.3 takes the wall clock of any datetime for local time.
TIME_ZONE = "UTC"
LOGGING_CONFIG = None

globals().update(given)

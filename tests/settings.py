"""Settings of the test run: the product's own, with what must not leave the test."""

import os
from urllib.parse import urlsplit

from tests.servers import ensure_servers, worker_number

DATA = ensure_servers()
os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ")
os.environ.setdefault("HTTPS", "false")

from reviewapp.settings import *  # noqa: E402, F403
from reviewapp.settings import REDIS_URL as SHARED_REDIS_URL  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing one, and a warning is an error
MEDIA_ROOT = DATA / f"files-{worker_number()}"
# Each test process has a Redis database of its own, as pytest-django gives it a PostgreSQL database of its own.
REDIS_URL = CELERY_BROKER_URL = urlsplit(SHARED_REDIS_URL)._replace(path=f"/{worker_number()}").geturl()
# Static files straight from their folders: browser tests see the present ones without a collectstatic.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

"""The settings of the suite: a data folder of its own, and nothing slow or far away.

pytest-django loads settings before any conftest.py, so the environment is set here.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data = Path(tempfile.mkdtemp(prefix="ipviz-tests-"))
# Only the process that made it: one that was forked from it ends earlier.
_maker = os.getpid()
atexit.register(lambda: shutil.rmtree(_data, ignore_errors=True) if os.getpid() == _maker else None)

# What a developer has in the shell must not reach the tests. DATABASE_URL may: the suite runs on both. So may
# what is said to the tests themselves.
OURS = {"ALLOWED_HOSTS", "DEBUG", "EMAIL_URL", "HOST", "PORT", "REDIS_URL", "SECRET_KEY"}
for _name in list(os.environ):
    _is_ours = _name.startswith("IPVIZ_") or _name.removesuffix("_FILE") in OURS
    if _is_ours and not _name.startswith("IPVIZ_TEST_"):
        del os.environ[_name]
os.environ["IPVIZ_DATA_DIR"] = str(_data)
os.environ["LOG_LEVEL"] = "WARNING"

from ipviz.settings import *
from ipviz.settings import DATABASES, STORAGES

# The fake and the real API servers of the tests are on this machine.
ALLOW_LOOPBACK = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A test file is found without `collectstatic`, under its own name.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# A file and not memory: several threads and processes then meet as they do in real life.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}

# What one test counts is nothing to the next; who tests counting takes a cache that counts.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

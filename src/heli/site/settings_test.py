"""Settings under which the tests run: the real ones, with a throw-away home."""

import atexit
import os
import shutil
import tempfile

if "HELI_TEST_HOME" not in os.environ:
    os.environ["HELI_TEST_HOME"] = tempfile.mkdtemp(prefix="heli-test-")
    atexit.register(shutil.rmtree, os.environ["HELI_TEST_HOME"], ignore_errors=True)
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
os.environ["HELI_HOME"] = os.path.join(os.environ["HELI_TEST_HOME"], _worker)

from heli.site.settings import *  # noqa: E402, F403
from heli.site.settings import ALLOWED_HOSTS, DATABASES  # noqa: E402

# The gateway's tests speak to it as a city's systems do, by name.
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "heli.example"]

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads and processes of a test share it as they do in production.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["HELI_HOME"], "test.sqlite3")}

"""The real PostgreSQL and Valkey that every test run starts for itself, before Django's settings are read."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from reviewapp.lib.embedded import Runtime
from reviewapp.operations.servers import Postgres, Valkey

OWNER = "TANDEM_TEST_DATA"


def worker_number() -> int:
    """0 without xdist, n + 1 in its worker gw<n>: tells apart what test processes share."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1


def ensure_servers() -> Path:
    """Start both servers once per run (xdist's workers inherit them) and return the directory of the test's data."""
    if OWNER in os.environ:
        return Path(os.environ[OWNER])
    data = Path(tempfile.mkdtemp(prefix="tandem-test-"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    data.chmod(0o755)  # PostgreSQL may run as another user, who must pass
    postgres, valkey = Postgres(data / "postgres", data / "postgres.log", fast=True), Valkey(data / "valkey.log")
    for variable, server in (("DATABASE_URL", postgres), ("REDIS_URL", valkey)):
        if not os.environ.get(variable):
            atexit.register(server.stop)
            server.start()
    Runtime(str(postgres.socket_dir), postgres.port, valkey.url).write(data)
    os.environ[OWNER] = os.environ["TANDEM_DATA"] = str(data)
    return data

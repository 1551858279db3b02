"""The command lines of the web server and of a worker, alike for `up`, `manage.py web` and `manage.py worker`."""

import os
import sys
from collections.abc import Mapping

from reviewapp.lib.env import env_int

PROGRAM = tuple[list[str], dict[str, str]]


def web_program(*, host: str, port: int, workers: int | None = None, threads: int | None = None) -> PROGRAM:
    """Granian serving the WSGI application, and the environment it needs beside ours."""
    workers, threads = workers or env_int("WEB_WORKERS", 2), threads or env_int("WEB_THREADS", 4)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"]
    command += ["--workers", str(workers), "--blocking-threads", str(threads)]
    # A worker that dies is replaced; one that does not stop when asked is ended, so that a restart never hangs.
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"]
    defaults = {"DB_POOL_SIZE": str(threads + 1), "DB_STATEMENT_TIMEOUT_SECONDS": "30"}
    return [*command, "reviewapp.wsgi:application"], unset(defaults, os.environ)


def worker_program(*, concurrency: int | None = None, name: str = "tandem") -> PROGRAM:
    """Celery, and the environment it needs beside ours."""
    command = [sys.executable, "-m", "celery", "-A", "reviewapp.celery", "worker", "--loglevel", "INFO"]
    command += ["--without-gossip", "--without-mingle", "--hostname", f"{name}-{os.getpid()}@%h"]
    command += ["--concurrency", str(concurrency or env_int("WORKER_CONCURRENCY", 2))]
    # Forked job processes must not share a connection pool. A job's state and cursor are in PostgreSQL: after a short
    # grace it may be cut off and is taken up again, so SIGTERM need not wait for its end.
    fixed = {"DB_POOL_SIZE": "0", "REMAP_SIGTERM": "SIGQUIT"}
    return command, fixed | unset({"DB_STATEMENT_TIMEOUT_SECONDS": "600"}, os.environ)


def unset(defaults: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in defaults.items() if not given.get(name)}


def become(program: PROGRAM) -> None:
    """Replace this process by the program, so that signals reach it directly."""
    command, environment = program
    os.execve(command[0], command, os.environ | environment)  # noqa: S606

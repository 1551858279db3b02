import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reviewapp.lib.env import env_int


class Command(BaseCommand):
    help = "Run the web server alone. Where database and queue are is said by DATABASE_URL and REDIS_URL."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--workers", type=int, default=env_int("WEB_WORKERS", 2), help="Processes (WEB_WORKERS).")
        parser.add_argument("--threads", type=int, default=env_int("WEB_THREADS", 4), help="Threads in each process.")

    def handle(self, *args: Any, **options: Any) -> None:
        threads = options["threads"]
        os.environ.setdefault("DB_POOL_SIZE", str(threads + 1))
        os.environ.setdefault("DB_STATEMENT_TIMEOUT_SECONDS", "30")
        arguments = ["--interface", "wsgi", "--host", options["host"], "--port", str(options["port"]), "--no-ws"]
        arguments += ["--workers", str(options["workers"]), "--blocking-threads", str(threads)]
        # A worker that dies is replaced; one that does not stop when asked is ended, so that a restart never hangs.
        arguments += ["--respawn-failed-workers", "--workers-kill-timeout", "15", "--log-level", "warning"]
        # This process becomes the server, so that signals reach it directly.
        os.execv(sys.executable, [sys.executable, "-m", "granian", *arguments, "reviewapp.wsgi:application"])  # noqa: S606

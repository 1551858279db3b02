import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reviewapp.lib.env import env_int


class Command(BaseCommand):
    help = "Run one Celery worker. SIGTERM lets running jobs reach their next batch, then ends; they go on elsewhere."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        count = env_int("WORKER_CONCURRENCY", 2)
        parser.add_argument("--concurrency", type=int, default=count, help="Jobs at a time (WORKER_CONCURRENCY).")
        parser.add_argument("--name", default="tandem", help="Tells workers on one machine apart.")

    def handle(self, *args: Any, **options: Any) -> None:
        os.environ.setdefault("DB_STATEMENT_TIMEOUT_SECONDS", "600")
        # Forked job processes must not share a connection pool.
        os.environ["DB_POOL_SIZE"] = "0"
        # A job's state and cursor are in PostgreSQL: after a short grace it may be cut off and taken up again.
        os.environ["REMAP_SIGTERM"] = "SIGQUIT"
        arguments = ["-A", "reviewapp.celery", "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        arguments += ["--concurrency", str(options["concurrency"]), "--hostname", f"{options['name']}-{os.getpid()}@%h"]
        # This process becomes the worker, so that signals reach it directly.
        os.execv(sys.executable, [sys.executable, "-m", "celery", *arguments])  # noqa: S606

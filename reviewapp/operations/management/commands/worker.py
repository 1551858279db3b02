from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reviewapp.operations.pieces import become, worker_program


class Command(BaseCommand):
    help = "Run one Celery worker. SIGTERM gives running jobs a few seconds; what is unfinished goes on elsewhere."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, help="Jobs at a time (WORKER_CONCURRENCY, or 2).")
        parser.add_argument("--name", default="tandem", help="Tells workers apart in the logs.")

    def handle(self, *args: Any, **options: Any) -> None:
        become(worker_program(concurrency=options["concurrency"], name=options["name"]))

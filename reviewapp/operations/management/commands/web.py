from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reviewapp.operations.pieces import become, web_program


class Command(BaseCommand):
    help = "Run the web server alone. DATABASE_URL and REDIS_URL say where the database and the queue are."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--workers", type=int, help="Processes (WEB_WORKERS, or 2).")
        parser.add_argument("--threads", type=int, help="Threads in each process (WEB_THREADS, or 4).")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {name: options[name] for name in ("host", "port", "workers", "threads")}
        become(web_program(**wanted))

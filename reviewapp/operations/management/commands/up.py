import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from reviewapp.lib.env import env_secret
from reviewapp.operations.supervisor import Supervisor


class Command(BaseCommand):
    help = (
        "Run all of Tandem on this machine: database, queue, worker and web. Needs no other server, no root, no Docker."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="Port of the web server (8000).")
        parser.add_argument("--host", default="127.0.0.1", help="Address the web server listens on (127.0.0.1).")
        parser.add_argument("--demo", action="store_true", help="Fill the demo review and print its people's log-ins.")
        parser.add_argument("--data", help="Directory of all data (var, or TANDEM_DATA); manage.py reads it before.")

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = Supervisor(
            data_dir=settings.DATA_DIR,
            host=options["host"],
            port=options["port"],
            demo=options["demo"],
            own_database=not env_secret("DATABASE_URL"),
            own_broker=not env_secret("REDIS_URL"),
        )
        sys.exit(supervisor.run())

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviewapp.operations.health import workers


class Command(BaseCommand):
    help = (
        "Succeed when a worker on this machine has shown itself within 15 seconds: the health check of its container."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        here = [name for name in workers() if name.endswith(f"@{socket.gethostname()}")]
        if not here:
            raise CommandError("No worker on this machine has shown itself.")
        self.stdout.write("\n".join(here))

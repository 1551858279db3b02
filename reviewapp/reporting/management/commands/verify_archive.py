from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviewapp.reporting.archive.verify import faults


class Command(BaseCommand):
    help = "Check an archive of a review: its files, the chain of the log, and every number of the flow diagram."
    requires_system_checks: list[str] = []  # it asks neither database nor settings

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, **options: Any) -> None:
        found = faults(options["file"])
        for one in found:
            self.stdout.write(one)
        if found:
            raise CommandError(f"{len(found)} faults found.")
        self.stdout.write("The archive is whole: files, rows and the numbers of the diagram.")

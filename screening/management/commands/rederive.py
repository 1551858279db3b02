"""`manage.py rederive`: after an upgrade of the readers, work out again what the references of earlier imports say."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from screening.formats import READERS_VERSION, UnreadableFile
from screening.services.rederiving import imports_of_earlier_readers, rederive


class Command(BaseCommand):
    help = (
        "Read the stored files of earlier imports again with the present readers. Votes, links, rulings and what people chose to "
        "show stay. May be ended and run again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--review", help="only this review (its id)")
        parser.add_argument("--list", action="store_true", help="only name the imports that would be read again")

    def handle(self, *args: Any, **options: Any) -> None:
        found = imports_of_earlier_readers()
        if options["review"]:
            found = found.filter(review=options["review"])
        unreadable = changed = 0
        for batch in found:
            name = f"{batch.review.title[:40]}, {batch.filename} (readers {batch.readers_version})"
            if options["list"]:
                self.stdout.write(name)
                continue
            try:
                told = rederive(batch)
            except (UnreadableFile, OSError) as error:
                unreadable += 1
                self.stderr.write(f"{name}: {error}")
                continue
            changed += told.changed
            unknown = f", {told.unknown} entries stand in no reference and were left out" if told.unknown else ""
            self.stdout.write(f"{name}: {told.changed} of {told.references} references say something else now{unknown}")
        if changed:
            self.stdout.write("Let the duplicates be looked for again in these reviews.")
        if unreadable:
            raise CommandError(f"{unreadable} files could not be read again; their references stay as they are.")
        if not options["list"]:
            self.stdout.write(f"All references have the fields of readers {READERS_VERSION}.")

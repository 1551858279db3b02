import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from reviewapp.audit import services as audit
from reviewapp.demo.exports import build_demo, build_midway
from reviewapp.demo.player import PASSWORD, DemoBroken, people, play_full, play_midway
from reviewapp.demo.works import load
from reviewapp.reporting.queries import prisma_counts
from reviewapp.reviews.models import Review

READY = "demo.review.ready"
PAPER = {"identified": 1956, "duplicates": 1011, "screened": 945, "excluded": 909, "assessed": 36, "included": 20}


class Command(BaseCommand):
    help = "Fill the demo: one finished review with the numbers of the published paper, one in the middle of screening."

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        with connection.cursor() as cursor:
            # Thousands of small acts: after a crash the last few may be missing, and the next start plays them again.
            cursor.execute("SET synchronous_commit TO off")
        who = people()
        titles = {scope: texts["title"] for scope, texts in load("protocol")["reviews"].items()}
        try:
            self.stdout.write("Playing the published review through the services (records are simulated and say so):")
            review, new = self._play(titles["full"], lambda: play_full(build_demo(), who, self._say))
            if new:
                self._compare(review)
            self.stdout.write("Playing a second review up to the middle of screening:")
            self._play(titles["midway"], lambda: play_midway(build_midway(), who, self._say))
        except DemoBroken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"The demo is ready after {time.monotonic() - begun:.0f} seconds. Log in with the password {PASSWORD} as"
        )
        for row in load("protocol")["people"]:
            self.stdout.write(f"  {row['email']:<24} {row['says']}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _play(self, title: str, play: Callable[[], Review]) -> tuple[Review, bool]:
        """The review, and whether it was played now; a finished one may have moved on since and is left alone."""
        ready = Review.objects.filter(is_demo=True, title=title, audit_events__action=READY).first()
        if ready:
            self._say("  it is there already")
            return ready, False
        review = play()
        with transaction.atomic():
            audit.log(actor=review.created_by, review=review, action=READY, target=review)
        return review, True

    def _compare(self, review: Review) -> None:
        """Raise DemoBroken when the diagram is not the paper's."""
        counts = prisma_counts(review)
        found = {
            "identified": (counts.database_results or 0) + (counts.register_results or 0),
            "duplicates": counts.duplicates,
            "screened": counts.records_screened,
            "excluded": counts.records_excluded,
            "assessed": counts.dbr_assessed,
            "included": counts.new_studies,
        }
        self._say("  " + ", ".join(f"{number:,} {what}" for what, number in found.items()))
        if found != PAPER:
            raise DemoBroken(f"The diagram should say {PAPER}.")

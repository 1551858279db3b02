from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviewapp.lib.snapshot import one_moment
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review


class Command(BaseCommand):
    help = "Work out again, for every review, that numbers add up and outcomes are what the votes say."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for review in Review.objects.order_by("created_at"):
            with one_moment():
                for breach in breaches(review):
                    found += 1
                    self.stdout.write(f"{review.pk} {review.title[:60]}: {breach}")
        if found:
            raise CommandError(f"{found} breaches found.")
        self.stdout.write("All invariants hold.")

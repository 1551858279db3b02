from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviewapp.audit.services import faults, faults_outside_reviews
from reviewapp.lib.snapshot import one_moment
from reviewapp.reviews.models import Review


class Command(BaseCommand):
    help = "Check that nobody edited, removed, inserted, reordered or cut off an event of the audit log."

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        with one_moment():
            for review in Review.objects.order_by("created_at"):
                found += [f"{review.pk} {review.title[:60]}: {fault}" for fault in faults(review)]
            found += faults_outside_reviews()
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} faults found.")
        self.stdout.write("The audit log is whole.")

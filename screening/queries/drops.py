"""Reads for dropped PDFs: the tray, and a drop in its groups."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from reviewapp.reviews.models import Review
from screening.choices import DropState, Retrieval
from screening.documents import Drop, DroppedFile
from screening.models import Report
from screening.queries.desk import reports_sought

IN_TRAY = (DropState.DOUBTFUL, DropState.UNMATCHED)
MOST_CHOICES = 500


@dataclass(frozen=True)
class Offer:
    """A report that a file may belong to."""

    report: Report
    likelihood: float
    evidence: list[str]

    @property
    def percent(self) -> int:
        return min(99, int(self.likelihood * 100))


@dataclass(frozen=True)
class Dropped:
    file: DroppedFile
    offers: list[Offer]


def drops_of(review: Review) -> QuerySet[Drop]:
    """Earlier drops, the newest first, each with how many of its files stand where."""
    counts = {state.value: Count("files", filter=Q(files__state=state)) for state in DropState}
    return (
        Drop.objects.filter(review=review)
        .select_related("created_by", "job")
        .annotate(total=Count("files"), **counts)
        .order_by("-id")
    )


def tray(review: Review) -> QuerySet[DroppedFile]:
    """Files that wait for somebody to say where they belong."""
    return dropped_files(review).filter(state__in=IN_TRAY)


def dropped_files(review: Review) -> QuerySet[DroppedFile]:
    return DroppedFile.objects.filter(review=review).select_related("document", "report__record").order_by("id")


def with_offers(review: Review, files: Collection[DroppedFile]) -> list[Dropped]:
    """The files with the reports each may be, as far as these are still sought."""
    ids = {candidate["report"] for file in files for candidate in file.candidates}
    reports = {report.pk: report for report in reports_sought(review).filter(pk__in=ids)}
    return [
        Dropped(
            file,
            [
                Offer(reports[said["report"]], said["likelihood"], said["evidence"])
                for said in file.candidates
                if said["report"] in reports
            ],
        )
        for file in files
    ]


def without_file(review: Review) -> QuerySet[Report]:
    """Reports to which a file can be assigned by hand, in the order of their titles."""
    open_ones = reports_sought(review).filter(file="").exclude(retrieval=Retrieval.NOT_RETRIEVED)
    return open_ones.order_by("record__title", "id")[:MOST_CHOICES]


def counts_of(drop: Drop) -> dict[str, Any]:
    found = dict(drop.files.order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: found.get(state, 0) for state in DropState}

"""Reads about studies: which reports may tell of one, and which pairs somebody said are different."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from reviewapp.reviews.models import Review
from screening.documents import DifferentStudies
from screening.fulltext.likeness import Pair, Told, likely_pairs, registration_numbers
from screening.models import Report
from screening.queries.desk import reports_sought


@dataclass(frozen=True)
class Suggestion:
    first: Report
    second: Report
    likelihood: float
    evidence: list[str]

    @property
    def percent(self) -> int:
        return min(99, int(self.likelihood * 100))

    def other(self, report: Report) -> Report:
        return self.second if self.first == report else self.first


def suggestions(review: Review, *, of: Collection[int] = (), most: int = 100) -> list[Suggestion]:
    """Pairs of reports that may tell of one study: not linked, and not said to be different. With `of`, only those of these."""
    reports = {report.pk: report for report in reports_sought(review).select_related("document", "record", "study")}
    said = set(dismissed(review).values_list("first", "second"))
    pairs = [p for p in likely_pairs([_told(report) for report in reports.values()], of=of) if _pair(p) not in said]
    return [Suggestion(reports[p.first], reports[p.second], p.likelihood, p.evidence) for p in pairs[:most]]


def _pair(pair: Pair) -> tuple[int, int]:
    return pair.first, pair.second


def _told(report: Report) -> Told:
    record = report.record
    numbers = {*registration_numbers(f"{record.title}\n{record.abstract}")}
    if report.document:
        numbers |= set(report.document.registrations)
    return Told(report.pk, report.study_id, record.title, tuple(map(str, record.authors)), frozenset(numbers))


def dismissed(review: Review) -> QuerySet[DifferentStudies]:
    """Pairs that somebody said tell of different studies; the word stands."""
    rows = DifferentStudies.objects.filter(review=review, withdrawn_at=None)
    return rows.select_related("first__record", "second__record", "by").order_by("-id")

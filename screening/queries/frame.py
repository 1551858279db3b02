"""The few numbers that stand in the frame of every page."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Review
from screening.choices import ImportState, Retrieval
from screening.models import (
    EligibilityCriterion,
    ExclusionReason,
    ImportBatch,
    Record,
    Reference,
    Search,
)
from screening.queries.desk import conflicts_for, included_reports, progress_of, reports_sought, stage_totals
from screening.queries.duplicates import uncertain_pairs_in

DETECTION = "screening.detect_duplicates"


@dataclass(frozen=True)
class ReviewCounts:
    criteria: int
    reasons: int
    searches: int
    searches_done: int
    references: int
    records: int
    uncertain_pairs: int
    to_retrieve: int
    studies: int
    detected: bool

    @property
    def duplicates(self) -> int:
        """References beyond the first of each record."""
        return self.references - self.records


def review_counts(review: Review) -> ReviewCounts:
    """How much there is of everything, in one query."""
    ours = Q(review=review)
    imported = ImportBatch.objects.filter(ours, state=ImportState.DONE)
    sought = reports_sought(review).filter(retrieval=Retrieval.SOUGHT)
    row = (
        Review.objects.filter(pk=review.pk)
        .annotate(
            n_criteria=_count(EligibilityCriterion.objects.filter(ours, retired_at=None)),
            n_reasons=_count(ExclusionReason.objects.filter(ours, retired_at=None)),
            n_searches=_count(Search.objects.filter(ours)),
            n_searches_done=_count(Search.objects.filter(pk__in=imported.values("search"))),
            n_references=_count(Reference.objects.filter(ours, withdrawn_at=None)),
            n_records=_count(Record.objects.filter(ours, merged_into=None, withdrawn_at=None)),
            n_pairs=_count(uncertain_pairs_in([review.pk])),
            n_to_retrieve=_count(sought),
            n_studies=_count(included_reports(review).exclude(study=None), distinct="study"),
            detected=Exists(Job.objects.filter(ours, task=DETECTION, state=JobState.DONE)),
        )
        .values_list(
            "n_criteria", "n_reasons", "n_searches", "n_searches_done", "n_references",
            "n_records", "n_pairs", "n_to_retrieve", "n_studies", "detected",
        )
        .get()
    )  # fmt: skip
    return ReviewCounts(*row)


def _count(rows: QuerySet[Any], distinct: str = "pk") -> Coalesce:
    counted = rows.order_by().annotate(_all=F("review")).values("_all")
    return Coalesce(Subquery(counted.annotate(_n=Count(distinct, distinct=distinct != "pk")).values("_n")), 0)


@dataclass(frozen=True)
class OwnStage:
    """A stage as one reader sees it: their own work, and what everybody may know."""

    records: int
    judged: int
    waiting: int
    settled: int
    conflicts: int

    @property
    def own_total(self) -> int:
        return self.judged + self.waiting

    @property
    def own_percent(self) -> int | None:
        return 100 * self.judged // self.own_total if self.own_total else None

    @property
    def percent(self) -> int | None:
        return 100 * self.settled // self.records if self.records else None


def own_stage(reader: User, review: Review, stage: str) -> OwnStage:
    """`progress_of` and `stage_totals` together: four counts that indexes answer, where one query over all records is slow."""
    own, totals = progress_of(reader, review, stage), stage_totals(review, stage)
    return OwnStage(totals.records, own.judged, own.waiting, totals.settled, totals.conflicts)


def own_conflicts(reader: User, review: Review, tasks: Collection[str]) -> int:
    """Open conflicts this member can do something about."""
    return conflicts_for(reader, review, list(tasks)).count()

"""What the order of reading rests on and what may be said of it. Only outcomes are read here: they appear when all votes on a record are in,
so nothing on these pages, and no place in the order, can tell of a hidden vote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from reviewapp.reviews.models import Review
from screening.choices import Outcome, ReadingOrderKind, TermKind
from screening.models import (
    HighlightTerm,
    RankedRecord,
    RankingRun,
    RankingSimulation,
    ReadingOrder,
    Record,
    ScreeningOutcome,
)
from screening.ranking import Statement, statement, step_of

SETTLED = (Outcome.INCLUDED, Outcome.EXCLUDED)


@dataclass(frozen=True)
class Settled:
    """The settled records of a stage in the order in which their votes came in; open conflicts are left out."""

    records: list[int]
    included: list[bool]

    @property
    def includes(self) -> int:
        return sum(self.included)

    @property
    def excludes(self) -> int:
        return len(self.included) - self.includes

    @property
    def hash(self) -> str:
        lines = sorted(f"{pk}:{int(label)}" for pk, label in zip(self.records, self.included, strict=True))
        return sha256("\n".join(lines).encode()).hexdigest()


def settled_at(review: Review, stage: str) -> Settled:
    rows = list(_outcomes(review, stage).order_by("completed_at", "id").values_list("record_id", "outcome"))
    return Settled([pk for pk, _ in rows], [outcome == Outcome.INCLUDED for _, outcome in rows])


def _outcomes(review: Review, stage: str) -> QuerySet[ScreeningOutcome]:
    at_stage = Record.objects.in_review(review).at_stage(stage).values("pk")
    return ScreeningOutcome.objects.filter(record__in=at_stage, stage=stage, outcome__in=SETTLED)


def reading_order(review: Review, stage: str) -> ReadingOrder:
    """What the lead chose; unsaved and as it comes when nothing was chosen."""
    found = ReadingOrder.objects.filter(review=review, stage=stage).first()
    return found or ReadingOrder(review=review, stage=stage)


def latest_run(review: Review, stage: str) -> RankingRun | None:
    return RankingRun.objects.filter(review=review, stage=stage).first()


def first_run_on(review: Review, stage: str) -> date | None:
    """When records were first ranked at the stage."""
    ranked = RankingRun.objects.filter(review=review, stage=stage, order=ReadingOrderKind.RANKED)
    at = ranked.order_by("id").values_list("at", flat=True).first()
    return timezone.localdate(at) if at else None


def records_at(review: Review, stage: str) -> int:
    return Record.objects.in_review(review).at_stage(stage).count()


def stopping_statement(chosen: ReadingOrder) -> Statement:
    """What may be said of recall now. Records in conflict count as not settled."""
    labels, total = settled_at(chosen.review, chosen.stage).included, records_at(chosen.review, chosen.stage)
    return statement(labels, total, target=chosen.target, confidence=chosen.confidence)


# --- When another run is due ------------------------------------------------------------------------------------------


def is_due(chosen: ReadingOrder) -> bool:
    """Whether the order should be laid again: other records at the stage, or for a ranking enough newly settled ones or any changed one."""
    if chosen.order == ReadingOrderKind.IMPORT:
        return False
    run = latest_run(chosen.review, chosen.stage)
    records = records_at(chosen.review, chosen.stage)
    if run is None or run.order != chosen.order or run.seed != chosen.seed or run.records != records:
        return True
    return chosen.order == ReadingOrderKind.RANKED and _has_learnt(chosen, run)


def _has_learnt(chosen: ReadingOrder, run: RankingRun) -> bool:
    counts: dict[str, int] = dict(
        _outcomes(chosen.review, chosen.stage).order_by().values_list("outcome").annotate(n=Count("pk"))
    )
    includes, excludes = counts.get(Outcome.INCLUDED, 0), counts.get(Outcome.EXCLUDED, 0)
    more = includes + excludes - run.includes - run.excludes
    changed = more < 0 or includes < run.includes or excludes < run.excludes
    return changed or more >= step_of(run.includes + run.excludes)


# --- The page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Band:
    """A fifth of the records by score when they were placed: how many of them were read since, and with what result."""

    number: int
    unread: int
    read: int
    included: int

    @property
    def precision(self) -> int | None:
        return round(100 * self.included / self.read) if self.read else None


def bands(review: Review, stage: str) -> list[Band]:
    placed = RankedRecord.objects.filter(review=review, stage=stage).exclude(band=None)
    rows = {
        row["band"]: row
        for row in _with_outcome(placed)
        .order_by()
        .values("band")
        .annotate(
            unread=Count("pk", filter=Q(outcome="")),
            included=Count("pk", filter=Q(outcome=Outcome.INCLUDED)),
            excluded=Count("pk", filter=Q(outcome=Outcome.EXCLUDED)),
        )
    }
    return [
        Band(number, row["unread"], row["included"] + row["excluded"], row["included"])
        for number in range(1, 6)
        if (row := rows.get(number))
    ]


def _with_outcome(placed: QuerySet[RankedRecord]) -> QuerySet[RankedRecord]:
    outcome = ScreeningOutcome.objects.filter(record=OuterRef("record"), stage=OuterRef("stage")).values("outcome")[:1]
    live = placed.filter(record__merged_into=None, record__withdrawn_at=None)
    return live.annotate(outcome=Coalesce(outcome, Value("")))


@dataclass(frozen=True)
class Sample:
    """Records that were placed by lot and are settled since: a fair view of what is unread."""

    read: int
    included: int


def sample_by_lot(review: Review, stage: str) -> Sample:
    drawn = _with_outcome(RankedRecord.objects.filter(review=review, stage=stage, drawn=True))
    found = drawn.aggregate(
        included=Count("pk", filter=Q(outcome=Outcome.INCLUDED)),
        excluded=Count("pk", filter=Q(outcome=Outcome.EXCLUDED)),
    )
    return Sample(found["included"] + found["excluded"], found["included"])


@dataclass(frozen=True)
class Doubt:
    """A settled exclusion that looks like an include: its score, found by a model that did not know it, is above so many of the includes'."""

    record: Record
    above: int  # per cent of the includes


def second_look(run: RankingRun | None) -> list[Doubt]:
    """The run's doubts that are still live and still excluded, most doubtful first."""
    if run is None:
        return []
    above = {int(pk): int(share) for pk, share in run.second_look}
    excluded = Record.objects.in_review(run.review).at_stage(run.stage).with_outcome(run.stage, Outcome.EXCLUDED)
    found = excluded.in_bulk(list(above))
    return [Doubt(found[pk], share) for pk, share in above.items() if pk in found]


@dataclass(frozen=True)
class Word:
    term: str
    documents: int
    is_listed: bool


def words_of(run: RankingRun | None) -> dict[str, list[Word]]:
    """The run's strongest terms by kind, and whether the team's list of highlighted terms has them already."""
    if run is None:
        return {}
    listed = {
        term.casefold() for term in HighlightTerm.objects.filter(review=run.review).values_list("term", flat=True)
    }
    return {
        kind.value: [Word(term, documents, term.casefold() in listed) for term, documents in run.words.get(kind, [])]
        for kind in TermKind
    }


def latest_simulation(review: Review, stage: str) -> RankingSimulation | None:
    return RankingSimulation.objects.filter(review=review, stage=stage).first()


def is_finished(review: Review, stage: str) -> bool:
    """Whether every record of the stage is settled, so that a simulation has the whole truth."""
    at_stage = Record.objects.in_review(review).at_stage(stage)
    settled = ScreeningOutcome.objects.filter(record=OuterRef("pk"), stage=stage, outcome__in=SETTLED)
    return at_stage.exists() and not at_stage.filter(~Exists(settled)).exists()


# --- What a job reads -------------------------------------------------------------------------------------------------


def waiting_ids(review: Review, stage: str, order: str) -> Sequence[int]:
    """Records of the stage without an outcome, by id or the newest first."""
    waiting = Record.objects.in_review(review).at_stage(stage).with_outcome(stage, Outcome.PENDING)
    if order == ReadingOrderKind.NEWEST:
        year = Case(When(year__isnull=True, then=Value(0)), default=F("year"))
        return list(waiting.annotate(y=year).order_by("-y", "id").values_list("pk", flat=True))
    return list(waiting.order_by("id").values_list("pk", flat=True))

"""Handing records out one by one, so that no two people are given the last free place among a record's votes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone
from reviewapp.reviews.models import Review
from screening.choices import Allotting, Stage, Verdict
from screening.models import Allocation, DrawnPlace, Pilot, Record, ScreeningDecision, StageRule
from screening.queries.desk import next_records
from screening.services.locks import act
from screening.visibility import ROOT

KEPT_FOR = timedelta(minutes=30)  # how long a place is kept for somebody who has a record before them


class StageClosed(AlreadyDone):
    title = "This record needs no more votes"


def hand_out(
    *,
    actor: User,
    review: Review,
    stage: str,
    count: int = 1,
    skip: tuple[int, ...] = (),
    among: QuerySet[Record] | None = None,
) -> list[Record]:
    """The next records for somebody's desk. Where records are drawn, a place on each is kept for them; `skip` are those they hold."""
    if not _drawn(review.pk, stage).exists():
        return next_records(actor, review, stage, count=count, skip=skip, among=among)
    return _draw(actor, review, stage, count, skip, among)


def _drawn(review_id: UUID, stage: str) -> QuerySet[Allocation]:
    """The stage's allocation if records are drawn there; while a pilot is open everybody judges its whole sample."""
    pilot = Pilot.objects.filter(review=OuterRef("review"), stage=OuterRef("stage"), closed_at=None)
    drawn = Allocation.objects.filter(review=review_id, stage=stage, mode=Allotting.DRAWN)
    return drawn.filter(~Exists(pilot))


@act
def _draw(
    actor: User, review: Review, stage: str, count: int, skip: tuple[int, ...], among: QuerySet[Record] | None
) -> list[Record]:
    # One drawer at a time: whoever comes next sees which places the one before was given.
    allocation = _drawn(review.pk, stage).select_for_update().first()
    if allocation is None:
        return next_records(actor, review, stage, count=count, skip=skip, among=among)
    full = _full_for(actor, allocation)
    found = next_records(actor, review, stage, count=count, skip=(*skip, *full), among=among)
    held = {*skip, *(record.pk for record in found)}
    DrawnPlace.objects.filter(allocation=allocation, reviewer=actor).exclude(record__in=held).delete()
    DrawnPlace.objects.filter(allocation=allocation, until__lte=timezone.now()).delete()
    _keep(actor, allocation, [record.pk for record in found])
    return found


def _keep(actor: User, allocation: Allocation, records: Sequence[int]) -> None:
    until = timezone.now() + KEPT_FOR
    DrawnPlace.objects.bulk_create(
        [DrawnPlace(allocation=allocation, record_id=pk, reviewer=actor, until=until) for pk in records],
        update_conflicts=True,
        unique_fields=["allocation", "record", "reviewer"],
        update_fields=["until"],
    )


def _full_for(actor: User, allocation: Allocation, records: Collection[int] | None = None) -> set[int]:
    """Records whose places are all taken by others, who voted or have them before them.

    Only where somebody has a record before them can that be so: with all its votes in, a record has left the queue.
    """
    others = DrawnPlace.objects.filter(allocation=allocation, until__gt=timezone.now()).exclude(reviewer=actor)
    if records is not None:
        others = others.filter(record__in=records)
    taken: dict[int, set[int]] = defaultdict(set)
    for record, reviewer in others.values_list("record_id", "reviewer_id"):
        taken[record].add(reviewer)
    votes = ScreeningDecision.objects.filter(review=allocation.review_id, stage=allocation.stage, superseded_at=None)
    if allocation.stage == Stage.FULL_TEXT:
        votes = votes.exclude(verdict=Verdict.MAYBE)
    given = votes.exclude(reviewer=actor).annotate(root=ROOT).filter(root__in=list(taken))
    for root, reviewer in given.values_list("root", "reviewer_id"):
        taken[root].add(reviewer)
    places = StageRule.objects.get(review=allocation.review_id, stage=allocation.stage).votes_required
    return {record for record, people in taken.items() if len(people) >= places}


def take_place(actor: User, record: Record, stage: str) -> None:
    """Before a vote where records are drawn: a place must be kept for the voter, or be free. Raises StageClosed."""
    drawn = _drawn(record.review_id, stage)
    if not drawn.exists():
        return
    own = DrawnPlace.objects.filter(allocation__in=drawn, record=record, reviewer=actor, until__gt=timezone.now())
    if own.exists():
        return
    allocation = drawn.select_for_update().first()
    if allocation and _full_for(actor, allocation, [record.pk]):
        raise StageClosed(
            "Colleagues have taken the places on this record, so your vote is not needed. Nothing was saved."
        )


def keep_place(actor: User, record: Record, stage: str) -> None:
    """Who takes a vote back has the record before them again."""
    if allocation := _drawn(record.review_id, stage).first():
        _keep(actor, allocation, [record.pk])

"""Who judges what: the share of each person as a condition on records, and how much it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Mod
from django.db.models.lookups import In

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Membership, Review
from screening.allocation import LOTS
from screening.choices import Allotting, Outcome, Stage
from screening.models import Allocation, AllocationBatch, Pilot, PilotRecord, Record

STAGE_TASK = {Stage.TITLE_ABSTRACT: Task.SCREEN_TITLE_ABSTRACT, Stage.FULL_TEXT: Task.SCREEN_FULL_TEXT}
BY_LOT = (Allotting.EVENLY, Allotting.PAIRS)
SHARED_BY_ALL = (Allotting.EVERYBODY, Allotting.DRAWN)
NOBODYS = -1  # the portion of records that stand in no batch


def screeners(review: Review, stage: str) -> list[Membership]:
    """Present members with the task of the stage, in the order in which they joined."""
    members = Membership.objects.filter(review=review, left_at=None, tasks__contains=[STAGE_TASK[Stage(stage)]])
    return list(members.select_related("user").order_by("joined_at", "pk"))


def allocation_at(review: Review, stage: str) -> Allocation:
    """The stage's allocation; one that was never made is everybody's and not saved."""
    found = Allocation.objects.filter(review=review, stage=stage).first()
    return found or Allocation(review=review, stage=stage)


def open_pilots(reviews: Collection[UUID], stage: str) -> list[Pilot]:
    return list(Pilot.objects.filter(review__in=reviews, stage=stage, closed_at=None))


def sample_of(*pilots: Pilot) -> QuerySet[Any]:
    """Ids of the records that the samples are judged as, which may be those that their own were merged into."""
    places = PilotRecord.objects.filter(pilot__in=pilots)
    return places.values_list(Coalesce("record__merged_into_id", "record_id"))


def allotted_to(reader: User, reviews: Collection[UUID], stage: str) -> Q:
    """What of these reviews is the reader's to judge, as a condition on records: while a pilot is open, its sample."""
    pilots = open_pilots(reviews, stage)
    piloted = [pilot.review_id for pilot in pilots]
    dealt = Allocation.objects.filter(review__in=reviews, stage=stage).exclude(mode__in=SHARED_BY_ALL)
    shared = list(dealt.exclude(review__in=piloted))
    if not pilots and not shared:
        return Q()
    mine = ~Q(review__in=[*piloted, *(allocation.review_id for allocation in shared)])
    for pilot in pilots:
        mine |= Q(review=pilot.review_id, pk__in=sample_of(pilot))
    for allocation in shared:
        mine |= Q(review=allocation.review_id) & _portion(allocation, reader.pk)
    return mine


def _portion(allocation: Allocation, person: int) -> Q:
    if allocation.mode in BY_LOT:
        return Q(In(F("pk") % LOTS, [lot for lot, seats in enumerate(allocation.lots) if person in seats]))
    found = Q(pk__in=[])
    for batch in allocation.batches.all():
        if person in batch.people:
            found |= Q(pk__range=(batch.first, batch.last))
    return found


@dataclass(frozen=True)
class Portions:
    """The parts a stage's records fall into, each with its people; `None` stands for everybody."""

    people: Mapping[int, Collection[int]] | None
    ranges: Sequence[tuple[int, int]] = ()

    def of(self, column: str) -> Any:
        """The portion of the record whose id is in this column."""
        if self.people is None:
            return Value(0)
        if not self.ranges:
            return Mod(column, LOTS, output_field=IntegerField())
        whens = [When(**{f"{column}__range": ends}, then=Value(place)) for place, ends in enumerate(self.ranges)]
        return Case(*whens, default=Value(NOBODYS), output_field=IntegerField())

    def belongs(self, portion: int, person: int) -> bool:
        return self.people is None or person in self.people.get(portion, ())


def portions_of(allocation: Allocation) -> Portions:
    if allocation.mode in SHARED_BY_ALL:
        return Portions(None)
    if allocation.mode in BY_LOT:
        return Portions(dict(enumerate(allocation.lots)))
    batches = list(allocation.batches.all())
    # Without a batch nothing belongs to anybody; the range holds no record.
    ranges = [(batch.first, batch.last) for batch in batches] or [(0, 0)]
    return Portions({place: batch.people for place, batch in enumerate(batches)}, ranges)


def pending_at(review: Review, stage: str) -> QuerySet[Record]:
    return Record.objects.in_review(review).at_stage(stage).with_outcome(stage, Outcome.PENDING)


def lot_sizes(review: Review, stage: str) -> list[int]:
    """Records that wait for votes in each lot, as every member may know it."""
    rows = pending_at(review, stage).order_by().values_list(F("pk") % LOTS).annotate(n=Count("pk"))
    found = dict(rows)
    return [found.get(lot, 0) for lot in range(LOTS)]


def share_sizes(allocation: Allocation) -> dict[int, int]:
    """How many of the records that wait for votes are each person's to judge, whoever has voted: {user id: number}."""
    portions = portions_of(allocation)
    rows = pending_at(allocation.review, allocation.stage).order_by().values_list(portions.of("pk"))
    sizes: dict[int, int] = dict(rows.annotate(n=Count("pk")))
    return {
        member.user_id: sum(n for portion, n in sizes.items() if portions.belongs(portion, member.user_id))
        for member in screeners(allocation.review, allocation.stage)
    }


@dataclass(frozen=True)
class BatchRow:
    """A batch by hand with the names of its people and how many of its records wait for votes."""

    batch: AllocationBatch
    people: list[str]
    records: int
    pending: int


def batch_rows(allocation: Allocation) -> list[BatchRow]:
    batches = list(allocation.batches.all())
    portions = portions_of(allocation)
    at_stage = Record.objects.in_review(allocation.review).at_stage(allocation.stage)
    counts = [
        dict(rows.order_by().values_list(portions.of("pk")).annotate(n=Count("pk")))
        for rows in (at_stage, pending_at(allocation.review, allocation.stage))
    ]
    names = dict(User.objects.filter(pk__in={pk for batch in batches for pk in batch.people}).values_list("pk", "name"))
    return [
        BatchRow(batch, [names[pk] for pk in batch.people], counts[0].get(place, 0), counts[1].get(place, 0))
        for place, batch in enumerate(batches)
    ]


def in_no_batch(allocation: Allocation) -> QuerySet[Record]:
    """Records that wait for votes and that no batch has, in the order of import."""
    found = pending_at(allocation.review, allocation.stage)
    for batch in allocation.batches.all():
        found = found.exclude(pk__range=(batch.first, batch.last))
    return found.order_by("pk")

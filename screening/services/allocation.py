"""Sharing the records of a stage out, and sharing them out again when the team or the number of votes changes."""

from collections.abc import Sequence

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.allocation import Seats, deal
from screening.choices import Allotting
from screening.models import Allocation, AllocationBatch, DrawnPlace, StageRule
from screening.queries.allocation import BY_LOT, allocation_at, in_no_batch, lot_sizes, screeners
from screening.services.locks import act, acting_member, own_review


@act
def allocate(*, actor: User, review: Review, stage: str, mode: str, experienced: Sequence[int] = ()) -> Allocation:
    """Share a stage out. Votes that were given stay and count, whoever the records belong to now. Raises Invalid."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    before = allocation_at(review, stage)
    planned = plan(review, stage, mode, experienced)
    allocation, _ = Allocation.objects.update_or_create(
        review=review,
        stage=stage,
        defaults={"mode": planned.mode, "experienced": planned.experienced, "lots": planned.lots},
    )
    DrawnPlace.objects.filter(allocation=allocation).delete()
    audit.log(
        actor=actor,
        review=review,
        action="screening.allocation.changed",
        target=allocation,
        before={"stage": stage, "mode": before.mode},
        after={"stage": stage, "mode": planned.mode, "experienced": planned.experienced},
    )
    return allocation


def plan(review: Review, stage: str, mode: str, experienced: Sequence[int] = ()) -> Allocation:
    """The allocation as it would be, not saved: what a preview shows. Raises Invalid."""
    if mode not in Allotting.values:
        raise Invalid("There is no such way to share records out.")
    here = [member.user_id for member in screeners(review, stage)]
    chosen = [pk for pk in here if pk in set(experienced)] if mode == Allotting.PAIRS else []
    if mode == Allotting.PAIRS and not 0 < len(chosen) < len(here):
        raise Invalid("Choose who is experienced: at least one who screens here, and not everybody.")
    if mode == Allotting.PAIRS and _votes_required(review, stage) < 2:
        raise Invalid("A pair needs a stage with at least two votes on a record.")
    planned = Allocation(review=review, stage=stage, mode=mode, experienced=chosen)
    saved = Allocation.objects.filter(review=review, stage=stage).first()
    planned.lots = _deal(planned, here, saved.lots if saved and saved.mode == mode else [])
    if saved and mode == Allotting.BATCHES:
        planned.pk = saved.pk  # so that its batches are found
    return planned


def _votes_required(review: Review, stage: str) -> int:
    return StageRule.objects.get(review=review, stage=stage).votes_required


def _deal(allocation: Allocation, here: Sequence[int], kept: Sequence[Seats]) -> list[Seats]:
    if allocation.mode not in BY_LOT:
        return []
    pools = [list(here)] * _votes_required(allocation.review, allocation.stage)
    if allocation.mode == Allotting.PAIRS:
        others = [pk for pk in here if pk not in allocation.experienced]
        sides = [[pk for pk in here if pk in allocation.experienced], others]
        # When one side is gone, the records still need their votes.
        pools[:2] = [side or list(here) for side in sides][: len(pools)]
    return deal(pools, lot_sizes(allocation.review, allocation.stage), kept)


def share_out_again(*, actor: User, review: Review) -> None:
    """After somebody joined, left or changed tasks, or other votes are needed: only as many seats change hands as must.

    The caller owns the review. Whoever left gives up the records they had before them; batches that are short of people get some.
    """
    for allocation in Allocation.objects.filter(review=review):
        here = [member.user_id for member in screeners(review, allocation.stage)]
        DrawnPlace.objects.filter(allocation=allocation).exclude(reviewer__in=here).delete()
        lots = _deal(allocation, here, allocation.lots)
        changed = lots != allocation.lots
        if changed:
            allocation.lots = lots
            allocation.save(update_fields=["lots", "changed_at"])
        if allocation.mode == Allotting.BATCHES:
            changed = _man_batches(allocation, here)
        if changed:
            audit.log(
                actor=actor,
                review=review,
                action="screening.allocation.rebalanced",
                target=allocation,
                after={"stage": allocation.stage, "people": here},
            )


def _man_batches(allocation: Allocation, here: Sequence[int]) -> bool:
    """Batches keep those of their people who are still here, and get others until they are enough."""
    needed, changed = _votes_required(allocation.review, allocation.stage), False
    batches = list(allocation.batches.all())
    held = {pk: sum(pk in batch.people for batch in batches) for pk in here}
    for batch in batches:
        people = [pk for pk in batch.people if pk in held]
        while len(people) < needed and (free := [pk for pk in here if pk not in people]):
            people.append(min(free, key=lambda pk: held[pk]))
            held[people[-1]] += 1
        if people != batch.people:
            batch.people, changed = people, True
            batch.save(update_fields=["people"])
    return changed


@act
def add_batch(*, actor: User, review: Review, stage: str, size: int, people: Sequence[int]) -> AllocationBatch:
    """Give the next so many records that are in no batch to these people. Raises Invalid, AlreadyDone."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    allocation = allocation_at(review, stage)
    if allocation.mode != Allotting.BATCHES:
        raise AlreadyDone("This stage is not shared out in batches any more.")
    here = {member.user_id: member.user for member in screeners(review, stage)}
    chosen = [pk for pk in here if pk in set(people)]
    if len(chosen) != len(set(people)):
        raise Invalid("A batch can be given to people who screen at this stage.")
    if len(chosen) < (needed := _votes_required(review, stage)):
        raise Invalid(f"Every record needs {needed} votes here, so choose at least {needed} people.")
    if size < 1:
        raise Invalid("A batch has at least one record.")
    ids = list(in_no_batch(allocation).values_list("pk", flat=True)[:size])
    if not ids:
        raise AlreadyDone("Every record that waits for votes is in a batch already.")
    following = allocation.batches.filter(first__gt=ids[0]).order_by("first").first()
    ids = [pk for pk in ids if following is None or pk < following.first]
    batch = AllocationBatch.objects.create(allocation=allocation, first=ids[0], last=ids[-1], people=chosen)
    audit.log(
        actor=actor,
        review=review,
        action="screening.allocation.batch_given",
        target=batch,
        after={"stage": stage, "records": len(ids), "people": ", ".join(str(here[pk]) for pk in chosen)},
    )
    return batch


@act
def dissolve_batch(*, actor: User, review: Review, batch: AllocationBatch) -> None:
    """Take a batch back; its votes stay, and its records can be given again."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if not AllocationBatch.objects.filter(pk=batch.pk).exists():
        raise AlreadyDone("This batch was taken back before.")
    audit.log(
        actor=actor,
        review=review,
        action="screening.allocation.batch_taken_back",
        target=batch,
        before={"stage": batch.allocation.stage, "people": batch.people},
    )
    batch.delete()

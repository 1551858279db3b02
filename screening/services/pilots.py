"""Pilots and later rounds: votes of before are set aside, never deleted, and never counted again."""

import secrets
from collections.abc import Collection
from random import Random

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import Outcome, Stage, Verdict
from screening.models import Pilot, PilotRecord, ScreeningDecision
from screening.queries.allocation import open_pilots, pending_at, sample_of, screeners
from screening.queries.rounds import current_version, judged_before, live_sample, votes_needed
from screening.services.locks import act, acting_member, own_review
from screening.services.outcomes import set_aside
from screening.visibility import ROOT

LARGEST = 500


@act
def start_pilot(*, actor: User, review: Review, stage: str, size: int, seed: str = "") -> Pilot:
    """Draw a random sample of the records that wait for votes; until the pilot ends, everybody judges it and nothing else.

    The sample depends on the seed and on those records only, not on who has voted. Raises Invalid, AlreadyDone.
    """
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if stage not in Stage.values:
        raise Invalid("There is no such stage.")
    if not 1 <= size <= LARGEST:
        raise Invalid(f"A pilot has between 1 and {LARGEST} records; 25 to 50 are usual.")
    if open_pilots([review.pk], stage):
        raise AlreadyDone("A pilot is open at this stage already.")
    if len(screeners(review, stage)) < 2:
        raise Invalid("A pilot compares people: at least two have to screen at this stage.")
    seed = require_clean_text(seed, what="seed").strip() or secrets.token_hex(8)
    if len(seed) > 32:
        raise Invalid("A seed may have up to 32 characters.")
    waiting = list(pending_at(review, stage).order_by("pk").values_list("pk", flat=True))
    if not waiting:
        raise Invalid("No record waits for votes at this stage.")
    drawn = Random(seed).sample(waiting, min(size, len(waiting)))  # noqa: S311  # to be drawn again, not to be secret
    last = Pilot.objects.filter(review=review, stage=stage).first()
    pilot = Pilot.objects.create(
        review=review,
        stage=stage,
        number=last.number + 1 if last else 1,
        size=len(drawn),
        seed=seed,
        drawn_from=len(waiting),
        criteria_version=current_version(review),
        created_by=actor,
    )
    PilotRecord.objects.bulk_create([PilotRecord(pilot=pilot, record_id=pk) for pk in sorted(drawn)])
    audit.log(
        actor=actor,
        review=review,
        action="screening.pilot.started",
        target=pilot,
        after={"stage": stage, "number": pilot.number, "size": pilot.size, "seed": seed, "drawn_from": len(waiting)},
    )
    return pilot


def reveal_when_complete(pilot: Pilot) -> None:
    """Show the votes once everybody who screens has judged the whole sample."""
    # Whoever comes last sees the votes of all, also of those who gave theirs in the same moment.
    pilot = Pilot.objects.select_for_update(of=("self",)).select_related("review").get(pk=pilot.pk)
    if pilot.revealed_at is None and pilot.closed_at is None and _given(pilot) >= votes_needed(pilot):
        _reveal(pilot, None)


def _given(pilot: Pilot) -> int:
    votes = ScreeningDecision.objects.filter(
        review=pilot.review_id,
        stage=pilot.stage,
        superseded_at=None,
        reviewer__in=[member.user_id for member in screeners(pilot.review, pilot.stage)],
    )
    if pilot.stage == Stage.FULL_TEXT:
        votes = votes.exclude(verdict=Verdict.MAYBE)
    roots = live_sample(pilot).values("pk")
    return votes.annotate(root=ROOT).filter(root__in=roots).order_by().values("root", "reviewer_id").distinct().count()


def _reveal(pilot: Pilot, actor: User | None) -> None:
    now = timezone.now()
    votes = ScreeningDecision.objects.filter(review=pilot.review_id, stage=pilot.stage, superseded_at=None)
    votes.annotate(root=ROOT).filter(root__in=sample_of(pilot), revealed_at=None).update(revealed_at=now)
    pilot.revealed_at = now
    pilot.save(update_fields=["revealed_at"])
    audit.log(
        actor=actor,
        review=pilot.review,
        action="screening.pilot.revealed",
        target=pilot,
        after={"stage": pilot.stage, "number": pilot.number},
    )


@act
def show_results(*, actor: User, pilot: Pilot) -> None:
    """Show the votes although some are missing; the pilot takes no more."""
    own_review(pilot.review)
    acting_member(actor, pilot.review, Can.LEAD)
    pilot = _open(pilot)
    if pilot.revealed_at:
        raise AlreadyDone("The votes of this pilot are shown already.")
    _reveal(pilot, actor)


def _open(pilot: Pilot) -> Pilot:
    pilot = Pilot.objects.select_for_update(of=("self",)).select_related("review").get(pk=pilot.pk)
    if pilot.closed_at:
        raise AlreadyDone("This pilot has ended already.")
    return pilot


@act
def start_fresh(*, actor: User, pilot: Pilot) -> int:
    """End a pilot: its votes are set aside and its records wait for votes like all others. Returns how many were set aside."""
    own_review(pilot.review)
    acting_member(actor, pilot.review, Can.LEAD)
    pilot = _open(pilot)
    pilot.closed_at = timezone.now()
    pilot.save(update_fields=["closed_at"])
    count = set_aside(pilot.review, pilot.stage, {root for (root,) in sample_of(pilot)}, pilot)
    audit.log(
        actor=actor,
        review=pilot.review,
        action="screening.pilot.ended",
        target=pilot,
        after={"stage": pilot.stage, "number": pilot.number},
    )
    return count


def look_again(review: Review) -> None:
    """After somebody left: a pilot may have waited for their votes only. The caller owns the review."""
    for pilot in Pilot.objects.filter(review=review, closed_at=None, revealed_at=None):
        if screeners(review, pilot.stage):
            reveal_when_complete(pilot)


@act
def queue_again(
    *, actor: User, review: Review, stage: str, older_than: int, outcomes: Collection[str], why: str
) -> int:
    """Start a new round on records judged under criteria older than a version: their votes and settlements are set aside.

    Returns how many records wait again. Raises Invalid, AlreadyDone.
    """
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if not set(outcomes) or set(outcomes) - {Outcome.INCLUDED, Outcome.EXCLUDED, Outcome.CONFLICT}:
        raise Invalid("Choose which records: included, excluded, or in conflict.")
    if not 1 <= older_than <= current_version(review):
        raise Invalid("There is no such version of the criteria.")
    if not (why := require_clean_text(why, what="reason").strip()):
        raise Invalid("Say why they are judged again.")
    found = judged_before(review, stage, older_than).filter(outcome__in=outcomes)
    roots = set(found.values_list("record_id", flat=True))
    if not roots:
        raise AlreadyDone("No such record was judged under older criteria.")
    set_aside(review, stage, roots)
    audit.log(
        actor=actor,
        review=review,
        action="screening.round.started",
        target=review,
        after={"stage": stage, "records": len(roots), "older_than": older_than, "outcomes": sorted(outcomes)},
        reason=why,
    )
    return len(roots)

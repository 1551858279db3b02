"""Revealing and settling. The independent answers stay as they were given; what was agreed on stands beside them."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from appraisal.choices import RowState, SettledHow
from appraisal.models import Assignment, Comparison, Instrument, Item, RatingOverride, Settlement
from appraisal.queries.comparison import Compared, Row, compared, compared_all
from appraisal.rules import Unfit, fit, same
from appraisal.visibility import PLACE
from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed, require_clean_text
from reviewapp.reviews.models import Membership
from reviewapp.reviews.permissions import Can, can
from screening.models import Study
from screening.services.locks import act, acting_member, share_review


def reveal_when_all_are_done(instrument: Instrument, study: Study) -> Comparison | None:
    """Make the comparison once so many people as the instrument asks for, and everybody assigned, have finished."""
    Study.objects.select_for_update(of=("self",)).get(pk=study.pk)  # two who finish in the same second
    standing = list(Assignment.objects.filter(instrument=instrument, study=study, withdrawn_at=None))
    if len(standing) < instrument.people or any(one.finished_at is None for one in standing):
        return None
    comparison, made = Comparison.objects.get_or_create(instrument=instrument, study=study)
    if made:
        note_whether_settled(instrument, [comparison])
    return comparison


def note_whether_settled(instrument: Instrument, comparisons: Sequence[Comparison]) -> None:
    """The one writer of `settled_at`: after a settlement, and after questions changed that are asked of all."""
    for found in compared_all(instrument, comparisons):
        comparison, done = found.comparison, not found.open_rows
        if done != (comparison.settled_at is not None):
            comparison.settled_at = timezone.now() if done else None
            comparison.save(update_fields=["settled_at"])


def _enter(actor: User, comparison: Comparison) -> tuple[Membership, Comparison, Compared]:
    """The comparison, locked, with its rows as they stand now."""
    review = comparison.instrument.review
    share_review(review)
    membership = acting_member(actor, review, Can.READ)
    locked = Comparison.objects.select_for_update(of=("self",)).select_related("instrument__review", "study")
    comparison = locked.get(pk=comparison.pk)
    return membership, comparison, compared(comparison)


def _row_of(rows: Compared, item: Item) -> Row:
    row = next((row for row in rows.rows if row.item.pk == item.pk), None)
    if row is None:
        raise Invalid("This question is not asked any more.")
    return row


def _fitting(item: Item, value: Any) -> Any:
    try:
        return fit(item.question, value)
    except Unfit as error:
        raise Invalid(str(error)) from None


@act
def propose(*, actor: User, comparison: Comparison, item: Item, value: Any, rationale: str = "") -> Settlement:
    """Propose the answer that shall stand, or confirm an equal proposal; it stands once all appraisers still here agree."""
    _, comparison, rows = _enter(actor, comparison)
    people = {person.pk for person in rows.people}
    if actor.pk not in people:
        raise NotAllowed("Only those who answered can agree; a third assessor gives a ruling instead.")
    row = _row_of(rows, item)
    if row.state in {RowState.AGREED, RowState.SETTLED}:
        raise AlreadyDone("There is nothing to settle here: the answers agree, or it was settled a moment ago.")
    value, rationale = _fitting(item, value), require_clean_text(rationale, what="reason").strip()
    standing = row.settlement
    if standing is None or not same(standing.value, value):
        _set_aside(standing)
        standing = Settlement.objects.create(
            comparison=comparison,
            item=item,
            value=value,
            how=SettledHow.DISCUSSION,
            rationale=rationale,
            proposed_by=actor,
        )
        _log(actor, comparison, "appraisal.difference.proposed", item, {"value": value}, rationale)
    standing.confirmed_by.add(actor)
    agreed = {standing.proposed_by_id, *standing.confirmed_by.values_list("pk", flat=True)}
    if _still_here(comparison, people) <= agreed:
        _settle(actor, comparison, standing)
    return standing


@act
def confirm(*, actor: User, comparison: Comparison, item: Item, proposal: int) -> Settlement:
    """Agree to the proposal that was seen. Raises AlreadyDone when it was withdrawn, replaced or settled meanwhile."""
    _, comparison, rows = _enter(actor, comparison)
    standing = _row_of(rows, item).settlement
    if standing is None or standing.settled_at or standing.pk != proposal:
        raise AlreadyDone(
            "This proposal was withdrawn or replaced meanwhile. Look at what stands now; nothing was confirmed."
        )
    return propose(actor=actor, comparison=comparison, item=item, value=standing.value)


def _still_here(comparison: Comparison, people: set[int]) -> set[int]:
    here = Membership.objects.filter(review=comparison.instrument.review_id, user__in=people, left_at=None)
    needed = set(here.values_list("user_id", flat=True))
    if len(people) > 1 and len(needed) < 2:
        raise NotAllowed("The others who answered have left the review, so a third assessor has to settle this.")
    return needed


@act
def withdraw(*, actor: User, comparison: Comparison, item: Item) -> None:
    """Take one's own standing proposal back."""
    _, comparison, rows = _enter(actor, comparison)
    standing = _row_of(rows, item).settlement
    if standing is None or standing.settled_at or standing.proposed_by_id != actor.pk:
        raise AlreadyDone("There is no proposal of yours to take back.")
    _set_aside(standing)
    _log(actor, comparison, "appraisal.difference.proposal_withdrawn", item, {"value": standing.value})


@act
def rule(*, actor: User, comparison: Comparison, item: Item, value: Any, rationale: str) -> Settlement:
    """The third assessor's answer, with a reason. Raises NotAllowed for somebody who answered independently."""
    membership, comparison, rows = _enter(actor, comparison)
    if not can(membership, Can.SETTLE):
        raise NotAllowed("A ruling needs the task “Settle conflicts”. A lead of the review can give it to you.")
    if actor.pk in {person.pk for person in rows.people}:
        raise NotAllowed("You answered for this study, so somebody else must be the third assessor.")
    row = _row_of(rows, item)
    if row.state in {RowState.AGREED, RowState.SETTLED}:
        raise AlreadyDone("There is nothing to settle here: the answers agree, or it was settled a moment ago.")
    value = _fitting(item, value)
    if not (rationale := require_clean_text(rationale, what="reason").strip()):
        raise Invalid("A ruling needs a reason: say why in a sentence.")
    _set_aside(row.settlement)
    made = Settlement.objects.create(
        comparison=comparison,
        item=item,
        value=value,
        how=SettledHow.THIRD_ASSESSOR,
        rationale=rationale,
        proposed_by=actor,
    )
    _settle(actor, comparison, made)
    return made


def _settle(actor: User, comparison: Comparison, settlement: Settlement) -> None:
    settlement.settled_at = timezone.now()
    settlement.save(update_fields=["settled_at"])
    _log(
        actor,
        comparison,
        "appraisal.difference.settled",
        settlement.item,
        {"value": settlement.value, "how": settlement.how},
        settlement.rationale,
    )
    note_whether_settled(comparison.instrument, [comparison])


def _set_aside(settlement: Settlement | None) -> None:
    if settlement is not None:
        settlement.set_aside_at = timezone.now()
        settlement.save(update_fields=["set_aside_at"])


@act
def reopen(*, actor: User, comparison: Comparison, item: Item, why: str) -> None:
    """Set a settled answer aside, with a reason; the question is open again, the old settlement stays in the history."""
    membership, comparison, rows = _enter(actor, comparison)
    if not (can(membership, Can.LEAD) or can(membership, Can.SETTLE)):
        raise NotAllowed("Only a lead or a person who settles conflicts can re-open a question.")
    standing = _row_of(rows, item).settlement
    if standing is None or not standing.settled_at:
        raise AlreadyDone("This question is not settled, or was re-opened before.")
    if not (why := require_clean_text(why, what="reason").strip()):
        raise Invalid("Say why it has to be looked at again.")
    _set_aside(standing)
    _log(actor, comparison, "appraisal.difference.reopened", item, {"value": standing.value}, why)
    note_whether_settled(comparison.instrument, [comparison])


@act
def override_rating(
    *, actor: User, comparison: Comparison, rating: str | None, reason: str = ""
) -> RatingOverride | None:
    """Give a study another rating than the rule does, with a reason; None goes back to the rule."""
    membership, comparison, rows = _enter(actor, comparison)
    if not (can(membership, Can.LEAD) or can(membership, Can.SETTLE) or actor.pk in {p.pk for p in rows.people}):
        raise NotAllowed(
            "Only those who appraised the study, settle conflicts or lead the review can change its rating."
        )
    levels = [level.label for level in comparison.instrument.levels]
    if rating is not None and rating not in levels:
        raise Invalid("Choose one of the levels of the instrument's rating rule.")
    if rating is not None and not (reason := require_clean_text(reason, what="reason").strip()):
        raise Invalid("Another rating than the rule's needs a reason.")
    standing = RatingOverride.objects.filter(comparison=comparison, set_aside_at=None)
    before = standing.values_list("rating", flat=True).first()
    standing.update(set_aside_at=timezone.now())
    made = (
        RatingOverride.objects.create(comparison=comparison, rating=rating, reason=reason, by=actor) if rating else None
    )
    audit.log(
        actor=actor,
        review=comparison.instrument.review,
        action="appraisal.rating.overridden" if rating else "appraisal.rating.reset",
        target=comparison.study,
        before={"rating": before},
        after={"instrument": comparison.instrument.title, "rating": rating},
        reason=reason,
    )
    return made


def _log(actor: User, comparison: Comparison, action: str, item: Item, after: dict[str, Any], reason: str = "") -> None:
    audit.log(
        actor=actor,
        review=comparison.instrument.review,
        action=action,
        target=comparison,
        after={"question": item.key, **after},
        reason=reason,
        judged=(comparison.study_id, f"{PLACE}{comparison.instrument_id}"),
    )

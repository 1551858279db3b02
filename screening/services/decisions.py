"""Deciding, taking a decision back, and the note beside it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, DomainError, Invalid, require_clean_text
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, can, require
from screening.choices import Stage, Verdict
from screening.models import EligibilityCriterion, ExclusionReason, Record, ScreeningDecision, ScreeningNote
from screening.queries.rounds import current_version
from screening.services.drawing import StageClosed, keep_place, take_place
from screening.services.locks import act, acting_member, lock_live_record, lock_records, share_review
from screening.services.outcomes import adjudication_in_force, cluster, in_open_pilot, recompute, standing_decisions
from screening.services.pilots import reveal_when_complete
from screening.visibility import is_complete

SCREENS = {Stage.TITLE_ABSTRACT: Can.SCREEN_TITLE_ABSTRACT, Stage.FULL_TEXT: Can.SCREEN_FULL_TEXT}


def require_a_screener(membership: Membership) -> None:
    """Raises NotAllowed for somebody who screens at no stage."""
    if not any(can(membership, capability) for capability in SCREENS.values()):
        require(membership, Can.SCREEN_TITLE_ABSTRACT)


class NotAtStage(DomainError):
    title = "This record is not at this stage"
    code = "not-at-stage"


class Wanted(NamedTuple):
    """What one request asks to be decided: record, reason and criterion by their ids."""

    record: int
    stage: str
    verdict: str
    reason: int | None
    criterion: int | None


@act
def make_decision(
    *,
    actor: User,
    record: Record,
    stage: str,
    verdict: str,
    reason: ExclusionReason | None = None,
    criterion: EligibilityCriterion | None = None,
    note: str | None = None,
    labels: Sequence[str] | None = None,
    request_key: UUID | None = None,
) -> ScreeningDecision:
    """Give one reviewer's verdict; while the record still waits for votes, an earlier one of theirs is superseded.

    The same request key again gives the same decision; with another content it is refused. Raises Invalid, NotAtStage,
    StageClosed, AlreadyDone, NotAllowed.
    """
    review = record.review
    share_review(review)
    acting_member(actor, review, SCREENS[Stage(stage)])
    _check(verdict, reason, stage, review)
    _check_criterion(criterion, review)
    wanted = Wanted(record.pk, stage, verdict, reason.pk if reason else None, criterion.pk if criterion else None)
    if request_key and (earlier := _sent_before(actor, request_key, wanted)):
        return earlier
    take_place(actor, record, stage)
    record = lock_live_record(record)
    history = list(
        ScreeningDecision.objects.filter(cluster(record), stage=stage).select_related("handover").order_by("id")
    )
    given = [earlier for earlier in history if earlier.reviewer_id == actor.pk]
    # The twin of this request may have held the lock a moment ago.
    twin = next((earlier for earlier in given if request_key and earlier.request_key == request_key), None)
    if twin:
        return _same(twin, wanted)
    if stage == Stage.FULL_TEXT and not Record.objects.at_stage(stage).filter(pk=record.pk).exists():
        raise NotAtStage(
            "The record was excluded before, is in conflict, or its report cannot be retrieved. Nothing was saved."
        )
    mine = next((earlier for earlier in reversed(given) if earlier.superseded_at is None), None)
    if is_complete(record, stage):
        raise StageClosed(
            "All votes on this record are in; take yours back first, or settle the conflict. Nothing was changed."
            if mine
            else "Enough colleagues have judged this record meanwhile, so your vote is not needed. Nothing was saved."
        )
    pilot = in_open_pilot(record, stage)
    if pilot and pilot.revealed_at:
        raise StageClosed("The votes of the pilot are shown, so it takes no more. Screening starts fresh soon.")
    decision = _write(actor, record, wanted, history, mine, request_key)
    if note is not None or labels is not None:
        keep_note(actor=actor, record=record, stage=stage, text=note, labels=labels)
    recompute(record, stage)
    if pilot:
        reveal_when_complete(pilot)
    return decision


def _check(verdict: str, reason: ExclusionReason | None, stage: str, review: Review) -> None:
    if verdict not in Verdict.values:
        raise Invalid("A verdict is include, maybe or exclude.")
    if verdict == Verdict.EXCLUDE and stage == Stage.FULL_TEXT and reason is None:
        raise Invalid("At full text an exclusion needs exactly one primary reason.")
    if reason is not None and verdict != Verdict.EXCLUDE:
        raise Invalid("A reason belongs to an exclusion only.")
    if reason is not None and (reason.review_id != review.pk or reason.retired_at):
        raise Invalid("This exclusion reason is not in the review's list.")


def _check_criterion(criterion: EligibilityCriterion | None, review: Review) -> None:
    if criterion is not None and (criterion.review_id != review.pk or criterion.retired_at):
        raise Invalid("This criterion is not in the review's protocol.")


def _sent_before(actor: User, key: UUID, wanted: Wanted) -> ScreeningDecision | None:
    earlier = ScreeningDecision.objects.filter(reviewer=actor, request_key=key).first()
    return _same(earlier, wanted) if earlier else None


def _same(earlier: ScreeningDecision, wanted: Wanted) -> ScreeningDecision:
    """The decision that this request key stands for. Raises Invalid when it was another one."""
    stands_for = Wanted(earlier.record_id, earlier.stage, earlier.verdict, earlier.reason_id, earlier.criterion_id)
    if stands_for != wanted:
        raise Invalid("This request key was used for another decision. Nothing was changed.")
    return earlier


def _write(
    actor: User,
    record: Record,
    wanted: Wanted,
    history: Sequence[ScreeningDecision],
    mine: ScreeningDecision | None,
    request_key: UUID | None,
) -> ScreeningDecision:
    given = [earlier.pk for earlier in history if earlier.reviewer_id == actor.pk]
    if mine:  # on a merged record there may be two, one from each record
        ScreeningDecision.objects.filter(pk__in=given, superseded_at=None).update(superseded_at=timezone.now())
    decision = ScreeningDecision.objects.create(
        review_id=record.review_id,
        record=record,
        stage=wanted.stage,
        reviewer=actor,
        verdict=wanted.verdict,
        reason_id=wanted.reason,
        criterion_id=wanted.criterion,
        revision=len(given) + 1,
        independent=not any(_known_to(actor, earlier) for earlier in history),
        request_key=request_key,
        criteria_version=current_version(record.review),
        round=1 + max((earlier.round for earlier in history if earlier.set_aside_at), default=0),
    )
    audit.log(
        actor=actor,
        review=record.review,
        action="screening.decision.made",
        target=decision,
        before=_said_of(mine) if mine else None,
        after={
            "record": record.pk,
            "stage": wanted.stage,
            "verdict": wanted.verdict,
            "reason": decision.reason.label if decision.reason else None,
            "criterion": decision.criterion.code if decision.criterion else None,
        },
        judged=(record.pk, wanted.stage),
    )
    return decision


def _known_to(actor: User, earlier: ScreeningDecision) -> bool:
    """Once a vote was revealed every member could read it, also one who had not voted then; who uploaded a file has read it."""
    return earlier.revealed_at is not None or (
        earlier.handover is not None and earlier.handover.created_by_id == actor.pk != earlier.reviewer_id
    )


def _said_of(decision: ScreeningDecision) -> dict[str, object]:
    return {"verdict": decision.verdict, "reason": decision.reason_id, "criterion": decision.criterion_id}


@act
def undo_decision(*, actor: User, decision: ScreeningDecision) -> Record:
    """Take one's own standing decision back; the record waits for it again. Raises AlreadyDone once a conflict about it is settled.

    A decision given again after the first was revealed counts as a revision, not as independent; statistics use the first.
    """
    share_review(decision.review)
    acting_member(actor, decision.review, SCREENS[Stage(decision.stage)])
    voted_on = Record.objects.get(pk=decision.record_id)  # it may have been merged a moment ago
    root = voted_on.merged_into_id or voted_on.pk
    record = Record.objects.select_for_update(of=("self",)).get(pk=root)
    standing = standing_decisions(record, decision.stage).filter(pk=decision.pk, reviewer=actor)
    if not standing.exists():
        raise AlreadyDone("This decision was taken back or replaced before.")
    if adjudication_in_force(record, decision.stage):
        raise AlreadyDone(
            "The conflict about this record is settled already. Ask a lead to re-open it; your vote stays as it was."
        )
    if (pilot := in_open_pilot(record, decision.stage)) and pilot.revealed_at:
        raise AlreadyDone("The votes of the pilot are shown, so none is taken back. Screening starts fresh soon.")
    standing.update(superseded_at=timezone.now())
    audit.log(
        actor=actor,
        review=decision.review,
        action="screening.decision.undone",
        target=decision,
        before=_said_of(decision),
        judged=(decision.record_id, decision.stage),  # hidden with the vote, also when the records are parted again
    )
    recompute(record, decision.stage)
    keep_place(actor, record, decision.stage)
    return record


def last_decision(*, actor: User, review: Review, stage: str | None = None) -> ScreeningDecision | None:
    """What Undo would take back: the actor's latest standing decision."""
    mine = ScreeningDecision.objects.filter(review=review, reviewer=actor, superseded_at=None, handover=None)
    if stage:
        mine = mine.filter(stage=stage)
    return mine.order_by("-id").first()


@act
def keep_note(
    *, actor: User, record: Record, stage: str, text: str | None = None, labels: Sequence[str] | None = None
) -> ScreeningNote:
    """Save the reviewer's own note and labels; None leaves that part as it is."""
    share_review(record.review)
    acting_member(actor, record.review, SCREENS[Stage(stage)])
    lock_records([record.pk])  # first the record, then the note, then the audit head, as deciding with a note does
    note, _ = ScreeningNote.objects.select_for_update().get_or_create(
        record=record, stage=stage, reviewer=actor, defaults={"review_id": record.review_id}
    )
    before = {"text": note.text, "labels": list(note.labels)}
    if text is not None:
        note.text = require_clean_text(text, what="note")
    if labels is not None:
        note.labels = tidy_labels(labels)
    after = {"text": note.text, "labels": note.labels}
    if after != before:
        note.handover = None
        note.save()
        audit.log(
            actor=actor,
            review=record.review,
            action="screening.note.kept",
            target=note,
            before=before,
            after=after,
            judged=(record.pk, stage),
        )
    return note


def tidy_labels(labels: Sequence[str]) -> list[str]:
    """Labels without doubles and blanks, in the order given. Raises Invalid for one over 60 characters."""
    tidy = list(dict.fromkeys(" ".join(require_clean_text(label, what="label").split()) for label in labels))
    if any(len(label) > 60 for label in tidy):
        raise Invalid("A label may have up to 60 characters.")
    return [label for label in tidy if label]

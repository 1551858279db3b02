"""Two ways out of a conflict: the voters agree, or the third assessor rules. The votes stay as they were given."""

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed, require_clean_text
from reviewapp.reviews.models import Membership
from reviewapp.reviews.permissions import Can, can
from screening.choices import ConflictKind, SettledBy, SettledHow, Stage, Verdict
from screening.models import Adjudication, Conflict, ConflictComment, ExclusionReason, Proposal, StageRule
from screening.queries.settlers import who_can_agree
from screening.services.locks import act, acting_member, lock_live_record, share_review
from screening.services.outcomes import recompute, standing_decisions


class ConflictClosed(AlreadyDone):
    title = "This conflict is settled already"


def voters(conflict: Conflict) -> set[int]:
    """Ids of the people whose votes disagree; all of them are revealed once a conflict exists."""
    record = conflict.record.merged_into or conflict.record
    return set(standing_decisions(record, conflict.stage).values_list("reviewer_id", flat=True))


def _lock(conflict: Conflict) -> Conflict:
    lock_live_record(conflict.record.merged_into or conflict.record)
    locked = Conflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
    if locked.closed_at:
        raise ConflictClosed(
            "A colleague settled it, or a vote was taken back, a moment ago. Nothing of yours was saved."
        )
    return locked


def _check_ruling(conflict: Conflict, verdict: str, reason: ExclusionReason | None) -> None:
    if verdict not in {Verdict.INCLUDE, Verdict.EXCLUDE}:
        raise Invalid("A conflict is settled as include or exclude.")
    if conflict.kind == ConflictKind.REASON and verdict != Verdict.EXCLUDE:
        raise Invalid("All votes exclude this report; what has to be settled is the reason.")
    if verdict == Verdict.EXCLUDE and conflict.stage == Stage.FULL_TEXT and reason is None:
        raise Invalid("At full text an exclusion needs exactly one primary reason.")
    if reason is not None and (
        verdict != Verdict.EXCLUDE or reason.review_id != conflict.review_id or reason.retired_at
    ):
        raise Invalid("This reason is not in the review's list, or the outcome is not an exclusion.")


def _rule(conflict: Conflict) -> StageRule:
    return StageRule.objects.get(review_id=conflict.review_id, stage=conflict.stage)


def takes_part(membership: Membership, conflict: Conflict) -> bool:
    """Whether this member may write in the conflict's discussion: its voters, and those who settle."""
    return membership.user_id in voters(conflict) or can(membership, Can.SETTLE)


@act
def comment(*, actor: User, conflict: Conflict, text: str) -> ConflictComment:
    share_review(conflict.review)
    membership = acting_member(actor, conflict.review, Can.DISCUSS)
    conflict = _lock(conflict)
    if not takes_part(membership, conflict):
        raise NotAllowed("Only the people who voted on this record and those who settle conflicts discuss it.")
    if not (text := require_clean_text(text, what="comment").strip()):
        raise Invalid("Write something first.")
    said = ConflictComment.objects.create(conflict=conflict, author=actor, text=text)
    audit.log(
        actor=actor,
        review=conflict.review,
        action="screening.conflict.commented",
        target=conflict,
        after={"text": text},
        judged=(conflict.record_id, conflict.stage),
    )
    return said


@act
def agree(
    *, actor: User, conflict: Conflict, verdict: str, reason: ExclusionReason | None = None
) -> Adjudication | Proposal:
    """Propose an outcome, or confirm a colleague's equal proposal; when every voter agrees, the conflict is settled."""
    share_review(conflict.review)
    acting_member(actor, conflict.review, Can.DISCUSS)
    conflict = _lock(conflict)
    if _rule(conflict).settled_by == SettledBy.THIRD_ASSESSOR:
        raise NotAllowed("In this review the third assessor settles conflicts at this stage.")
    people = voters(conflict)
    if actor.pk not in people:
        raise NotAllowed(
            "Only the people who voted on this record can agree on it; a third assessor gives a ruling instead."
        )
    _check_ruling(conflict, verdict, reason)
    if not (needed := who_can_agree(conflict)):
        raise NotAllowed("The others who voted have left the review, so a third assessor has to settle this conflict.")
    proposal = conflict.proposals.filter(withdrawn_at=None).first()
    if proposal is None or (proposal.verdict, proposal.reason_id) != (verdict, reason.pk if reason else None):
        proposal = _propose(actor, conflict, verdict, reason)
    proposal.confirmed_by.add(actor)
    agreed = {proposal.proposed_by_id, *proposal.confirmed_by.values_list("pk", flat=True)}
    if not needed <= agreed:
        return proposal
    return _settle(conflict, SettledHow.AGREEMENT, verdict, reason, "", sorted(people & agreed), actor)


def _propose(actor: User, conflict: Conflict, verdict: str, reason: ExclusionReason | None) -> Proposal:
    conflict.proposals.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    proposal = Proposal.objects.create(conflict=conflict, verdict=verdict, reason=reason, proposed_by=actor)
    audit.log(
        actor=actor,
        review=conflict.review,
        action="screening.conflict.proposed",
        target=conflict,
        after={"verdict": verdict, "reason": reason.label if reason else None},
        judged=(conflict.record_id, conflict.stage),
    )
    return proposal


@act
def withdraw_proposal(*, actor: User, conflict: Conflict) -> None:
    """Take one's own standing proposal back."""
    share_review(conflict.review)
    acting_member(actor, conflict.review, Can.DISCUSS)
    conflict = _lock(conflict)
    if not conflict.proposals.filter(withdrawn_at=None, proposed_by=actor).update(withdrawn_at=timezone.now()):
        raise AlreadyDone("There is no proposal of yours to take back.")
    audit.log(
        actor=actor,
        review=conflict.review,
        action="screening.conflict.proposal_withdrawn",
        target=conflict,
        judged=(conflict.record_id, conflict.stage),
    )


@act
def adjudicate(
    *, actor: User, conflict: Conflict, verdict: str, rationale: str, reason: ExclusionReason | None = None
) -> Adjudication:
    """The third assessor's ruling, with a reason in words. Raises NotAllowed for somebody who voted on the record."""
    share_review(conflict.review)
    acting_member(actor, conflict.review, Can.SETTLE)
    conflict = _lock(conflict)
    if _rule(conflict).settled_by == SettledBy.AGREEMENT and who_can_agree(conflict):
        raise NotAllowed("In this review the voters settle conflicts among themselves at this stage.")
    if actor.pk in voters(conflict):
        raise NotAllowed("You voted on this record, so somebody else must be the third assessor.")
    _check_ruling(conflict, verdict, reason)
    if not (rationale := require_clean_text(rationale, what="rationale").strip()):
        raise Invalid("A ruling needs a rationale: say why in a sentence.")
    return _settle(conflict, SettledHow.THIRD_ASSESSOR, verdict, reason, rationale, [actor.pk], actor)


def _settle(
    conflict: Conflict,
    how: str,
    verdict: str,
    reason: ExclusionReason | None,
    rationale: str,
    people: list[int],
    actor: User,
) -> Adjudication:
    ruling = Adjudication.objects.create(
        conflict=conflict, how=how, verdict=verdict, reason=reason, rationale=rationale
    )
    ruling.settled_by.set(people)
    conflict.closed_at = timezone.now()
    conflict.save(update_fields=["closed_at"])
    audit.log(
        actor=actor,
        review=conflict.review,
        action="screening.conflict.settled",
        target=conflict,
        after={"how": how, "verdict": verdict, "reason": reason.label if reason else None, "people": people},
        reason=rationale,
        judged=(conflict.record_id, conflict.stage),
    )
    recompute(conflict.record.merged_into or conflict.record, conflict.stage)
    return ruling


@act
def reopen(*, actor: User, conflict: Conflict, why: str) -> Conflict:
    """Set a settlement aside, with a reason; a new conflict stands open with the same votes. The old settlement stays on record."""
    share_review(conflict.review)
    membership = acting_member(actor, conflict.review, Can.READ)
    if not (can(membership, Can.LEAD) or can(membership, Can.SETTLE)):
        raise NotAllowed("Only a lead or a person who settles conflicts can re-open one.")
    record = lock_live_record(conflict.record.merged_into or conflict.record)
    ruling = Adjudication.objects.select_for_update().filter(conflict=conflict, reopened_at=None).first()
    if ruling is None:
        raise AlreadyDone("This conflict is not settled, or was re-opened before.")
    if not (why := require_clean_text(why, what="reason").strip()):
        raise Invalid("Say why it has to be looked at again.")
    ruling.reopened_at = timezone.now()
    ruling.save(update_fields=["reopened_at"])
    audit.log(
        actor=actor,
        review=conflict.review,
        action="screening.conflict.reopened",
        target=conflict,
        before={"verdict": ruling.verdict, "how": ruling.how},
        reason=why,
        judged=(conflict.record_id, conflict.stage),
    )
    recompute(record, conflict.stage)
    found = Conflict.objects.filter(review=conflict.review, record=record, stage=conflict.stage, closed_at=None).first()
    return found or conflict

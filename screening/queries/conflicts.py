"""A conflict as one reader may see it, and the lists of open and settled ones."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, can
from screening.choices import SettledBy, SettlerSees
from screening.models import Adjudication, Conflict, Proposal, Record, ScreeningOutcome, StageRule
from screening.queries.conflict_filters import ConflictFilter, narrowed
from screening.queries.desk import conflicts_for, open_conflicts, settled_conflicts
from screening.queries.settlement import Settling, settling_of
from screening.queries.settlers import who_can_agree
from screening.visibility import ShownVote

EVERY = ConflictFilter()


@dataclass(frozen=True)
class Said:
    """A line of the discussion with the author's name as the reader may know it."""

    author: str
    is_own: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Offer:
    proposal: Proposal
    by: str
    is_own: bool
    confirmed_by_reader: bool


@dataclass(frozen=True)
class Table:
    """The settling table: what lies on it for this reader, and what the reader may do."""

    record: Record
    votes: list[ShownVote]
    judges_alone: bool
    thread: list[Said]
    offer: Offer | None
    ruling: Adjudication | None
    settlers: str
    fell_away: bool
    may_comment: bool
    may_agree: bool
    may_rule: bool
    may_reopen: bool


def table(membership: Membership, conflict: Conflict) -> Table:
    """Everything on the table; empty of all judgements while the record waits for votes again."""
    reader, record = membership.user, conflict.record.merged_into or conflict.record
    rule = StageRule.objects.get(review=conflict.review_id, stage=conflict.stage)
    settling = settling_of(reader, conflict)
    voted = any(vote.is_own for vote in settling.votes)
    is_open, ruling = conflict.closed_at is None, settling.settlement
    settles, leads = can(membership, Can.SETTLE), can(membership, Can.LEAD)
    by_voters = rule.settled_by == SettledBy.AGREEMENT
    alone = is_open and rule.settler_sees == SettlerSees.NOTHING and not voted
    return Table(
        record=record,
        votes=settling.votes,
        judges_alone=alone,
        thread=[
            Said(settling.name(said.author), said.author_id == reader.pk, said.text, said.at)
            for said in settling.comments
        ],
        offer=_offer(reader, settling) if is_open else None,
        ruling=ruling,
        settlers=" and ".join(sorted(str(person) for person in ruling.settled_by.all())) if ruling else "",
        fell_away=not is_open and ruling is None,
        may_comment=is_open and not alone and (voted or settles),
        may_agree=is_open and voted and can(membership, Can.DISCUSS) and rule.settled_by != SettledBy.THIRD_ASSESSOR,
        may_rule=is_open and not voted and settles and not (by_voters and who_can_agree(conflict)),
        may_reopen=ruling is not None and (leads or settles),
    )


def _offer(reader: User, settling: Settling) -> Offer | None:
    proposal = settling.proposal
    if proposal is None:
        return None
    return Offer(
        proposal,
        settling.name(proposal.proposed_by),
        proposal.proposed_by_id == reader.pk,
        proposal.confirmed_by.filter(pk=reader.pk).exists(),
    )


# --- Lists ------------------------------------------------------------------------------------------------------------


def listed_conflicts(
    membership: Membership, *, mine: bool, stage: str, kind: str, by: ConflictFilter = EVERY
) -> QuerySet[Conflict]:
    """Open conflicts: those the reader can do something about, or all of the review."""
    review = membership.review
    found = (
        conflicts_for(membership.user, review, membership.tasks, stage or None)
        if mine
        else open_conflicts(review, stage or None)
    )
    found = found.filter(kind=kind) if kind else found
    return found if by.is_empty else narrowed(found, membership.user, review, by)


def listed_settlements(review: Review, *, stage: str, kind: str) -> QuerySet[Adjudication]:
    """Settlements in force of records that are complete; the others are hidden as the votes are."""
    complete = ScreeningOutcome.objects.filter(record=OuterRef("root"), stage=OuterRef("conflict__stage"))
    found = (
        settled_conflicts(review, stage or None)
        .alias(root=Coalesce("conflict__record__merged_into_id", "conflict__record_id"))
        .filter(Exists(complete))
        .prefetch_related("settled_by")
    )
    return found.filter(conflict__kind=kind) if kind else found


def next_conflict(membership: Membership, *, stage: str, after: int) -> Conflict | None:
    """The next conflict the reader can act on, going round to the first."""
    waiting = conflicts_for(membership.user, membership.review, membership.tasks, stage).exclude(pk=after)
    return waiting.filter(pk__gt=after).first() or waiting.first()

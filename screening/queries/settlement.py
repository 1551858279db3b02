"""Conflicts as one reader may see them: while votes are missing again, what was said of them is hidden again."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import SettlerSees
from screening.models import Adjudication, Conflict, ConflictComment, Proposal, ScreeningOutcome, StageRule
from screening.visibility import ANOTHER_MEMBER, ShownVote, is_complete, names_hidden_from, shown_votes, voter_names

OPEN, SETTLED, FALLEN_AWAY = STATES = ("open", "settled", "fallen_away")


def known_conflicts(review: Review) -> QuerySet[Conflict]:
    """Conflicts with `state`: open, settled, or fallen away because a vote was taken back or the rule changed."""
    complete = Exists(ScreeningOutcome.objects.filter(record=OuterRef("root"), stage=OuterRef("stage")))
    in_force = Exists(Adjudication.objects.filter(conflict=OuterRef("pk"), reopened_at=None))
    return (
        Conflict.objects.filter(review=review)
        .select_related("record", "review")
        .alias(root=Coalesce("record__merged_into_id", "record_id"))
        .annotate(
            state=Case(
                When(Q(complete) & Q(closed_at=None), then=Value(OPEN)),
                When(Q(complete) & Q(in_force), then=Value(SETTLED)),
                default=Value(FALLEN_AWAY),
                output_field=CharField(),
            )
        )
    )


@dataclass(frozen=True)
class Settling:
    """What a reader may know of one conflict; `name` says who somebody is, as the stage's rule allows."""

    conflict: Conflict
    name: Callable[[User], str]
    votes: list[ShownVote] = field(default_factory=list)
    comments: list[ConflictComment] = field(default_factory=list)
    proposal: Proposal | None = None
    settlement: Adjudication | None = None


def settling_of(reader: User, conflict: Conflict) -> Settling:
    """Votes, discussion, standing proposal and settlement of a conflict, for one reader."""
    record = conflict.record.merged_into or conflict.record
    rule = StageRule.objects.get(review_id=conflict.review_id, stage=conflict.stage)
    votes = shown_votes(reader, record, conflict.stage)
    name = _names(reader, conflict, rule)
    judges_alone = conflict.closed_at is None and rule.settler_sees == SettlerSees.NOTHING and not votes
    if judges_alone or not is_complete(record, conflict.stage):
        return Settling(conflict, name, votes)
    return Settling(
        conflict=conflict,
        name=name,
        votes=votes,
        comments=list(conflict.comments.select_related("author")),
        proposal=conflict.proposals.filter(withdrawn_at=None).select_related("reason", "proposed_by").first(),
        settlement=Adjudication.objects.filter(conflict=conflict, reopened_at=None).select_related("reason").first(),
    )


def _names(reader: User, conflict: Conflict, rule: StageRule) -> Callable[[User], str]:
    hidden = names_hidden_from(reader, conflict, rule)
    known = voter_names(conflict) if hidden else {}

    def name(person: User) -> str:
        if person.pk == reader.pk:
            return "You"
        return known.get(person.pk, ANOTHER_MEMBER) if hidden else str(person)

    return name

"""Who did what in screening, counted from settled records alone, so that the count is the same for every reader."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from reviewapp.reviews.models import Review
from screening.choices import Outcome, SettledHow
from screening.models import Adjudication, ScreeningDecision, ScreeningOutcome


@dataclass(frozen=True)
class Share:
    """One piece of work: on how many things it was done, on how many by two people or more, and by whom on how many."""

    units: int
    apart: int
    people: dict[int, int]


def share_of(pairs: Iterable[tuple[int, int]]) -> Share:
    """From (thing, person), a pair for each thing somebody worked on."""
    pairs = set(pairs)
    on_each = Counter(thing for thing, _ in pairs)
    return Share(len(on_each), sum(n > 1 for n in on_each.values()), dict(Counter(person for _, person in pairs)))


def votes_given(review: Review, stage: str) -> Share:
    """Independent votes that stand on records whose outcome is settled. Votes on others would tell who has voted."""
    settled = ScreeningOutcome.objects.filter(record=OuterRef("stands_on"), stage=OuterRef("stage")).exclude(
        outcome=Outcome.CONFLICT
    )
    votes = ScreeningDecision.objects.filter(review=review, stage=stage, superseded_at=None).filter(Exists(settled))
    return share_of(votes.values_list("stands_on", "reviewer").iterator())


def conflicts_settled(review: Review, stage: str, how: SettledHow) -> Share:
    """Conflicts that are settled for good, by who settled them."""
    rulings = Adjudication.objects.filter(conflict__review=review, conflict__stage=stage, how=how, reopened_at=None)
    return share_of(rulings.exclude(settled_by=None).values_list("conflict", "settled_by"))

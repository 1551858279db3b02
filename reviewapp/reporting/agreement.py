"""Agreement between the people who screened, from independent votes only and before any settlement."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.agreement import AgreementReport, agreement_of, collapse
from screening.choices import Stage, Verdict
from screening.queries.desk import independent_votes
from screening.visibility import nameless_conflict_is_open

RAW = (Verdict.INCLUDE.value, Verdict.MAYBE.value, Verdict.EXCLUDE.value)
COLLAPSED = (Verdict.INCLUDE.value, Verdict.EXCLUDE.value)


@dataclass(frozen=True)
class StageAgreement:
    stage: str
    raters: list[str]
    collapsed: AgreementReport
    raw: AgreementReport

    @property
    def pairs(self) -> list[tuple[str, str, Sequence[Sequence[int]], str]]:
        """Two people, their table of verdicts (maybe as include), and κ in words."""
        return [
            (self.raters[pair.first], self.raters[pair.second], pair.matrix, _kappa(pair.kappa.value))
            for pair in self.collapsed.pairs
        ]


def _kappa(value: float | None) -> str:
    return "not estimable" if value is None else f"{value:.3f}"


def agreement_at(review: Review, stage: str) -> StageAgreement:
    """Statistics of one stage; maybe counts as include in the collapsed ones, at full text a parked maybe is no vote."""
    units = independent_votes(review, stage)
    people, names = _raters(review, stage, {pk for unit in units for pk in unit})
    rows = [[unit.get(pk) for pk in people] for unit in units]
    folded = [[collapse(vote) if vote else None for vote in row] for row in rows]
    categories = RAW if stage == Stage.TITLE_ABSTRACT else COLLAPSED
    raw = [[vote if vote in categories else None for vote in row] for row in rows]
    return StageAgreement(stage, names, agreement_of(folded, COLLAPSED), agreement_of(raw, categories))


def _raters(review: Review, stage: str, voters: set[int]) -> tuple[list[int], list[str]]:
    """The voters' ids and names; numbers without names, in an order of their own, while a conflict without names is open.

    With few conflicts open the table of two named people would tell whose vote is whose.
    """
    if nameless_conflict_is_open(review, stage):
        shuffled = sorted(voters, key=lambda pk: sha256(f"{review.pk}:{stage}:{pk}".encode()).digest())
        return shuffled, [f"Rater {number}" for number in range(1, len(shuffled) + 1)]
    people = list(User.objects.filter(pk__in=voters).order_by("pk"))
    return [person.pk for person in people], [str(person) for person in people]

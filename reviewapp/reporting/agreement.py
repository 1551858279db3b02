"""Agreement between the people who screened, from independent votes only and before any settlement."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.agreement import AgreementReport, agreement_of, collapse
from screening.choices import Stage, Verdict
from screening.queries.desk import independent_votes

RAW = (Verdict.INCLUDE.value, Verdict.MAYBE.value, Verdict.EXCLUDE.value)
COLLAPSED = (Verdict.INCLUDE.value, Verdict.EXCLUDE.value)


@dataclass(frozen=True)
class StageAgreement:
    stage: str
    people: list[User]
    collapsed: AgreementReport
    raw: AgreementReport

    @property
    def pairs(self) -> list[tuple[str, str, Sequence[Sequence[int]], str]]:
        """Two people, their table of verdicts (maybe as include), and κ in words."""
        return [
            (str(self.people[pair.first]), str(self.people[pair.second]), pair.matrix, _kappa(pair.kappa.value))
            for pair in self.collapsed.pairs
        ]


def _kappa(value: float | None) -> str:
    return "not estimable" if value is None else f"{value:.3f}"


def agreement_at(review: Review, stage: str) -> StageAgreement:
    """Statistics of one stage; maybe counts as include in the collapsed ones, at full text a parked maybe is no vote."""
    units = independent_votes(review, stage)
    people = list(User.objects.filter(pk__in={pk for unit in units for pk in unit}).order_by("pk"))
    rows = [[unit.get(person.pk) for person in people] for unit in units]
    folded = [[collapse(vote) if vote else None for vote in row] for row in rows]
    categories = RAW if stage == Stage.TITLE_ABSTRACT else COLLAPSED
    raw = [[vote if vote in categories else None for vote in row] for row in rows]
    return StageAgreement(stage, people, agreement_of(folded, COLLAPSED), agreement_of(raw, categories))

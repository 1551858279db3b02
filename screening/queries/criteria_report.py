"""Which wording causes conflicts: votes that named the criterion they rest on, and how often others saw it differently."""

from collections import defaultdict
from dataclasses import dataclass

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.agreement import collapse
from screening.models import EligibilityCriterion, ScreeningOutcome
from screening.visibility import ROOT, decisions_visible_to


@dataclass(frozen=True)
class CriterionRow:
    """How records fared on which somebody named this criterion; all their votes are in."""

    criterion: EligibilityCriterion
    records: int
    differ: int  # verdicts differ
    other: int  # all agree, but somebody named another criterion

    @property
    def share(self) -> float | None:
        return self.differ / self.records if self.records else None


def criteria_report(reader: User, review: Review, stage: str) -> list[CriterionRow]:
    """A row for each criterion in force or named, those that cause most conflicts first. Nothing of records that wait for votes."""
    complete = ScreeningOutcome.objects.filter(record__review=review, stage=stage).values("record")
    votes = decisions_visible_to(reader, review).filter(stage=stage).annotate(root=ROOT).filter(root__in=complete)
    named = votes.exclude(criterion=None).values("root")
    said: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    for root, verdict, criterion in votes.filter(root__in=named).order_by().values_list("root", "verdict", "criterion"):
        said[root].append((collapse(verdict), criterion))
    tally: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for given in said.values():
        differ = len({verdict for verdict, _ in given}) > 1
        criteria = {criterion for _, criterion in given if criterion is not None}
        for criterion in criteria:
            counts = tally[criterion]
            counts[0] += 1
            counts[1] += differ
            counts[2] += not differ and len(criteria) > 1
    rows = [
        CriterionRow(criterion, *tally[criterion.pk])
        for criterion in EligibilityCriterion.objects.filter(review=review)
        if criterion.retired_at is None or criterion.pk in tally
    ]
    return sorted(rows, key=lambda row: (-row.differ, -row.records))

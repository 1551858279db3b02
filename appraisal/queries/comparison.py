"""A study's answers side by side, and what stands for each question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appraisal.choices import ItemKind, RowState
from appraisal.models import Answer, Comparison, Instrument, Item, RatingOverride, Settlement
from appraisal.rules import agreed, applies, level_of
from reviewapp.accounts.models import User


@dataclass(frozen=True)
class Row:
    """One question: the independent answers in the order of `people`, and the settlement that stands or is proposed."""

    item: Item
    answers: list[Answer | None]
    settlement: Settlement | None

    @property
    def values(self) -> list[Any]:
        return [answer.value if answer else None for answer in self.answers]

    @property
    def state(self) -> RowState:
        if self.settlement:
            return RowState.SETTLED if self.settlement.settled_at else RowState.PROPOSED
        return RowState.AGREED if agreed(self.values) else RowState.DIFFERS

    @property
    def is_open(self) -> bool:
        return self.state in {RowState.DIFFERS, RowState.PROPOSED}

    @property
    def value(self) -> Any:
        """What stands: the settled answer, or the one that all gave; None while it is open."""
        if self.settlement and self.settlement.settled_at:
            return self.settlement.value
        return self.values[0] if self.state == RowState.AGREED else None

    @property
    def is_outdated(self) -> bool:
        """Whether the question was changed after it was answered."""
        return any(answer is not None and answer.is_outdated for answer in self.answers)


@dataclass(frozen=True)
class Compared:
    """All questions that were asked about one study."""

    comparison: Comparison
    people: list[User]
    rows: list[Row]
    override: RatingOverride | None

    @property
    def open_rows(self) -> list[Row]:
        return [row for row in self.rows if row.is_open]

    @property
    def final(self) -> dict[str, Any]:
        """Key of each question with the answer that stands."""
        return {row.item.key: row.value for row in self.rows}

    @property
    def ruled_rating(self) -> str:
        """What the team's rule gives, once nothing is open; empty without a rule."""
        if self.open_rows:
            return ""
        choices = {row.item.key: row.value for row in self.rows if row.item.kind == ItemKind.CHOICE}
        return level_of(choices, self.comparison.instrument.levels)

    @property
    def rating(self) -> str:
        return self.override.rating if self.override else self.ruled_rating


def compared(comparison: Comparison) -> Compared:
    return compared_all(comparison.instrument, [comparison])[0]


def compared_all(instrument: Instrument, comparisons: Sequence[Comparison]) -> list[Compared]:
    """Several studies of one instrument, in a fixed number of queries."""
    items = [item for item in instrument.items.all() if item.retired_at is None]
    for item in items:
        item.instrument = instrument
    answers: defaultdict[int, dict[int, dict[int, Answer]]] = defaultdict(lambda: defaultdict(dict))
    people: defaultdict[int, dict[int, User]] = defaultdict(dict)
    of_study = {comparison.study_id: comparison for comparison in comparisons}
    assigned = instrument.assignments.filter(study__in=of_study, withdrawn_at=None).select_related("person")
    for assignment in assigned.order_by("pk"):
        people[assignment.study_id][assignment.person_id] = assignment.person
    found = Answer.objects.filter(
        assignment__instrument=instrument, assignment__study__in=of_study, assignment__withdrawn_at=None
    ).select_related("assignment")
    by_pk = {item.pk: item for item in items}
    for answer in found:
        if answer.item_id in by_pk:
            answer.item = by_pk[answer.item_id]
            answers[answer.assignment.study_id][answer.item_id][answer.assignment.person_id] = answer
    settlements = {
        (settlement.comparison_id, settlement.item_id): settlement
        for settlement in Settlement.objects.filter(comparison__in=comparisons, set_aside_at=None).select_related(
            "proposed_by"
        )
    }
    overrides = {
        override.comparison_id: override
        for override in RatingOverride.objects.filter(comparison__in=comparisons, set_aside_at=None).select_related(
            "by"
        )
    }
    return [
        Compared(
            comparison,
            list(people[comparison.study_id].values()),
            _rows(items, people[comparison.study_id], answers[comparison.study_id], comparison, settlements),
            overrides.get(comparison.pk),
        )
        for comparison in comparisons
    ]


def _rows(
    items: Sequence[Item],
    people: Mapping[int, User],
    answers: Mapping[int, Mapping[int, Answer]],
    comparison: Comparison,
    settlements: Mapping[tuple[int, int], Settlement],
) -> list[Row]:
    rows = []
    for item in items:
        given = answers.get(item.pk, {})
        row = Row(item, [given.get(pk) for pk in people], settlements.get((comparison.pk, item.pk)))
        if item.applies_when and not any(_asked(item, pk, items, answers) for pk in people):
            continue
        rows.append(row)
    return rows


def _asked(item: Item, person: int, items: Sequence[Item], answers: Mapping[int, Mapping[int, Answer]]) -> bool:
    own = {one.key: answers[one.pk][person].value for one in items if person in answers.get(one.pk, {})}
    return applies(item.question, own)

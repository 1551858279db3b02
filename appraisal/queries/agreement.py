"""Agreement of the independent answers, per question and over all, before anything was settled."""

from collections.abc import Sequence
from dataclasses import dataclass

from appraisal.choices import ItemKind
from appraisal.models import Comparison, Instrument, Item
from appraisal.queries.comparison import Compared, compared_all
from appraisal.rules import agreed
from appraisal.visibility import comparisons_of


@dataclass(frozen=True)
class ItemAgreement:
    """One question: its units (one per compared study, person: code), and how many studies differ on it."""

    item: Item
    units: list[dict[int, str]]
    differing: int
    compared: int


def independent_answers(instrument: Instrument) -> list[ItemAgreement]:
    """For each question asked, the answers of everybody on each compared study. For texts only whether they differ counts."""
    comparisons: Sequence[Comparison] = list(comparisons_of(instrument.review).filter(instrument=instrument))
    for comparison in comparisons:
        comparison.instrument = instrument
    found = compared_all(instrument, comparisons)
    items = {row.item.pk: row.item for one in found for row in one.rows}
    return [_of(item, found) for item in sorted(items.values(), key=lambda item: (item.position, item.pk))]


def _of(item: Item, found: Sequence[Compared]) -> ItemAgreement:
    units, differing, asked = [], 0, 0
    for one in found:
        row = next((row for row in one.rows if row.item.pk == item.pk), None)
        if row is None or len(one.people) < 2:
            continue
        asked += 1
        differing += not agreed(row.values)
        if item.kind == ItemKind.CHOICE:
            given = zip(one.people, row.values, strict=True)
            units.append({person.pk: str(value) for person, value in given if value is not None})
    return ItemAgreement(item, units, differing, asked)

"""All studies by all questions, and the table of characteristics: what stands after settling, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from appraisal.choices import ItemKind
from appraisal.models import Instrument, Item
from appraisal.queries.comparison import Compared, Row, compared_all
from appraisal.queries.fit import fits
from appraisal.queries.wording import in_print, years_of
from appraisal.visibility import comparisons_of
from reviewapp.reviews.models import Review
from screening.models import Study
from screening.queries.included import included_studies


@dataclass(frozen=True)
class Cell:
    """What stands for one question of one study, in the words, the sign and the tone of the instrument."""

    label: str = ""
    symbol: str = ""
    tone: str = ""
    is_open: bool = False


WAITING, OPEN = Cell(), Cell("To be settled", "≠", "open", is_open=True)


@dataclass(frozen=True)
class StudyRow:
    study: Study
    year: int | None
    found: Compared | None
    cells: list[Cell]

    @property
    def rating(self) -> str:
        return self.found.rating if self.found else ""

    @property
    def wanting(self) -> int:
        """How many answers are not the good one, or still to be settled."""
        return sum(cell.tone not in {"", "good"} for cell in self.cells)


@dataclass(frozen=True)
class Matrix:
    instrument: Instrument
    items: list[Item]
    rows: list[StudyRow]

    @property
    def has_ratings(self) -> bool:
        return bool(self.instrument.rating_rule)

    def shares(self) -> list[tuple[Item, dict[str, int]]]:
        """For each question how many studies have each answer, by code; open and waiting studies are left out."""
        return [
            (
                item,
                {
                    answer["code"]: sum(
                        1 for row in self.rows if place < len(row.cells) and row.cells[place].label == answer["label"]
                    )
                    for answer in item.answers_offered
                },
            )
            for place, item in enumerate(self.items)
        ]


def matrix(instrument: Instrument, *, among: Sequence[int] | None = None, weakest_first: bool = False) -> Matrix:
    """The studies by the questions with answers to choose from; `among` names which studies, in their order."""
    items = [item for item in instrument.items.filter(retired_at=None) if item.kind == ItemKind.CHOICE]
    for item in items:
        item.instrument = instrument
    rows = [
        StudyRow(study, year, found, [_cell(item, found) for item in items])
        for study, year, found in _studies(instrument, among)
    ]
    if weakest_first:
        rows.sort(key=lambda row: -row.wanting)
    return Matrix(instrument, items, rows)


def _studies(instrument: Instrument, among: Sequence[int] | None) -> list[tuple[Study, int | None, Compared | None]]:
    review: Review = instrument.review
    studies = list(included_studies(review))
    if among is not None:
        by_pk = {study.pk: study for study in studies}
        studies = [by_pk[pk] for pk in among if pk in by_pk]
    comparisons = list(comparisons_of(review).filter(instrument=instrument, study__in=studies))
    for comparison in comparisons:
        comparison.instrument = instrument
    found = {one.comparison.study_id: one for one in compared_all(instrument, comparisons)}
    years = years_of(studies)
    meant = fits(review, [instrument])
    return [
        (study, years.get(study.pk), found.get(study.pk))
        for study in studies
        if study.pk in found or meant.of(instrument, study.pk).meant is not False
    ]


def _cell(item: Item, found: Compared | None) -> Cell:
    row = next((row for row in found.rows if row.item.pk == item.pk), None) if found else None
    if row is None:
        return WAITING
    return OPEN if row.is_open else shown_choice(item, row.value)


def shown_choice(item: Item, code: Any) -> Cell:
    for answer in item.answers_offered:
        if answer["code"] == code:
            return Cell(answer["label"], answer["symbol"], answer["tone"])
    return WAITING


# --- The table of characteristics -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TableRow:
    study: Study
    year: int | None
    found: Compared | None
    cells: list[str | list[str] | None]
    """One per column: a text, a list of entries, or None where nothing stands yet."""

    @property
    def printed(self) -> list[list[str]]:
        """Every cell as its lines."""
        return [cell if isinstance(cell, list) else [cell] if cell else [] for cell in self.cells]


@dataclass(frozen=True)
class StudyTable:
    instrument: Instrument
    columns: list[Item]
    rows: list[TableRow]
    footnotes: list[tuple[str, str]]
    """Abbreviations that occur in the table, with what they stand for."""


def study_table(instrument: Instrument, keys: Sequence[str] = (), *, among: Sequence[int] | None = None) -> StudyTable:
    """Included studies by the chosen questions, in the order chosen; by default as the team set it, or all of them."""
    items = {item.key: item for item in instrument.items.filter(retired_at=None)}
    for item in items.values():
        item.instrument = instrument
    chosen = [key for key in (keys or instrument.table_columns) if key in items]
    columns = [items[key] for key in chosen] or list(items.values())
    rows = [
        TableRow(study, year, found, [shown(item, found) for item in columns])
        for study, year, found in _studies(instrument, among)
    ]
    said = " ".join(_flat(cell) for row in rows for cell in row.cells)
    words = set(said.replace(",", " ").replace(";", " ").replace("(", " ").replace(")", " ").replace(".", " ").split())
    footnotes = sorted((short, long) for short, long in instrument.abbreviations.items() if short in words)
    return StudyTable(instrument, columns, rows, footnotes)


def shown(item: Item, found: Compared | None) -> str | list[str] | None:
    """What stands for the question, as it is printed."""
    row = next((row for row in found.rows if row.item.pk == item.pk), None) if found else None
    return None if row is None or row.is_open else printed(row)


def printed(row: Row) -> str | list[str] | None:
    return in_print(row.item, row.value)


def _flat(cell: str | list[str] | None) -> str:
    return " ".join(cell) if isinstance(cell, list) else cell or ""

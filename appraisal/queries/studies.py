"""Lists of studies, narrowed and sorted by what is known of them; the study list and the matrix ask in the same words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from appraisal.models import Instrument
from appraisal.queries.attributes import AttributeColumn, StudyAttributes, attribute_columns, study_attributes
from reviewapp.lib.errors import BadRequest
from reviewapp.reviews.models import Review

FIXED = ("study", "year", "rating")
PREFIX = "is-"  # of the query parameters that say what an attribute is
MOST_CHOICES = 60


@dataclass(frozen=True)
class Asked:
    """Which studies are asked for, and in which order."""

    words: str = ""
    year_from: int | None = None
    year_to: int | None = None
    rating: str = ""
    dropped: str = ""
    """“yes”: only studies a sensitivity analysis leaves out; “no”: only those that stay."""
    values: Mapping[str, str] = field(default_factory=dict)
    sort: str = "study"

    @property
    def narrows(self) -> bool:
        return bool(self.words or self.year_from or self.year_to or self.rating or self.dropped or self.values)


@dataclass(frozen=True)
class Choice:
    """One attribute to choose by: its values as they occur, and the one chosen."""

    column: AttributeColumn
    values: list[str]
    chosen: str

    @property
    def name(self) -> str:
        return PREFIX + self.column.key


@dataclass(frozen=True)
class StudyList:
    """The studies asked for, and what can be asked."""

    asked: Asked
    columns: list[AttributeColumn]
    rows: list[StudyAttributes]
    choices: list[Choice]
    ratings: list[str]
    total: int
    would_drop: int
    """How many of all studies a sensitivity analysis leaves out."""

    @property
    def short_columns(self) -> list[AttributeColumn]:
        """Those that stand in a narrow table, and that one can choose by."""
        return [column for column in self.columns if not column.is_long]

    def shown(self, row: StudyAttributes) -> list[str]:
        """What is known of a study, in the order of the short columns."""
        return [row.facts.get(column.key, "") for column in self.short_columns]

    @property
    def ids(self) -> list[int]:
        return [row.study for row in self.rows]


def sortable(columns: Iterable[AttributeColumn]) -> set[str]:
    return {*FIXED, *(column.key for column in columns)}


def study_list(review: Review, query: Mapping[str, str], *, rated_by: Instrument | None = None) -> StudyList:
    """Included studies as a query string asks for them. Raises BadRequest for what no page asks."""
    columns = attribute_columns(review)
    asked = _read(query, columns)
    known = list(study_attributes(review, rated_by=rated_by).values())
    levels = [level.label for level in rated_by.levels] if rated_by else rating_levels(review)
    rows = sorted_by(asked.sort, [one for one in known if _fits(one, asked)], levels)
    short = [column for column in columns if not column.is_long]
    choices = [
        Choice(column, _distinct(one.facts.get(column.key, "") for one in known), asked.values.get(column.key, ""))
        for column in short
    ]
    return StudyList(
        asked,
        columns,
        rows,
        [choice for choice in choices if len(choice.values) <= MOST_CHOICES],
        levels,
        len(known),
        sum(bool(one.would_drop) for one in known),
    )


def rating_levels(review: Review) -> list[str]:
    """The grades of the team's rating rules, the best first."""
    instruments = Instrument.objects.filter(review=review, retired_at=None).order_by("pk")
    return list(dict.fromkeys(level.label for one in instruments for level in one.levels))


def _distinct(texts: Iterable[str]) -> list[str]:
    return sorted({text for text in texts if text}, key=str.casefold)


def _read(query: Mapping[str, str], columns: Sequence[AttributeColumn]) -> Asked:
    sort = query.get("sort", "") or "study"
    if sort.removeprefix("-") not in sortable(columns):
        sort = "study"  # such as an order of the matrix, or of a question that is not asked any more
    values = {column.key: query.get(PREFIX + column.key, "") for column in columns}
    return Asked(
        words=query.get("q", "").strip()[:200],
        year_from=_year(query.get("from", "")),
        year_to=_year(query.get("to", "")),
        rating=query.get("rating", ""),
        dropped=query.get("dropped", "") if query.get("dropped") in {"yes", "no"} else "",
        values={key: value for key, value in values.items() if value},
        sort=sort,
    )


def _year(text: str) -> int | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise BadRequest("A year is a number such as 2021.")
    return int(text) if text else None


def _fits(one: StudyAttributes, asked: Asked) -> bool:
    said = " ".join([one.label, *one.facts.values(), *one.values.values()]).casefold()
    return (
        all(word in said for word in asked.words.casefold().split())
        and (asked.year_from is None or (one.year is not None and one.year >= asked.year_from))
        and (asked.year_to is None or (one.year is not None and one.year <= asked.year_to))
        and (not asked.rating or one.rating == asked.rating)
        and (not asked.dropped or bool(one.would_drop) == (asked.dropped == "yes"))
        and all(one.facts.get(key, "") == value for key, value in asked.values.items())
    )


def sorted_by(sort: str, rows: Sequence[StudyAttributes], levels: Sequence[str] = ()) -> list[StudyAttributes]:
    """By one attribute, then by name; ratings from the best of the levels. What is not known comes last either way."""
    key = sort.removeprefix("-")
    known = sorted(rows, key=lambda one: one.label.casefold())
    if key == "study":
        return known[::-1] if sort.startswith("-") else known
    with_it = [one for one in known if _value(one, key)]
    ranks = {level: f"{rank}" for rank, level in enumerate(levels)} if key == "rating" else {}
    with_it.sort(
        key=lambda one: _comparable(ranks.get(_value(one, key), _value(one, key))), reverse=sort.startswith("-")
    )
    return with_it + [one for one in known if not _value(one, key)]


def _value(one: StudyAttributes, key: str) -> str:
    if key == "year":
        return str(one.year or "")
    return one.rating if key == "rating" else one.facts.get(key, "")


def _comparable(text: str) -> tuple[int, Decimal, str]:
    """Numbers by their size and before words."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    return (0, number, "") if number.is_finite() else (1, Decimal(0), text.casefold())

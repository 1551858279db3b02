"""What is known of each included study once its answers are settled: for sorting, filtering and grouping anywhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from appraisal.choices import Attribute, ItemKind, Use
from appraisal.models import Instrument, Item, SensitivityMark
from appraisal.queries.comparison import Compared, Row, compared_all
from appraisal.queries.wording import in_print, years_of
from appraisal.rules import closed_gates
from appraisal.visibility import comparisons_of
from reviewapp.reviews.models import Review
from screening.models import Study
from screening.queries.included import included_studies

WEAK = ("unsure", "bad")  # tones of the answers that say something is wanting


@dataclass(frozen=True)
class NotYes:
    """An answer of the appraisal, as it stands, that is not the good one."""

    instrument: str
    number: str
    question: str
    answer: str


@dataclass(frozen=True)
class StudyAttributes:
    """One study. Texts are empty, and lists too, where nothing is settled yet."""

    study: int
    label: str
    """As the team names it, such as “Wells 2022”."""
    year: int | None = None
    """Of the earliest report."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What `attribute_columns` names, by their keys."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Key of each question of the extraction with its settled answer; entries of a list stand behind one another."""
    rating: str = ""
    """By a rating rule of the team's, or as it was overridden."""
    not_yes: Sequence[NotYes] = ()
    would_drop: str = ""
    """Why a sensitivity analysis leaves the study out: a rating, a gate, or what a lead wrote. Empty: it stays."""
    kept_because: str = ""
    """What a lead wrote when they kept a study that a rule would drop."""

    @property
    def country(self) -> str:
        return self.facts.get(Attribute.COUNTRY, "")

    @property
    def design(self) -> str:
        return self.facts.get(Attribute.DESIGN, "")

    @property
    def sample(self) -> str:
        return self.facts.get(Attribute.SAMPLE, "")


@dataclass(frozen=True)
class AttributeColumn:
    """Something studies can be sorted and found by: a question that tells of the study."""

    key: str
    label: str
    is_long: bool


def attribute_columns(review: Review) -> list[AttributeColumn]:
    """What the team's questions tell of studies, extraction first; of several questions about the country it is the first."""
    columns: dict[str, AttributeColumn] = {}
    for item in _telling(review):
        key = key_of(item)
        columns.setdefault(key, AttributeColumn(key, item.text, item.kind in LONG))
    return list(columns.values())


LONG = (ItemKind.LONG_TEXT, ItemKind.ENTRIES, ItemKind.TABLE)


def _telling(review: Review) -> Iterable[Item]:
    asked = Item.objects.filter(instrument__review=review, instrument__retired_at=None, retired_at=None)
    return asked.exclude(attribute="").order_by("-instrument__use", "instrument", "position", "pk")


def key_of(item: Item) -> str:
    """The key of the column that an item's settled answers stand in."""
    return f"item-{item.pk}" if item.attribute == Attribute.OTHER else item.attribute


def study_attributes(review: Review, *, rated_by: Instrument | None = None) -> dict[int, StudyAttributes]:
    """Id of each included study with what stands for it, in order of the labels; a fixed number of queries an instrument.
    Ratings are those of the instrument named, or of the first that rates the study.

    Only what everybody has finished and nobody disputes any more is in it, so every member may see all of it: the answers of
    people who are still at work leave no trace.
    """
    studies = list(included_studies(review))
    years = years_of(studies)
    found: defaultdict[int, list[Compared]] = defaultdict(list)
    for one in _compared(review, studies):
        found[one.comparison.study_id].append(one)
    marks = {mark.study_id: mark for mark in SensitivityMark.objects.filter(study__in=studies, set_aside_at=None)}
    return {
        study.pk: _of(study, years.get(study.pk), found[study.pk], rated_by, marks.get(study.pk)) for study in studies
    }


def _compared(review: Review, studies: Sequence[Study]) -> Iterator[Compared]:
    """What was compared, a form's before a checklist's."""
    instruments = {one.pk: one for one in Instrument.objects.filter(review=review, retired_at=None)}
    by_instrument = defaultdict(list)
    for comparison in comparisons_of(review).filter(instrument__in=instruments, study__in=studies):
        comparison.instrument = instruments[comparison.instrument_id]
        by_instrument[comparison.instrument].append(comparison)
    for instrument in sorted(by_instrument, key=lambda one: (one.use != Use.EXTRACTION, one.pk)):
        yield from compared_all(instrument, by_instrument[instrument])


def _of(
    study: Study,
    year: int | None,
    found: Sequence[Compared],
    rated_by: Instrument | None,
    mark: SensitivityMark | None,
) -> StudyAttributes:
    facts: dict[str, str] = {}
    values: dict[str, str] = {}
    rating = ""
    not_yes: list[NotYes] = []
    for one in found:
        extracted = one.comparison.instrument.use == Use.EXTRACTION
        for row in one.rows:
            if row.is_open or row.value is None:
                continue
            text = _text(row)
            if row.item.attribute:
                facts.setdefault(key_of(row.item), text)
            if extracted:
                values.setdefault(row.item.key, text)
        if not extracted:
            if rated_by is None or one.comparison.instrument_id == rated_by.pk:
                rating = rating or one.rating
            not_yes += _not_yes(one)
    drops = mark.reason if mark and mark.drop else "" if mark else "; ".join(_drops(found))
    kept = mark.reason if mark and not mark.drop else ""
    return StudyAttributes(study.pk, study.label, year, facts, values, rating, not_yes, drops, kept)


def _drops(found: Iterable[Compared]) -> Iterator[str]:
    """Why the team's rules would leave the study out."""
    for one in found:
        rule = one.comparison.instrument.drop_rule
        if rule and one.rating and one.rating in rule["ratings"]:
            yield f"Rated {one.rating}"
        if rule and rule["gates"]:
            closed = closed_gates([row.item.question for row in one.rows], one.final)
            numbers = [row.item.number or row.item.text for row in one.rows if row.item.key in closed]
            if numbers:
                yield f"Gate closed by question {', '.join(numbers)} of {one.comparison.instrument.title}"


def _text(row: Row) -> str:
    printed = in_print(row.item, row.value)
    return "; ".join(printed) if isinstance(printed, list) else printed or ""


def _not_yes(one: Compared) -> Iterator[NotYes]:
    for row in one.rows:
        if row.item.kind == ItemKind.CHOICE and not row.is_open:
            for answer in row.item.answers_offered:
                if answer["code"] == row.value and answer["tone"] in WEAK:
                    yield NotYes(one.comparison.instrument.title, row.item.number, row.item.text, answer["label"])

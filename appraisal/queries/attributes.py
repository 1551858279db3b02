"""What is known of each included study once its answers are settled: for sorting, filtering and grouping anywhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from appraisal.choices import ItemKind, Use
from appraisal.models import Instrument
from appraisal.queries.comparison import Compared, compared_all
from appraisal.queries.matrix import in_print, years_of
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
    values: dict[str, str] = field(default_factory=dict)
    """Key of each question of the extraction with its settled answer; entries of a list stand behind one another."""
    rating: str = ""
    """By the appraisal instrument that has a rating rule, or as it was overridden."""
    not_yes: list[NotYes] = field(default_factory=list)

    @property
    def country(self) -> str:
        return self.values.get("country", "")

    @property
    def design(self) -> str:
        return self.values.get("design", "")

    @property
    def sample(self) -> str:
        return self.values.get("participants", "")


def study_attributes(review: Review) -> dict[int, StudyAttributes]:
    """Id of each included study with what stands for it, in order of the labels; a fixed number of queries an instrument.

    Only what everybody has finished and nobody disputes any more is in it, so every member may see all of it: the answers of
    people who are still at work leave no trace.
    """
    studies = list(included_studies(review))
    years = years_of(studies)
    found: defaultdict[int, list[Compared]] = defaultdict(list)
    for one in _compared(review, studies):
        found[one.comparison.study_id].append(one)
    return {study.pk: _of(study, years.get(study.pk), found[study.pk]) for study in studies}


def _compared(review: Review, studies: Sequence[Study]) -> Iterator[Compared]:
    instruments = {one.pk: one for one in Instrument.objects.filter(review=review, retired_at=None)}
    by_instrument = defaultdict(list)
    for comparison in comparisons_of(review).filter(instrument__in=instruments, study__in=studies):
        comparison.instrument = instruments[comparison.instrument_id]
        by_instrument[comparison.instrument_id].append(comparison)
    for pk in sorted(by_instrument):
        yield from compared_all(instruments[pk], by_instrument[pk])


def _of(study: Study, year: int | None, found: Iterable[Compared]) -> StudyAttributes:
    values: dict[str, str] = {}
    rating = ""
    not_yes: list[NotYes] = []
    for one in found:
        if one.comparison.instrument.use == Use.EXTRACTION:
            values |= {key: text for key, text in _values(one) if key not in values}
        else:
            rating = rating or one.rating
            not_yes += _not_yes(one)
    return StudyAttributes(study.pk, study.label, year, values, rating, not_yes)


def _values(one: Compared) -> Iterator[tuple[str, str]]:
    for row in one.rows:
        if not row.is_open and row.value is not None:
            printed = in_print(row.item, row.value)
            yield row.item.key, "; ".join(printed) if isinstance(printed, list) else printed or ""


def _not_yes(one: Compared) -> Iterator[NotYes]:
    for row in one.rows:
        if row.item.kind == ItemKind.CHOICE and not row.is_open:
            for answer in row.item.answers_offered:
                if answer["code"] == row.value and answer["tone"] in WEAK:
                    title = one.comparison.instrument.title
                    yield NotYes(title, row.item.number, row.item.text, answer["label"])

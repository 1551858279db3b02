"""Agreement between the people who screened, from independent votes only and before any settlement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.agreement import NOT_ESTIMABLE, AgreementReport, PairAgreement, Vote, agreement_of, collapse, in_words
from screening.choices import Stage, Verdict
from screening.queries.agreement import Unit, by_week, independent_votes
from screening.visibility import nameless_conflict_is_open

RAW = (Verdict.INCLUDE.value, Verdict.MAYBE.value, Verdict.EXCLUDE.value)
COLLAPSED = (Verdict.INCLUDE.value, Verdict.EXCLUDE.value)


@dataclass(frozen=True)
class Week:
    """Agreement on the records whose last vote came in that week; a drift shows over the weeks."""

    monday: date
    found: AgreementReport

    @property
    def records(self) -> int:
        return self.found.units

    @property
    def observed(self) -> float | None:
        return self.found.observed

    @property
    def alpha(self) -> float | None:
        return self.found.alpha.value

    @property
    def percent_in_words(self) -> str:
        return NOT_ESTIMABLE if self.observed is None else f"{100 * self.observed:.1f} %"

    @property
    def alpha_in_words(self) -> str:
        return in_words(self.alpha)


@dataclass(frozen=True)
class StageAgreement:
    stage: str
    raters: list[str]
    collapsed: AgreementReport
    raw: AgreementReport
    weeks: list[Week]
    withheld: int
    taken_over: int

    @property
    def label(self) -> str:
        return Stage(self.stage).label

    @property
    def pairs(self) -> list[tuple[str, str, Sequence[Sequence[int]], str]]:
        """Two people, their table of verdicts (maybe as include), and κ in words."""
        return [
            (self.raters[pair.first], self.raters[pair.second], pair.matrix, in_words(pair.kappa.value))
            for pair in self.collapsed.pairs
        ]


def agreement_at(reader: User | None, review: Review, stage: str) -> StageAgreement:
    """Statistics of one stage; maybe counts as include in the collapsed ones, at full text a parked maybe is no vote.

    Without a reader: from what every member may know.
    """
    known = independent_votes(reader, review, stage)
    people, names = _raters(review, stage, {pk for unit in known.units for pk in unit.votes})
    categories = RAW if stage == Stage.TITLE_ABSTRACT else COLLAPSED
    raw = [[vote if vote in categories else None for vote in row] for row in _rows(known.units, people)]
    return StageAgreement(
        stage=stage,
        raters=names,
        collapsed=_collapsed(known.units, people),
        raw=agreement_of(raw, categories),
        weeks=[Week(monday, _collapsed(units, people)) for monday, units in by_week(known.units).items()],
        withheld=known.withheld,
        taken_over=known.taken_over,
    )


def _rows(units: Sequence[Unit], people: Sequence[int]) -> list[list[Vote]]:
    return [[unit.votes.get(pk) for pk in people] for unit in units]


def _collapsed(units: Sequence[Unit], people: Sequence[int]) -> AgreementReport:
    return agreement_of([[collapse(vote) if vote else None for vote in row] for row in _rows(units, people)], COLLAPSED)


def _raters(review: Review, stage: str, voters: set[int]) -> tuple[list[int], list[str]]:
    """The voters' ids and names; numbers without names, in an order of their own, while a conflict without names is open.

    With few conflicts open the table of two named people would tell whose vote is whose.
    """
    if nameless_conflict_is_open(review, stage):
        shuffled = sorted(voters, key=lambda pk: sha256(f"{review.pk}:{stage}:{pk}".encode()).digest())
        return shuffled, [f"Rater {number}" for number in range(1, len(shuffled) + 1)]
    people = list(User.objects.filter(pk__in=voters).order_by("pk"))
    return [person.pk for person in people], [str(person) for person in people]


# --- As a table -------------------------------------------------------------------------------------------------------

COLUMNS = ("stage", "verdicts", "raters", "week", "statistic", "value", "records")


def agreement_rows(found: StageAgreement) -> Iterator[tuple[str | int | float, ...]]:
    """One statistic a row, unrounded, under COLUMNS; one that is not estimable has an empty value."""
    for verdicts, report in (("maybe as include", found.collapsed), ("as given", found.raw)):
        about = (found.stage, verdicts)
        for name, value in _figures(report):
            yield *about, "all", "", name, _cell(value), report.complete
        for pair in report.pairs:
            between = f"{found.raters[pair.first]} and {found.raters[pair.second]}"
            for name, value in _pair_figures(pair, report.categories):
                yield *about, between, "", name, _cell(value), pair.kappa.n
    for week in found.weeks:
        for name, value in (("percent agreement", week.observed), ("Krippendorff's alpha", week.alpha)):
            yield found.stage, "maybe as include", "all", week.monday.isoformat(), name, _cell(value), week.records


def _cell(value: float | None) -> float | str:
    return "" if value is None else value


def _figures(report: AgreementReport) -> list[tuple[str, float | None]]:
    fleiss = report.fleiss
    return [
        ("percent agreement", report.observed),
        ("all raters agree", report.all_agree),
        *((f"agreement on {name}", value) for name, value in report.specific.items()),
        ("Fleiss' kappa", fleiss.value),
        ("Fleiss' kappa, standard error if 0", fleiss.se_null),
        ("mean of the pairwise kappa", report.mean_pairwise),
        ("PABAK", report.pabak),
        ("Gwet's AC1", report.ac1),
        ("Krippendorff's alpha", report.alpha.value),
        ("prevalence index", report.prevalence),
        ("bias index", report.bias),
    ]


def _pair_figures(pair: PairAgreement, categories: Sequence[str]) -> list[tuple[str, float | None]]:
    kappa = pair.kappa
    cells: list[tuple[str, float | None]] = [
        (f"records {one} / {other}", pair.matrix[row][column])
        for row, one in enumerate(categories)
        for column, other in enumerate(categories)
    ]
    return [
        ("percent agreement", kappa.observed),
        ("expected agreement", kappa.expected),
        ("Cohen's kappa", kappa.value),
        ("Cohen's kappa, standard error", kappa.se),
        ("Cohen's kappa, 95 % from", kappa.low),
        ("Cohen's kappa, 95 % to", kappa.high),
        ("Cohen's kappa, simple standard error", kappa.se_simple),
        ("Cohen's kappa, standard error if 0", kappa.se_null),
        ("PABAK", pair.pabak),
        *cells,
    ]

"""Agreement between people who screened apart, as pure functions over plain votes.

Sources: Cohen 1960; Fleiss, Cohen & Everitt 1969 (standard errors of κ); Fleiss 1971; Byrt, Bishop & Carlin 1993 (PABAK);
Gwet 2008 (AC1); Krippendorff 2019 (α). A statistic without a value is `None` and reads "not estimable"; it is never 0 or 1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

Vote = str | None
Matrix = Sequence[Sequence[float]]

NOT_ESTIMABLE = "not estimable"
Z_95 = 1.959964  # two-sided 95 % quantile of the normal distribution
_ALMOST_NOTHING = 1e-12  # rounding residue: a chance agreement this close to 1 is 1

BANDS = ((0.20, "slight"), (0.40, "fair"), (0.60, "moderate"), (0.80, "substantial"))


@dataclass(frozen=True, slots=True)
class CohenKappa:
    """κ of two raters with its standard errors and the large-sample 95 % interval (not clipped)."""

    n: int
    observed: float | None = None
    expected: float | None = None
    value: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    se_simple: float | None = None
    se_null: float | None = None


@dataclass(frozen=True, slots=True)
class FleissKappa:
    """κ of several interchangeable raters, and its standard error if true κ were 0."""

    n: int
    raters: int
    observed: float | None = None
    expected: float | None = None
    value: float | None = None
    se_null: float | None = None


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's nominal α; `pairable` counts the votes that stand beside another vote on the same unit."""

    pairable: int
    units: int
    observed: float | None = None
    expected: float | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two raters (positions in the rows of votes) on the units that both of them voted on."""

    first: int
    second: int
    matrix: tuple[tuple[int, ...], ...]
    kappa: CohenKappa
    pabak: float | None


@dataclass(frozen=True, slots=True)
class Statistic:
    """One line of an agreement table: what it is called, its value in words and what to know about it."""

    name: str
    value: float | None
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """All statistics for one stage; those that do not apply to this number of raters or categories are `None`."""

    categories: tuple[str, ...]
    units: int
    complete: int
    votes_per_unit: int
    raters: int
    all_agree: float | None
    observed: float | None
    pabak: float | None
    ac1: float | None
    fleiss: FleissKappa
    alpha: Alpha
    kappa: CohenKappa | None
    pairs: tuple[PairAgreement, ...]
    mean_pairwise: float | None
    specific: dict[str, float | None]
    prevalence: float | None
    bias: float | None

    @property
    def statistics(self) -> list[Statistic]:
        """The lines a page prints, in reading order."""
        percent = NOT_ESTIMABLE if self.observed is None else f"{100 * self.observed:.1f} %"
        note = f"{self.complete:,} of {self.units:,} records with all votes"
        lines = [Statistic("Percent agreement", self.observed, percent, note)]
        lines += [_plain(f"Agreement on {name}", value) for name, value in self.specific.items()]
        lines += [*self._kappa_lines()]
        lines += [
            _plain("PABAK", self.pabak, "κ if every category were equally common and no rater leaned to one"),
            _plain("Gwet's AC1", self.ac1, "steady where one category is rare"),
            _plain("Krippendorff's α (nominal)", self.alpha.value, self._alpha_note()),
        ]
        if len(self.categories) == 2:
            lines.append(_plain("Prevalence index", self.prevalence, "far from 0: one verdict is rare and κ runs low"))
        if self.kappa is not None and len(self.categories) == 2:
            lines.append(_plain("Bias index", self.bias, "far from 0: one rater includes more than the other"))
        return lines

    def _alpha_note(self) -> str:
        return f"{self.alpha.pairable:,} votes on {self.alpha.units:,} records"

    def _kappa_lines(self) -> list[Statistic]:
        fleiss = _plain("Fleiss' κ", self.fleiss.value, _se_note(self.fleiss.se_null))
        if self.kappa is not None:
            return [cohen_line("Cohen's κ", self.kappa)]
        pairs = [cohen_line(f"Cohen's κ, raters {p.first + 1} and {p.second + 1}", p.kappa) for p in self.pairs]
        return [fleiss, *pairs, _plain("Mean of the pairwise κ", self.mean_pairwise)]


def collapse(verdict: str) -> str:
    """The verdict as it acts on title and abstract: maybe goes on to full text like include."""
    return "include" if verdict == "maybe" else verdict


def in_words(value: float | None) -> str:
    """Three decimals, or "not estimable"."""
    return NOT_ESTIMABLE if value is None else f"{value:.3f}"


def band(kappa: float | None) -> str:
    """The word of Landis & Koch 1977 for a κ; a convention, not a test."""
    if kappa is None:
        return NOT_ESTIMABLE
    if kappa < 0:
        return "poor"
    return next((word for limit, word in BANDS if kappa <= limit), "almost perfect")


def clip(value: float) -> float:
    """An interval's end as shown: κ cannot leave −1 to 1, its normal approximation can."""
    return max(-1.0, min(1.0, value))


def cohen_line(name: str, kappa: CohenKappa) -> Statistic:
    """A κ with its interval and band as one line of a table."""
    if kappa.value is None or kappa.low is None or kappa.high is None:
        return _plain(name, None)
    text = f"{kappa.value:.3f} (95 % CI {clip(kappa.low):.3f} to {clip(kappa.high):.3f})"
    errors = f"standard error {kappa.se:.3f} (simple {kappa.se_simple:.3f}; {kappa.se_null:.3f} if κ were 0)"
    return Statistic(name, kappa.value, text, f"{band(kappa.value)}; {kappa.n:,} records; {errors}")


def _plain(name: str, value: float | None, note: str = "") -> Statistic:
    return Statistic(name, value, in_words(value), note)


def _se_note(se_null: float | None) -> str:
    return "" if se_null is None else f"standard error if κ were 0: {se_null:.3f}"


# Two raters


def confusion(pairs: Iterable[tuple[str, str]], categories: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Square table, rows the first rater; raises ValueError for a vote that is not among the categories."""
    cells = [[0] * len(categories) for _ in categories]
    for first, second in pairs:
        cells[categories.index(first)][categories.index(second)] += 1
    return tuple(tuple(row) for row in cells)


def percent_agreement(matrix: Matrix) -> float | None:
    """Share of units on the diagonal."""
    n = _total(matrix)
    return sum(matrix[k][k] for k in range(len(matrix))) / n if n else None


def cohen(matrix: Matrix) -> CohenKappa:
    """Cohen 1960; large-sample standard error of Fleiss, Cohen & Everitt 1969."""
    n = _total(matrix)
    if not n:
        return CohenKappa(n=0)
    p = [[cell / n for cell in row] for row in matrix]
    rows, columns = [sum(row) for row in p], [sum(column) for column in zip(*p, strict=True)]
    observed = sum(p[k][k] for k in range(len(p)))
    expected = sum(r * c for r, c in zip(rows, columns, strict=True))
    if 1 - expected < _ALMOST_NOTHING:
        return CohenKappa(n=int(n), observed=observed, expected=1.0)
    kappa = (observed - expected) / (1 - expected)
    se = _large_sample_se(p, rows, columns, kappa, expected, n)
    spread = sum(r * c * (r + c) for r, c in zip(rows, columns, strict=True))
    return CohenKappa(
        n=int(n),
        observed=observed,
        expected=expected,
        value=kappa,
        se=se,
        low=kappa - Z_95 * se,
        high=kappa + Z_95 * se,
        se_simple=sqrt(observed * (1 - observed) / (n * (1 - expected) ** 2)),
        se_null=sqrt(max(expected + expected**2 - spread, 0.0)) / ((1 - expected) * sqrt(n)),
    )


def _large_sample_se(
    p: Matrix, rows: Sequence[float], columns: Sequence[float], kappa: float, expected: float, n: float
) -> float:
    """√((A + B − C)/n)/(1 − p_e), Fleiss, Cohen & Everitt 1969."""
    size = range(len(p))
    a = sum(p[i][i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in size)
    b = (1 - kappa) ** 2 * sum(p[i][j] * (columns[i] + rows[j]) ** 2 for i in size for j in size if i != j)
    c = (kappa - expected * (1 - kappa)) ** 2
    return sqrt(max(a + b - c, 0.0) / n) / (1 - expected)


def prevalence_index(matrix: Matrix) -> float | None:
    """(a − d)/n of a 2 × 2 table."""
    n = _total(matrix)
    return (matrix[0][0] - matrix[1][1]) / n if n and len(matrix) == 2 else None


def bias_index(matrix: Matrix) -> float | None:
    """(b − c)/n of a 2 × 2 table: positive if the first rater includes more."""
    n = _total(matrix)
    return (matrix[0][1] - matrix[1][0]) / n if n and len(matrix) == 2 else None


def _total(matrix: Matrix) -> float:
    return sum(sum(row) for row in matrix)


# Any number of raters: `counts` holds a row per unit, a column per category


def tally(units: Sequence[Sequence[Vote]], categories: Sequence[str]) -> list[list[int]]:
    """Votes per category for each unit; raises ValueError for a vote that is not among the categories."""
    known = set(categories)
    if strange := sorted({vote for unit in units for vote in unit if vote is not None and vote not in known}):
        raise ValueError(f"votes outside the categories: {', '.join(strange)}")
    return [[sum(vote == category for vote in unit) for category in categories] for unit in units]


def mean_agreement(counts: Sequence[Sequence[int]]) -> float | None:
    """P̄: mean share of agreeing pairs of votes; units with fewer than two votes say nothing."""
    shares = [sum(n * (n - 1) for n in row) / (sum(row) * (sum(row) - 1)) for row in counts if sum(row) > 1]
    return sum(shares) / len(shares) if shares else None


def fleiss(counts: Sequence[Sequence[int]]) -> FleissKappa:
    """Fleiss 1971; raises ValueError unless every unit has the same number of votes. With two raters it is Scott's π."""
    raters = sum(counts[0]) if counts else 0
    if any(sum(row) != raters for row in counts):
        raise ValueError("Fleiss' κ needs equally many votes on every unit")
    observed = mean_agreement(counts)
    if observed is None:
        return FleissKappa(n=len(counts), raters=raters)
    votes = len(counts) * raters
    shares = [sum(column) / votes for column in zip(*counts, strict=True)]
    expected = sum(p * p for p in shares)
    if 1 - expected < _ALMOST_NOTHING:
        return FleissKappa(n=len(counts), raters=raters, observed=observed, expected=1.0)
    return FleissKappa(
        n=len(counts),
        raters=raters,
        observed=observed,
        expected=expected,
        value=(observed - expected) / (1 - expected),
        se_null=_fleiss_se_null(shares, votes * (raters - 1)),
    )


def _fleiss_se_null(shares: Sequence[float], ordered_pairs: int) -> float:
    """√2/(S√(Nm(m−1))) · √(S² − Σ p q (q − p)), Fleiss 1971."""
    s = sum(p * (1 - p) for p in shares)
    skew = sum(p * (1 - p) * (1 - 2 * p) for p in shares)
    return sqrt(2) / (s * sqrt(ordered_pairs)) * sqrt(max(s * s - skew, 0.0))


def brennan_prediger(observed: float | None, categories: int) -> float | None:
    """PABAK: (q·p_o − 1)/(q − 1)."""
    if observed is None or categories < 2:
        return None
    return (categories * observed - 1) / (categories - 1)


def gwet_ac1(counts: Sequence[Sequence[int]]) -> float | None:
    """Gwet 2008, with P̄ as observed agreement; a category's share is its mean over the units."""
    rows = [row for row in counts if sum(row) > 1]
    observed = mean_agreement(rows)
    if observed is None or len(rows[0]) < 2:
        return None
    shares = [sum(row[k] / sum(row) for row in rows) / len(rows) for k in range(len(rows[0]))]
    chance = sum(p * (1 - p) for p in shares) / (len(shares) - 1)
    return (observed - chance) / (1 - chance)


def specific_agreement(counts: Sequence[Sequence[int]], category: int) -> float | None:
    """Chance that a second vote is this category, given that a first one is; 2a/(2a + b + c) for two raters."""
    rows = [row for row in counts if sum(row) > 1]
    possible = sum(row[category] * (sum(row) - 1) for row in rows)
    return sum(row[category] * (row[category] - 1) for row in rows) / possible if possible else None


def nominal(first: int, second: int) -> float:
    """Categories differ or they do not."""
    return float(first != second)


def krippendorff(counts: Sequence[Sequence[int]], difference: Callable[[int, int], float] = nominal) -> Alpha:
    """α (Krippendorff 2019, 12.3); missing votes are allowed, units with a single vote drop out.

    `difference` is that of two categories, by their places: nominal, or (a − b)² for numbers.
    """
    rows = [row for row in counts if sum(row) > 1]
    totals = [sum(column) for column in zip(*rows, strict=True)]
    votes = sum(totals)
    if not votes:
        return Alpha(pairable=0, units=0)
    observed = sum(_disagreement(row, difference) / (sum(row) - 1) for row in rows) / votes
    expected = _disagreement(totals, difference) / (votes * (votes - 1))
    if expected < _ALMOST_NOTHING:
        return Alpha(pairable=votes, units=len(rows), observed=observed, expected=0.0)
    return Alpha(pairable=votes, units=len(rows), observed=observed, expected=expected, value=1 - observed / expected)


def _disagreement(counts: Sequence[int], difference: Callable[[int, int], float]) -> float:
    """Sum of the differences over all ordered pairs of two categories' votes."""
    places = range(len(counts))
    return sum(counts[a] * counts[b] * difference(a, b) for a in places for b in places if a != b)


# The whole report


def pairwise(units: Sequence[Sequence[Vote]], categories: Sequence[str]) -> tuple[PairAgreement, ...]:
    """Cohen's κ of every two raters who share at least one unit."""
    raters = max((len(unit) for unit in units), default=0)
    found = []
    for first, second in combinations(range(raters), 2):
        matrix = confusion(_shared(units, first, second), categories)
        if _total(matrix):
            pabak = brennan_prediger(percent_agreement(matrix), len(categories))
            found.append(PairAgreement(first, second, matrix, cohen(matrix), pabak))
    return tuple(found)


def _shared(units: Sequence[Sequence[Vote]], first: int, second: int) -> Iterable[tuple[str, str]]:
    for unit in units:
        if len(unit) > second and (a := unit[first]) is not None and (b := unit[second]) is not None:
            yield a, b


def agreement_of(units: Sequence[Sequence[Vote]], categories: Sequence[str]) -> AgreementReport:
    """Everything about votes given as one row per record and one place per rater (`None`: did not vote).

    For two categories put the positive one first. Records with fewer votes than the fullest ones enter α only.
    Raises ValueError for a vote that is not among the categories.
    """
    counts = tally(units, categories)
    needed = max((sum(row) for row in counts), default=0)
    full = [row for row in counts if needed > 1 and sum(row) == needed]
    pairs = pairwise([u for u, row in zip(units, counts, strict=True) if needed > 1 and sum(row) == needed], categories)
    only = pairs[0] if needed == 2 and len(pairs) == 1 else None
    observed = mean_agreement(full)
    return AgreementReport(
        categories=tuple(categories),
        units=len(units),
        complete=len(full),
        votes_per_unit=needed,
        raters=len({place for unit in units for place, vote in enumerate(unit) if vote is not None}),
        all_agree=sum(max(row) == needed for row in full) / len(full) if full else None,
        observed=observed,
        pabak=brennan_prediger(observed, len(categories)),
        ac1=gwet_ac1(full),
        fleiss=fleiss(full),
        alpha=krippendorff(counts),
        kappa=only.kappa if only else None,
        pairs=pairs,
        mean_pairwise=_mean([pair.kappa.value for pair in pairs]),
        specific={name: specific_agreement(full, k) for k, name in enumerate(categories)},
        prevalence=_prevalence(full),
        bias=bias_index(only.matrix) if only else None,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """Mean of all; `None` as soon as one of them is not estimable."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _prevalence(counts: Sequence[Sequence[int]]) -> float | None:
    """Share of first-category votes less that of the second: (a − d)/n when there are two raters."""
    votes = sum(map(sum, counts))
    if not votes or len(counts[0]) != 2:
        return None
    return (sum(row[0] for row in counts) - sum(row[1] for row in counts)) / votes

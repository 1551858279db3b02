"""How far independent coders agreed, before anything was settled: by stretch, by matched segments, and by code and sentence."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.agreement import brennan_prediger, cohen
from synthesis.models import CodingComparison, TextVersion
from synthesis.queries.comparing import SideBySide, segment_of, side_by_side
from synthesis.rules.lines import Span
from synthesis.rules.overlap import Matched, Matrix, Segment, by_unit, covered, matched, shared
from synthesis.rules.sentences import sentences_of


@dataclass(frozen=True)
class CodeAgreement:
    """One code for one pair of coders. The unit of the 2 × 2 table is the sentence; of Jaccard and Dice, the character."""

    code: str
    table: Matrix
    jaccard: float | None
    dice: float | None

    @property
    def kappa(self) -> float | None:
        return cohen(self.table).value

    @property
    def observed(self) -> float | None:
        return cohen(self.table).observed

    @property
    def pabak(self) -> float | None:
        return brennan_prediger(self.observed, 2)


@dataclass(frozen=True)
class PairOfCoders:
    """Two coders over all studies that both coded and that were compared."""

    first: User
    second: User
    studies: int
    sentences: int
    segments: Matched
    overlap: float
    jaccard: float | None
    dice: float | None
    coded_or_not: Matrix
    codes: list[CodeAgreement]

    @property
    def mean_kappa(self) -> float | None:
        """Mean over the codes for which κ can be estimated."""
        values = [code.kappa for code in self.codes if code.kappa is not None]
        return sum(values) / len(values) if values else None


@dataclass
class _Text:
    version: TextVersion
    units: list[Span]


def coder_agreement(review: Review, study_id: int | None = None) -> list[PairOfCoders]:
    """Every pair of coders, from the independent codings of compared studies (or of one of them) alone."""
    found = CodingComparison.objects.filter(study__review=review).select_related("study")
    if study_id is not None:
        found = found.filter(study=study_id)
    compared = [side_by_side(comparison) for comparison in found]
    texts: dict[int, _Text] = {}
    for one in compared:
        for pk, version in one.versions.items():
            texts[pk] = _Text(version, sentences_of(version.content))
    people: dict[int, User] = {person.pk: person for one in compared for person in one.people}
    return [
        pair
        for a, b in combinations(sorted(people, key=lambda pk: str(people[pk])), 2)
        if (pair := _pair(people[a], people[b], compared, texts))
    ]


def _pair(a: User, b: User, compared: Sequence[SideBySide], texts: dict[int, _Text]) -> PairOfCoders | None:
    both = [one for one in compared if {a.pk, b.pk} <= {person.pk for person in one.people}]
    if not both:
        return None
    spans: dict[int, defaultdict[tuple[str, int], list[Span]]] = {a.pk: defaultdict(list), b.pk: defaultdict(list)}
    counts = [0, 0, 0]
    names: dict[str, str] = {}
    versions: set[int] = set()
    for one in both:
        versions |= set(one.versions)
        by_version: defaultdict[int, dict[int, list[Segment]]] = defaultdict(lambda: {a.pk: [], b.pk: []})
        for case in one.cases:
            for coding in case.codings:
                if coding.coder_id in (a.pk, b.pk):
                    names[str(coding.code_id)] = str(coding.code)
                    spans[coding.coder_id][str(coding.code_id), coding.version_id].append((coding.start, coding.end))
                    by_version[coding.version_id][coding.coder_id].append(segment_of(coding))
        for segments in by_version.values():
            hit = matched(segments[a.pk], segments[b.pk], both[0].comparison.overlap)
            counts = [counts[0] + hit.matched, counts[1] + hit.first, counts[2] + hit.second]
    codes = [
        _code(names[code], code, spans[a.pk], spans[b.pk], versions, texts)
        for code in sorted(names, key=names.__getitem__)
    ]
    common, size = _over_codes(names, spans[a.pk], spans[b.pk], versions)
    return PairOfCoders(
        first=a,
        second=b,
        studies=len(both),
        sentences=sum(len(texts[pk].units) for pk in versions),
        segments=Matched(*counts),
        overlap=both[0].comparison.overlap,
        jaccard=common / (size - common) if size - common else None,
        dice=2 * common / size if size else None,
        coded_or_not=_any_code(spans[a.pk], spans[b.pk], versions, texts),
        codes=codes,
    )


Spans = dict[tuple[str, int], list[Span]]


def _code(
    name: str, code: str, first: Spans, second: Spans, versions: set[int], texts: dict[int, _Text]
) -> CodeAgreement:
    table = ((0, 0), (0, 0))
    common = size = 0
    for pk in versions:
        one, other = first.get((code, pk), []), second.get((code, pk), [])
        table = _plus(table, by_unit(one, other, texts[pk].units))
        common += shared(one, other)
        size += covered(one) + covered(other)
    either = size - common
    return CodeAgreement(name, table, common / either if either else None, 2 * common / size if size else None)


def _over_codes(names: dict[str, str], first: Spans, second: Spans, versions: set[int]) -> tuple[int, int]:
    """Characters that both gave the same code, and those that each coded, summed over codes and texts."""
    common = size = 0
    for code in names:
        for pk in versions:
            one, other = first.get((code, pk), []), second.get((code, pk), [])
            common += shared(one, other)
            size += covered(one) + covered(other)
    return common, size


def _any_code(first: Spans, second: Spans, versions: set[int], texts: dict[int, _Text]) -> Matrix:
    """2 × 2 over sentences: whether each coder put any code on it."""
    table = ((0, 0), (0, 0))
    for pk in versions:
        one = [span for (_, version), spans in first.items() if version == pk for span in spans]
        other = [span for (_, version), spans in second.items() if version == pk for span in spans]
        table = _plus(table, by_unit(one, other, texts[pk].units))
    return table


def _plus(one: Matrix, other: Matrix) -> Matrix:
    return (
        (one[0][0] + other[0][0], one[0][1] + other[0][1]),
        (one[1][0] + other[1][0], one[1][1] + other[1][1]),
    )

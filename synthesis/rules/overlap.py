"""How far independent codings agree: shared stretches, matched segments, and agreement by a stated unit (METHODS of the field:
Jaccard and Dice on covered characters; segments matched from an overlap on, with precision, recall, F1 and Holsti).

Spans are half-open [start, end) in code points.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from synthesis.rules.lines import Span, union

Matrix = tuple[tuple[int, int], tuple[int, int]]


def shared(first: Iterable[Span], second: Iterable[Span]) -> int:
    """Characters covered by both."""
    a, b = union(first), union(second)
    i = j = total = 0
    while i < len(a) and j < len(b):
        total += max(0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return total


def covered(spans: Iterable[Span]) -> int:
    """Characters covered by any."""
    return sum(end - start for start, end in union(spans))


def jaccard(first: Iterable[Span], second: Iterable[Span]) -> float | None:
    """|A ∩ B| / |A ∪ B|; None when neither covers anything."""
    a, b = list(first), list(second)
    both = shared(a, b)
    either = covered(a) + covered(b) - both
    return both / either if either else None


def dice(first: Iterable[Span], second: Iterable[Span]) -> float | None:
    """2 |A ∩ B| / (|A| + |B|); None when neither covers anything."""
    a, b = list(first), list(second)
    size = covered(a) + covered(b)
    return 2 * shared(a, b) / size if size else None


def overlap(first: Span, second: Span) -> float:
    """Jaccard of two single stretches."""
    both = min(first[1], second[1]) - max(first[0], second[0])
    if both <= 0:
        return 0.0
    return both / (first[1] - first[0] + second[1] - second[0] - both)


def by_character(first: Iterable[Span], second: Iterable[Span], length: int) -> Matrix:
    """2 × 2 over the characters of a text of this length: covered by both, by the first only, by the second only, by none."""
    a, b = list(first), list(second)
    both = shared(a, b)
    only_first, only_second = covered(a) - both, covered(b) - both
    return ((both, only_first), (only_second, length - both - only_first - only_second))


def by_unit(first: Iterable[Span], second: Iterable[Span], units: Sequence[Span]) -> Matrix:
    """2 × 2 over units (sentences, lines): whether each coder's spans touch the unit."""
    a, b = _touches(first, units), _touches(second, units)
    cells = [[0, 0], [0, 0]]
    for one, other in zip(a, b, strict=True):
        cells[0 if one else 1][0 if other else 1] += 1
    return ((cells[0][0], cells[0][1]), (cells[1][0], cells[1][1]))


def _touches(spans: Iterable[Span], units: Sequence[Span]) -> list[bool]:
    merged = union(spans)
    answer, at = [], 0
    for start, end in units:
        while at < len(merged) and merged[at][1] <= start:
            at += 1
        answer.append(at < len(merged) and merged[at][0] < end)
    return answer


def alpha(table: Matrix) -> float | None:
    """Krippendorff's nominal α of a 2 × 2 table of two coders without gaps; None when only one category was used."""
    (a, b), (c, d) = table
    n = a + b + c + d
    yes, no = 2 * a + b + c, 2 * d + b + c
    if not n or not yes or not no:
        return None
    observed = (b + c) / n
    expected = 1 - (yes * (yes - 1) + no * (no - 1)) / (2 * n * (2 * n - 1))
    return 1 - observed / expected


@dataclass(frozen=True)
class Matched:
    """Segments of two coders that count as one: how many matched, and of how many each had."""

    matched: int
    first: int
    second: int

    @property
    def precision(self) -> float | None:
        """Share of the second coder's segments that the first has too."""
        return self.matched / self.second if self.second else None

    @property
    def recall(self) -> float | None:
        """Share of the first coder's segments that the second has too."""
        return self.matched / self.first if self.first else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both, which for two coders is Holsti's 2M / (N1 + N2)."""
        return 2 * self.matched / (self.first + self.second) if self.first + self.second else None


@dataclass(frozen=True)
class Segment:
    """One independent coding, as far as comparing needs it."""

    key: Hashable
    coder: int
    code: Hashable
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.start, self.end


@dataclass(frozen=True)
class Group:
    """Codings that stand beside one another: at most one of each coder."""

    segments: tuple[Segment, ...]
    coders: int
    threshold: float

    @property
    def has_one_code(self) -> bool:
        return len({segment.code for segment in self.segments}) == 1

    @property
    def is_agreed(self) -> bool:
        """All coders put the same code on what is the same stretch by the overlap asked for."""
        return len(self.segments) == self.coders and self.has_one_code and self._one_stretch()

    @property
    def kind(self) -> str:
        """What differs: the code, the stretch, or that not everybody coded it."""
        if self.is_agreed:
            return "agreed"
        if not self.has_one_code:
            return "code"
        return "stretch" if len(self.segments) == self.coders else "alone"

    @property
    def span(self) -> Span:
        """From the first character that any covers to the last."""
        return min(s.start for s in self.segments), max(s.end for s in self.segments)

    def _one_stretch(self) -> bool:
        return all(
            overlap(one.span, other.span) >= self.threshold
            for at, one in enumerate(self.segments)
            for other in self.segments[at + 1 :]
        )


def groups_of(segments: Sequence[Segment], coders: int, threshold: float) -> list[Group]:
    """Lay the codings of several coders of one text beside one another, in the order of the text.

    First the same code on the same stretch; then, of what is left, other codes on the same stretch; then the same code on
    stretches that overlap less. Likelier pairs go first, so the order in which codings come does not matter.
    """
    joined = {segment.key: [segment] for segment in segments}
    near = _neighbours(segments)
    rounds = (
        [p for p in near if p[0] >= threshold and p[1].code == p[2].code],
        [p for p in near if p[0] >= threshold and p[1].code != p[2].code],
        [p for p in near if p[0] < threshold and p[1].code == p[2].code],
    )
    for pairs in rounds:
        for _, one, other in pairs:
            mine, theirs = joined[one.key], joined[other.key]
            if mine is theirs or {s.coder for s in mine} & {s.coder for s in theirs}:
                continue
            mine.extend(theirs)
            for segment in theirs:
                joined[segment.key] = mine
    seen: set[int] = set()
    groups = []
    for members in joined.values():
        if id(members) not in seen:
            seen.add(id(members))
            members.sort(key=lambda s: (s.start, s.end, s.coder))
            groups.append(Group(tuple(members), coders, threshold))
    return sorted(groups, key=lambda group: (group.span, str(group.segments[0].key)))


def _neighbours(segments: Sequence[Segment]) -> list[tuple[float, Segment, Segment]]:
    """Pairs of different coders that overlap at all, likeliest first."""
    ordered = sorted(segments, key=lambda s: (s.start, s.end, s.coder, str(s.key)))
    found = []
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if other.start >= one.end:
                break
            if one.coder != other.coder and (share := overlap(one.span, other.span)) > 0:
                found.append((share, one, other))
    return sorted(
        found, key=lambda p: (-p[0], p[1].start, p[1].end, p[2].start, p[2].end, str(p[1].code), str(p[2].code))
    )


def matched(first: Sequence[Segment], second: Sequence[Segment], threshold: float) -> Matched:
    """Segments of the same code that match one to one from this Jaccard overlap on."""
    pairs = [p for p in _neighbours([*first, *second]) if p[0] >= threshold and p[1].code == p[2].code]
    taken: set[Hashable] = set()
    count = 0
    for _, one, other in pairs:
        if one.key not in taken and other.key not in taken:
            taken |= {one.key, other.key}
            count += 1
    return Matched(count, len(first), len(second))

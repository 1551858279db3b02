"""Which reports may tell of one study: by registration numbers, authors and titles. A person decides."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz

from screening.duplicates.normalise import family_names, plain, words_of

WORTH_SHOWING = 0.5
COMMON = 12  # a number or name in more reports than this tells nothing of any two of them

# Registers of trials as the WHO's platform names them. A review's own registration (CRD…) is not a study's.
_NUMBERS = re.compile(
    r"\b(NCT\d{8}|ISRCTN\d{8}|ACTRN\d{14}|(?:EUCTR\s?|EudraCT\W{0,12})\d{4}-\d{6}-\d{2}|ChiCTR[-A-Z]*\d{8,10}|DRKS\d{8}"
    r"|UMIN\d{9}|JPRN-\w{9,16}|PACTR\d{15,16}|IRCT\d{11,14}N\d{1,3}|KCT\d{7}|TCTR\d{11}|SLCTR/\d{4}/\d{3}|RBR-\w{6,8}"
    r"|CTRI/\d{4}/\d{2,3}/\d{6}|NTR\d{4,5}|NL\d{4,5}\b)",
    re.IGNORECASE,
)


def registration_numbers(text: str) -> list[str]:
    """Registration numbers of studies in a text, each once, in one way of writing."""
    return sorted({_one_way(found) for found in _NUMBERS.findall(text)})


def _one_way(number: str) -> str:
    upper = re.sub(r"\s", "", number.upper())
    return f"EUCTR{upper[-14:]}" if upper.startswith(("EUCTR", "EUDRACT")) else upper


@dataclass(frozen=True)
class Told:
    """What is known of a report when it is compared with others."""

    report: int
    study: int | None
    title: str
    authors: tuple[str, ...]
    numbers: frozenset[str]


@dataclass(frozen=True)
class Pair:
    first: int
    second: int
    likelihood: float
    evidence: list[str]


def likely_pairs(reports: Collection[Told], *, of: Collection[int] = ()) -> list[Pair]:
    """Pairs of reports that may tell of one study and are not linked, the likeliest first; with `of`, only with these reports."""
    people = {each.report: family_names(each.authors) for each in reports}
    words = {each.report: " ".join(words_of(plain(each.title))) for each in reports}
    by_pk = {each.report: each for each in reports}
    found = []
    for one, other in sorted(_worth_comparing(reports, people)):
        if of and one not in of and other not in of:
            continue
        a, b = by_pk[one], by_pk[other]
        if a.study is not None and a.study == b.study:
            continue
        signs = [*_by_number(a, b), *_by_people(people[one], people[other]), *_by_title(words[one], words[other])]
        unlikely = 1.0
        for weight, _ in signs:
            unlikely *= 1 - weight
        if 1 - unlikely >= WORTH_SHOWING:
            found.append(Pair(one, other, round(1 - unlikely, 3), [said for _, said in signs]))
    return sorted(found, key=lambda pair: (-pair.likelihood, pair.first, pair.second))


def _worth_comparing(reports: Collection[Told], people: dict[int, tuple[str, ...]]) -> set[tuple[int, int]]:
    """Pairs that share a number or an author; comparing every report with every other would take too long."""
    shelves: dict[str, set[int]] = defaultdict(set)
    for each in reports:
        for key in (*each.numbers, *people[each.report]):
            shelves[key].add(each.report)
    return {pair for shelf in shelves.values() if len(shelf) <= COMMON for pair in combinations(sorted(shelf), 2)}


def _by_number(one: Told, other: Told) -> Iterable[tuple[float, str]]:
    return [(0.9, f"registration number {number} in both") for number in sorted(one.numbers & other.numbers)]


def _by_people(one: tuple[str, ...], other: tuple[str, ...]) -> Iterable[tuple[float, str]]:
    shared = len(set(one) & set(other))
    if not shared:
        return []
    few = min(len(set(one)), len(set(other)))
    signs = [
        (
            0.45 if shared >= 3 and shared * 2 >= few else 0.3 if shared >= 2 else 0.1,
            f"{shared} author{'s' * (shared > 1)} in common",
        )
    ]
    return [*signs, (0.2, "the same first author")] if one[0] == other[0] else signs


def _by_title(one: str, other: str) -> Iterable[tuple[float, str]]:
    likeness = fuzz.token_set_ratio(one, other) if one and other else 0
    if likeness < 70:
        return []
    return [(0.6 if likeness >= 90 else 0.35, f"titles {likeness:.0f} % alike")]

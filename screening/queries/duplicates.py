"""Reads for the duplicates page."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from uuid import UUID

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.models import Bibliographic, DuplicatePair, Record, Reference


def uncertain_pairs(review: Review) -> QuerySet[DuplicatePair]:
    """Pairs that wait for a person, the likeliest first; those whose references stand under one record already are done."""
    return (
        uncertain_pairs_in([review.pk])
        .select_related("first__batch__search", "second__batch__search")
        .order_by("-likelihood", "id")
    )


def uncertain_pairs_in(reviews: Collection[UUID]) -> QuerySet[DuplicatePair]:
    return DuplicatePair.objects.filter(
        review__in=reviews, state=PairState.UNCERTAIN, first__withdrawn_at=None, second__withdrawn_at=None
    ).exclude(first__record=F("second__record"))


# --- The duplicates page ----------------------------------------------------------------------------------------------

LIVE = Q(first__withdrawn_at=None, second__withdrawn_at=None)
TOGETHER = (PairState.LINKED, PairState.SAME)
# In this order: a pair counts under the first that holds.
GROUNDS = (
    ("Judged by a person", Q(state=PairState.SAME)),
    ("Same DOI and same PubMed number", Q(evidence__contains=["same DOI", "same PubMed number"])),
    ("Same DOI", Q(evidence__contains=["same DOI"])),
    ("Same PubMed number", Q(evidence__contains=["same PubMed number"])),
    ("Identical title, agreeing abstract", Q(evidence__contains=["titles identical", "abstracts agree"])),
    ("Identical title, agreeing authors or place", Q(evidence__contains=["titles identical"])),
)
OTHER_GROUNDS = "Similar title with authors, place or abstract"


@dataclass(frozen=True)
class Figures:
    references: int
    records: int
    to_judge: int

    @property
    def duplicates(self) -> int:
        return self.references - self.records


def figures(review: Review) -> Figures:
    """References with live imports, the records they stand under, and pairs that wait for a person."""
    return Figures(
        references=Reference.objects.filter(review=review, withdrawn_at=None).count(),
        records=Record.objects.in_review(review).live().count(),
        to_judge=uncertain_pairs(review).count(),
    )


def linked_pairs(review: Review) -> QuerySet[DuplicatePair]:
    """Pairs of which both references are live and stand under one record."""
    return DuplicatePair.objects.filter(LIVE, review=review, state__in=TOGETHER, first__record=F("second__record"))


def pairs_by_ground(review: Review) -> list[tuple[str, int]]:
    """How many linked pairs rest on which evidence, each pair counted once."""
    ground = Case(
        *(When(condition, then=Value(words)) for words, condition in GROUNDS),
        default=Value(OTHER_GROUNDS),
        output_field=CharField(),
    )
    found = dict(linked_pairs(review).order_by().annotate(ground=ground).values_list("ground").annotate(n=Count("pk")))
    return [(words, found[words]) for words in (*(words for words, _ in GROUNDS), OTHER_GROUNDS) if words in found]


@dataclass(frozen=True)
class Overlap:
    """Linked pairs between sources: `rows` are (source, one cell a source), the upper triangle filled."""

    sources: list[str]
    rows: list[tuple[str, list[int | None]]]

    @property
    def pairs(self) -> list[tuple[list[str], int]]:
        """The cells that are not empty: both sources, and how many pairs."""
        return [
            ([one, other], n) for one, cells in self.rows for other, n in zip(self.sources, cells, strict=True) if n
        ]


def overlap_of_sources(review: Review) -> Overlap:
    counted: Counter[tuple[str, str]] = Counter()
    pairs = linked_pairs(review).order_by().values_list("first__batch__search__source", "second__batch__search__source")
    for one, other, n in pairs.annotate(n=Count("pk")):
        low, high = sorted((one, other), key=str.casefold)
        counted[low, high] += n
    sources = sorted({source for pair in counted for source in pair}, key=str.casefold)
    rows: list[tuple[str, list[int | None]]] = [
        (one, [counted[one, other] if place >= at else None for place, other in enumerate(sources)])
        for at, one in enumerate(sources)
    ]
    return Overlap(sources, rows)


def listed_pairs(review: Review, show: str) -> QuerySet[DuplicatePair]:
    """Pairs of one tab of the page: to judge, related, ruled by people, or linked automatically."""
    if show == "judge":
        return uncertain_pairs(review)
    states = {"related": (PairState.RELATED,), "ruled": (PairState.SAME, PairState.DIFFERENT)}.get(
        show, (PairState.LINKED,)
    )
    return DuplicatePair.objects.filter(LIVE, review=review, state__in=states).select_related(
        "first__batch__search", "second__batch__search", "ruled_by"
    )


def next_pair(review: Review, after: DuplicatePair) -> DuplicatePair | None:
    """The next pair to judge in order of likelihood, going round to the likeliest."""
    waiting = uncertain_pairs(review).exclude(pk=after.pk)
    later = Q(likelihood__lt=after.likelihood) | Q(likelihood=after.likelihood, pk__gt=after.pk)
    return waiting.filter(later).first() or waiting.first()


# --- Two references side by side --------------------------------------------------------------------------------------

COMPARED = (
    "title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "type", "language", "keywords", "abstract",
)  # fmt: skip
NAMES = {"doi": "DOI", "pmid": "PubMed number"}
MOST_WORDS = 1500  # of a field whose differing words are marked
Stretch = tuple[str, bool]  # text, and whether it stands on this side only


@dataclass(frozen=True)
class ComparedField:
    label: str
    left: list[Stretch]
    right: list[Stretch]
    same: bool
    long: bool


def compared(first: Bibliographic, second: Bibliographic) -> list[ComparedField]:
    """Both field by field, with the words that differ; fields that neither has are left out."""
    rows = []
    for name in COMPARED:
        left, right = _words_of(first, name), _words_of(second, name)
        if left or right:
            same = left.casefold().split() == right.casefold().split()
            marked_left, marked_right = _differences(left, right)
            rows.append(
                ComparedField(NAMES.get(name, name.capitalize()), marked_left, marked_right, same, name == "abstract")
            )
    return rows


def _words_of(reference: Bibliographic, name: str) -> str:
    value = getattr(reference, name)
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _differences(left: str, right: str) -> tuple[list[Stretch], list[Stretch]]:
    one, other = re.findall(r"\s*\S+", left), re.findall(r"\s*\S+", right)
    if not one or not other or max(len(one), len(other)) > MOST_WORDS:
        return [(left, False)], [(right, False)]
    lefts: list[Stretch] = []
    rights: list[Stretch] = []
    plain_one, plain_other = [word.strip().casefold() for word in one], [word.strip().casefold() for word in other]
    for kind, a, b, c, d in SequenceMatcher(None, plain_one, plain_other, autojunk=False).get_opcodes():
        for words, stretches in ((one[a:b], lefts), (other[c:d], rights)):
            if words:
                stretches.append(("".join(words), kind != "equal"))
    return lefts, rights

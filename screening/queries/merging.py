"""Reads for linking records by hand and for a record's links. Nothing here looks at votes, so nothing here can tell of them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.models import DuplicatePair, Record, Reference

MOST = 20  # records that can be linked in one act


@dataclass(frozen=True)
class Candidate:
    """A record that is to be linked, and where its references come from."""

    record: Record
    references: int
    sources: str


def candidates(review: Review, ids: Collection[int]) -> list[Candidate]:
    """The records of the review with these ids, each as the one it was linked to, the earliest first; in two queries."""
    roots = Record.objects.in_review(review).filter(Q(pk__in=ids) | Q(absorbed__in=ids)).live().distinct()
    records = list(roots.order_by("pk")[: MOST + 1])
    found: Counter[tuple[int, str]] = Counter(
        Reference.objects.filter(record__in=records, withdrawn_at=None).values_list(
            "record_id", "batch__search__source"
        )
    )
    return [
        Candidate(
            record,
            references=sum(n for (pk, _), n in found.items() if pk == record.pk),
            sources=", ".join(sorted(source for pk, source in found if pk == record.pk)),
        )
        for record in records
    ]


def records_of(review: Review, reference_ids: Collection[int]) -> list[int]:
    """The records under which these references stand."""
    found = Reference.objects.filter(review=review, pk__in=reference_ids, withdrawn_at=None)
    return sorted(set(found.values_list("record_id", flat=True)))


def ruled_apart(records: Collection[Record]) -> QuerySet[DuplicatePair]:
    """People's rulings that references of two of these records are different."""
    ruled = DuplicatePair.objects.filter(
        state=PairState.DIFFERENT, first__record__in=records, second__record__in=records
    )
    return ruled.exclude(first__record=F("second__record")).select_related("review", "ruled_by").order_by("pk")


@dataclass(frozen=True)
class Links:
    """What binds the references of a record, and which other records people kept apart from it."""

    inside: Sequence[DuplicatePair]
    apart: Sequence[DuplicatePair]


def links_of(record: Record) -> Links:
    live = Q(first__withdrawn_at=None, second__withdrawn_at=None)
    pairs = DuplicatePair.objects.filter(live, review_id=record.review_id).select_related(
        "first__batch__search", "second__batch__search", "ruled_by"
    )
    either = Q(first__record=record) | Q(second__record=record)
    inside = pairs.filter(state__in=[PairState.LINKED, PairState.SAME], first__record=record, second__record=record)
    apart = pairs.filter(either, state=PairState.DIFFERENT).exclude(first__record=F("second__record"))
    return Links(list(inside.order_by("first", "second")), list(apart.order_by("pk")))

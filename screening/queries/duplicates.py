"""Reads for the duplicates page."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, QuerySet

from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.models import DuplicatePair


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

"""Reads for the duplicates page."""

from django.db.models import F, QuerySet

from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.models import DuplicatePair


def uncertain_pairs(review: Review) -> QuerySet[DuplicatePair]:
    """Pairs that wait for a person, the likeliest first; those whose references stand under one record already are done."""
    return (
        DuplicatePair.objects.filter(
            review=review, state=PairState.UNCERTAIN, first__withdrawn_at=None, second__withdrawn_at=None
        )
        .exclude(first__record=F("second__record"))
        .select_related("first__batch__search", "second__batch__search")
        .order_by("-likelihood", "id")
    )

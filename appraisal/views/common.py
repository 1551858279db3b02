"""What several views of appraisal need."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from appraisal.choices import Use
from appraisal.models import Instrument, Item
from reviewapp.reviews.permissions import Can, ReviewRequest

FILLS_IN = {Use.APPRAISAL: Can.APPRAISE, Use.EXTRACTION: Can.EXTRACT}


def use_or_404(value: str) -> Use:
    try:
        return Use(value)
    except ValueError:
        raise Http404("No such part of the review.") from None


def instrument_or_404(request: ReviewRequest, instrument_id: int) -> Instrument:
    found = Instrument.objects.filter(review=request.review).select_related("review")
    return get_object_or_404(found, pk=instrument_id)


def item_or_404(instrument: Instrument, item_id: int) -> Item:
    item = get_object_or_404(instrument.items, pk=item_id)
    item.instrument = instrument
    return item

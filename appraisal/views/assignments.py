"""Who fills in which study."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from appraisal.queries.work import assigned_studies, totals
from appraisal.services import assignments as services
from appraisal.views.common import instrument_or_404
from reviewapp.accounts.models import User
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.models import Study


@require_safe
@review_view(Can.LEAD)
def assignments(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """Studies by people. Who is asked shows here; who is done shows in totals only."""
    return _page(request, instrument_id)


def _page(request: ReviewRequest, instrument_id: int, error: DomainError | None = None) -> HttpResponse:
    instrument = instrument_or_404(request, instrument_id)
    people = services.people_for(instrument)
    load = {row.person.pk: row.assigned for row in totals(instrument)}
    context: dict[str, Any] = {
        "page_title": "Who fills in which study",
        "instrument": instrument,
        "people": people,
        "loads": [(person, load.get(person.pk, 0)) for person in people],
        "studies": assigned_studies(instrument),
        "error": error,
    }
    return render(request, "appraisal/assignments.html", context, status=error.status if error else 200)


def _people(request: ReviewRequest) -> list[User]:
    ids = request.POST.getlist("person")
    if not all(value.isascii() and value.isdigit() and len(value) < 18 for value in ids):
        raise Invalid("Choose people of this review.")
    found = {person.pk: person for person in User.objects.filter(pk__in=ids)}
    return [found[int(value)] for value in dict.fromkeys(ids) if int(value) in found]


@require_POST
@review_view(Can.LEAD)
def study_assign(request: ReviewRequest, instrument_id: int, study_id: int) -> HttpResponse:
    instrument = instrument_or_404(request, instrument_id)
    study = get_object_or_404(Study, review=request.review, pk=study_id)
    try:
        services.assign(actor=request.user, instrument=instrument, study=study, people=_people(request))
    except DomainError as error:
        return _page(request, instrument_id, error)
    messages.success(request, f"{study} is assigned.")
    return redirect("appraisal:assignments", request.review.pk, instrument_id)


@require_POST
@review_view(Can.LEAD)
def studies_spread(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """Fill every study up to the number of people the instrument asks for."""
    try:
        added = services.spread(
            actor=request.user, instrument=instrument_or_404(request, instrument_id), people=_people(request)
        )
    except DomainError as error:
        return _page(request, instrument_id, error)
    said = f"{added:,} assignments were added." if added else "Every study had enough people already."
    messages.success(request, said)
    return redirect("appraisal:assignments", request.review.pk, instrument_id)

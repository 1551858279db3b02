"""Who fills in which study."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from appraisal.models import Instrument
from appraisal.queries.attributes import attribute_columns
from appraisal.queries.fit import conditions_in_words
from appraisal.queries.work import assigned_studies, totals
from appraisal.services import assignments as services
from appraisal.services import studies as study_services
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
    columns = attribute_columns(request.review)
    studies = assigned_studies(instrument)
    load = {row.person.pk: row.assigned for row in totals(instrument)}
    context: dict[str, Any] = {
        "page_title": "Who fills in which study",
        "instrument": instrument,
        "people": people,
        "loads": [(person, load.get(person.pk, 0)) for person in people],
        "studies": [row for row in studies if row.fit.meant is not False or row.is_compared],
        "others": [row for row in studies if row.fit.meant is False and not row.is_compared],
        "columns": columns,
        "in_words": conditions_in_words(instrument, columns),
        "conditions": _rows_of_conditions(instrument),
        "error": error,
    }
    return render(request, "appraisal/assignments.html", context, status=error.status if error else 200)


MOST_ROWS = 3  # of conditions on the page; programs may set more


def _rows_of_conditions(instrument: Instrument) -> list[tuple[str, str]]:
    rows = [(one.attribute, ", ".join(one.words)) for one in instrument.conditions]
    return rows + [("", "")] * max(1, MOST_ROWS - len(rows))


@require_POST
@review_view(Can.LEAD)
def meant_for_set(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """For which studies the instrument is meant; rows that are left empty say nothing."""
    rows = zip(request.POST.getlist("attribute"), request.POST.getlist("words"), strict=False)
    conditions = [{"attribute": key, "words": words.split(",")} for key, words in rows if key or words.strip()]
    try:
        study_services.set_meant_for(
            actor=request.user, instrument=instrument_or_404(request, instrument_id), conditions=conditions
        )
    except DomainError as error:
        return _page(request, instrument_id, error)
    messages.success(request, "The studies are sorted anew; what is assigned stays.")
    return redirect("appraisal:assignments", request.review.pk, instrument_id)


MEANT = {"yes": True, "no": False, "rule": None}


@require_POST
@review_view(Can.LEAD)
def study_meant(request: ReviewRequest, instrument_id: int, study_id: int) -> HttpResponse:
    """Say by hand whether the instrument is meant for the study, or leave it to the conditions again."""
    study = get_object_or_404(Study, review=request.review, pk=study_id)
    said = request.POST.get("meant", "")
    if said not in MEANT:
        raise Invalid("Say whether the instrument is meant for this study.")
    study_services.say_meant(
        actor=request.user, instrument=instrument_or_404(request, instrument_id), study=study, meant=MEANT[said]
    )
    return redirect("appraisal:assignments", request.review.pk, instrument_id)


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
    said = f"{added:,} assignments were added." if added else "Every study meant for it had enough people already."
    messages.success(request, said)
    return redirect("appraisal:assignments", request.review.pk, instrument_id)

"""Pilots, versions of the criteria, and records that are judged again. Everybody reads, leads act."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.choices import Stage
from screening.forms.rounds import AgainForm, PilotForm
from screening.models import Pilot
from screening.queries.desk import lead_progress
from screening.queries.rounds import outcomes_before, pilot_result, versions
from screening.services import pilots as services


@require_safe
@review_view(Can.READ)
def pilot_list(request: ReviewRequest) -> HttpResponse:
    return _list(request)


def _list(
    request: ReviewRequest,
    *,
    form: PilotForm | None = None,
    again_form: AgainForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    kept = list(versions(request.review))
    leads = can(request.membership, Can.LEAD)
    context = {
        "page_title": "Pilot and versions",
        "pilots": Pilot.objects.filter(review=request.review).order_by("-opened_at"),
        "versions": kept,
        "form": form or PilotForm(),
        "again_form": again_form or AgainForm(versions=kept),
        "older": _older(request, kept[0].number) if kept and leads else [],
        "error": error,
    }
    return render(request, "screening/pilot_list.html", context, status=error.status if error else status)


def _older(request: ReviewRequest, version: int) -> list[dict[str, Any]]:
    """For each stage how many records whose votes are all in were judged under criteria that have changed since."""
    found = [(stage.label, outcomes_before(request.review, stage, version)) for stage in Stage]
    return [
        {"stage": label, "total": sum(counts.values()), **counts} for label, counts in found if any(counts.values())
    ]


@require_safe
@review_view(Can.READ)
def pilot_detail(request: ReviewRequest, pilot_id: int) -> HttpResponse:
    pilot = get_object_or_404(Pilot, review=request.review, pk=pilot_id)
    leads = can(request.membership, Can.LEAD)
    open_and_hidden = pilot.closed_at is None and pilot.revealed_at is None
    context = {
        "page_title": f"Pilot {pilot.number}",
        "pilot": pilot,
        "result": pilot_result(request.user, pilot),
        "progress": _progress(request, pilot) if leads and open_and_hidden else [],
        "judges": open_and_hidden and can(request.membership, _screens(pilot)),
    }
    return render(request, "screening/pilot_detail.html", context)


def _screens(pilot: Pilot) -> Can:
    return Can.SCREEN_FULL_TEXT if pilot.stage == Stage.FULL_TEXT else Can.SCREEN_TITLE_ABSTRACT


def _progress(request: ReviewRequest, pilot: Pilot) -> list[tuple[str, int]]:
    """For the lead: who has how many of the sample left. Totals only."""
    rows = [(member.user, done.get(pilot.stage)) for member, done in lead_progress(request.review)]
    return [(str(user), done.waiting) for user, done in rows if done]


@require_POST
@review_view(Can.LEAD)
def pilot_create(request: ReviewRequest) -> HttpResponse:
    form = PilotForm(request.POST)
    if not form.is_valid():
        return _list(request, form=form, status=422)
    try:
        pilot = services.start_pilot(actor=request.user, review=request.review, **form.cleaned_data)
    except DomainError as error:
        return _list(request, form=form, error=error)
    messages.success(request, f"Pilot {pilot.number} has begun. Everybody's desk holds its {pilot.size} records.")
    return redirect("screening:pilot-detail", request.review.pk, pilot.pk)


@require_POST
@review_view(Can.LEAD)
def pilot_reveal(request: ReviewRequest, pilot_id: int) -> HttpResponse:
    pilot = get_object_or_404(Pilot, review=request.review, pk=pilot_id)
    services.show_results(actor=request.user, pilot=pilot)
    return redirect("screening:pilot-detail", request.review.pk, pilot.pk)


@require_POST
@review_view(Can.LEAD)
def pilot_end(request: ReviewRequest, pilot_id: int) -> HttpResponse:
    pilot = get_object_or_404(Pilot, review=request.review, pk=pilot_id)
    services.start_fresh(actor=request.user, pilot=pilot)
    messages.success(
        request, "The pilot has ended. Its votes are kept and not counted; its records wait for votes again."
    )
    return redirect("screening:pilot-detail", request.review.pk, pilot.pk)


@require_POST
@review_view(Can.LEAD)
def round_start(request: ReviewRequest) -> HttpResponse:
    form = AgainForm(request.POST, versions=list(versions(request.review)))
    if not form.is_valid():
        return _list(request, again_form=form, status=422)
    try:
        count = services.queue_again(actor=request.user, review=request.review, **form.cleaned_data)
    except DomainError as error:
        return _list(request, again_form=form, error=error)
    records = "1 record waits" if count == 1 else f"{count:,} records wait"
    messages.success(request, f"{records} for votes again. The votes of before are kept and not counted.")
    return redirect("screening:pilot-list", request.review.pk)

"""Who judges what: how a stage is shared out, what another way would mean, and batches by hand. For leads."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError
from reviewapp.reviews.models import Membership
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import Allotting, Stage
from screening.forms.allocation import AllocationForm, BatchForm
from screening.models import Allocation, AllocationBatch, StageRule
from screening.queries.allocation import allocation_at, batch_rows, in_no_batch, pending_at, screeners, share_sizes
from screening.queries.desk import lead_progress
from screening.services import allocation as services
from screening.views.common import stage_or_404


@require_safe
@review_view(Can.LEAD)
def allocation(request: ReviewRequest, stage: str) -> HttpResponse:
    """How the stage is shared out now; with `?mode=` also what each person would have then."""
    at = stage_or_404(stage)
    if "mode" not in request.GET:
        return _page(request, at)
    form = AllocationForm(request.GET, people=screeners(request.review, at))
    if not form.is_valid():
        return _page(request, at, form=form, status=422)
    try:
        planned = services.plan(request.review, at, **form.cleaned_data)
    except DomainError as error:
        return _page(request, at, form=form, error=error)
    return _page(request, at, form=form, planned=planned)


def _page(
    request: ReviewRequest,
    stage: Stage,
    *,
    form: AllocationForm | None = None,
    batch_form: BatchForm | None = None,
    planned: Allocation | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    review, people = request.review, screeners(request.review, stage)
    now = allocation_at(review, stage)
    by_hand = now.mode == Allotting.BATCHES
    initial = {"mode": now.mode, "experienced": now.experienced}
    context = {
        "page_title": "Who judges what",
        "stage": stage,
        "tabs": [
            {
                "label": each.label,
                "url": reverse("screening:allocation", args=[review.pk, each]),
                "current": each == stage,
            }
            for each in Stage
        ],
        "now": now,
        "votes": StageRule.objects.get(review=review, stage=stage).votes_required,
        "pending": pending_at(review, stage).count(),
        "rows": _people(request, stage, people, now, planned),
        "planned": planned,
        "form": form or AllocationForm(initial=initial, people=people),
        "by_hand": by_hand,
        "batches": batch_rows(now) if by_hand else [],
        "left": in_no_batch(now).count() if by_hand else 0,
        "batch_form": batch_form or BatchForm(people=people),
        "error": error,
    }
    return render(request, "screening/allocation.html", context, status=error.status if error else status)


def _people(
    request: ReviewRequest, stage: Stage, people: list[Membership], now: Allocation, planned: Allocation | None
) -> list[dict[str, Any]]:
    """A row for everybody who screens at the stage: their share now, how far they are, and their share then."""
    progress = {member.pk: done.get(stage.value) for member, done in lead_progress(request.review)}
    shares, then = share_sizes(now), share_sizes(planned) if planned else {}
    return [
        {
            "user": member.user,
            "experienced": member.user_id in now.experienced,
            "share": shares.get(member.user_id, 0),
            "done": progress.get(member.pk),
            "then": then.get(member.user_id, 0),
        }
        for member in people
    ]


@require_POST
@review_view(Can.LEAD)
def allocation_change(request: ReviewRequest, stage: str) -> HttpResponse:
    at = stage_or_404(stage)
    form = AllocationForm(request.POST, people=screeners(request.review, at))
    if not form.is_valid():
        return _page(request, at, form=form, status=422)
    try:
        services.allocate(actor=request.user, review=request.review, stage=at, **form.cleaned_data)
    except DomainError as error:
        return _page(request, at, form=form, error=error)
    messages.success(request, f"{at.label} is shared out anew. Every vote that was given stays.")
    return redirect("screening:allocation", request.review.pk, at)


@require_POST
@review_view(Can.LEAD)
def batch_create(request: ReviewRequest, stage: str) -> HttpResponse:
    at = stage_or_404(stage)
    form = BatchForm(request.POST, people=screeners(request.review, at))
    if not form.is_valid():
        return _page(request, at, batch_form=form, status=422)
    try:
        services.add_batch(actor=request.user, review=request.review, stage=at, **form.cleaned_data)
    except DomainError as error:
        return _page(request, at, batch_form=form, error=error)
    messages.success(request, "The batch is given.")
    return redirect("screening:allocation", request.review.pk, at)


@require_POST
@review_view(Can.LEAD)
def batch_dissolve(request: ReviewRequest, batch_id: int) -> HttpResponse:
    batch = get_object_or_404(
        AllocationBatch.objects.select_related("allocation"), allocation__review=request.review, pk=batch_id
    )
    services.dissolve_batch(actor=request.user, review=request.review, batch=batch)
    messages.success(request, "The batch was taken back. Its votes stay, and its records can be given again.")
    return redirect("screening:allocation", request.review.pk, batch.allocation.stage)

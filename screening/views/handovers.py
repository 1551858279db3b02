"""Taking over screening done elsewhere: upload, say what is meant, look, confirm, undo."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviewapp.jobs.views import card_context
from reviewapp.lib.errors import DomainError
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import ImportState, Outcome, Stage
from screening.forms.handover import ChoicesForm, FieldsForm, HandoverUploadForm
from screening.models import Handover
from screening.services import handover_choices, handover_job, handovers

READ_OR_CHANGE = require_http_methods(["GET", "HEAD", "POST"])


@READ_OR_CHANGE
@review_view(Can.IMPORT)
def handover_list(request: ReviewRequest) -> HttpResponse:
    """All files so far, and the way for another."""
    form = HandoverUploadForm(request.POST, request.FILES) if request.method == "POST" else HandoverUploadForm()
    if form.is_bound and form.is_valid():
        handover = handovers.upload(actor=request.user, review=request.review, file=form.cleaned_data["export"])
        return redirect("screening:handover-detail", request.review.pk, handover.pk)
    rows = Handover.objects.filter(review=request.review).select_related("created_by", "job")
    context = {"page_title": "Screening done elsewhere", "rows": rows, "form": form}
    return render(request, "screening/handover_list.html", context, status=422 if form.is_bound else 200)


def _handover(request: ReviewRequest, handover_id: int) -> Handover:
    rows = Handover.objects.select_related("created_by", "job", "review", "batch")
    return get_object_or_404(rows, review=request.review, pk=handover_id)


@require_GET
@review_view(Can.IMPORT)
def handover_detail(request: ReviewRequest, handover_id: int) -> HttpResponse:
    handover = _handover(request, handover_id)
    return render(request, "screening/handover_detail.html", _page(request, handover))


def _page(request: ReviewRequest, handover: Handover, form: ChoicesForm | None = None) -> dict[str, Any]:
    """What was found in the file is on the page of who uploaded it only."""
    mine = handover.created_by_id == request.user.pk
    phase = _phase(handover)
    asks = mine and phase == "choose"
    return {
        "page_title": handover.filename,
        "handover": handover,
        "mine": mine,
        "phase": phase,
        "found": handover.found if mine else {},
        "effect": _effect(handover) if mine else None,
        "fields_form": FieldsForm(handover=handover) if asks and handover.found.get("fields") else None,
        "form": (form or ChoicesForm(handover=handover)) if asks else None,
        **card_context(handover.job, request.membership),
    }


def _phase(handover: Handover) -> str:
    """choose, running, stopped, done, failed, leaving (being taken out), undone."""
    is_open = bool(handover.job and handover.job.is_open)
    if handover.state == ImportState.UNDONE:
        return "leaving" if is_open else "undone"
    if handover.state in {ImportState.QUEUED, ImportState.RUNNING}:
        return "running" if is_open else "stopped"
    return "choose" if handover.state == ImportState.UPLOADED else handover.state


def _effect(handover: Handover) -> dict[str, Any] | None:
    told = handover.choices.get("effect")
    if not told:
        return None
    rows = [
        {"label": Stage(stage).label, "cells": [n for at, _, n in told["outcomes"] if at == stage]}
        for stage in Stage.values
    ]
    headings = [Outcome(outcome).label for outcome in Outcome.values]
    return {**told, "headings": headings, "rows": [row for row in rows if any(row["cells"])]}


@require_POST
@review_view(Can.IMPORT)
def handover_read(request: ReviewRequest, handover_id: int) -> HttpResponse:
    """Look into the file again, with other fields as labels."""
    handover = _handover(request, handover_id)
    handover_choices.require_own(request.user, handover)
    form = FieldsForm(request.POST, handover=handover)
    if form.is_valid():
        handovers.look_into(handover, plan=form.plan())
    return redirect("screening:handover-detail", request.review.pk, handover.pk)


@require_POST
@review_view(Can.IMPORT)
def handover_choose(request: ReviewRequest, handover_id: int) -> HttpResponse:
    handover = _handover(request, handover_id)
    handover_choices.require_own(request.user, handover)
    form = ChoicesForm(request.POST, handover=handover)
    if form.is_valid():
        try:
            handover_choices.choose(actor=request.user, handover=handover, chosen=form.chosen())
            return redirect("screening:handover-detail", request.review.pk, handover.pk)
        except DomainError as error:
            form.add_error(None, error.message)
    return render(request, "screening/handover_detail.html", _page(request, handover, form), status=422)


@require_POST
@review_view(Can.IMPORT)
def handover_confirm(request: ReviewRequest, handover_id: int) -> HttpResponse:
    handover = _handover(request, handover_id)
    handover_choices.confirm(actor=request.user, handover=handover)
    return redirect("screening:handover-detail", request.review.pk, handover.pk)


@require_POST
@review_view(Can.IMPORT)
def handover_undo(request: ReviewRequest, handover_id: int) -> HttpResponse:
    handover = _handover(request, handover_id)
    handover_job.undo(actor=request.user, handover=handover, reason=request.POST.get("reason", "").strip()[:1000])
    messages.success(request, f"The judgements of {handover.filename} are being taken out.")
    return redirect("screening:handover-detail", request.review.pk, handover.pk)

"""Supplements of a report: several files, named and ordered, to be read or downloaded."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.documents import Supplement
from screening.models import Report
from screening.services import supplements
from screening.views.documents import download


@require_POST
@review_view(Can.RETRIEVE)
def supplement_add(request: ReviewRequest, report_id: int) -> HttpResponse:
    """Keep one file or several; what is wrong with one keeps no other out."""
    report = get_object_or_404(Report.objects.select_related("review"), review=request.review, pk=report_id)
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, "Choose at least one file first.")
    name = request.POST.get("name", "") if len(files) == 1 else ""
    for file in files:
        try:
            kept = supplements.add(actor=request.user, report=report, file=file, name=name)
            messages.success(request, f"{kept.name} is a supplement of the report now.")
        except DomainError as error:
            if error.status == 403:
                raise
            messages.error(request, f"{file.name}: {error.message}")
    return redirect("screening:report-detail", request.review.pk, report.pk)


def _supplement(request: ReviewRequest, supplement_id: int) -> Supplement:
    rows = Supplement.objects.select_related("report__review")
    return get_object_or_404(rows, report__review=request.review, pk=supplement_id)


@require_safe
@review_view(Can.READ)
def supplement_file(request: ReviewRequest, supplement_id: int) -> HttpResponse:
    supplement = _supplement(request, supplement_id)
    return download(supplement.file, supplement.filename, "application/octet-stream")


@require_POST
@review_view(Can.RETRIEVE)
def supplement_change(request: ReviewRequest, supplement_id: int) -> HttpResponse:
    """Rename a supplement, move it up or down, remove it or bring it back."""
    supplement, actor = _supplement(request, supplement_id), request.user
    position = supplement.position
    acts: dict[str, Callable[[], Supplement]] = {
        "rename": lambda: supplements.rename(actor=actor, supplement=supplement, name=request.POST.get("name", "")),
        "up": lambda: supplements.move(actor=actor, supplement=supplement, position=position - 1),
        "down": lambda: supplements.move(actor=actor, supplement=supplement, position=position + 1),
        "remove": lambda: supplements.remove(actor=actor, supplement=supplement),
        "bring_back": lambda: supplements.bring_back(actor=actor, supplement=supplement),
    }
    try:
        if (asked := request.POST.get("act", "")) not in acts:
            raise Invalid("Say what is to be done with the supplement.")
        acts[asked]()
    except DomainError as error:
        if error.status == 403:
            raise
        messages.error(request, error.message)
    return redirect("screening:report-detail", request.review.pk, supplement.report_id)

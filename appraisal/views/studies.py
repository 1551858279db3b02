"""The included studies with what is known of them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from appraisal.queries.studies import study_list as listed_studies
from appraisal.services import studies as services
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.models import Study


@require_safe
@review_view(Can.READ)
def study_list(request: ReviewRequest) -> HttpResponse:
    return _page(request)


def _page(request: ReviewRequest, error: DomainError | None = None) -> HttpResponse:
    listed = listed_studies(request.review, request.GET.dict())
    context = {
        "page_title": "Included studies",
        "listed": listed,
        "columns": listed.short_columns,
        "lines": [(row, listed.shown(row)) for row in listed.rows],
        "sort": listed.asked.sort,
        "leads": can(request.membership, Can.LEAD),
        "error": error,
    }
    return render(request, "appraisal/study_list.html", context, status=error.status if error else 200)


DROPS = {"drop": True, "keep": False, "rule": None}


@require_POST
@review_view(Can.LEAD)
def study_mark(request: ReviewRequest, study_id: int) -> HttpResponse:
    """Say whether a sensitivity analysis leaves the study out, and why; it stays in the review."""
    study = get_object_or_404(Study.objects.select_related("review"), review=request.review, pk=study_id)
    said = request.POST.get("mark", "")
    try:
        if said not in DROPS:
            raise Invalid("Say whether a sensitivity analysis leaves the study out.")
        services.mark_study(actor=request.user, study=study, drop=DROPS[said], reason=request.POST.get("reason", ""))
    except DomainError as error:
        return _page(request, error)
    messages.success(request, f"{study}: the mark is kept." if said != "rule" else f"{study}: the rules decide again.")
    return redirect("appraisal:study-list", request.review.pk)

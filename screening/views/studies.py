"""Several reports of one study: suggested with what speaks for it, linked, or said to be different."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.documents import DifferentStudies
from screening.models import Report
from screening.queries.studies import dismissed, suggestions
from screening.services import studies


@require_safe
@review_view(Can.READ)
def study_suggestions(request: ReviewRequest) -> HttpResponse:
    """Pairs of reports that may tell of one study, and those that were said to be different."""
    context = {
        "page_title": "Reports of one study",
        "suggestions": suggestions(request.review),
        "dismissed": dismissed(request.review)[:100],
        "may_retrieve": can(request.membership, Can.RETRIEVE),
    }
    return render(request, "screening/study_suggestions.html", context)


def _report(request: ReviewRequest, name: str) -> Report:
    pk = request.POST.get(name, "")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        raise Http404("No such report.")
    return get_object_or_404(Report.objects.select_related("review"), review=request.review, pk=int(pk))


@require_POST
@review_view(Can.RETRIEVE)
def study_same(request: ReviewRequest) -> HttpResponse:
    first, second = _report(request, "first"), _report(request, "second")
    try:
        study = studies.link_reports(actor=request.user, first=first, second=second)
    except DomainError as error:
        return _back(request, error)
    return _back(request, f"Both reports now belong to {study}. Its page can part them again.")


@require_POST
@review_view(Can.RETRIEVE)
def study_different(request: ReviewRequest) -> HttpResponse:
    first, second = _report(request, "first"), _report(request, "second")
    try:
        studies.dismiss(actor=request.user, first=first, second=second)
    except DomainError as error:
        return _back(request, error)
    return _back(request, "Kept as different studies; the pair is not suggested again.")


@require_POST
@review_view(Can.RETRIEVE)
def study_different_undo(request: ReviewRequest, said_id: int) -> HttpResponse:
    said = get_object_or_404(DifferentStudies.objects.select_related("review"), review=request.review, pk=said_id)
    try:
        studies.take_back(actor=request.user, said=said)
    except DomainError as error:
        return _back(request, error)
    return _back(request, "Taken back; the pair may be suggested again.")


def _back(request: ReviewRequest, said: DomainError | str) -> HttpResponse:
    """To the page the button stood on, with what was done or what stood against it."""
    if isinstance(said, DomainError):
        if said.status == 403:
            raise said
        messages.error(request, said.message)
    else:
        messages.success(request, said)
    to = request.POST.get("to", "")
    if url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        return redirect(to)
    return redirect("screening:study-suggestions", request.review.pk)

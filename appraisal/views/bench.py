"""The appraisal bench: the study's text beside the questions, every answer saved as it is given."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from appraisal.forms import given_in, revision_in
from appraisal.models import Answer, Assignment, Item
from appraisal.queries.bench import reports_of, sheet
from appraisal.queries.wording import lines_of
from appraisal.queries.work import next_study
from appraisal.services import answers as services
from appraisal.services.answers import Given
from appraisal.views.common import item_or_404
from reviewapp.lib.errors import DomainError
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.models import Report
from screening.queries.documents import Reader, readers_of
from screening.views.common import refusal, wants_json


def _own(request: ReviewRequest, assignment_id: int) -> Assignment:
    """One's own assignment; a colleague's is not there, whoever asks."""
    found = Assignment.objects.filter(instrument__review=request.review, person=request.user, withdrawn_at=None)
    return get_object_or_404(found.select_related("instrument__review", "study", "person"), pk=assignment_id)


@require_safe
@review_view(Can.READ)
def bench(request: ReviewRequest, assignment_id: int) -> HttpResponse:
    return _page(request, _own(request, assignment_id))


def _page(
    request: ReviewRequest,
    assignment: Assignment,
    error: DomainError | None = None,
    unkept: dict[str, Any] | None = None,
) -> HttpResponse:
    filled = sheet(assignment)
    reports = list(reports_of(assignment))
    chosen = next((r for r in reports if str(r.pk) == request.GET.get("report")), reports[0] if reports else None)
    context: dict[str, Any] = {
        "page_title": f"{assignment.study}",
        "assignment": assignment,
        "instrument": assignment.instrument,
        "sheet": filled,
        "reports": reports,
        "report": chosen,
        "reader": _reader(request, chosen),
        "following": next_study(request.user, assignment.instrument, assignment),
        "error": error,
        "unkept": unkept,
        "gate_items": [item for item, _ in filled.asked if item.key in filled.closed_gates],
    }
    return render(request, "appraisal/bench.html", context, status=error.status if error else 200)


def _reader(request: ReviewRequest, report: Report | None) -> Reader | None:
    if report is None or report.document is None:
        return None
    return readers_of(request.user, [report.document]).get(report.document.pk)


@require_POST
@review_view(Can.READ)
def answer_keep(request: ReviewRequest, assignment_id: int, item_id: int) -> HttpResponse:
    """Save one answer. The page's script is told the new revision, and which questions are asked now."""
    assignment = _own(request, assignment_id)
    item = item_or_404(assignment.instrument, item_id)
    given = given_in(item, request.POST)
    try:
        answer = services.keep_answer(
            actor=request.user,
            assignment=assignment,
            item=item,
            given=given,
            revision=revision_in(request.POST),
        )
    except services.Stale as error:
        theirs: Any = error.details.get("answer")
        if not wants_json(request):
            return _page(request, assignment, error, unkept=_unkept(item, given, theirs))
        return JsonResponse(
            {"title": error.title, "message": error.message, "theirs": _told(theirs) if theirs else None}, status=409
        )
    except DomainError as error:
        if not wants_json(request):
            return _page(request, assignment, error)
        return refusal(error)
    if not wants_json(request):
        return redirect(f"{request.path.split('/answers/')[0]}/#item-{item.pk}")
    now = sheet(assignment)
    return JsonResponse(
        {
            "revision": answer.revision,
            "asked": [asked.pk for asked, _ in now.asked],
            "answered": now.answered,
            "questions": len(now.asked),
            "complete": now.is_complete,
            "gate_closed": bool(now.closed_gates),
        }
    )


def _unkept(item: Item, given: Given, theirs: Answer | None) -> dict[str, Any]:
    """What was written over an answer from another window: to be looked at beside it, and kept or let go."""
    return {
        "item": item,
        "lines": lines_of(item, given.value),
        "given": given,
        "revision": theirs.revision if theirs else 0,
        "stands": lines_of(item, theirs.value) if theirs else [],
        "theirs": theirs,
    }


def _told(answer: Answer) -> dict[str, Any]:
    """One's own answer from the other window."""
    return {
        "revision": answer.revision,
        "lines": lines_of(answer.item, answer.value),
        "comment": answer.comment,
        "quotation": answer.quotation,
        "page": answer.page,
    }


@require_POST
@review_view(Can.READ)
def study_finish(request: ReviewRequest, assignment_id: int) -> HttpResponse:
    """Done with this study: the next one, or the comparison when everybody is."""
    assignment = _own(request, assignment_id)
    following = next_study(request.user, assignment.instrument, assignment)
    try:
        comparison = services.finish(
            actor=request.user, assignment=assignment, gate_reason=request.POST.get("gate_reason", "")
        )
    except DomainError as error:
        return _page(request, assignment, error)
    if comparison:
        messages.success(request, f"{assignment.study}: everybody has finished. Here are the answers side by side.")
        return redirect("appraisal:comparison", request.review.pk, comparison.pk)
    messages.success(
        request, f"{assignment.study} is finished. The answers are compared once everybody has finished it."
    )
    if following:
        return redirect("appraisal:bench", request.review.pk, following.pk)
    return redirect("appraisal:work", request.review.pk, assignment.instrument.use)


@require_POST
@review_view(Can.READ)
def study_take_up(request: ReviewRequest, assignment_id: int) -> HttpResponse:
    assignment = _own(request, assignment_id)
    try:
        services.take_up_again(actor=request.user, assignment=assignment)
    except DomainError as error:
        return _page(request, assignment, error)
    return redirect("appraisal:bench", request.review.pk, assignment.pk)

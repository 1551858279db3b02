"""Coding in one view: the studies, who codes what, and the plan."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviewapp.accounts.models import User
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from synthesis.queries.coverage import Coverage
from synthesis.queries.work import StudyRow, next_study, study_rows, totals
from synthesis.services import assigning as services
from synthesis.views.common import study_or_404, whole_number_in
from synthesis.visibility import plan_of

SHOWN = ("mine", "all", "no_text", "compared")


@require_safe
@review_view(Can.READ)
def work(request: ReviewRequest) -> HttpResponse:
    """The included studies with one's own part in them; of colleagues only what is compared."""
    rows = study_rows(request.user, request.review)
    has_own = any(row.assignment for row in rows)
    show = request.GET.get("show", "mine" if has_own else "all")
    show = show if show in SHOWN else "all"
    own = sum((row.coverage.own for row in rows if row.assignment), Coverage())
    context: dict[str, Any] = {
        "page_title": "Coding",
        "rows": [row for row in rows if _is_shown(row, show)],
        "show": show,
        "counts": {key: sum(_is_shown(row, key) for row in rows) for key in SHOWN},
        "own": own,
        "finished": sum(row.assignment is not None and row.assignment.finished_at is not None for row in rows),
        "assigned": sum(row.assignment is not None for row in rows),
        "following": next_study(request.user, request.review),
        "plan": plan_of(request.review),
        "leads": can(request.membership, Can.LEAD),
        "codes_here": can(request.membership, Can.CODE),
        "totals": totals(request.review) if can(request.membership, Can.LEAD) else [],
    }
    return render(request, "synthesis/work.html", context)


def _is_shown(row: StudyRow, show: str) -> bool:
    if show == "mine":
        return row.assignment is not None
    if show == "no_text":
        return not row.texts
    return show == "all" or row.comparison is not None


@require_safe
@review_view(Can.LEAD)
def assignments(request: ReviewRequest) -> HttpResponse:
    """Studies by people, and the plan. Who is asked shows here; who is done shows in totals only."""
    return _page(request)


def _page(request: ReviewRequest, error: DomainError | None = None) -> HttpResponse:
    people = services.coders(request.review)
    load = {row.person.pk: row.assigned for row in totals(request.review)}
    context: dict[str, Any] = {
        "page_title": "Who codes what",
        "coders": people,
        "loads": [(person, load.get(person.pk, 0)) for person in people],
        "rows": study_rows(request.user, request.review),
        "plan": plan_of(request.review),
        "error": error,
    }
    return render(request, "synthesis/assignments.html", context, status=error.status if error else 200)


def _people(request: ReviewRequest) -> list[User]:
    ids = [whole_number_in(value, "person") for value in request.POST.getlist("person")]
    found = User.objects.in_bulk(ids)
    if len(found) < len(set(ids)):
        raise Invalid("Choose people of this review.")
    return [found[pk] for pk in dict.fromkeys(ids)]


@require_POST
@review_view(Can.LEAD)
def study_assign(request: ReviewRequest, study_id: int) -> HttpResponse:
    study = study_or_404(request, study_id)
    try:
        services.assign(actor=request.user, study=study, people=_people(request))
    except DomainError as error:
        return _page(request, error)
    messages.success(request, f"Who codes {study} is kept.")
    return redirect("synthesis:assignments", request.review.pk)


@require_POST
@review_view(Can.LEAD)
def studies_spread(request: ReviewRequest) -> HttpResponse:
    """Fill every study up to the number of people the plan asks for."""
    try:
        added = services.spread(actor=request.user, review=request.review, people=_people(request))
    except DomainError as error:
        return _page(request, error)
    said = f"{added:,} assignments were added." if added else "Every study had enough people already."
    messages.success(request, said)
    return redirect("synthesis:assignments", request.review.pk)


@require_POST
@review_view(Can.LEAD)
def plan_change(request: ReviewRequest) -> HttpResponse:
    try:
        percent = whole_number_in(request.POST.get("overlap", ""), "overlap in percent")
        people = whole_number_in(request.POST.get("people", ""), "number of people")
        services.change_plan(actor=request.user, review=request.review, people=people, overlap=percent / 100)
    except DomainError as error:
        return _page(request, error)
    messages.success(request, "The plan is kept.")
    return redirect("synthesis:assignments", request.review.pk)


@require_POST
@review_view(Can.LEAD)
def coding_open(request: ReviewRequest) -> HttpResponse:
    """Let everybody see everybody's codings, or close what is not compared yet again."""
    is_open = request.POST.get("open") == "yes"
    try:
        services.set_open(
            actor=request.user, review=request.review, is_open=is_open, reason=request.POST.get("reason", "")
        )
    except DomainError as error:
        return _page(request, error)
    messages.success(request, "Coding is open." if is_open else "People code apart again.")
    return redirect("synthesis:assignments", request.review.pk)

"""The coding desk of one study."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reviewapp.lib.errors import DomainError
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.models import Study
from synthesis.models import CodingAssignment, CodingComparison, FindingsText
from synthesis.queries.coverage import coverage_of
from synthesis.queries.desk import (
    Fields,
    ShownLine,
    beside,
    fingerprint,
    is_shared,
    may_code,
    quotations_of,
    shown_lines,
    state_of,
    texts_of,
)
from synthesis.queries.work import next_study
from synthesis.views.common import current_of, study_or_404, text_or_404
from synthesis.visibility import codings_visible_to, plan_of

NEIGHBOUR = {"next": 1, "previous": -1}


@require_safe
@review_view(Can.READ)
def desk(request: ReviewRequest, study_id: int) -> HttpResponse:
    return desk_page(request, study_or_404(request, study_id))


def desk_page(request: ReviewRequest, study: Study, error: DomainError | None = None) -> HttpResponse:
    texts = list(texts_of(study))
    asked = request.GET.get("text") or request.POST.get("text")
    text = next((one for one in texts if str(one.pk) == asked), texts[0] if texts else None)
    context: dict[str, Any] = {
        "page_title": f"{study}",
        "study": study,
        "texts": texts,
        "text": text,
        "assignment": CodingAssignment.objects.filter(study=study, person=request.user, withdrawn_at=None).first(),
        "comparison": CodingComparison.objects.filter(study=study).first(),
        "plan": plan_of(request.review),
        "following": next_study(request.user, request.review, after=study),
        "may_prepare": can(request.membership, Can.SYNTHESISE),
        "error": error,
    }
    if text:
        context |= _of_text(request, text)
    return render(request, "synthesis/desk.html", context, status=error.status if error else 200)


def _of_text(request: ReviewRequest, text: FindingsText) -> dict[str, Any]:
    version = current_of(text)
    lines, state = shown_lines(version), state_of(request.user, text)
    layer = may_code(request.user, text.study) if can(request.membership, Can.CODE) else ""
    spans = [(row["start"], row["end"]) for row in [*state["codings"], *state["aside"]] if row["mine"]]
    return {
        "lines": lines,
        "margin": _margin(lines, state),
        "codes": state["codes"],
        "layer": layer,
        "coverage": coverage_of([shown.line for shown in lines], spans),
        "is_shared": is_shared(text.study),
        "state": state
        | {
            "layer": layer,
            "quotations": quotations_of(version),
            "etag": f'"{fingerprint(state)}"',
            "version": version.pk,
        },
    }


def _margin(lines: list[ShownLine], state: Fields) -> list[tuple[ShownLine, list[str], bool]]:
    """Lines with the names of the codes that begin on them and whether anything covers them, for reading without a script."""
    rows = []
    names: dict[int, list[str]] = {}
    covered: set[int] = set()
    at = 0
    starts = sorted((row["start"], row["end"], row["name"]) for row in state["codings"])
    for shown in lines:
        while at < len(starts) and starts[at][0] < shown.line.end:
            names.setdefault(shown.line.number, []).append(starts[at][2])
            at += 1
    for row in state["aside"]:
        covered.update(s.line.number for s in lines if row["start"] < s.line.end and s.line.start < row["end"])
    for shown in lines:
        number = shown.line.number
        rows.append((shown, list(dict.fromkeys(names.get(number, []))), number in covered))
    return rows


@require_safe
@review_view(Can.READ)
def desk_state(request: ReviewRequest, text_id: int) -> HttpResponse:
    """What is on the text now, for the page's script; 304 when it is as the script knows it."""
    state = state_of(request.user, text_or_404(request, text_id))
    etag = f'"{fingerprint(state)}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    return JsonResponse(state, headers={"ETag": etag})


@require_safe
@review_view(Can.READ)
def coding_walk(request: ReviewRequest, coding_id: UUID, to: str) -> HttpResponse:
    """The desk at the next or previous coding of the same code, in whichever study it is."""
    found = codings_visible_to(request.user, request.review).select_related("study__review")
    coding = get_object_or_404(found, pk=coding_id)
    there = beside(request.user, coding, NEIGHBOUR.get(to, 1)) or coding
    return redirect(address_of(request, there.study_id, there.version.text_id, f"coding={there.pk}"))


def address_of(request: HttpRequest, study_id: int, text_id: int, more: str = "") -> str:
    """The desk of a text."""
    review = request.review  # type: ignore[attr-defined]
    address = reverse("synthesis:desk", args=[review.pk, study_id])
    return f"{address}?text={text_id}" + (f"&{more}" if more else "")

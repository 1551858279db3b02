"""Acts on the coding desk. The page's script asks for JSON and is told what changed; a plain form goes back to the desk."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.views.common import refusal, wants_json
from synthesis.choices import Origin
from synthesis.models import Code, FindingsText, TextVersion
from synthesis.queries.acts import last_act
from synthesis.queries.desk import changed_by, span_of_lines
from synthesis.services import coding as services
from synthesis.services import journal
from synthesis.views.common import current_of, text_or_404, uuid_in, whole_number_in
from synthesis.views.desk import address_of, desk_page
from synthesis.visibility import codes_visible_to, codings_visible_to, set_aside_visible_to


def _done(request: ReviewRequest, text: FindingsText, act: Callable[[], Any], more: str = "") -> HttpResponse:
    """Carry an act out and tell what it changed, or why it was refused."""
    try:
        act()
    except DomainError as error:
        return refusal(error) if wants_json(request) else desk_page(request, text.study, error)
    if wants_json(request):
        return JsonResponse(changed_by(request.user, text, last_act(request.user, request.review)))
    return redirect(address_of(request, text.study_id, text.pk, more))


def _version(request: ReviewRequest, text: FindingsText) -> TextVersion:
    """The version that the page showed; the current one where a form does not say."""
    asked = request.POST.get("version", "")
    if not asked or asked == str(text.current_id):
        return current_of(text)
    versions = text.versions.select_related("text__review", "text__study")
    return get_object_or_404(versions, pk=whole_number_in(asked, "version"))


def _span(request: ReviewRequest, version: TextVersion) -> tuple[int, int]:
    """From letter to letter, or from line to line."""
    if "start" in request.POST:
        start, end = request.POST["start"], request.POST.get("end", "")
        return whole_number_in(start, "place"), whole_number_in(end, "place")
    first = whole_number_in(request.POST.get("first", ""), "first line")
    last = whole_number_in(request.POST.get("last") or request.POST.get("first", ""), "last line")
    span = span_of_lines(version, first, last)
    if span is None:
        raise Invalid("The text has no such lines.")
    return span


def _code(request: ReviewRequest) -> Code | None:
    asked = request.POST.get("code", "")
    if not asked:
        return None
    found = codes_visible_to(request.user, request.review).filter(pk=uuid_in(asked, "code")).first()
    if found is None:
        raise Invalid("There is no such code any more.")
    return found


@require_POST
@review_view(Can.CODE)
def coding_make(request: ReviewRequest, text_id: int) -> HttpResponse:
    text = text_or_404(request, text_id)

    def act() -> None:
        version = _version(request, text)
        start, end = _span(request, version)
        services.code_stretch(
            actor=request.user,
            version=version,
            start=start,
            end=end,
            code=_code(request),
            name=request.POST.get("name", ""),
            origin=request.POST.get("origin", Origin.INDUCTIVE),
        )

    line = request.POST.get("first", "")
    return _done(request, text, act, f"line={line}" if line.isascii() and line.isdigit() else "")


@require_POST
@review_view(Can.CODE)
def coding_change(request: ReviewRequest, coding_id: UUID) -> HttpResponse:
    """Another code (`code` or `name`), other ends (`start`, `end`), or whether it is `contrary` (yes, no)."""
    coding = get_object_or_404(codings_visible_to(request.user, request.review), pk=coding_id)
    text = text_or_404(request, coding.version.text_id)
    contrary = request.POST.get("contrary", "")

    def act() -> None:
        start, end = _span(request, coding.version) if {"start", "first"} & set(request.POST) else (None, None)
        services.change_coding(
            actor=request.user,
            coding=coding,
            code=_code(request),
            name=request.POST.get("name", ""),
            start=start,
            end=end,
            is_contrary={"yes": True, "no": False}.get(contrary),
        )

    return _done(request, text, act, f"coding={coding.pk}")


@require_POST
@review_view(Can.CODE)
def coding_remove(request: ReviewRequest, coding_id: UUID) -> HttpResponse:
    coding = get_object_or_404(codings_visible_to(request.user, request.review), pk=coding_id)
    text = text_or_404(request, coding.version.text_id)
    return _done(request, text, lambda: services.remove_coding(actor=request.user, coding=coding))


@require_POST
@review_view(Can.CODE)
def stretch_set_aside(request: ReviewRequest, text_id: int) -> HttpResponse:
    text = text_or_404(request, text_id)

    def act() -> None:
        version = _version(request, text)
        start, end = _span(request, version)
        services.set_aside(actor=request.user, version=version, start=start, end=end)

    return _done(request, text, act)


@require_POST
@review_view(Can.CODE)
def stretch_take_up(request: ReviewRequest, aside_id: UUID) -> HttpResponse:
    found = set_aside_visible_to(request.user, request.review).select_related("version")
    aside = get_object_or_404(found, pk=aside_id)
    text = text_or_404(request, aside.version.text_id)
    return _done(request, text, lambda: services.take_up(actor=request.user, aside=aside))


@require_POST
@review_view(Can.SYNTHESISE)
def undo(request: ReviewRequest) -> HttpResponse:
    return _walk(request, journal.undo, "Undone", "There is nothing to undo.")


@require_POST
@review_view(Can.SYNTHESISE)
def redo(request: ReviewRequest) -> HttpResponse:
    return _walk(request, journal.redo, "Done again", "There is nothing to do again.")


def _walk(request: ReviewRequest, step: Callable[..., journal.Walked | None], said: str, nothing: str) -> HttpResponse:
    """`expected` is the act that the page showed; `text` the one on the desk, for the script to draw what changed."""
    try:
        asked = request.POST.get("expected", "")
        walked = step(
            actor=request.user, review=request.review, expected=uuid_in(asked, "known act") if asked else None
        )
    except DomainError as error:
        if wants_json(request):
            return refusal(error)
        raise
    told = nothing if walked is None else walked.why_not or f"{said}: {walked.act.label}"
    if wants_json(request):
        text = text_or_404(request, whole_number_in(request.POST.get("text", ""), "text"))
        changed = changed_by(request.user, text, walked.act if walked else None)
        return JsonResponse(changed | {"told": told, "done": bool(walked and not walked.why_not)})
    (messages.success if walked and not walked.why_not else messages.warning)(request, told)
    back = request.POST.get("text", "")
    if back:
        text = text_or_404(request, whole_number_in(back, "text"))
        return redirect(address_of(request, text.study_id, text.pk))
    return redirect("synthesis:work", request.review.pk)

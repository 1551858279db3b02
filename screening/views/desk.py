"""The screening desk, for titles and abstracts and for full texts."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import AlreadyDone, DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, require, review_view
from screening.choices import CriterionKind, Stage, Verdict
from screening.forms.desk import DecisionForm, NoteForm
from screening.models import EligibilityCriterion, ExclusionReason, Record, ScreeningDecision
from screening.queries.cards import cards
from screening.queries.desk import own_note, progress_of, waiting_for
from screening.queries.labels import known_labels, team_labels
from screening.queries.records import neighbour
from screening.services.decisions import SCREENS, keep_note, last_decision, make_decision, undo_decision
from screening.services.drawing import hand_out
from screening.services.preferences import keys_of, shows_timer
from screening.views.common import refusal, stage_or_404, wants_json
from screening.visibility import decisions_visible_to

AHEAD = 3  # records that stand ready behind the one being read
MOST_SKIPPED = 50


@require_safe
@review_view(Can.READ)
def desk(request: ReviewRequest, stage: str) -> HttpResponse:
    """The record that waits, or the one the address names."""
    at = stage_or_404(stage)
    require(request.membership, SCREENS[at])
    return desk_page(request, at, _asked_records(request, at, count=1))


@require_safe
@review_view(Can.READ)
def desk_cards(request: ReviewRequest, stage: str) -> HttpResponse:
    """Records ahead, for the page's script to hold ready."""
    at = stage_or_404(stage)
    require(request.membership, SCREENS[at])
    # Without figures: the answer to a decision tells them, and counting again for each card would cost more than the cards.
    found = cards(request.user, request.review, at, _asked_records(request, at, count=AHEAD))
    return render(request, "screening/_desk_cards.html", desk_context(request, at) | {"cards": found})


def _asked_records(request: ReviewRequest, stage: Stage, *, count: int) -> list[Record]:
    """`?record=` names one, `?after=` and `?before=` its neighbours; otherwise what waits, without `?skip=`."""
    if "record" in request.GET:
        records = Record.objects.in_review(request.review).at_stage(stage)
        return [get_object_or_404(records, pk=_number(request.GET["record"]))]
    for side, forward in (("after", True), ("before", False)):
        if side in request.GET:
            of = _number(request.GET[side])
            found = neighbour(request.user, request.review, stage, of=of, forward=forward)
            return [found] if found else []
    skip = numbers(request.GET.getlist("skip")[:MOST_SKIPPED])
    return hand_out(actor=request.user, review=request.review, stage=stage, count=count, skip=skip)


def numbers(values: Sequence[str]) -> tuple[int, ...]:
    """Ids of records as an address gives them; 404 for what can be none."""
    return tuple(_number(value) for value in values)


def _number(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise Http404("No such record.")
    return int(value)


def desk_context(request: ReviewRequest, stage: Stage) -> dict[str, Any]:
    """What surrounds every record: criteria, reasons, the reader's labels and keys."""
    criteria = list(EligibilityCriterion.objects.filter(review=request.review, retired_at=None))
    if stage == Stage.TITLE_ABSTRACT:  # at full text the numbers are those of the reasons
        for number, criterion in enumerate(criteria[:9], start=1):
            criterion.key = str(number)  # type: ignore[attr-defined]
    return {
        "stage": stage,
        "is_full_text": stage == Stage.FULL_TEXT,
        "inclusion": [c for c in criteria if c.kind == CriterionKind.INCLUSION],
        "exclusion": [c for c in criteria if c.kind == CriterionKind.EXCLUSION],
        "reasons": reasons_of(request) if stage == Stage.FULL_TEXT else [],
        "known_labels": known_labels(request.user, request.review),
        "team_labels": team_labels(request.review),
        "keys": keys_of(request.user),
        "shows_timer": shows_timer(request.user),
    }


def reasons_of(request: ReviewRequest) -> QuerySet[ExclusionReason]:
    return ExclusionReason.objects.filter(review=request.review, retired_at=None)


def desk_page(
    request: ReviewRequest,
    stage: Stage,
    records: Sequence[Record],
    *,
    status: int = 200,
    error: DomainError | None = None,
) -> HttpResponse:
    found = cards(request.user, request.review, stage, records)
    last = last_decision(actor=request.user, review=request.review, stage=stage)
    context = desk_context(request, stage) | {
        "card": found[0] if found else None,
        "page_title": stage.label,
        "progress": progress_of(request.user, request.review, stage),
        "error": error,
        "typed": request.POST if error else None,
        "last": last,
        "waiting": [] if found else _waiting_elsewhere(request, stage),
        "at_end": "after" in request.GET or "before" in request.GET,
    }
    return render(request, "screening/desk.html", context, status=status)


def _waiting_elsewhere(request: ReviewRequest, stage: Stage) -> list[dict[str, Any]]:
    review = request.review.pk
    return [
        {"line": line, "url": reverse(line.url_name, args=[review, line.stage] if line.stage else [review])}
        for line in waiting_for(request.membership)
        if line.stage != stage
    ]


# --- Acts -------------------------------------------------------------------------------------------------------------


@require_POST
@review_view(Can.READ)
def record_decide(request: ReviewRequest, record_id: int) -> HttpResponse:
    """Give one's verdict; the answer is the next record, or the same one with what stood against it."""
    record = get_object_or_404(Record.objects.in_review(request.review), pk=record_id)
    stage = stage_or_404(request.POST.get("stage", ""))
    try:
        decision = _decide(request, record)
    except DomainError as error:
        return _refused(request, stage, record, error)
    if wants_json(request):
        return JsonResponse({"decision": str(decision.uuid), "progress": _figures(request, stage)})
    messages.success(request, f"{_said(decision)}: {record.title[:90] or 'untitled'}")
    return redirect(_back(request, stage))


def _back(request: ReviewRequest, stage: Stage) -> str:
    """Where a plain form came from: the reading list with its filters, or the desk."""
    if "list" not in request.POST:
        return reverse("screening:desk", args=[request.review.pk, stage])
    return f"{reverse('screening:desk-list', args=[request.review.pk])}?{QueryDict(request.POST['list']).urlencode()}"


def _decide(request: ReviewRequest, record: Record) -> ScreeningDecision:
    form = DecisionForm(request.POST, review=request.review)
    if not form.is_valid():
        raise Invalid(form.first_error())
    data = form.cleaned_data
    note, labels = _own_words(request, record, form)
    return make_decision(
        actor=request.user,
        record=record,
        stage=data["stage"],
        verdict=data["verdict"],
        reason=data["reason"],
        criterion=data["criterion"],
        note=note,
        labels=labels,
        request_key=data["request_key"],
    )


def _own_words(request: ReviewRequest, record: Record, form: NoteForm) -> tuple[str | None, list[str] | None]:
    """Note and labels as sent; None for both when there was nothing and nothing was written."""
    note, labels = form.cleaned_data["note"], form.cleaned_data["labels"]
    if "note" not in form.data and "labels" not in form.data:
        return None, None
    if not note and not labels and own_note(request.user, record, form.cleaned_data["stage"]) is None:
        return None, None
    return note, labels


def _refused(request: ReviewRequest, stage: Stage, record: Record, error: DomainError) -> HttpResponse:
    if wants_json(request):
        return refusal(error)
    if error.status == 403:
        raise error
    here = list(Record.objects.in_review(request.review).at_stage(stage).filter(pk=record.pk))
    records = here or hand_out(actor=request.user, review=request.review, stage=stage)
    return desk_page(request, stage, records, status=error.status, error=error)


def _said(decision: ScreeningDecision) -> str:
    return {Verdict.INCLUDE: "Included", Verdict.EXCLUDE: "Excluded", Verdict.MAYBE: "Maybe"}[Verdict(decision.verdict)]


def _figures(request: ReviewRequest, stage: Stage) -> dict[str, int]:
    progress = progress_of(request.user, request.review, stage)
    return {"judged": progress.judged, "total": progress.total}


@require_POST
@review_view(Can.READ)
def decision_undo(request: ReviewRequest) -> HttpResponse:
    """Take back the named decision of one's own, or the latest at the stage."""
    stage = stage_or_404(request.POST.get("stage", ""))
    require(request.membership, SCREENS[stage])
    try:
        decision = _own_decision(request, stage)
        record = undo_decision(actor=request.user, decision=decision)
    except DomainError as error:
        if wants_json(request):
            return refusal(error)
        raise
    if wants_json(request):
        words = f"{_said(decision)}: {record.title[:90]}"
        return JsonResponse({"record": record.pk, "words": words, "progress": _figures(request, stage)})
    messages.info(request, f"Taken back: {_said(decision)}. The record waits for your vote again.")
    return redirect(_back(request, stage) if "list" in request.POST else _at_desk(request, stage, record))


def _at_desk(request: ReviewRequest, stage: Stage, record: Record) -> str:
    return f"{reverse('screening:desk', args=[request.review.pk, stage])}?record={record.pk}"


def _own_decision(request: ReviewRequest, stage: Stage) -> ScreeningDecision:
    if named := request.POST.get("decision"):
        own = decisions_visible_to(request.user, request.review).filter(reviewer=request.user, stage=stage)
        found = next((decision for decision in own if str(decision.uuid) == named), None)
    else:
        found = last_decision(actor=request.user, review=request.review, stage=stage)
    if found is None:
        raise AlreadyDone("There is no decision of yours to take back.")
    return found


@require_POST
@review_view(Can.READ)
def note_keep(request: ReviewRequest, record_id: int) -> HttpResponse:
    """Save one's own note and labels without deciding."""
    record = get_object_or_404(Record.objects.in_review(request.review), pk=record_id)
    stage = stage_or_404(request.POST.get("stage", ""))
    form = NoteForm(request.POST)
    try:
        require(request.membership, SCREENS[stage])
        if not form.is_valid():
            raise Invalid(form.first_error())
        note, labels = _own_words(request, record, form)
        if note is not None or labels is not None:
            keep_note(actor=request.user, record=record, stage=stage, text=note, labels=labels)
    except DomainError as error:
        return _refused(request, stage, record, error)
    if wants_json(request):
        return JsonResponse({"kept": True})
    messages.success(request, "Your note is kept.")
    return redirect(_back(request, stage) if "list" in request.POST else _at_desk(request, stage, record))

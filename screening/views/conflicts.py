"""The queue of conflicts and the settling table."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.lib.paging import page_by_key
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.choices import ConflictKind, Outcome, Stage
from screening.forms.conflicts import CommentForm, ReopenForm, RulingForm
from screening.models import Adjudication, Conflict, ExclusionReason
from screening.queries.cards import highlighter_of, text_of
from screening.queries.conflicts import listed_conflicts, listed_settlements, next_conflict, table
from screening.queries.desk import KIND_WORDS
from screening.services import conflicts
from screening.visibility import outcome_of


@require_safe
@review_view(Can.READ)
def conflict_list(request: ReviewRequest) -> HttpResponse:
    """Open conflicts of the reader or of all, and the settled ones."""
    takes_part = can(request.membership, Can.DISCUSS)
    show = request.GET.get("show", "mine" if takes_part else "open")
    stage = request.GET.get("stage", "") if request.GET.get("stage") in Stage.values else ""
    kind = request.GET.get("kind", "") if request.GET.get("kind") in ConflictKind.values else ""
    context: dict[str, Any] = {
        "page_title": "Conflicts",
        "show": show,
        "stage": stage,
        "kind": kind,
        "stages": Stage.choices,
        "kinds": [(key.value, words) for key, words in KIND_WORDS.items()],
        "takes_part": takes_part,
        "tabs": _tabs(request, show, takes_part),
    }
    if show == "settled":
        context["page"] = page_by_key(
            listed_settlements(request.review, stage=stage, kind=kind), request, descending=True
        )
    else:
        mine = show == "mine"
        context["page"] = page_by_key(listed_conflicts(request.membership, mine=mine, stage=stage, kind=kind), request)
    return render(request, "screening/conflict_list.html", context)


def _tabs(request: ReviewRequest, show: str, takes_part: bool) -> list[dict[str, Any]]:
    whole: dict[str, Any] = {"stage": "", "kind": ""}
    tabs: list[dict[str, Any]] = []
    if takes_part:
        mine = listed_conflicts(request.membership, mine=True, **whole).count()
        tabs.append({"label": "For you", "url": "?show=mine", "count": mine, "due": mine, "current": show == "mine"})
    every = listed_conflicts(request.membership, mine=False, **whole).count()
    tabs.append({"label": "All open", "url": "?show=open", "count": every, "current": show == "open"})
    settled = listed_settlements(request.review, **whole).count()
    tabs.append({"label": "Settled", "url": "?show=settled", "count": settled, "current": show == "settled"})
    return tabs


@require_safe
@review_view(Can.READ)
def conflict_detail(request: ReviewRequest, conflict_id: int) -> HttpResponse:
    return _table(request, _conflict(request, conflict_id))


def _conflict(request: ReviewRequest, conflict_id: int) -> Conflict:
    found = Conflict.objects.filter(review=request.review).select_related("record__merged_into", "review")
    return get_object_or_404(found, pk=conflict_id)


def _table(request: ReviewRequest, conflict: Conflict, *, error: DomainError | None = None) -> HttpResponse:
    laid = table(request.membership, conflict)
    context = {
        "page_title": "Conflict",
        "conflict": conflict,
        "kind_words": KIND_WORDS[ConflictKind(conflict.kind)],
        "table": laid,
        "record": laid.record,
        "text": text_of(laid.record, highlighter_of(request.review)),
        "outcome": outcome_of(laid.record, conflict.stage),
        "needs_reason": conflict.stage == Stage.FULL_TEXT,
        "reason_only": conflict.kind == ConflictKind.REASON,
        "reasons": ExclusionReason.objects.filter(review=request.review, retired_at=None)
        if conflict.stage == Stage.FULL_TEXT
        else [],
        "following": next_conflict(request.membership, stage=conflict.stage, after=conflict.pk),
        "error": error,
        "typed": request.POST if error else None,
    }
    return render(request, "screening/conflict_detail.html", context, status=error.status if error else 200)


# --- Acts -------------------------------------------------------------------------------------------------------------


@require_POST
@review_view(Can.DISCUSS)
def conflict_comment(request: ReviewRequest, conflict_id: int) -> HttpResponse:
    conflict = _conflict(request, conflict_id)
    form = CommentForm(request.POST)
    try:
        _require_valid(form)
        conflicts.comment(actor=request.user, conflict=conflict, text=form.cleaned_data["text"])
    except DomainError as error:
        return _fresh_table(request, conflict, error)
    return redirect("screening:conflict-detail", request.review.pk, conflict.pk)


@require_POST
@review_view(Can.DISCUSS)
def conflict_agree(request: ReviewRequest, conflict_id: int) -> HttpResponse:
    """Propose an outcome or confirm the proposal; when all voters agree it is settled."""
    conflict = _conflict(request, conflict_id)
    form = RulingForm(request.POST, conflict=conflict)
    try:
        _require_valid(form)
        done = conflicts.agree(
            actor=request.user,
            conflict=conflict,
            verdict=form.cleaned_data["verdict"],
            reason=form.cleaned_data["reason"],
        )
    except DomainError as error:
        return _fresh_table(request, conflict, error)
    if isinstance(done, Adjudication):
        return _go_on(request, conflict)
    messages.success(request, "Your proposal stands. It settles the conflict as soon as the others confirm it.")
    return redirect("screening:conflict-detail", request.review.pk, conflict.pk)


@require_POST
@review_view(Can.DISCUSS)
def conflict_withdraw(request: ReviewRequest, conflict_id: int) -> HttpResponse:
    conflict = _conflict(request, conflict_id)
    try:
        conflicts.withdraw_proposal(actor=request.user, conflict=conflict)
    except DomainError as error:
        return _fresh_table(request, conflict, error)
    messages.info(request, "Your proposal is withdrawn.")
    return redirect("screening:conflict-detail", request.review.pk, conflict.pk)


@require_POST
@review_view(Can.SETTLE)
def conflict_adjudicate(request: ReviewRequest, conflict_id: int) -> HttpResponse:
    conflict = _conflict(request, conflict_id)
    form = RulingForm(request.POST, conflict=conflict)
    try:
        _require_valid(form)
        conflicts.adjudicate(actor=request.user, conflict=conflict, **form.cleaned_data)
    except DomainError as error:
        return _fresh_table(request, conflict, error)
    return _go_on(request, conflict)


@require_POST
@review_view(Can.READ)
def conflict_reopen(request: ReviewRequest, conflict_id: int) -> HttpResponse:
    conflict = _conflict(request, conflict_id)
    form = ReopenForm(request.POST)
    try:
        _require_valid(form)
        fresh = conflicts.reopen(actor=request.user, conflict=conflict, why=form.cleaned_data["why"])
    except DomainError as error:
        return _fresh_table(request, conflict, error)
    messages.info(request, "The settlement is set aside. The votes are as they were, and the conflict is open again.")
    return redirect("screening:conflict-detail", request.review.pk, fresh.pk)


def _require_valid(form: RulingForm | CommentForm | ReopenForm) -> None:
    if not form.is_valid():
        raise Invalid(" ".join(str(message) for messages_ in form.errors.values() for message in messages_))


def _fresh_table(request: ReviewRequest, conflict: Conflict, error: DomainError) -> HttpResponse:
    """The table as it stands now, with what was refused and what the person typed."""
    if error.status == 403:
        raise error
    return _table(request, _conflict(request, conflict.pk), error=error)


def _go_on(request: ReviewRequest, conflict: Conflict) -> HttpResponse:
    record = conflict.record.merged_into or conflict.record
    settled = {Outcome.INCLUDED: "included", Outcome.EXCLUDED: "excluded"}.get(
        Outcome(outcome_of(record, conflict.stage))
    )
    messages.success(request, f"Settled: {settled}. “{record.title[:90]}”")
    following = next_conflict(request.membership, stage=conflict.stage, after=conflict.pk)
    if following:
        return redirect("screening:conflict-detail", request.review.pk, following.pk)
    return redirect("screening:conflict-list", request.review.pk)

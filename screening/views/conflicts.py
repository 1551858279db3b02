"""The queue of conflicts and the settling table."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.lib.paging import page_by_key
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.choices import ConflictKind, Outcome, Stage
from screening.forms.conflicts import CommentForm, ReopenForm, RulingForm
from screening.models import Adjudication, Conflict, EligibilityCriterion, ExclusionReason
from screening.queries.cards import highlighter_of, text_of
from screening.queries.conflict_filters import PATTERNS, ConflictFilter, stages_with_names
from screening.queries.conflicts import listed_conflicts, listed_settlements, next_conflict, table
from screening.queries.criteria_report import criteria_report
from screening.queries.desk import KIND_WORDS
from screening.queries.settlers import without_settler
from screening.services import conflicts
from screening.services.bulk_rulings import adjudicate_each
from screening.visibility import labels_visible_to, outcome_of


@require_safe
@review_view(Can.READ)
def conflict_list(request: ReviewRequest) -> HttpResponse:
    """Open conflicts of the reader or of all, and the settled ones."""
    return _list(request)


def _list(request: ReviewRequest, *, error: DomainError | None = None) -> HttpResponse:
    takes_part = can(request.membership, Can.DISCUSS)
    show = request.GET.get("show", "mine" if takes_part else "open")
    stage = request.GET.get("stage", "") if request.GET.get("stage") in Stage.values else ""
    kind = request.GET.get("kind", "") if request.GET.get("kind") in ConflictKind.values else ""
    by = _filter(request)
    named = stages_with_names(request.review)
    context: dict[str, Any] = {
        "page_title": "Conflicts",
        "show": show,
        "stage": stage,
        "kind": kind,
        "by": by,
        "stages": Stage.choices,
        "kinds": [(key.value, words) for key, words in KIND_WORDS.items()],
        "patterns": [(key, words) for key, (words, _, _) in PATTERNS.items()],
        "labels": labels_visible_to(request.user, request.review),
        "criteria": EligibilityCriterion.objects.filter(review=request.review, retired_at=None),
        "voters": [m.user for m in request.review.memberships.select_related("user")] if named else [],
        "takes_part": takes_part,
        "tabs": _tabs(request, show, takes_part),
        "rules_many": show == "mine" and can(request.membership, Can.SETTLE),
        "reasons": ExclusionReason.objects.filter(review=request.review, retired_at=None),
        "unsettleable": without_settler(request.review) if can(request.membership, Can.LEAD) else 0,
        "typed": request.POST if error else None,
        "error": error,
    }
    if show == "settled":
        context["page"] = page_by_key(
            listed_settlements(request.review, stage=stage, kind=kind), request, descending=True
        )
    else:
        mine = show == "mine"
        rows = listed_conflicts(request.membership, mine=mine, stage=stage, kind=kind, by=by)
        context["page"] = page_by_key(rows, request)
    return render(request, "screening/conflict_list.html", context, status=error.status if error else 200)


def _filter(request: ReviewRequest) -> ConflictFilter:
    pattern = request.GET.get("votes", "")
    return ConflictFilter(
        pattern=pattern if pattern in PATTERNS else "",
        label=request.GET.get("label", "")[:60],
        criterion=_number(request.GET.get("criterion", "")),
        voter=_number(request.GET.get("voter", "")),
    )


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


@require_POST
@review_view(Can.SETTLE)
def conflict_settle_many(request: ReviewRequest) -> HttpResponse:
    """One ruling on the chosen conflicts; what could not be settled is told, with why."""
    chosen = [_number(value) for value in request.POST.getlist("conflict")]
    found = Conflict.objects.filter(review=request.review, pk__in=chosen).select_related(
        "record__merged_into", "review"
    )
    form = RulingForm(request.POST, review=request.review.pk)
    try:
        _require_valid(form)
        done = adjudicate_each(actor=request.user, conflicts=list(found), **form.cleaned_data)
    except DomainError as error:
        return _list(request, error=error)
    for conflict, refusal in done.refused:
        messages.error(request, f"Not settled: “{conflict.record.title[:90]}”. {refusal.message}")
    if done.settled:
        count = len(done.settled)
        messages.success(request, f"{count} {'conflict is' if count == 1 else 'conflicts are'} settled.")
    return redirect(f"{reverse('screening:conflict-list', args=[request.review.pk])}?{request.GET.urlencode()}")


@require_safe
@review_view(Can.READ)
def conflict_criteria(request: ReviewRequest) -> HttpResponse:
    """Which wording causes conflicts."""
    tables = [(stage, criteria_report(request.user, request.review, stage)) for stage in Stage]
    context = {"page_title": "Criteria in conflict", "tables": tables}
    return render(request, "screening/conflict_criteria.html", context)


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
    form = RulingForm(request.POST, review=request.review.pk)
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
    form = RulingForm(request.POST, review=request.review.pk)
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

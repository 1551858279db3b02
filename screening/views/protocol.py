"""The protocol: criteria, exclusion reasons, the rule of each stage in words, highlighted terms. Everybody reads, leads change."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviewapp.lib.errors import Invalid
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import CriterionKind, Outcome, Stage, TermKind
from screening.forms.protocol import CriterionForm, LabelsForm, NewCriterionForm, ReasonForm, RuleForm, TermsForm
from screening.models import EligibilityCriterion, ExclusionReason, HighlightTerm, StageRule
from screening.queries.labels import team_labels
from screening.rules import in_words
from screening.services import protocol as services
from screening.views.common import stage_or_404

READ_OR_CHANGE = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@review_view(Can.READ)
def protocol(request: ReviewRequest) -> HttpResponse:
    return render(request, "screening/protocol.html", _protocol(request.review))


def _protocol(review: Review, **forms: Any) -> dict[str, Any]:
    criteria = list(EligibilityCriterion.objects.filter(review=review))
    standing = [row for row in criteria if row.retired_at is None]
    reasons = list(ExclusionReason.objects.filter(review=review).select_related("criterion"))
    terms = list(HighlightTerm.objects.filter(review=review))
    return {
        "page_title": "Protocol",
        "kinds": [
            {"label": kind.label, "kind": kind, "criteria": [row for row in standing if row.kind == kind]}
            for kind in CriterionKind
        ],
        "retired_criteria": [row for row in criteria if row.retired_at],
        "reasons": [row for row in reasons if row.retired_at is None],
        "retired_reasons": [row for row in reasons if row.retired_at],
        "rules": [_rule_in_words(row) for row in _rules(review)],
        "terms": [(kind, [row.term for row in terms if row.kind == kind]) for kind in TermKind],
        "team_labels": team_labels(review),
        "criterion_form": NewCriterionForm(),
        "reason_form": ReasonForm(review=review),
        **forms,
    }


def _rules(review: Review) -> list[StageRule]:
    order = list(Stage)
    return sorted(StageRule.objects.filter(review=review), key=lambda row: order.index(Stage(row.stage)))


def _rule_in_words(row: StageRule) -> dict[str, Any]:
    return {"row": row, "sentences": [*in_words(row.rule, row.stage), *_settling_in_words(row)]}


def _settling_in_words(row: StageRule) -> list[str]:
    if row.votes_required == 1:
        return []
    who, sees = row.get_settled_by_display(), row.get_settler_sees_display()
    return [
        f"Conflicts are settled by {who[0].lower()}{who[1:]}.",
        f"Whoever settles sees: {sees[0].lower()}{sees[1:]}.",
    ]


def _back(request: ReviewRequest, part: str) -> HttpResponse:
    return redirect(reverse("screening:protocol", args=[request.review.pk]) + f"#{part}")


# --- Criteria ---------------------------------------------------------------------------------------------------------


@require_POST
@review_view(Can.LEAD)
def criterion_create(request: ReviewRequest) -> HttpResponse:
    form = NewCriterionForm(request.POST)
    if not form.is_valid():
        return render(request, "screening/protocol.html", _protocol(request.review, criterion_form=form), status=422)
    criterion = services.add_criterion(actor=request.user, review=request.review, **form.cleaned_data)
    messages.success(request, f"Criterion {criterion.code} was added.")
    return _back(request, "criteria")


@READ_OR_CHANGE
@review_view(Can.LEAD)
def criterion_change(request: ReviewRequest, criterion_id: int) -> HttpResponse:
    criterion = get_object_or_404(EligibilityCriterion, review=request.review, pk=criterion_id, retired_at=None)
    form = CriterionForm(request.POST if request.method == "POST" else None, initial={"text": criterion.text})
    if form.is_bound and form.is_valid():
        services.change_criterion(actor=request.user, criterion=criterion, **form.cleaned_data)
        messages.success(request, f"Criterion {criterion.code} was changed.")
        return _back(request, "criteria")
    return _edit_page(request, f"Change criterion {criterion.code}", form)


def _edit_page(request: ReviewRequest, title: str, form: Any) -> HttpResponse:
    context = {"page_title": title, "form": form}
    return render(request, "screening/protocol_edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@review_view(Can.LEAD)
def criterion_retire(request: ReviewRequest, criterion_id: int) -> HttpResponse:
    criterion = get_object_or_404(EligibilityCriterion, review=request.review, pk=criterion_id)
    services.retire_criterion(actor=request.user, criterion=criterion)
    messages.success(request, f"Criterion {criterion.code} was removed. It stays in the history.")
    return _back(request, "criteria")


# --- Exclusion reasons ------------------------------------------------------------------------------------------------


@require_POST
@review_view(Can.LEAD)
def reason_create(request: ReviewRequest) -> HttpResponse:
    form = ReasonForm(request.POST, review=request.review)
    if not form.is_valid():
        return render(request, "screening/protocol.html", _protocol(request.review, reason_form=form), status=422)
    services.add_exclusion_reason(actor=request.user, review=request.review, **form.cleaned_data)
    return _back(request, "reasons")


@READ_OR_CHANGE
@review_view(Can.LEAD)
def reason_change(request: ReviewRequest, reason_id: int) -> HttpResponse:
    reason = get_object_or_404(ExclusionReason, review=request.review, pk=reason_id, retired_at=None)
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        review=request.review,
        initial={"label": reason.label, "criterion": reason.criterion_id},
    )
    if form.is_bound and form.is_valid():
        services.change_exclusion_reason(actor=request.user, reason=reason, **form.cleaned_data)
        messages.success(request, "The exclusion reason was changed, also where it was given before.")
        return _back(request, "reasons")
    return _edit_page(request, "Change the exclusion reason", form)


@require_POST
@review_view(Can.LEAD)
def reason_move(request: ReviewRequest, reason_id: int) -> HttpResponse:
    """One place up (`up=1`) or down; for htmx the list comes back in its new order."""
    reason = get_object_or_404(ExclusionReason, review=request.review, pk=reason_id, retired_at=None)
    services.move_exclusion_reason(actor=request.user, reason=reason, up=request.POST.get("up") == "1")
    if request.htmx:
        return render(request, "screening/protocol.html#reasons", _protocol(request.review))
    return _back(request, "reasons")


@require_POST
@review_view(Can.LEAD)
def reason_retire(request: ReviewRequest, reason_id: int) -> HttpResponse:
    reason = get_object_or_404(ExclusionReason, review=request.review, pk=reason_id)
    services.retire_exclusion_reason(actor=request.user, reason=reason)
    messages.success(request, f"“{reason.label}” was removed. Exclusions that used it keep it.")
    return _back(request, "reasons")


# --- Rules of the stages ----------------------------------------------------------------------------------------------


@READ_OR_CHANGE
@review_view(Can.LEAD)
def rule_change(request: ReviewRequest, stage: str) -> HttpResponse:
    row = get_object_or_404(StageRule, review=request.review, stage=stage_or_404(stage))
    form = RuleForm(request.POST if request.method == "POST" else None, instance=row)
    valid = form.is_bound and form.is_valid()
    if valid and "preview" not in request.POST:
        services.change_stage_rule(actor=request.user, review=request.review, stage=stage, **form.cleaned_data)
        name = row.get_stage_display().lower()
        messages.success(request, f"The rule of {name} was saved. Every vote stays as it was given.")
        return _back(request, "rules")
    context = {"page_title": f"Rule of {row.get_stage_display().lower()}", "form": form, "row": row}
    status = 422 if form.is_bound and not valid else 200
    return render(request, "screening/rule_change.html", context | _effect(form, row), status=status)


@require_GET
@review_view(Can.LEAD)
def rule_preview(request: ReviewRequest, stage: str) -> HttpResponse:
    """The rule in words and what would move, for what is filled in and not saved."""
    row = get_object_or_404(StageRule, review=request.review, stage=stage_or_404(stage))
    form = RuleForm(request.GET, instance=row)
    context = {"form": form, "row": row, **_effect(form, row)}
    if request.htmx:
        return render(request, "screening/rule_change.html#effect", context)
    title = f"Rule of {row.get_stage_display().lower()}"
    return render(request, "screening/rule_change.html", context | {"page_title": title})


def _effect(form: RuleForm, row: StageRule) -> dict[str, Any]:
    """Sentences and moved records; only records whose votes are all in are counted, so nothing hidden shows."""
    if not form.is_bound or not form.is_valid():
        return {"sentences": _rule_in_words(row)["sentences"], "moved": None}
    saved = StageRule.objects.get(pk=row.pk)
    filled = StageRule(
        review=row.review, stage=row.stage, **{name: getattr(saved, name) for name in services.RULE_FIELDS}
    )
    for name, value in form.cleaned_data.items():
        setattr(filled, name, value)
    moved = services.effect_of_rule(row.review, row.stage, form.rule) if form.rule != saved.rule else {}
    return {
        "sentences": _rule_in_words(filled)["sentences"],
        "moved": [(Outcome(now), Outcome(then), count) for (now, then), count in sorted(moved.items())],
        "fewer_votes": filled.votes_required < saved.votes_required,
    }


# --- Highlighted terms ------------------------------------------------------------------------------------------------


@READ_OR_CHANGE
@review_view(Can.LEAD)
def term_change(request: ReviewRequest) -> HttpResponse:
    form = TermsForm(request.POST) if request.method == "POST" else TermsForm.of(request.review)
    if form.is_bound and form.is_valid():
        services.set_highlight_terms(
            actor=request.user,
            review=request.review,
            for_terms=form.lines("for_terms"),
            against_terms=form.lines("against_terms"),
        )
        messages.success(request, "The highlighted terms were saved.")
        return _back(request, "terms")
    return _edit_page(request, "Highlighted terms", form)


# --- Labels of the team -----------------------------------------------------------------------------------------------


@READ_OR_CHANGE
@review_view(Can.LEAD)
def label_change(request: ReviewRequest) -> HttpResponse:
    standing = "\n".join(team_labels(request.review))
    form = LabelsForm(request.POST if request.method == "POST" else None, initial={"labels": standing})
    if form.is_bound and form.is_valid():
        try:
            labels = str(form.cleaned_data["labels"]).splitlines()
            services.set_team_labels(actor=request.user, review=request.review, labels=labels)
        except Invalid as error:
            form.add_error("labels", error.message)
        else:
            messages.success(request, "The labels of the team were saved.")
            return _back(request, "labels")
    return _edit_page(request, "Labels of the team", form)

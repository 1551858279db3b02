"""Independent codings side by side, how differences are settled, and how far the coders agreed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from synthesis.choices import Ruling
from synthesis.models import Code, Coding, CodingComparison
from synthesis.queries.agreement import coder_agreement
from synthesis.queries.comparing import Case, SideBySide, side_by_side
from synthesis.services import finishing, settling
from synthesis.services.settling import Wanted
from synthesis.views.common import study_or_404, whole_number_in
from synthesis.visibility import codes_visible_to, names_of

SHOWN = 60
"""Cases on one page: the open ones first, so that settling never waits for a long study to be drawn."""


@dataclass(frozen=True)
class Given:
    """One coder's coding in a case, under the name that the reader sees."""

    name: str
    coding: Coding


@dataclass(frozen=True)
class ShownCase:
    """A case as one reader sees it, with the words around it."""

    case: Case
    given: list[Given]
    missing: list[str]
    before: str
    words: str
    after: str
    proposed_by: str
    is_own_proposal: bool
    confirmed: bool
    wanted: list[str]


def _comparison(request: ReviewRequest, coding_comparison_id: int) -> CodingComparison:
    found = CodingComparison.objects.filter(study__review=request.review).select_related("study__review")
    return get_object_or_404(found, pk=coding_comparison_id)


@require_safe
@review_view(Can.READ)
def comparison(request: ReviewRequest, coding_comparison_id: int) -> HttpResponse:
    return _page(request, _comparison(request, coding_comparison_id))


def _page(request: ReviewRequest, one: CodingComparison, error: DomainError | None = None) -> HttpResponse:
    found = side_by_side(one)
    show = request.GET.get("show", "open")
    chosen = {"open": found.open_cases, "all": found.cases}.get(show)
    if chosen is None:
        chosen, show = found.open_cases, "open"
    names = names_of(request.user, one.study, found.people)
    took_part = request.user.pk in {person.pk for person in found.people}
    context = {
        "page_title": f"{one.study}: codings side by side",
        "comparison": one,
        "found": found,
        "show": show,
        "cases": shown_cases(request, found, chosen[:SHOWN], names),
        "more": max(0, len(chosen) - SHOWN),
        "open_count": len(found.open_cases),
        "settled_count": len(found.cases) - len(found.open_cases),
        "matching": sum(case.matches for case in found.cases),
        "may_agree": took_part,
        "may_rule": can(request.membership, Can.SETTLE) and not took_part,
        "may_reopen": can(request.membership, Can.LEAD) or can(request.membership, Can.SETTLE),
        "codes": codes_visible_to(request.user, request.review).filter(removed_at=None),
        "error": error,
        "typed": request.POST if error else None,
    }
    return render(request, "synthesis/comparison.html", context, status=error.status if error else 200)


def shown_cases(request: ReviewRequest, found: SideBySide, cases: list[Case], names: dict[int, str]) -> list[ShownCase]:
    codes = {str(code.pk): code.name for code in Code.objects.filter(review=request.review)}
    rows = []
    for case in cases:
        text = found.versions[case.version_id].content
        standing = case.settlement
        confirmed = {user.pk for user in standing.confirmed_by.all()} if standing and case.is_open else set()
        gave = {coding.coder_id for coding in case.codings}
        rows.append(
            ShownCase(
                case,
                sorted(
                    (Given(names.get(c.coder_id or 0, str(c.coder)), c) for c in case.codings), key=lambda g: g.name
                ),
                sorted(names[person.pk] for person in found.people if person.pk not in gave),
                text[max(0, case.start - 120) : case.start],
                text[case.start : case.end],
                text[case.end : case.end + 120],
                names.get(standing.proposed_by_id or 0, str(standing.proposed_by)) if standing else "",
                bool(standing and standing.proposed_by_id == request.user.pk),
                request.user.pk in confirmed,
                [codes.get(want["code"], "?") for want in standing.wanted] if standing else [],
            )
        )
    return rows


@require_safe
@review_view(Can.READ)
def agreement(request: ReviewRequest) -> HttpResponse:
    """How far coders agreed; by the way one study's, chosen in the query."""
    asked = request.GET.get("study", "")
    study = study_or_404(request, whole_number_in(asked, "study")) if asked else None
    compared = CodingComparison.objects.filter(study__review=request.review).select_related("study")
    context = {
        "page_title": "Agreement of the coders",
        "pairs": coder_agreement(request.review, study.pk if study else None),
        "study": study,
        "compared": compared.order_by("study__label"),
    }
    return render(request, "synthesis/agreement.html", context)


# --- Acts -------------------------------------------------------------------------------------------------------------


def _act(request: ReviewRequest, coding_comparison_id: int, do: Callable[..., object], **said: Any) -> HttpResponse:
    one = _comparison(request, coding_comparison_id)
    try:
        do(actor=request.user, comparison=one, **said)
    except DomainError as error:
        return _page(request, one, error)
    return redirect(reverse("synthesis:comparison", args=[request.review.pk, coding_comparison_id]))


def _settled_how(request: ReviewRequest) -> dict[str, Any]:
    """What a form of settling says: which cases, how, which code, why."""
    ruling = request.POST.get("ruling", "")
    if ruling not in Ruling.values:
        ruling = ""
    names = [name for name in request.POST.getlist("code") if name.strip()]
    return {
        "keys": request.POST.getlist("case"),
        "ruling": ruling,
        "wanted": [_wanted(request, name) for name in names]
        if ruling in (Ruling.MERGE, Ruling.RENAME, Ruling.SPLIT)
        else (),
        "reason": request.POST.get("reason", "")[:2000],
    }


def _wanted(request: ReviewRequest, name: str) -> Wanted:
    found = codes_visible_to(request.user, request.review).filter(removed_at=None, name__iexact=" ".join(name.split()))
    code = found.exclude(shared_at=None).first()
    return Wanted(code=code) if code else Wanted(name=name)


def _number(request: ReviewRequest, name: str) -> int:
    said = request.POST.get(name, "")
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else 0


@require_POST
@review_view(Can.READ)
def difference_propose(request: ReviewRequest, coding_comparison_id: int) -> HttpResponse:
    return _act(request, coding_comparison_id, settling.propose, **_settled_how(request))


@require_POST
@review_view(Can.SETTLE)
def difference_rule(request: ReviewRequest, coding_comparison_id: int) -> HttpResponse:
    return _act(request, coding_comparison_id, settling.rule, **_settled_how(request))


@require_POST
@review_view(Can.READ)
def difference_confirm(request: ReviewRequest, coding_comparison_id: int) -> HttpResponse:
    """Confirm the proposal that was on the page, and no other."""
    return _act(request, coding_comparison_id, settling.confirm, proposal=_number(request, "proposal"))


@require_POST
@review_view(Can.READ)
def difference_withdraw(request: ReviewRequest, coding_comparison_id: int) -> HttpResponse:
    return _act(request, coding_comparison_id, settling.withdraw, proposal=_number(request, "proposal"))


@require_POST
@review_view(Can.READ)
def difference_reopen(request: ReviewRequest, coding_comparison_id: int) -> HttpResponse:
    return _act(
        request,
        coding_comparison_id,
        settling.reopen,
        settlement=_number(request, "settlement"),
        why=request.POST.get("why", "")[:2000],
    )


@require_POST
@review_view(Can.READ)
def matches_take(request: ReviewRequest, coding_comparison_id: int) -> HttpResponse:
    return _act(request, coding_comparison_id, settling.take_matches)


@require_POST
@review_view(Can.CODE)
def study_finish(request: ReviewRequest, study_id: int) -> HttpResponse:
    """Done with this study: back to the list, or to the comparison when everybody is."""
    study = study_or_404(request, study_id)
    try:
        compared = finishing.finish(actor=request.user, study=study)
    except DomainError as error:
        return _refused(request, error)
    if compared:
        messages.success(request, f"{study}: everybody has finished. Here are the codings side by side.")
        return redirect("synthesis:comparison", request.review.pk, compared.pk)
    messages.success(request, f"{study} is finished. The codings are compared once everybody has finished it.")
    return redirect(_work(request))


@require_POST
@review_view(Can.CODE)
def study_take_up(request: ReviewRequest, study_id: int) -> HttpResponse:
    study = study_or_404(request, study_id)
    try:
        finishing.take_up_again(actor=request.user, study=study)
    except DomainError as error:
        return _refused(request, error)
    return redirect(_work(request))


def _work(request: ReviewRequest) -> str:
    return reverse("synthesis:work", args=[request.review.pk])


def _refused(request: ReviewRequest, error: DomainError) -> HttpResponse:
    if isinstance(error, Invalid):
        messages.error(request, error.message)
        return redirect(_work(request))
    raise error

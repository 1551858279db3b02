"""Duplicates: detection, the pairs that wait for a person, and undoing any link. No judgement of a record shows here."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from reviewapp.jobs.models import Job
from reviewapp.jobs.views import card_context
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.lib.paging import page_by_key
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.choices import PairState
from screening.models import DuplicateAuditPair, DuplicatePair, Reference
from screening.queries.duplicate_audits import audits_of
from screening.queries.duplicates import (
    ComparedField,
    Figures,
    Stretch,
    compared,
    figures,
    listed_pairs,
    next_pair,
    overlap_of_sources,
    pairs_by_ground,
    uncertain_pairs,
)
from screening.queries.upset import upset
from screening.queries.yields import deduplication_words, removed, yields
from screening.services import duplicates

TABS = {"judge": "To judge", "related": "Related", "ruled": "Judged by people", "linked": "Linked automatically"}
RULED = {PairState.SAME, PairState.DIFFERENT}


@require_safe
@review_view(Can.READ)
def duplicate_list(request: ReviewRequest) -> HttpResponse:
    """What was found, on what evidence, and the pairs of one tab."""
    show = request.GET.get("show", "judge")
    show = show if show in TABS else "judge"
    found, grounds = figures(request.review), pairs_by_ground(request.review)
    job = Job.objects.filter(review=request.review, key="duplicates").order_by("-created_at").first()
    context: dict[str, Any] = {
        "page_title": "Duplicates",
        "figures": found,
        "stats": [
            {"label": "references", "value": f"{found.references:,}"},
            {"label": "duplicates", "value": f"{found.duplicates:,}"},
            {"label": "records to screen", "value": f"{found.records:,}"},
            {"label": "pairs to judge", "value": f"{found.to_judge:,}"},
        ],
        "grounds": grounds,
        "most": max((n for _, n in grounds), default=1),
        "overlap": overlap_of_sources(request.review),
        **_brought(request, found, bool(grounds)),
        "show": show,
        "first_to_judge": uncertain_pairs(request.review).first() if found.to_judge else None,
        "undo": _to_undo(request),
        "tabs": [
            {
                "label": label,
                "url": f"?show={key}#pairs",
                "current": key == show,
                "count": found.to_judge if key == "judge" else None,
                "due": key == "judge" and found.to_judge,
            }
            for key, label in TABS.items()
        ],
        "page": page_by_key(listed_pairs(request.review, show), request, key="likelihood", kind=float, descending=True),
        "may_rule": can(request.membership, Can.RULE_DUPLICATES),
        **card_context(job, request.membership),
    }
    return render(request, "screening/duplicate_list.html", context)


def _brought(request: ReviewRequest, found: Figures, linked: bool) -> dict[str, Any]:
    """What each source brought, and the words for the methods section; nothing before duplicates were looked for."""
    if not linked:
        return {}
    brought = yields(request.review)
    return {
        "yields": brought,
        "picture": upset(brought),
        "methods": deduplication_words(request.review, found, removed(request.review, found)),
        "audits": audits_of(request.review)[:5],
        "audit_sizes": (25, 50, 100),
    }


@require_POST
@review_view(Can.RULE_DUPLICATES)
def duplicate_detect(request: ReviewRequest) -> HttpResponse:
    duplicates.start_detection(actor=request.user, review=request.review)
    return redirect("screening:duplicate-list", request.review.pk)


# --- One pair ---------------------------------------------------------------------------------------------------------


def _pair(request: ReviewRequest, pair_id: int) -> DuplicatePair:
    found = DuplicatePair.objects.filter(review=request.review).select_related(
        "first__batch__search", "second__batch__search", "ruled_by"
    )
    return get_object_or_404(found, pk=pair_id)


@require_safe
@review_view(Can.READ)
def pair_detail(request: ReviewRequest, pair_id: int) -> HttpResponse:
    return _comparison(request, _pair(request, pair_id))


def _comparison(request: ReviewRequest, pair: DuplicatePair, *, error: DomainError | None = None) -> HttpResponse:
    context = {
        "page_title": "Same report?",
        "pair": pair,
        **side_by_side(pair),
        "is_ruled": pair.state in RULED,
        "together": pair.first.record_id == pair.second.record_id,
        "following": next_pair(request.review, pair),
        "undo": _to_undo(request),
        "may_rule": can(request.membership, Can.RULE_DUPLICATES),
        "error": error,
    }
    return render(request, "screening/pair_detail.html", context, status=error.status if error else 200)


def _to_undo(request: ReviewRequest) -> int | None:
    """The pair ruled on a moment ago, as the address says."""
    undo = request.GET.get("undo", "")
    return int(undo) if undo.isascii() and undo.isdigit() and len(undo) < 18 else None


def side_by_side(pair: DuplicatePair | DuplicateAuditPair) -> dict[str, Any]:
    """What components/_compare.html shows of two references."""
    rows = compared_rows(compared(pair.first, pair.second))
    return {"rows": rows, "left": _column(pair.first), "right": _column(pair.second)}


def compared_rows(fields: list[ComparedField]) -> list[dict[str, Any]]:
    """The rows of components/_compare.html."""
    return [
        {
            "label": field.label,
            "same": field.same,
            "long": field.long,
            "left": _set(field.left, "del"),
            "right": _set(field.right, "ins"),
        }
        for field in fields
    ]


def _set(stretches: list[Stretch], tag: str) -> SafeString:
    """The stretches as text, with those that differ in `tag` but not the space before them."""
    marked = f"{{}}<{tag}>{{}}</{tag}>"
    return format_html_join(
        "",
        "{}",
        (
            (format_html(marked, text[: len(text) - len(text.lstrip())], text.lstrip()) if differs else text,)
            for text, differs in stretches
        ),
    )


def _column(reference: Reference) -> dict[str, str]:
    return {
        "title": reference.batch.search.source,
        "note": f"{reference.batch.filename}, entry {reference.position:,}",
    }


@require_POST
@review_view(Can.RULE_DUPLICATES)
def pair_rule(request: ReviewRequest, pair_id: int) -> HttpResponse:
    """Same or different; the answer is the next pair."""
    pair = _pair(request, pair_id)
    try:
        if request.POST.get("same") not in {"1", "0"}:
            raise Invalid("Say whether the two are the same or different.")
        duplicates.rule_on_pair(actor=request.user, pair=pair, same=request.POST["same"] == "1")
    except DomainError as error:
        return _comparison(request, _pair(request, pair_id), error=error)
    messages.success(
        request, f"Kept: {'the same' if request.POST['same'] == '1' else 'different'}. “{pair.first.title[:80]}”"
    )
    following = next_pair(request.review, pair)
    name, where = ("pair-detail", [following.pk]) if following else ("duplicate-list", [])
    return redirect(f"{reverse(f'screening:{name}', args=[request.review.pk, *where])}?undo={pair.pk}")


@require_POST
@review_view(Can.RULE_DUPLICATES)
def pair_undo(request: ReviewRequest, pair_id: int) -> HttpResponse:
    pair = _pair(request, pair_id)
    try:
        duplicates.undo_ruling(actor=request.user, pair=pair)
    except DomainError as error:
        return _comparison(request, _pair(request, pair_id), error=error)
    messages.info(request, "The ruling is taken back; the pair is as it was before.")
    if not DuplicatePair.objects.filter(pk=pair_id).exists():  # linked by hand: it was no pair before
        return redirect("screening:duplicate-list", request.review.pk)
    return redirect("screening:pair-detail", request.review.pk, pair.pk)


@require_POST
@review_view(Can.RULE_DUPLICATES)
def reference_split(request: ReviewRequest, reference_id: int) -> HttpResponse:
    """Take one reference out of its record."""
    reference = get_object_or_404(Reference.objects.filter(review=request.review), pk=reference_id)
    fresh = duplicates.split(actor=request.user, reference=reference)
    messages.success(request, f"The reference stands under record {fresh.pk} now, and is remembered as different.")
    return redirect("screening:record-detail", request.review.pk, fresh.pk)

"""Sampled audits of detection: draw, judge one pair after the other, read the error rates. No vote on a record shows here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.models import DuplicateAudit, DuplicateAuditPair
from screening.queries.duplicate_audits import audits_of, next_waiting, pairs_of, result_of
from screening.services import duplicate_audits as services
from screening.views.duplicates import side_by_side


@require_POST
@review_view(Can.RULE_DUPLICATES)
def audit_draw(request: ReviewRequest) -> HttpResponse:
    size = request.POST.get("size", "")
    if not (size.isascii() and size.isdigit() and len(size) < 5):
        raise Invalid("Say how many pairs of each kind to draw.")
    audit = services.draw(actor=request.user, review=request.review, size=int(size), seed=request.POST.get("seed", ""))
    return redirect("screening:audit-detail", request.review.pk, audit.pk)


def _audit(request: ReviewRequest, audit_id: int) -> DuplicateAudit:
    return get_object_or_404(audits_of(request.review), pk=audit_id)


@require_safe
@review_view(Can.READ)
def audit_detail(request: ReviewRequest, audit_id: int) -> HttpResponse:
    """How far the audit is; when all pairs are judged, the estimates and the errors themselves."""
    audit = _audit(request, audit_id)
    pairs = list(pairs_of(audit))
    result = result_of(pairs)
    context = {
        "page_title": "Sampled audit",
        "audit": audit,
        "result": result,
        "estimates": [
            ("Automatic links that are wrong", result.wrong_links),
            ("Records with a duplicate left apart", result.missed),
        ]
        if result
        else [],
        "errors": [pair for pair in pairs if pair.is_error] if result else [],
        "following": next_waiting(audit),
        "may_rule": can(request.membership, Can.RULE_DUPLICATES),
    }
    return render(request, "screening/audit_detail.html", context)


def _pair(request: ReviewRequest, audit_id: int, position: int) -> DuplicateAuditPair:
    audit = _audit(request, audit_id)
    return get_object_or_404(pairs_of(audit).select_related("audit__review"), position=position)


@require_safe
@review_view(Can.READ)
def audit_pair(request: ReviewRequest, audit_id: int, position: int) -> HttpResponse:
    return _comparison(request, _pair(request, audit_id, position))


def _comparison(request: ReviewRequest, pair: DuplicateAuditPair, error: DomainError | None = None) -> HttpResponse:
    """Both side by side. Nothing on the page may tell whether they are linked."""
    audit = _audit(request, pair.audit_id)
    following = next_waiting(audit, pair.position)
    context = {
        "page_title": f"Sampled audit, pair {pair.position}",
        "audit": audit,
        "pair": pair,
        **side_by_side(pair),
        "following": following if following and following.pk != pair.pk else None,
        "may_rule": can(request.membership, Can.RULE_DUPLICATES)
        and (pair.same is None or pair.judged_by_id == request.user.pk),
        "error": error,
    }
    return render(request, "screening/audit_pair.html", context, status=error.status if error else 200)


@require_POST
@review_view(Can.RULE_DUPLICATES)
def audit_judge(request: ReviewRequest, audit_id: int, position: int) -> HttpResponse:
    """Same or different; the answer is the next pair, at the end the result."""
    pair = _pair(request, audit_id, position)
    try:
        if request.POST.get("same") not in {"1", "0"}:
            raise Invalid("Say whether the two are the same or different.")
        services.judge(actor=request.user, pair=pair, same=request.POST["same"] == "1")
    except DomainError as error:
        return _comparison(request, _pair(request, audit_id, position), error)
    following = next_waiting(pair.audit, pair.position)
    if following:
        return redirect(f"{reverse('screening:audit-pair', args=[request.review.pk, audit_id, following.position])}")
    messages.success(request, "Every pair of the sample is judged.")
    return redirect("screening:audit-detail", request.review.pk, audit_id)

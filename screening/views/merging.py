"""Linking records by hand, taking it back, and choosing what a record shows. No vote is looked at here."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.models import Record, Reference
from screening.queries.duplicates import compared
from screening.queries.merging import MOST, candidates, records_of, ruled_apart
from screening.services import merging
from screening.services.records import ALL, choose_shown, reset_shown
from screening.views.duplicates import compared_rows

LARGEST_ID = 2**62


@require_http_methods(["GET", "HEAD", "POST"])
@review_view(Can.RULE_DUPLICATES)
def record_link(request: ReviewRequest) -> HttpResponse:
    """First what linking these records would do, then linking them."""
    if request.method != "POST":
        wanted = _ids(request.GET.getlist("record")) + records_of(
            request.review, _ids(request.GET.getlist("reference"))
        )
        return _confirmation(request, wanted)
    wanted = _ids(request.POST.getlist("record"))
    try:
        kept, pairs = merging.link_records(
            actor=request.user, review=request.review, record_ids=wanted, overrule=request.POST.get("overrule") == "1"
        )
    except DomainError as error:
        return _confirmation(request, wanted, error)
    messages.success(request, f"{len(set(wanted))} records are one now. Every vote given on them is kept.")
    address = reverse("screening:record-detail", args=[request.review.pk, kept.pk])
    return redirect(f"{address}?{urlencode({'linked': [pair.pk for pair in pairs]}, doseq=True)}")


def _ids(texts: Iterable[str]) -> list[int]:
    """The numbers among these; anything else is no number of a record."""
    digits = [text for text in texts if text.isascii() and text.isdigit() and len(text) < 20]
    return list(dict.fromkeys(int(text) for text in digits if int(text) < LARGEST_ID))[:1000]


def _confirmation(request: ReviewRequest, wanted: list[int], error: DomainError | None = None) -> HttpResponse:
    found = candidates(request.review, wanted)
    records = [one.record for one in found]
    apart = list(ruled_apart(records))
    two = records if len(records) == 2 else []
    context = {
        "page_title": "Link records",
        "candidates": found[:MOST],
        "kept": records[0] if records else None,
        "references": sum(one.references for one in found),
        "apart": apart,
        "most": MOST,
        "too_many": len(found) > MOST,
        "rows": compared_rows(compared(*two)) if two else [],
        "left": {"title": f"Record {two[0].pk}", "note": found[0].sources} if two else {},
        "right": {"title": f"Record {two[1].pk}", "note": found[1].sources} if two else {},
        "error": error,
    }
    return render(request, "screening/record_link.html", context, status=error.status if error else 200)


@require_POST
@review_view(Can.RULE_DUPLICATES)
def record_unlink(request: ReviewRequest) -> HttpResponse:
    """Take links that people made back; each record has its own votes again."""
    records = merging.unlink(actor=request.user, review=request.review, pair_ids=_ids(request.POST.getlist("pair")))
    if len(records) > 1:
        numbers = ", ".join(str(record.pk) for record in records)
        messages.success(request, f"Taken back. Records {numbers} stand apart again, each with its own votes.")
    else:
        messages.info(request, "Taken back. Other links still hold these references together.")
    return redirect("screening:record-detail", request.review.pk, records[0].pk)


@require_POST
@review_view(Can.RULE_DUPLICATES)
def record_shown(request: ReviewRequest, record_id: int) -> HttpResponse:
    """Choose the reference that a field, or all of the record, is shown from; or leave it to completeness again."""
    record = get_object_or_404(Record.objects.in_review(request.review), pk=record_id)
    field, given = request.POST.get("field", ALL), request.POST.get("reference", "")
    if request.POST.get("reset") == "1":
        reset_shown(actor=request.user, record=record)
        messages.success(request, "The record shows the most complete reference again.")
        return redirect("screening:record-detail", request.review.pk, record.pk)
    reference = None
    if given:
        chosen = Reference.objects.filter(review=request.review, pk__in=_ids([given]))
        if (reference := chosen.first()) is None:
            raise Invalid("Choose one of the record's references.")
    choose_shown(actor=request.user, record=record, reference=reference, field=field)
    messages.success(request, "Kept. Later looks for duplicates leave this choice alone.")
    return redirect(f"{reverse('screening:record-detail', args=[request.review.pk, record.pk])}#origins")

"""PDFs dropped at once: kept, matched in the background, confirmed or assigned by a person, taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reviewapp.jobs.views import card_context
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.lib.paging import page_by_key
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import DropState
from screening.documents import Drop, DroppedFile
from screening.models import Report
from screening.queries.drops import counts_of, dropped_files, drops_of, tray, with_offers, without_file
from screening.services import drops
from screening.views.common import refusal, wants_json
from screening.views.documents import download

ORDER = (
    DropState.DOUBTFUL,
    DropState.UNMATCHED,
    DropState.REFUSED,
    DropState.ATTACHED,
    DropState.HELD,
    DropState.SET_ASIDE,
)


@require_safe
@review_view(Can.RETRIEVE)
def drop_list(request: ReviewRequest) -> HttpResponse:
    """The place to drop PDFs, the tray of files that wait for a word, and what was dropped before."""
    waiting = page_by_key(tray(request.review), request)
    context = {
        "page_title": "Many PDFs at once",
        "page": waiting,
        "dropped": with_offers(request.review, waiting.rows),
        "choices": without_file(request.review) if waiting.rows else [],
        "drops": drops_of(request.review)[:20],
    }
    return render(request, "screening/drop_list.html", context)


@require_POST
@review_view(Can.RETRIEVE)
def drop_open(request: ReviewRequest) -> HttpResponse:
    """Make a place for files. The page's script sends them one by one; without it they all come with this form."""
    if wants_json(request):
        drop = drops.open_drop(actor=request.user, review=request.review)
        urls = {
            name: reverse(f"screening:drop-{name}", args=[request.review.pk, drop.pk])
            for name in ("file", "match", "detail")
        }
        return JsonResponse({"id": drop.pk} | urls)
    files = request.FILES.getlist("files")
    if not files:
        raise Invalid("Choose at least one PDF first.")
    drop = drops.open_drop(actor=request.user, review=request.review)
    for file in files:
        try:
            drops.store_file(actor=request.user, drop=drop, file=file)
        except Invalid as error:
            messages.error(request, f"{file.name}: {error.message}")
    if drop.files.exists():
        drops.start_matching(actor=request.user, drop=drop)
    return redirect("screening:drop-detail", request.review.pk, drop.pk)


def _drop(request: ReviewRequest, drop_id: int) -> Drop:
    return get_object_or_404(
        Drop.objects.select_related("review", "job", "created_by"), review=request.review, pk=drop_id
    )


@require_safe
@review_view(Can.RETRIEVE)
def drop_detail(request: ReviewRequest, drop_id: int) -> HttpResponse:
    """One drop: its progress, and its files by where they stand."""
    drop = _drop(request, drop_id)
    state = request.GET.get("state", "")
    rows = dropped_files(request.review).filter(drop=drop)
    page = page_by_key(rows.filter(state=state) if state in DropState.values else rows, request)
    counts = counts_of(drop)
    context: dict[str, Any] = {
        "page_title": "Dropped PDFs",
        "drop": drop,
        "counts": counts,
        "total": sum(counts.values()),
        "stats": [
            {"label": each.label, "value": counts[each], "url": f"?state={each}"} for each in ORDER if counts[each]
        ],
        "state": state,
        "page": page,
        "dropped": with_offers(request.review, page.rows),
        "choices": without_file(request.review) if counts[DropState.DOUBTFUL] or counts[DropState.UNMATCHED] else [],
        **card_context(drop.job, request.membership),
    }
    return render(request, "screening/drop_detail.html", context)


@require_POST
@review_view(Can.RETRIEVE)
def drop_file(request: ReviewRequest, drop_id: int) -> JsonResponse:
    """Keep one file of a drop, for the page's script."""
    drop = _drop(request, drop_id)
    file = request.FILES.get("file")
    if file is None:
        return refusal(Invalid("No file came along."))
    try:
        kept = drops.store_file(actor=request.user, drop=drop, file=file)
    except DomainError as error:
        return refusal(error)
    return JsonResponse({"id": kept.pk, "state": kept.state})


@require_POST
@review_view(Can.RETRIEVE)
def drop_match(request: ReviewRequest, drop_id: int) -> HttpResponse:
    drop = _drop(request, drop_id)
    drops.start_matching(actor=request.user, drop=drop)
    return redirect("screening:drop-detail", request.review.pk, drop.pk)


# --- One file ---------------------------------------------------------------------------------------------------------


def _dropped(request: ReviewRequest, file_id: int) -> DroppedFile:
    return get_object_or_404(DroppedFile.objects.select_related("review"), review=request.review, pk=file_id)


@require_safe
@review_view(Can.RETRIEVE)
def dropped_download(request: ReviewRequest, file_id: int) -> HttpResponse:
    """The file as it was dropped, readable or not."""
    dropped = _dropped(request, file_id)
    return download(dropped.file, dropped.filename, "application/octet-stream")


@require_POST
@review_view(Can.RETRIEVE)
def dropped_assign(request: ReviewRequest, file_id: int) -> HttpResponse:
    """Attach a file to the report that is named."""
    dropped, pk = _dropped(request, file_id), request.POST.get("report", "")
    try:
        if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
            raise Invalid("Choose a report first.")
        report = get_object_or_404(Report, review=request.review, pk=int(pk))
        drops.assign(actor=request.user, dropped=dropped, report=report, replace=request.POST.get("replace") == "1")
    except DomainError as error:
        return _told(request, dropped, error)
    return _told(request, dropped, f"{dropped.filename} is attached to {report.record.short_name}.")


@require_POST
@review_view(Can.RETRIEVE)
def dropped_undo(request: ReviewRequest, file_id: int) -> HttpResponse:
    """Take a file from its report again."""
    dropped = _dropped(request, file_id)
    try:
        drops.undo(actor=request.user, dropped=dropped)
    except DomainError as error:
        return _told(request, dropped, error)
    return _told(request, dropped, f"{dropped.filename} is in the tray again; the report stands as it stood before.")


@require_POST
@review_view(Can.RETRIEVE)
def dropped_aside(request: ReviewRequest, file_id: int) -> HttpResponse:
    dropped, aside = _dropped(request, file_id), request.POST.get("aside", "1") == "1"
    try:
        drops.set_aside(actor=request.user, dropped=dropped, aside=aside)
    except DomainError as error:
        return _told(request, dropped, error)
    return _told(
        request, dropped, f"{dropped.filename} is {'set aside; it is kept' if aside else 'in the tray again'}."
    )


def _told(request: ReviewRequest, dropped: DroppedFile, said: DomainError | str) -> HttpResponse:
    """Back to the list the file stood in, with what was done or what stood against it."""
    if isinstance(said, DomainError):
        if said.status == 403:
            raise said
        messages.error(request, said.message)
    else:
        messages.success(request, said)
    if request.POST.get("from") == "tray":
        return redirect("screening:drop-list", request.review.pk)
    return redirect("screening:drop-detail", request.review.pk, dropped.drop_id)

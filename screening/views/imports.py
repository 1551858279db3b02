"""One uploaded file on its way into the review: looked at, confirmed, running, done, failed, undone, brought back."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviewapp.jobs.views import card_context
from reviewapp.lib.errors import DomainError
from reviewapp.lib.paging import page_by_key
from reviewapp.lib.stored import attachment
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import ImportState
from screening.formats import FORMATS
from screening.forms.searches import ReadAsForm, UploadForm
from screening.models import ImportBatch, Search
from screening.queries.file_labels import as_may_be, require_open_file
from screening.queries.original_lines import lines_with_problems
from screening.queries.searches import imports_of
from screening.services import imports as services

READ_OR_CHANGE = require_http_methods(["GET", "HEAD", "POST"])
PROBLEMS_SHOWN = 200
NEEDED = ("title", "authors", "year", "abstract")  # reviewers miss these; other fields many databases never give
FIELD_WORDS = {
    "title": "Title",
    "authors": "Authors",
    "year": "Year",
    "journal": "Journal",
    "abstract": "Abstract",
    "doi": "DOI",
    "pmid": "PubMed id",
    "keywords": "Keywords",
}


@READ_OR_CHANGE
@review_view(Can.IMPORT)
def import_create(request: ReviewRequest, search_id: int) -> HttpResponse:
    """Upload one file or several; each is kept and looked into, none enters the review yet."""
    search = get_object_or_404(Search, review=request.review, pk=search_id)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if not form.is_bound or not form.is_valid():
        context = {"page_title": f"Upload files of {search}", "search": search, "form": form}
        return render(request, "screening/import_create.html", context, status=422 if form.is_bound else 200)
    files = form.cleaned_data["exports"]
    if len(files) == 1:
        batch = services.upload(actor=request.user, search=search, file=files[0])
        return redirect("screening:import-detail", request.review.pk, batch.pk)
    for file in files:
        _upload_one(request, search, file)
    return redirect("screening:search-detail", request.review.pk, search.pk)


def _upload_one(request: ReviewRequest, search: Search, file: "UploadedFile[bytes]") -> None:
    """One of several files; what is wrong with it must not keep the others out."""
    try:
        batch = services.upload(actor=request.user, search=search, file=file)
    except DomainError as error:
        messages.error(request, f"{file.name}: {error.message}")
        return
    if batch.state == ImportState.FAILED:
        messages.error(request, f"{batch.filename}: {batch.error}")
    else:
        messages.success(
            request, f"{batch.filename}: {batch.read + batch.repaired:,} references found, to be confirmed."
        )


@require_GET
@review_view(Can.READ)
def import_list(request: ReviewRequest) -> HttpResponse:
    """Import history: every file that was ever uploaded."""
    page = page_by_key(imports_of(request.review), request, descending=True)
    return render(request, "screening/import_list.html", {"page_title": "Import history", "page": page})


def _batch(request: ReviewRequest, batch_id: int) -> ImportBatch:
    rows = ImportBatch.objects.select_related("search", "created_by", "job", "review")
    return get_object_or_404(rows, review=request.review, pk=batch_id)


@require_GET
@review_view(Can.READ)
def import_detail(request: ReviewRequest, batch_id: int) -> HttpResponse:
    batch = _batch(request, batch_id)
    return render(request, "screening/import_detail.html", _import_page(request, batch))


def _import_page(request: ReviewRequest, batch: ImportBatch, form: ReadAsForm | None = None) -> dict[str, Any]:
    phase = _phase(batch)
    found = batch.read + batch.repaired
    preview = phase == "preview"
    overlap = batch.preview.get("overlap", {}) if preview else {}
    return {
        "page_title": batch.filename,
        "batch": batch,
        "phase": phase,
        "format": FORMATS[batch.format].label if batch.format in FORMATS else batch.format,
        "found": found,
        "hits": batch.search.hits,
        "difference": found - batch.search.hits if batch.search.hits is not None else None,
        "filled": _filled(batch, found),
        "problems": [as_may_be(problem) for problem in batch.problems.all()[:PROBLEMS_SHOWN]],
        "problem_count": batch.problems.count(),
        "earlier": services.earlier_imports_of_same_file(batch) if preview else [],
        "form": form or (ReadAsForm(batch=batch) if phase in {"preview", "failed"} else None),
        "overlap": overlap,
        "new": found - overlap.get("held", 0),
        "unmapped": batch.preview.get("unmapped", []) if phase in {"preview", "done"} else [],
        "steps": _steps(phase),
        **card_context(batch.job, request.membership),
    }


def _phase(batch: ImportBatch) -> str:
    """preview, running, stopped (the job ended and the file is not in), done, failed, cancelled, undone."""
    if batch.state in {ImportState.QUEUED, ImportState.RUNNING}:
        return "running" if batch.job and batch.job.is_open else "stopped"
    if batch.state == ImportState.UNDONE and not batch.finished_at:
        return "cancelled" if batch.job else "discarded"
    return "preview" if batch.state == ImportState.UPLOADED else batch.state


def _filled(batch: ImportBatch, found: int) -> list[dict[str, Any]]:
    """How many entries have each field, for the picture of what is there and what is missing."""
    counts = batch.preview.get("filled", {})
    return [
        {"label": label, "count": counts[name], "of": found, "needed": name in NEEDED}
        for name, label in FIELD_WORDS.items()
        if name in counts
    ]


def _steps(phase: str) -> list[dict[str, Any]]:
    names = ("Upload", "Look", "Import", "Look for duplicates")
    at = {"preview": 1, "failed": 1, "running": 2, "stopped": 2, "done": 3}.get(phase)
    if at is None:
        return []
    return [{"label": name, "done": number < at, "current": number == at} for number, name in enumerate(names)]


@require_POST
@review_view(Can.IMPORT)
def import_read(request: ReviewRequest, batch_id: int) -> HttpResponse:
    """Look into the file again with another format, encoding or meaning of columns."""
    batch = _batch(request, batch_id)
    form = ReadAsForm(request.POST, batch=batch)
    if not form.is_valid():
        return render(request, "screening/import_detail.html", _import_page(request, batch, form), status=422)
    data = form.cleaned_data
    services.look_into(batch, format=data["format"], encoding=data["encoding"], mapping=batch.mapping | form.mapping())
    return redirect("screening:import-detail", request.review.pk, batch.pk)


@require_POST
@review_view(Can.IMPORT)
def import_confirm(request: ReviewRequest, batch_id: int) -> HttpResponse:
    batch = _batch(request, batch_id)
    services.confirm(actor=request.user, batch=batch, again=request.POST.get("again") == "1")
    return redirect("screening:import-detail", request.review.pk, batch.pk)


@require_POST
@review_view(Can.IMPORT)
def import_confirm_all(request: ReviewRequest, search_id: int) -> HttpResponse:
    """Let all files of a search in that wait; one that cannot go in says why and does not keep the others out."""
    search = get_object_or_404(Search, review=request.review, pk=search_id)
    waiting = imports_of(request.review, search).filter(state=ImportState.UPLOADED).order_by("id")
    for batch in waiting.select_related("review"):
        try:
            services.confirm(actor=request.user, batch=batch)
        except DomainError as error:
            messages.error(request, f"{batch.filename}: {error.message}")
        else:
            messages.success(request, f"{batch.filename}: the import has begun.")
    return redirect("screening:search-detail", request.review.pk, search.pk)


@READ_OR_CHANGE
@review_view(Can.IMPORT)
def import_undo(request: ReviewRequest, batch_id: int) -> HttpResponse:
    """First what undoing would take, then undoing. Files, references and votes are kept and can be brought back."""
    batch = _batch(request, batch_id)
    if request.method != "POST":
        context = {
            "page_title": f"Undo the import of {batch.filename}",
            "batch": batch,
            "takes": services.what_undo_would_take(batch),
        }
        return render(request, "screening/import_undo.html", context)
    services.undo(actor=request.user, batch=batch, reason=request.POST.get("reason", "").strip()[:1000])
    messages.success(request, f"The import of {batch.filename} was undone.")
    return redirect("screening:import-detail", request.review.pk, batch.pk)


@require_POST
@review_view(Can.IMPORT)
def import_redo(request: ReviewRequest, batch_id: int) -> HttpResponse:
    batch = _batch(request, batch_id)
    services.redo(actor=request.user, batch=batch)
    messages.success(request, f"{batch.filename} is back in the review, with every vote given on its records.")
    return redirect("screening:import-detail", request.review.pk, batch.pk)


@require_GET
@review_view(Can.READ)
def import_file(request: ReviewRequest, batch_id: int) -> HttpResponseBase:
    """The file exactly as it was uploaded; never shown by the browser, only saved."""
    batch = _batch(request, batch_id)
    require_open_file(request.user, batch)
    return attachment(batch.file, filename=batch.filename, content_type="application/octet-stream")


@require_GET
@review_view(Can.READ)
def import_problems(request: ReviewRequest, batch_id: int) -> HttpResponseBase:
    """The original lines behind every problem, as a text file."""
    batch = _batch(request, batch_id)
    require_open_file(request.user, batch)
    response = StreamingHttpResponse(lines_with_problems(batch), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="problems-{batch.pk}.txt"'
    return response

"""The reader: a document's pages as pictures with their text over them. No PDF ever runs in a browser."""

from dataclasses import asdict

from django import forms
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import BadRequest, Invalid
from reviewapp.lib.stored import attachment
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.documents import Document, DocumentPage
from screening.models import Report
from screening.queries.documents import found_in, readers_of
from screening.services import documents, reports


def _document(request: ReviewRequest, document_id: int) -> Document:
    return get_object_or_404(Document, review=request.review, pk=document_id)


@require_safe
@review_view(Can.READ)
def document_detail(request: ReviewRequest, document_id: int) -> HttpResponse:
    """The reader on a page of its own; for a script that asks for it, the reader alone."""
    document = _document(request, document_id)
    context = {
        "page_title": document.filename,
        "reader": readers_of(request.user, [document])[document.pk],
        "report": _report_of(document),
        "may_screen": can(request.membership, Can.SCREEN_FULL_TEXT),
    }
    return render(request, "screening/document_detail.html", context)


def _report_of(document: Document) -> Report | None:
    """The report whose file or supplement the document is."""
    found = Report.objects.filter(
        Q(document=document) | Q(supplements__document=document, supplements__removed_at=None)
    )
    return found.select_related("record").order_by("pk").first()


@require_safe
@review_view(Can.READ)
def document_file(request: ReviewRequest, document_id: int) -> HttpResponse:
    document = _document(request, document_id)
    return download(document.file, document.filename)


def download(file: FieldFile, filename: str, content_type: str = "application/pdf") -> HttpResponse:
    """An uploaded file as a download; a browser never shows it as a page of this site."""
    answer = attachment(file, filename=filename, content_type=content_type)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer  # type: ignore[return-value]


@require_safe
@review_view(Can.READ)
def document_page(request: ReviewRequest, document_id: int, number: int) -> HttpResponse:
    """One page as a picture. The reader's own browser may keep it, and asks each time whether it still may show it."""
    document = _document(request, document_id)
    width = int(asked) if (asked := request.GET.get("w", "1000")).isascii() and asked.isdigit() else 0
    if width not in documents.WIDTHS:
        raise BadRequest(f"Pages are drawn {', '.join(map(str, documents.WIDTHS))} pixels wide.")
    etag = f'"{document.sha256[:32]}-{number}-{width}"'
    if unchanged := _unchanged(request, etag):
        return unchanged
    picture = documents.page_picture(document, number, width)
    if picture is None:
        raise Http404("No such page, or it cannot be drawn.")
    kind = "image/png" if documents.is_png(picture) else "image/webp"
    return _kept_privately(HttpResponse(picture, content_type=kind), etag)


def _unchanged(request: ReviewRequest, etag: str) -> HttpResponse | None:
    answer = get_conditional_response(request, etag=etag)
    return _kept_privately(answer, etag) if isinstance(answer, HttpResponseNotModified) else None


def _kept_privately(answer: HttpResponse, etag: str) -> HttpResponse:
    answer["ETag"], answer["X-Content-Type-Options"] = etag, "nosniff"
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


@require_safe
@review_view(Can.READ)
def document_text(request: ReviewRequest, document_id: int, number: int) -> HttpResponse:
    """The frozen text of a page and where its lines stand; offsets are in code points."""
    document = _document(request, document_id)
    etag = f'"{document.sha256[:32]}-{number}-text"'
    if unchanged := _unchanged(request, etag):
        return unchanged
    page = get_object_or_404(DocumentPage, document=document, number=number)
    return _kept_privately(JsonResponse({"number": number, "text": page.text, "lines": page.lines}), etag)


@require_safe
@review_view(Can.READ)
def document_search(request: ReviewRequest, document_id: int) -> HttpResponse:
    """Where words stand in the document, whatever their case, accents and line breaks."""
    hits, more = found_in(_document(request, document_id), request.GET.get("q", "")[:200])
    return JsonResponse({"hits": [asdict(hit) for hit in hits], "more": more})


class PlaceForm(forms.Form):
    page = forms.IntegerField()
    part = forms.IntegerField(required=False)
    zoom = forms.IntegerField(required=False)
    turned = forms.IntegerField(required=False)


@require_POST
@review_view(Can.READ)
def document_place(request: ReviewRequest, document_id: int) -> HttpResponse:
    """Remember where the reader stopped."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise Invalid("There is no such place in this document.")
    said = {name: value or 0 for name, value in form.cleaned_data.items()}
    documents.keep_place(actor=request.user, document=_document(request, document_id), **said)
    return HttpResponse(status=204)


@require_POST
@review_view(Can.READ)
def report_read(request: ReviewRequest, report_id: int) -> HttpResponse:
    """Read a file that was attached before documents were read page by page, and open it."""
    report = get_object_or_404(Report.objects.select_related("review", "document"), review=request.review, pk=report_id)
    document = reports.read_file(actor=request.user, report=report)
    return redirect("screening:document-detail", request.review.pk, document.pk)

"""Codings and codebooks as files of REFI-QDA."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from synthesis.queries.exchange import codebook_of, project_of
from synthesis.refi.writing import to_qdc, to_qdpx


@require_safe
@review_view(Can.READ)
def exchange(request: ReviewRequest) -> HttpResponse:
    return render(request, "synthesis/exchange.html", {"page_title": "Codings and codebook as files"})


@require_safe
@review_view(Can.READ)
def qdpx(request: ReviewRequest) -> HttpResponse:
    return _file(request, to_qdpx(project_of(request.user, request.review)), "qdpx", "application/zip")


@require_safe
@review_view(Can.READ)
def qdc(request: ReviewRequest) -> HttpResponse:
    return _file(request, to_qdc(*codebook_of(request.user, request.review)), "qdc", "application/xml")


def _file(request: ReviewRequest, content: bytes, ending: str, media_type: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    name = slugify(request.review.title)[:60] or "review"
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer

"""Documents page by page: their text, their pictures, words found in them, and where one stopped reading."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.stored import attachment
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.documents import (
    DocumentSerializer,
    FindsSerializer,
    PageSerializer,
    PlaceChange,
    PlaceSerializer,
    WidthQuery,
    WordsQuery,
)
from screening.documents import Document, DocumentPage
from screening.queries.documents import found_in, readers_of
from screening.services import documents

PDF, PNG = "application/pdf", "image/png"


class DocumentAPIView(ReviewAPIView):
    def document(self, document_id: int) -> Document:
        return get_object_or_404(Document.objects.prefetch_related("reports"), review=self.review, pk=document_id)


class DocumentDetailView(DocumentAPIView):
    @operation(Can.READ, out=DocumentSerializer)
    def get(self, request: Request, review_id: UUID, document_id: int) -> Response:
        return Response(DocumentSerializer(self.document(document_id)).data)


class DocumentFileView(DocumentAPIView):
    @operation(Can.READ, out={(200, PDF): OpenApiTypes.BINARY})
    def get(self, request: Request, review_id: UUID, document_id: int) -> FileResponse:
        document = self.document(document_id)
        return attachment(document.file, filename=document.filename, content_type=PDF)


class DocumentPageView(DocumentAPIView):
    @operation(Can.READ, out=PageSerializer)
    def get(self, request: Request, review_id: UUID, document_id: int, number: int) -> Response:
        page = get_object_or_404(DocumentPage, document=self.document(document_id), number=number)
        return Response(PageSerializer(page).data)


class DocumentPictureView(DocumentAPIView):
    @operation(Can.READ, query=WidthQuery, out={(200, PNG): OpenApiTypes.BINARY})
    def get(self, request: Request, review_id: UUID, document_id: int, number: int) -> HttpResponse:
        picture = documents.page_picture(self.document(document_id), number, int(self.asked.get("width", 1000)))
        if picture is None:
            raise Http404("No such page, or it cannot be drawn.")
        kind = PNG if documents.is_png(picture) else "image/webp"
        return HttpResponse(picture, content_type=kind, headers={"X-Content-Type-Options": "nosniff"})


class DocumentSearchView(DocumentAPIView):
    @operation(Can.READ, query=WordsQuery, out=FindsSerializer)
    def get(self, request: Request, review_id: UUID, document_id: int) -> Response:
        hits, more = found_in(self.document(document_id), self.asked.get("q", ""))
        return Response(FindsSerializer({"hits": hits, "more": more}).data)


class DocumentPlaceView(DocumentAPIView):
    @operation(Can.READ, out=PlaceSerializer)
    def get(self, request: Request, review_id: UUID, document_id: int) -> Response:
        document = self.document(document_id)
        return Response(PlaceSerializer(readers_of(self.user, [document])[document.pk].place).data)

    @operation(Can.READ, body=PlaceChange, out=PlaceSerializer)
    def put(self, request: Request, review_id: UUID, document_id: int) -> Response:
        asked = {"part": 0, "zoom": 0, "turned": 0} | self.body()
        place = documents.keep_place(actor=self.user, document=self.document(document_id), **asked)
        return Response(PlaceSerializer(place).data)

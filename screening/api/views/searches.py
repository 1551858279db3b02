"""Searches, imports and references."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.api.bodies import ImportQuery, NewImport, NewSearch, ReferenceQuery
from screening.api.serializers import (
    ImportDetailSerializer,
    ImportSerializer,
    RawReferenceSerializer,
    ReferenceSerializer,
    SearchSerializer,
    StartedImportSerializer,
    UndoneImportSerializer,
)
from screening.choices import ImportState
from screening.models import ImportBatch, Reference, Search
from screening.services import imports


class UnreadableUpload(Invalid):
    title = "This file cannot be read"
    code = "unreadable-file"


def earlier_search(review: Review, asked: dict[str, Any]) -> dict[str, Any]:
    """What was asked, with the earlier search in place of its number. Raises Invalid when the review has none such."""
    if not asked.get("rerun_of"):
        return asked
    search = Search.objects.filter(review=review, pk=asked["rerun_of"]).first()
    if search is None:
        raise Invalid("There is no such search in this review.", errors={"rerun_of": ["No such search."]})
    return {**asked, "rerun_of": search}


class SearchListView(ReviewAPIView):
    @operation(Can.READ, out=SearchSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(self.review.searches.all(), SearchSerializer)

    @operation(Can.IMPORT, body=NewSearch, out=SearchSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        search = imports.add_search(actor=self.user, review=self.review, **earlier_search(self.review, self.body()))
        return Response(SearchSerializer(search).data, status=201)


class SearchDetailView(ReviewAPIView):
    def _search(self, search_id: int) -> Search:
        return get_object_or_404(Search, review=self.review, pk=search_id)

    @operation(Can.READ, out=SearchSerializer)
    def get(self, request: Request, review_id: UUID, search_id: int) -> Response:
        return Response(SearchSerializer(self._search(search_id)).data)

    @operation(Can.IMPORT, body=NewSearch, out=SearchSerializer)
    def patch(self, request: Request, review_id: UUID, search_id: int) -> Response:
        asked = earlier_search(self.review, self.body(partial=True))
        changed = imports.change_search(actor=self.user, search=self._search(search_id), **asked)
        return Response(SearchSerializer(changed).data)


class ImportListView(ReviewAPIView):
    parser_classes = [MultiPartParser]

    @operation(Can.READ, query=ImportQuery, out=ImportSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        rows = ImportBatch.objects.filter(review=self.review, **self.asked).select_related("search")
        return self.page(rows, ImportSerializer)

    @operation(
        Can.IMPORT,
        body=NewImport,
        request={"multipart/form-data": NewImport},
        out=StartedImportSerializer,
        status_code=202,
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        """Upload one file and let it in at once. A file that cannot be read is kept as a failed import, with the cause."""
        asked = self.body()
        search = Search.objects.filter(review=self.review, pk=asked["search"]).first()
        if search is None:
            raise Invalid("There is no such search in this review.", errors={"search": ["No such search."]})
        batch = imports.upload(
            actor=self.user,
            search=search,
            file=asked["file"],
            format=asked.get("format", ""),
            encoding=asked.get("encoding", ""),
        )
        if batch.state == ImportState.FAILED:
            raise UnreadableUpload(batch.error, **{"import": batch.pk})
        return Response(self._confirmed(batch, asked), status=202)

    def _confirmed(self, batch: ImportBatch, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            job = imports.confirm(actor=self.user, batch=batch, again=asked.get("again", False))
        except DomainError as error:
            error.details["import"] = batch.pk
            raise
        return dict(StartedImportSerializer({"id": batch.pk, "job": job.pk}).data)


class ImportAPIView(ReviewAPIView):
    def batch(self, batch_id: int) -> ImportBatch:
        return get_object_or_404(
            ImportBatch.objects.select_related("search", "review", "job"), review=self.review, pk=batch_id
        )


class ImportDetailView(ImportAPIView):
    @operation(Can.READ, out=ImportDetailSerializer)
    def get(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        return Response(ImportDetailSerializer(self.batch(batch_id)).data)

    @operation(Can.IMPORT, out=UndoneImportSerializer)
    def delete(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        """Undo: the import's references leave the review; everything is kept and can be brought back."""
        batch = self.batch(batch_id)
        taken = imports.what_undo_would_take(batch)
        undone = imports.undo(actor=self.user, batch=batch)
        return Response(UndoneImportSerializer({"id": undone.pk, "state": undone.state, "taken": taken}).data)


class ImportRedoView(ImportAPIView):
    @operation(Can.IMPORT, out=ImportDetailSerializer)
    def post(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        """Bring an undone import back, with the votes that were given on its records."""
        imports.redo(actor=self.user, batch=self.batch(batch_id))
        return Response(ImportDetailSerializer(self.batch(batch_id)).data)


class ReferenceListView(ReviewAPIView):
    @operation(Can.READ, query=ReferenceQuery, out=ReferenceSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        rows = Reference.objects.filter(review=self.review, withdrawn_at=None)
        if "search" in self.asked:
            rows = rows.filter(batch__search=self.asked["search"])
        if "record" in self.asked:
            rows = rows.filter(record=self.asked["record"])
        return self.page(rows.select_related("batch__search").defer("raw", "raw_fields"), ReferenceSerializer)


class ReferenceDetailView(ReviewAPIView):
    @operation(Can.READ, out=RawReferenceSerializer)
    def get(self, request: Request, review_id: UUID, reference_id: int) -> Response:
        rows = Reference.objects.filter(review=self.review).select_related("batch__search")
        return Response(RawReferenceSerializer(get_object_or_404(rows, pk=reference_id)).data)

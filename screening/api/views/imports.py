"""Files on their way into the review: looked at, read in another way, confirmed, undone, brought back."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import Confirmation, ImportQuery, NewImport, ReadAs
from screening.api.import_serializers import ImportPreviewSerializer
from screening.api.serializers import (
    ImportDetailSerializer,
    ImportSerializer,
    StartedImportSerializer,
    TakenSerializer,
    UndoneImportSerializer,
)
from screening.choices import ImportState
from screening.models import ImportBatch, Search
from screening.queries.file_labels import require_open_file
from screening.queries.original_lines import lines_with_problems
from screening.services import imports

ANY_FILE, TEXT = "application/octet-stream", "text/plain"


class UnreadableUpload(Invalid):
    title = "This file cannot be read"
    code = "unreadable-file"


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
        also={201: ImportPreviewSerializer},
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        """Upload one file and let it in at once, or only look into it (`look`: 201 with the preview, to be confirmed).

        A file that cannot be read is kept as a failed import, with the cause.
        """
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
        if asked.get("look"):
            return Response(_with_preview(batch), status=201)
        if batch.state == ImportState.FAILED:
            raise UnreadableUpload(batch.error, **{"import": batch.pk})
        try:
            return Response(_started(self, batch, again=asked.get("again", False)), status=202)
        except DomainError as error:
            error.details["import"] = batch.pk
            raise


def _started(view: ReviewAPIView, batch: ImportBatch, *, again: bool) -> dict[str, Any]:
    job = imports.confirm(actor=view.user, batch=batch, again=again)
    return dict(StartedImportSerializer({"id": batch.pk, "job": job.pk}).data)


def _with_preview(batch: ImportBatch) -> Any:
    waits = batch.state in {ImportState.UPLOADED, ImportState.FAILED}
    same = [earlier.pk for earlier in imports.earlier_imports_of_same_file(batch)] if waits else []
    return ImportPreviewSerializer(batch, context={"same_file": same}).data


class ImportAPIView(ReviewAPIView):
    def batch(self, batch_id: int) -> ImportBatch:
        return get_object_or_404(
            ImportBatch.objects.select_related("search", "review", "job"), review=self.review, pk=batch_id
        )


class ImportDetailView(ImportAPIView):
    @operation(Can.READ, out=ImportPreviewSerializer)
    def get(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        return Response(_with_preview(self.batch(batch_id)))

    @operation(Can.IMPORT, out=UndoneImportSerializer)
    def delete(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        """Undo: the import's references leave the review; everything is kept and can be brought back."""
        batch = self.batch(batch_id)
        taken = imports.what_undo_would_take(batch)
        undone = imports.undo(actor=self.user, batch=batch)
        return Response(UndoneImportSerializer({"id": undone.pk, "state": undone.state, "taken": taken}).data)


class ImportReadingView(ImportAPIView):
    @operation(Can.IMPORT, body=ReadAs, out=ImportPreviewSerializer)
    def post(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        """Look into an unconfirmed file again with another format, encoding or meaning of columns, which is remembered."""
        batch, asked = self.batch(batch_id), self.body()
        read = imports.look_into(
            batch,
            format=asked.get("format", ""),
            encoding=asked.get("encoding", ""),
            mapping=batch.mapping | asked.get("columns", {}),
        )
        return Response(_with_preview(read))


class ImportConfirmationView(ImportAPIView):
    @operation(Can.IMPORT, body=Confirmation, out=StartedImportSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        """Let a file in that was looked at."""
        again = self.body().get("again", False)
        return Response(_started(self, self.batch(batch_id), again=again), status=202)


class ImportUndoingView(ImportAPIView):
    @operation(Can.READ, out=TakenSerializer)
    def get(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        """What undoing the import would take out of the review."""
        return Response(TakenSerializer(imports.what_undo_would_take(self.batch(batch_id))).data)


class ImportRedoView(ImportAPIView):
    @operation(Can.IMPORT, out=ImportDetailSerializer)
    def post(self, request: Request, review_id: UUID, batch_id: int) -> Response:
        """Bring an undone import back, with the votes that were given on its records."""
        imports.redo(actor=self.user, batch=self.batch(batch_id))
        return Response(ImportDetailSerializer(self.batch(batch_id)).data)


class ImportFileView(ImportAPIView):
    @operation(Can.READ, out={(200, ANY_FILE): OpenApiTypes.BINARY})
    def get(self, request: Request, review_id: UUID, batch_id: int) -> FileResponse:
        """The file exactly as it was uploaded."""
        batch = self.batch(batch_id)
        require_open_file(self.user, batch)
        return FileResponse(batch.file.open("rb"), as_attachment=True, filename=batch.filename, content_type=ANY_FILE)


class ImportProblemsView(ImportAPIView):
    @operation(Can.READ, out={(200, TEXT): OpenApiTypes.STR})
    def get(self, request: Request, review_id: UUID, batch_id: int) -> StreamingHttpResponse:
        """The original lines behind every problem."""
        batch = self.batch(batch_id)
        require_open_file(self.user, batch)
        answer = StreamingHttpResponse(lines_with_problems(batch), content_type=f"{TEXT}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="problems-{batch.pk}.txt"'
        return answer

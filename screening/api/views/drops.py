"""Many PDFs at once: a drop, its files, their matching, and what people say of them."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import NewFile
from screening.api.drops import Assignment, DroppedFileQuery, DroppedFileSerializer, DropSerializer, MatchingSerializer
from screening.api.views.reports import PDF, PdfParser
from screening.documents import Drop, DroppedFile
from screening.queries.desk import reports_sought
from screening.queries.drops import dropped_files
from screening.services import drops


class DropListView(ReviewAPIView):
    @operation(Can.RETRIEVE, out=DropSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(Drop.objects.filter(review=self.review).select_related("created_by"), DropSerializer)

    @operation(Can.RETRIEVE, out=DropSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        drop = drops.open_drop(actor=self.user, review=self.review)
        return Response(DropSerializer(drop).data, status=201)


class DropAPIView(ReviewAPIView):
    def drop(self, drop_id: int) -> Drop:
        return get_object_or_404(Drop.objects.select_related("review"), review=self.review, pk=drop_id)


class DropFileListView(DropAPIView):
    parser_classes = [MultiPartParser, PdfParser]

    @operation(
        Can.RETRIEVE,
        body=NewFile,
        request={"multipart/form-data": NewFile, PDF: OpenApiTypes.BINARY},
        out=DroppedFileSerializer,
        status_code=201,
    )
    def post(self, request: Request, review_id: UUID, drop_id: int) -> Response:
        """Keep one file; it is matched when matching is asked for."""
        kept = drops.store_file(actor=self.user, drop=self.drop(drop_id), file=self.body()["file"])
        return Response(DroppedFileSerializer(kept).data, status=201)


class DropMatchingView(DropAPIView):
    @operation(Can.RETRIEVE, out=MatchingSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID, drop_id: int) -> Response:
        job = drops.start_matching(actor=self.user, drop=self.drop(drop_id))
        return Response({"job": str(job.pk)}, status=202)


class DroppedFileListView(ReviewAPIView):
    @operation(Can.RETRIEVE, query=DroppedFileQuery, out=DroppedFileSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(dropped_files(self.review).filter(**self.asked), DroppedFileSerializer)


class DroppedFileAPIView(ReviewAPIView):
    def dropped(self, file_id: int) -> DroppedFile:
        return get_object_or_404(DroppedFile.objects.select_related("review"), review=self.review, pk=file_id)


class DroppedAssignmentView(DroppedFileAPIView):
    @operation(Can.RETRIEVE, body=Assignment, out=DroppedFileSerializer)
    def post(self, request: Request, review_id: UUID, file_id: int) -> Response:
        """Attach the file to a report; one that has a file keeps it unless `replace` is said."""
        dropped, said = self.dropped(file_id), self.body()
        report = reports_sought(self.review).filter(pk=said["report"]).first()
        if report is None:
            raise Invalid("There is no such report in this review.", errors={"report": ["No such report."]})
        kept = drops.assign(actor=self.user, dropped=dropped, report=report, replace=said.get("replace", False))
        return Response(DroppedFileSerializer(kept).data)

    @operation(Can.RETRIEVE, out=DroppedFileSerializer)
    def delete(self, request: Request, review_id: UUID, file_id: int) -> Response:
        """Take the file from its report again, which stands as it stood before."""
        return Response(DroppedFileSerializer(drops.undo(actor=self.user, dropped=self.dropped(file_id))).data)


class DroppedAsideView(DroppedFileAPIView):
    @operation(Can.RETRIEVE, out=DroppedFileSerializer)
    def post(self, request: Request, review_id: UUID, file_id: int) -> Response:
        return Response(DroppedFileSerializer(drops.set_aside(actor=self.user, dropped=self.dropped(file_id))).data)

    @operation(Can.RETRIEVE, out=DroppedFileSerializer)
    def delete(self, request: Request, review_id: UUID, file_id: int) -> Response:
        """Back into the tray."""
        kept = drops.set_aside(actor=self.user, dropped=self.dropped(file_id), aside=False)
        return Response(DroppedFileSerializer(kept).data)

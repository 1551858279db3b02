"""Archives through the API: ordered, asked for, downloaded by whom they were made for."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.jobs.models import Job
from reviewapp.lib.endpoints import Body, operation
from reviewapp.reporting.archive.services import archives_of, finished, order_archive
from reviewapp.reporting.archive.views import as_download
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can


class NewArchive(Body):
    anonymous = serializers.BooleanField(default=False)


class ArchiveSerializer(serializers.Serializer[Any]):
    """An archive by the job that makes it; `sha256` and `size` are null until it is done."""

    id = serializers.UUIDField()
    anonymous = serializers.BooleanField(source="arguments.anonymous")
    state = serializers.CharField()
    created_at = serializers.DateTimeField()
    sha256 = serializers.SerializerMethodField()
    size = serializers.SerializerMethodField()

    def get_sha256(self, job: Job) -> str | None:
        found: str | None = job.cursor.get("sha256")
        return found

    def get_size(self, job: Job) -> int | None:
        found: int | None = job.cursor.get("size")
        return found


class ArchiveListView(ReviewAPIView):
    ordering = ("-created_at", "id")

    @operation(Can.LEAD, out=ArchiveSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """One's own archives, the latest first."""
        return self.page(archives_of(self.user, self.review), ArchiveSerializer)

    @operation(Can.LEAD, body=NewArchive, out=ArchiveSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Have an archive made; `anonymous` for peer review. Ask `jobs/{id}/` until it is done."""
        job = order_archive(actor=self.user, review=self.review, **self.body())
        return Response(ArchiveSerializer(job).data, status=202)


class ArchiveFileView(ReviewAPIView):
    @operation(Can.LEAD, out={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, review_id: UUID, archive_id: UUID) -> FileResponse:
        """The ZIP file, for whom it was made and nobody else."""
        job = archives_of(self.user, self.review).filter(pk=archive_id).first()
        if job is None or not finished(job):
            raise Http404("No such archive.")
        return as_download(job)

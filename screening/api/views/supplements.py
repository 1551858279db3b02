"""Supplements of a report."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.drf import GatedJSONParser
from reviewapp.lib.endpoints import Body, operation
from reviewapp.lib.stored import attachment
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.views.reports import ReportAPIView
from screening.documents import Supplement
from screening.services import supplements

ANY_KIND = "application/octet-stream"


class SupplementSerializer(serializers.ModelSerializer[Supplement]):
    class Meta:
        model = Supplement
        fields = ["id", "report", "name", "filename", "size", "sha256", "document", "position", "added_at"]
        read_only_fields = fields


class NewSupplement(Body):
    file = serializers.FileField(max_length=1000, allow_empty_file=True)
    name = serializers.CharField(max_length=200, required=False)


class SupplementChange(Body):
    name = serializers.CharField(max_length=200, required=False)
    position = serializers.IntegerField(min_value=1, max_value=10_000, required=False)


class SupplementListView(ReportAPIView):
    parser_classes: Any = [MultiPartParser, GatedJSONParser]

    @operation(Can.READ, out=SupplementSerializer, paged=True)
    def get(self, request: Request, review_id: UUID, report_id: int) -> Response:
        return self.page(self.report(report_id).supplements.filter(removed_at=None), SupplementSerializer)

    @operation(
        Can.RETRIEVE,
        body=NewSupplement,
        request={"multipart/form-data": NewSupplement},
        out=SupplementSerializer,
        status_code=201,
    )
    def post(self, request: Request, review_id: UUID, report_id: int) -> Response:
        report, said = self.report(report_id), self.body()
        kept = supplements.add(actor=self.user, report=report, file=said["file"], name=said.get("name", ""))
        return Response(SupplementSerializer(kept).data, status=201)


class SupplementAPIView(ReviewAPIView):
    def supplement(self, supplement_id: int) -> Supplement:
        rows = Supplement.objects.select_related("report__review")
        return get_object_or_404(rows, report__review=self.review, pk=supplement_id)


class SupplementDetailView(SupplementAPIView):
    @operation(Can.READ, out=SupplementSerializer)
    def get(self, request: Request, review_id: UUID, supplement_id: int) -> Response:
        return Response(SupplementSerializer(self.supplement(supplement_id)).data)

    @operation(Can.RETRIEVE, body=SupplementChange, out=SupplementSerializer)
    def patch(self, request: Request, review_id: UUID, supplement_id: int) -> Response:
        supplement, said = self.supplement(supplement_id), self.body()
        if "name" in said:
            supplement = supplements.rename(actor=self.user, supplement=supplement, name=said["name"])
        if "position" in said:
            supplement = supplements.move(actor=self.user, supplement=supplement, position=said["position"])
        return Response(SupplementSerializer(supplement).data)

    @operation(Can.RETRIEVE, status_code=204)
    def delete(self, request: Request, review_id: UUID, supplement_id: int) -> Response:
        """Remove it from the report; its file is kept, and it can be brought back."""
        supplements.remove(actor=self.user, supplement=self.supplement(supplement_id))
        return Response(status=204)


class SupplementRedoView(SupplementAPIView):
    @operation(Can.RETRIEVE, out=SupplementSerializer)
    def post(self, request: Request, review_id: UUID, supplement_id: int) -> Response:
        kept = supplements.bring_back(actor=self.user, supplement=self.supplement(supplement_id))
        return Response(SupplementSerializer(kept).data)


class SupplementFileView(SupplementAPIView):
    @operation(Can.READ, out={(200, ANY_KIND): OpenApiTypes.BINARY})
    def get(self, request: Request, review_id: UUID, supplement_id: int) -> FileResponse:
        supplement = self.supplement(supplement_id)
        return attachment(supplement.file, filename=supplement.filename, content_type=ANY_KIND)

"""The report's sections and style, and its files, as JSON."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reporting.choices import ReportForm
from reviewapp.reporting.models import ReportFile
from reviewapp.reporting.report import services
from reviewapp.reporting.report.build import FORMS, Plan, plan_of, sections_of
from reviewapp.reporting.report.citations import STYLES
from reviewapp.reporting.report.sections import PARTS
from reviewapp.reporting.report.views import as_download
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can


class ReportPlanBody(Body):
    """Keys of the sections in their order; the style of the references; whether sections without data are named."""

    sections = serializers.ListField(child=serializers.ChoiceField(choices=list(PARTS)), max_length=len(PARTS))
    style = serializers.ChoiceField(choices=list(STYLES))  # type: ignore[assignment]  # the fields have a `style` too
    keep_missing = serializers.BooleanField(default=False)


class ReportSectionSerializer(serializers.Serializer[Any]):
    """A chosen section; `missing` says what it lacks, and is empty when it can be filled."""

    key = serializers.CharField()
    title = serializers.CharField()
    missing = serializers.CharField()


class ReportPlanSerializer(serializers.Serializer[Any]):
    sections = ReportSectionSerializer(many=True)
    style = serializers.CharField()  # type: ignore[assignment]
    keep_missing = serializers.BooleanField()
    other_sections = serializers.ListField(child=serializers.CharField())
    styles = serializers.ListField(child=serializers.CharField())


class NewReportFile(Body):
    form = serializers.ChoiceField(choices=ReportForm.choices)


class ReportFileSerializer(serializers.ModelSerializer[ReportFile]):
    """A file drawn of the report; `made_at` is null while it is awaited."""

    job = serializers.UUIDField(source="job_id", allow_null=True)
    made_by = serializers.CharField()

    class Meta:
        model = ReportFile
        fields = ["id", "form", "sections", "style", "keep_missing", "size", "sha256", "job", "made_by", "made_at"]
        read_only_fields = fields


def _told(review: Review, plan: Plan) -> dict[str, Any]:
    return {
        "sections": sections_of(review, plan),
        "style": plan.style,
        "keep_missing": plan.keep_missing,
        "other_sections": [key for key in PARTS if key not in plan.sections],
        "styles": list(STYLES),
    }


class ReportView(ReviewAPIView):
    @operation(Can.READ, out=ReportPlanSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """What the report holds, in order, and what it still lacks."""
        return Response(ReportPlanSerializer(_told(self.review, plan_of(self.review))).data)

    @operation(Can.LEAD, body=ReportPlanBody, out=ReportPlanSerializer)
    def put(self, request: Request, review_id: UUID) -> Response:
        plan = services.set_plan(actor=self.user, review=self.review, **self.body())
        return Response(ReportPlanSerializer(_told(self.review, plan)).data)


class ReportFileListView(ReviewAPIView):
    ordering = ("-id",)

    @operation(Can.READ, out=ReportFileSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        files = ReportFile.objects.filter(review=self.review).select_related("made_by")
        return self.page(files, ReportFileSerializer)

    @operation(Can.READ, body=NewReportFile, out=ReportFileSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Have the report drawn; ask the job until it is done."""
        file = services.request_file(actor=self.user, review=self.review, **self.body())
        return Response(ReportFileSerializer(file).data, status=202)


class ReportFileView(ReviewAPIView):
    @operation(Can.READ, out={(200, kind.split(";")[0]): OpenApiTypes.BINARY for kind, _ in FORMS.values()})
    def get(self, request: Request, review_id: UUID, report_file_id: int) -> FileResponse:
        """The file itself."""
        found = ReportFile.objects.filter(review=self.review).exclude(made_at=None)
        return as_download(get_object_or_404(found, pk=report_file_id))

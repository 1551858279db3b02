"""Full texts and the studies they tell of."""

from typing import IO, Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.lib.stored import attachment
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import LinkedReport, NewFile, ReportQuery, RetrievalChange, StudyChange
from screening.api.documents import RetrievalEntrySerializer
from screening.api.serializers import ReportSerializer, StudySerializer
from screening.models import Report, Study
from screening.queries.desk import reports_sought
from screening.services import documents, reports

PDF = "application/pdf"


class PdfParser(BaseParser):
    """The body is the file itself."""

    media_type = PDF

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        content = stream.read(documents.LIMIT_BYTES + 1)
        return {"file": SimpleUploadedFile("report.pdf", content, content_type=PDF)}


class ReportListView(ReviewAPIView):
    @operation(Can.READ, query=ReportQuery, out=ReportSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(reports_sought(self.review).filter(**self.asked), ReportSerializer)


class ReportAPIView(ReviewAPIView):
    def report(self, report_id: int) -> Report:
        """A report that is sought now: one whose record waits for votes again tells nothing."""
        return get_object_or_404(reports_sought(self.review).select_related("review"), pk=report_id)


class ReportDetailView(ReportAPIView):
    @operation(Can.READ, out=ReportSerializer)
    def get(self, request: Request, review_id: UUID, report_id: int) -> Response:
        return Response(ReportSerializer(self.report(report_id)).data)

    @operation(Can.RETRIEVE, body=RetrievalChange, out=ReportSerializer)
    def patch(self, request: Request, review_id: UUID, report_id: int) -> Response:
        report, asked = self.report(report_id), self.body()
        retrieval = asked.get("retrieval", report.retrieval)
        same = retrieval == report.retrieval
        reports.set_retrieval(
            actor=self.user,
            report=report,
            retrieval=retrieval,
            note=asked.get("retrieval_note", report.retrieval_note if same else ""),
            source=asked.get("source", ""),
            on=asked.get("retrieval_on", report.retrieval_on if same else None),
        )
        return Response(ReportSerializer(self.report(report_id)).data)


class RetrievalLogView(ReportAPIView):
    @operation(Can.READ, out=RetrievalEntrySerializer, paged=True)
    def get(self, request: Request, review_id: UUID, report_id: int) -> Response:
        return self.page(self.report(report_id).retrieval_log.select_related("by"), RetrievalEntrySerializer)


class ReportFileView(ReportAPIView):
    parser_classes = [MultiPartParser, PdfParser]

    @operation(Can.READ, out={(200, PDF): OpenApiTypes.BINARY})
    def get(self, request: Request, review_id: UUID, report_id: int) -> FileResponse:
        report = self.report(report_id)
        if not report.file:
            raise Http404("No file.")
        return attachment(report.file, filename=report.filename or "report.pdf", content_type=PDF)

    @operation(
        Can.RETRIEVE,
        body=NewFile,
        request={"multipart/form-data": NewFile, PDF: OpenApiTypes.BINARY},
        out=ReportSerializer,
    )
    def put(self, request: Request, review_id: UUID, report_id: int) -> Response:
        """Keep a PDF as the report's full text; an earlier file is kept too."""
        report = self.report(report_id)
        reports.attach_file(actor=self.user, report=report, file=self.body()["file"])
        return Response(ReportSerializer(self.report(report_id)).data)


class ReportStudyView(ReportAPIView):
    @operation(Can.RETRIEVE, out=ReportSerializer)
    def delete(self, request: Request, review_id: UUID, report_id: int) -> Response:
        """Part a report from the others of its study: it tells of a study of its own."""
        reports.give_own_study(actor=self.user, report=self.report(report_id))
        return Response(ReportSerializer(self.report(report_id)).data)


class StudyAPIView(ReviewAPIView):
    def study(self, study_id: int) -> Study:
        return get_object_or_404(Study.objects.prefetch_related("reports"), review=self.review, pk=study_id)


class StudyListView(ReviewAPIView):
    @operation(Can.READ, out=StudySerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(self.review.studies.prefetch_related("reports"), StudySerializer)


class StudyDetailView(StudyAPIView):
    @operation(Can.READ, out=StudySerializer)
    def get(self, request: Request, review_id: UUID, study_id: int) -> Response:
        return Response(StudySerializer(self.study(study_id)).data)

    @operation(Can.RETRIEVE, body=StudyChange, out=StudySerializer)
    def patch(self, request: Request, review_id: UUID, study_id: int) -> Response:
        reports.name_study(actor=self.user, study=self.study(study_id), label=self.body()["label"])
        return Response(StudySerializer(self.study(study_id)).data)


class StudyReportListView(StudyAPIView):
    @operation(Can.RETRIEVE, body=LinkedReport, out=StudySerializer)
    def post(self, request: Request, review_id: UUID, study_id: int) -> Response:
        """Say that a report tells of this study."""
        study = self.study(study_id)
        report = reports_sought(self.review).filter(pk=self.body()["report"]).select_related("review").first()
        if report is None:
            raise Invalid("There is no such report in this review.", errors={"report": ["No such report."]})
        reports.link_to_study(actor=self.user, report=report, study=study)
        return Response(StudySerializer(self.study(study_id)).data)

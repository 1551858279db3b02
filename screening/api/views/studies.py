"""Several reports of one study: suggestions, and what people said of them."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.serializers import StudySerializer
from screening.api.studies import DifferentStudiesSerializer, SuggestionsSerializer, TwoReports
from screening.documents import DifferentStudies
from screening.models import Report
from screening.queries.desk import reports_sought
from screening.queries.studies import dismissed, suggestions
from screening.services import studies


class TwoReportsView(ReviewAPIView):
    def both(self) -> tuple[Report, Report]:
        said = self.body()
        found = {
            report.pk: report
            for report in reports_sought(self.review).filter(pk__in=said.values()).select_related("review")
        }
        if missing := [name for name, pk in said.items() if pk not in found]:
            raise Invalid(
                "There is no such report in this review.", errors={name: ["No such report."] for name in missing}
            )
        return found[said["first"]], found[said["second"]]


class SuggestionListView(TwoReportsView):
    @operation(Can.READ, out=SuggestionsSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Pairs of reports that may tell of one study, the likeliest first, at most a hundred."""
        return Response(SuggestionsSerializer({"results": suggestions(self.review)}).data)

    @operation(Can.RETRIEVE, body=TwoReports, out=StudySerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Say that two reports tell of one study."""
        first, second = self.both()
        return Response(StudySerializer(studies.link_reports(actor=self.user, first=first, second=second)).data)


class DifferentStudiesListView(TwoReportsView):
    @operation(Can.READ, out=DifferentStudiesSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(dismissed(self.review), DifferentStudiesSerializer)

    @operation(Can.RETRIEVE, body=TwoReports, out=DifferentStudiesSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Say that two reports tell of different studies; they are not suggested again."""
        first, second = self.both()
        said = studies.dismiss(actor=self.user, first=first, second=second)
        return Response(DifferentStudiesSerializer(said).data, status=201)


class DifferentStudiesDetailView(ReviewAPIView):
    @operation(Can.RETRIEVE, status_code=204)
    def delete(self, request: Request, review_id: UUID, said_id: int) -> Response:
        rows = DifferentStudies.objects.select_related("review")
        studies.take_back(actor=self.user, said=get_object_or_404(rows, review=self.review, pk=said_id))
        return Response(status=204)

"""The flow diagram as numbers and as figures, the rows behind each number, and agreement."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.reporting.agreement import agreement_at
from reviewapp.reporting.api.serializers import (
    COUNTS,
    LISTS,
    AgreementSerializer,
    MomentQuery,
    PreviousVersionSerializer,
    PrismaSerializer,
    RowSerializer,
    RowsQuery,
    StageQuery,
    TemplateQuery,
)
from reviewapp.reporting.figures import DOCX, figure_file, named, template_of
from reviewapp.reporting.past.asked import Asked, asked_of, counts_for, picture_at, rows_for
from reviewapp.reporting.prisma.counts import PrismaCounts, identities
from reviewapp.reporting.prisma.layout import Template, keys
from reviewapp.reporting.queries import rows_behind, version_before
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.handover.writing import FORMS
from screening.models import PreviousVersion
from screening.services.exports import export_judgements
from screening.services.versions import remove_previous_version, set_previous_version

FIGURES = ("image/svg+xml", "image/png", "application/pdf", "text/csv", DOCX)


class PrismaView(ReviewAPIView):
    @operation(Can.READ, query=MomentQuery, out=PrismaSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """The diagram of now, or of the moment asked for."""
        when = asked_of(self.asked)
        counts = counts_for(self.review, when)
        numbers: dict[str, Any] = {name: getattr(counts, name) for name in (*COUNTS, *LISTS, "by_hand")}
        answer = {**numbers, "identities": identities(counts), "links": self._links(counts, when)}
        return Response(PrismaSerializer(answer).data)

    def _links(self, counts: PrismaCounts, when: Asked) -> dict[str, str]:
        base = self.address(reverse("api:prisma-rows", args=[self.review.pk]))
        behind = picture_at(self.review, when).behind if when.is_past else partial(rows_behind, self.review)
        shown = [
            key
            for key in keys(counts, Template.of(updated=counts.is_update, other_methods=True))
            if behind(named(key)) is not None
        ]
        return {key: f"{base}?{urlencode({'key': named(key), **when.query})}" for key in shown}


class PrismaRowsView(ReviewAPIView):
    @operation(Can.READ, query=RowsQuery, out=RowSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Exactly the records or references that a number of the diagram counts, or counted."""
        rows = rows_for(self.review, self.asked["key"], asked_of(self.asked))
        if rows is None:
            raise Http404("The diagram has no such number.")
        return self.page(rows, RowSerializer)


class FigureView(ReviewAPIView):
    """The diagram as a file; each form has an address of its own."""

    form = "svg"

    @operation(Can.READ, query=TemplateQuery, out={(200, kind): OpenApiTypes.BINARY for kind in FIGURES})
    def get(self, request: Request, review_id: UUID) -> HttpResponse:
        when = asked_of(self.asked)
        counts = counts_for(self.review, when)
        template = template_of(self.review, counts, self.asked.get("template", ""))
        file = figure_file(self.review, counts, template, self.form, when.words)
        answer = HttpResponse(file.content, content_type=file.content_type)
        answer["Content-Disposition"] = f'attachment; filename="prisma.{self.form}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


class PreviousVersionView(ReviewAPIView):
    @operation(Can.READ, out=PreviousVersionSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """What was included before this update; all null for a new review."""
        return Response(PreviousVersionSerializer(version_before(self.review) or PreviousVersion()).data)

    @operation(Can.LEAD, body=PreviousVersionSerializer, out=PreviousVersionSerializer)
    def put(self, request: Request, review_id: UUID) -> Response:
        version = set_previous_version(actor=self.user, review=self.review, **self.body())
        return Response(PreviousVersionSerializer(version).data)

    @operation(Can.LEAD, out={204: None})
    def delete(self, request: Request, review_id: UUID) -> Response:
        """Make it a new review again."""
        remove_previous_version(actor=self.user, review=self.review)
        return Response(status=204)


class AgreementView(ReviewAPIView):
    @operation(Can.READ, query=StageQuery, out=AgreementSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        found = agreement_at(self.user, self.review, self.asked["stage"])
        return Response(AgreementSerializer(found).data)


class JudgementsView(ReviewAPIView):
    """Every judgement the reader may see, as a file; each form has an address of its own."""

    form = "json"

    @operation(Can.READ, out={(200, form.media_type.split(";")[0]): OpenApiTypes.BINARY for form in FORMS.values()})
    def get(self, request: Request, review_id: UUID) -> StreamingHttpResponse:
        pieces = export_judgements(actor=self.user, review=self.review, form=self.form)
        answer = StreamingHttpResponse(pieces, content_type=FORMS[self.form].media_type)
        answer["Content-Disposition"] = f'attachment; filename="judgements.{self.form}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

"""The reporting checklists as JSON: what is asked, what the data say, what authors write."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reporting.checklists.exports import FORMS
from reviewapp.reporting.checklists.queries import progress_of, row_of, rows_of
from reviewapp.reporting.checklists.services import LONGEST_LOCATION, LONGEST_REASON, LONGEST_TEXT, write_entry
from reviewapp.reporting.checklists.views import checklist_or_404, file_answer, item_or_404
from reviewapp.reporting.choices import ItemStatus
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can


class ChecklistEntryBody(Body):
    """What an author says on an item; `revision` is the one they saw, 0 when nobody wrote on it."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    status = serializers.ChoiceField(choices=ItemStatus.choices)
    text = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")
    location = serializers.CharField(max_length=LONGEST_LOCATION, allow_blank=True, default="")
    reason = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, default="")


class ChecklistProgressSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="checklist.key")
    title = serializers.CharField(source="checklist.title")
    citation = serializers.CharField(source="checklist.citation")
    items = serializers.IntegerField(source="total")
    answered = serializers.IntegerField()
    partly = serializers.IntegerField()


class ChecklistRowSerializer(serializers.Serializer[Any]):
    """An item: what is asked, `said` by the data, and what authors wrote."""

    number = serializers.CharField(source="item.number")
    section = serializers.CharField(source="item.section")
    name = serializers.CharField(source="item.name")
    asks = serializers.CharField(source="item.asks")
    said = serializers.CharField()
    status = serializers.ChoiceField(source="entry.status", choices=ItemStatus.choices)
    text = serializers.CharField(source="entry.text")
    location = serializers.CharField(source="entry.location")
    reason = serializers.CharField(source="entry.reason")
    revision = serializers.IntegerField(source="entry.revision")


class ChecklistSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    citation = serializers.CharField()
    rows = ChecklistRowSerializer(many=True)


class ChecklistListView(ReviewAPIView):
    @operation(Can.READ, out=ChecklistProgressSerializer(many=True))
    def get(self, request: Request, review_id: UUID) -> Response:
        """Every checklist and how far it is."""
        return Response(ChecklistProgressSerializer(progress_of(self.review), many=True).data)


class ChecklistView(ReviewAPIView):
    @operation(Can.READ, out=ChecklistSerializer)
    def get(self, request: Request, review_id: UUID, checklist: str) -> Response:
        """All items of one checklist in order."""
        chosen = checklist_or_404(checklist)
        told = {"key": chosen.key, "title": chosen.title, "citation": chosen.citation}
        return Response(ChecklistSerializer(told | {"rows": rows_of(self.review, chosen)}).data)


class ChecklistItemView(ReviewAPIView):
    @operation(Can.READ, out=ChecklistRowSerializer)
    def get(self, request: Request, review_id: UUID, checklist: str, item: str) -> Response:
        chosen = checklist_or_404(checklist)
        return Response(ChecklistRowSerializer(row_of(self.review, chosen, item_or_404(chosen, item))).data)

    @operation(Can.REPORT, body=ChecklistEntryBody, out=ChecklistRowSerializer)
    def put(self, request: Request, review_id: UUID, checklist: str, item: str) -> Response:
        """Write on an item. 409 when a colleague did so meanwhile; their words are there to be read first."""
        chosen = checklist_or_404(checklist)
        wanted = item_or_404(chosen, item)
        write_entry(actor=self.user, review=self.review, checklist=chosen, item=wanted, **self.body())
        return Response(ChecklistRowSerializer(row_of(self.review, chosen, wanted)).data)


class ChecklistFileView(ReviewAPIView):
    """A checklist as a file; each form has an address of its own."""

    form = "docx"

    @operation(Can.READ, out={(200, kind.split(";")[0]): OpenApiTypes.BINARY for kind, _ in FORMS.values()})
    def get(self, request: Request, review_id: UUID, checklist: str) -> HttpResponse:
        return file_answer(self.review, checklist_or_404(checklist), self.form)

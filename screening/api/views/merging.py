"""Linking records by hand, taking it back, and what a record shows. Nothing here tells of votes."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import RecordLink, RecordUnlink, Shown
from screening.api.duplicate_serializers import (
    LinkedRecordsSerializer,
    ShownRecordSerializer,
    UnlinkedRecordsSerializer,
)
from screening.models import Record, Reference
from screening.queries.records import origins
from screening.services import merging
from screening.services.records import ALL, choose_shown, reset_shown


class RecordLinkView(ReviewAPIView):
    @operation(Can.RULE_DUPLICATES, body=RecordLink, out=LinkedRecordsSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Make records one; every vote on them is kept."""
        asked = self.body()
        record, pairs = merging.link_records(
            actor=self.user,
            review=self.review,
            record_ids=asked["records"],
            overrule=asked.get("overrule", False),
        )
        return Response(LinkedRecordsSerializer({"record": record.pk, "pairs": [pair.pk for pair in pairs]}).data)


class RecordUnlinkView(ReviewAPIView):
    @operation(Can.RULE_DUPLICATES, body=RecordUnlink, out=UnlinkedRecordsSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Take links that people made back; each record has its own votes again."""
        records = merging.unlink(actor=self.user, review=self.review, pair_ids=self.body()["pairs"])
        return Response(UnlinkedRecordsSerializer({"records": [record.pk for record in records]}).data)


class RecordShownView(ReviewAPIView):
    def record(self, record_id: int) -> Record:
        return get_object_or_404(Record.objects.in_review(self.review).select_related("review"), pk=record_id)

    def answer(self, record_id: int) -> Response:
        record = self.record(record_id)
        references = list(Reference.objects.filter(record=record, withdrawn_at=None).order_by("id"))
        shown = {
            "record": record.pk,
            "shown_first": record.chosen.get(ALL),
            "origins": origins(record, references),
        }
        return Response(ShownRecordSerializer(shown).data)

    @operation(Can.READ, out=ShownRecordSerializer)
    def get(self, request: Request, review_id: UUID, record_id: int) -> Response:
        """Where each field that the record shows comes from."""
        return self.answer(record_id)

    @operation(Can.RULE_DUPLICATES, body=Shown, out=ShownRecordSerializer)
    def post(self, request: Request, review_id: UUID, record_id: int) -> Response:
        """Show a reference's text for one field, or without a field for all that have no choice of their own."""
        record, asked = self.record(record_id), self.body()
        reference = Reference.objects.filter(review=self.review, pk=asked["reference"]).first()
        if asked["reference"] and reference is None:
            raise Invalid("There is no such reference in this review.", errors={"reference": ["No such reference."]})
        choose_shown(actor=self.user, record=record, reference=reference, field=asked.get("field", ALL))
        return self.answer(record_id)

    @operation(Can.RULE_DUPLICATES, out=ShownRecordSerializer)
    def delete(self, request: Request, review_id: UUID, record_id: int) -> Response:
        """Leave every field to completeness again."""
        reset_shown(actor=self.user, record=self.record(record_id))
        return self.answer(record_id)

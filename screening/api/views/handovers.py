"""Screening done elsewhere: upload a file, say what its names and values mean, confirm, undo."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import id_field
from screening.api.serializers import StartedImportSerializer
from screening.choices import Stage
from screening.handover.marks import Plan
from screening.models import Handover
from screening.services import handover_choices, handover_job, handovers
from screening.services.handover_choices import Chosen

LONGEST_CHOICE = 40


class NewHandover(Body):
    file = serializers.FileField(max_length=1000, allow_empty_file=True)


class HandoverChoices(Body):
    """`people` and `values` answer in the order of those found; `label_fields` has the file read again with these fields."""

    label_fields = serializers.ListField(child=serializers.CharField(max_length=200), max_length=20, required=False)
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    people = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_CHOICE, allow_blank=True),
        max_length=handovers.MOST_NAMES,
        required=False,
        help_text="`member-12` (the id of a person), `former` (a former reviewer who cannot log in), or empty to leave out.",
    )
    values = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_CHOICE, allow_blank=True),
        max_length=handovers.MOST_VALUES,
        required=False,
        help_text="`include`, `maybe`, `exclude`, `label`, `reason-3`, `new-reason`, or empty to leave out.",
    )
    default_reason = id_field(required=False, allow_null=True)
    search = id_field(required=False, allow_null=True, help_text="Entries the review does not have are added to it.")
    blind = serializers.BooleanField(required=False)


class PersonFoundSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    votes = serializers.IntegerField()
    choice = serializers.CharField()


class ValueFoundSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    place = serializers.CharField()
    value = serializers.CharField()
    times = serializers.IntegerField()
    choice = serializers.CharField()


class HandoverFoundSerializer(serializers.Serializer[Any]):
    """What is in the file, with what is chosen or usually meant."""

    with_judgements = serializers.IntegerField()
    people = PersonFoundSerializer(many=True)
    values = ValueFoundSerializer(many=True)
    fields_of_file = serializers.ListField(child=serializers.CharField())
    effect = serializers.JSONField(allow_null=True)


class HandoverSerializer(serializers.ModelSerializer[Handover]):
    added = serializers.IntegerField(source="batch.kept", default=0, read_only=True)

    class Meta:
        model = Handover
        fields = [
            "id", "filename", "size", "sha256", "program", "state", "blind", "entries", "matched", "added", "job",
            "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class HandoverDetailSerializer(HandoverSerializer):
    """What was found, and why a file cannot be read (which quotes it), is told to who uploaded it, and null for others."""

    found = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta(HandoverSerializer.Meta):
        fields = [*HandoverSerializer.Meta.fields, "error", "found"]
        read_only_fields = fields

    def get_error(self, handover: Handover) -> str | None:
        return handover.error if handover.created_by_id == self.context["reader"].pk else None

    @extend_schema_field(HandoverFoundSerializer(allow_null=True))
    def get_found(self, handover: Handover) -> dict[str, Any] | None:
        told = handover.found
        if handover.created_by_id != self.context["reader"].pk or not told:
            return None
        chosen = Chosen.of(handover)
        found = {
            "with_judgements": told["told"],
            "people": [
                {"name": name, "votes": n, "choice": choice}
                for (name, n), choice in zip(told["people"], chosen.people, strict=True)
            ],
            "values": [
                {"kind": kind, "place": place, "value": value, "times": n, "choice": choice}
                for (kind, place, value, n), choice in zip(told["values"], chosen.values, strict=True)
            ],
            "fields_of_file": [tag for tag, _ in told["fields"]],
            "effect": handover.choices.get("effect"),
        }
        return dict(HandoverFoundSerializer(found).data)


class HandoverAPIView(ReviewAPIView):
    def handover(self, handover_id: int) -> Handover:
        rows = Handover.objects.select_related("review", "batch", "job")
        return get_object_or_404(rows, review=self.review, pk=handover_id)

    def detail(self, handover: Handover, status: int = 200) -> Response:
        return Response(HandoverDetailSerializer(handover, context={"reader": self.user}).data, status=status)


class HandoverListView(HandoverAPIView):
    parser_classes = [MultiPartParser]

    @operation(Can.IMPORT, out=HandoverSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(Handover.objects.filter(review=self.review).select_related("batch"), HandoverSerializer)

    @operation(
        Can.IMPORT,
        body=NewHandover,
        request={"multipart/form-data": NewHandover},
        out=HandoverDetailSerializer,
        status_code=201,
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        """Upload a file and look into it; nothing becomes a judgement yet."""
        return self.detail(handovers.upload(actor=self.user, review=self.review, file=self.body()["file"]), 201)


class HandoverDetailView(HandoverAPIView):
    @operation(Can.IMPORT, out=HandoverDetailSerializer)
    def get(self, request: Request, review_id: UUID, handover_id: int) -> Response:
        return self.detail(self.handover(handover_id))

    @operation(Can.IMPORT, body=HandoverChoices, out=HandoverDetailSerializer)
    def patch(self, request: Request, review_id: UUID, handover_id: int) -> Response:
        """Say what names and values mean; `found.effect` then tells what would come of it."""
        handover = self.handover(handover_id)
        handover_choices.require_own(self.user, handover)
        asked = self.body(partial=True)
        if (fields := asked.pop("label_fields", None)) is not None:
            votes = tuple(handover.found.get("vote_fields", ()))
            handover = handovers.look_into(handover, plan=Plan(votes, tuple(fields)))
        if asked:
            chosen = Chosen(**{**Chosen.of(handover).__dict__, **asked})
            handover = handover_choices.choose(actor=self.user, handover=handover, chosen=chosen)
        return self.detail(self.handover(handover.pk))

    @operation(Can.IMPORT, out=StartedImportSerializer, status_code=202)
    def delete(self, request: Request, review_id: UUID, handover_id: int) -> Response:
        """Undo: its votes, notes and settlements leave the review as a job."""
        handover = self.handover(handover_id)
        job = handover_job.undo(actor=self.user, handover=handover)
        return Response(StartedImportSerializer({"id": handover.pk, "job": job.pk}).data, status=202)


class HandoverConfirmView(HandoverAPIView):
    @operation(Can.IMPORT, out=StartedImportSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID, handover_id: int) -> Response:
        """Take the judgements over as a job."""
        handover = self.handover(handover_id)
        job = handover_choices.confirm(actor=self.user, handover=handover)
        return Response(StartedImportSerializer({"id": handover.pk, "job": job.pk}).data, status=202)

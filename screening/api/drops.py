"""Bodies and answers about PDFs dropped at once."""

from typing import Any

from rest_framework import serializers

from reviewapp.lib.endpoints import Body
from screening.api.bodies import id_field
from screening.choices import DropState
from screening.documents import Drop, DroppedFile


class DropSerializer(serializers.ModelSerializer[Drop]):
    created_by = serializers.CharField(read_only=True)
    job = serializers.UUIDField(source="job_id", allow_null=True, read_only=True)

    class Meta:
        model = Drop
        fields = ["id", "created_by", "created_at", "job"]
        read_only_fields = fields


class CandidateSerializer(serializers.Serializer[Any]):
    report = serializers.IntegerField(read_only=True)
    likelihood = serializers.FloatField(read_only=True)
    evidence = serializers.ListField(child=serializers.CharField(), read_only=True)


class DroppedFileSerializer(serializers.ModelSerializer[DroppedFile]):
    candidates = CandidateSerializer(many=True, read_only=True)

    class Meta:
        model = DroppedFile
        fields = [
            "id", "drop", "filename", "size", "sha256", "state", "cause", "document", "report", "by_match", "candidates",
        ]  # fmt: skip
        read_only_fields = fields


class DroppedFileQuery(Body):
    drop = id_field(required=False)
    state = serializers.ChoiceField(choices=DropState.choices, required=False)


class Assignment(Body):
    report = id_field()
    replace = serializers.BooleanField(required=False, help_text="The report's present file gives way; it is kept.")


class MatchingSerializer(serializers.Serializer[Any]):
    job = serializers.UUIDField(read_only=True)

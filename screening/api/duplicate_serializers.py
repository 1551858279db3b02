"""What the API shows of deduplication as a whole, and of sampled audits of it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from screening.api.serializers import BIBLIOGRAPHIC, ReferenceSerializer
from screening.models import DuplicateAudit, DuplicateAuditPair
from screening.queries.duplicate_audits import AuditResult
from screening.queries.records import Origin


class GroundSerializer(serializers.Serializer[Any]):
    evidence = serializers.CharField()
    pairs = serializers.IntegerField()


class SourceYieldSerializer(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    references = serializers.IntegerField()
    records = serializers.IntegerField()
    unique = serializers.IntegerField(help_text="Records that no other source found.")


class SourceSetSerializer(serializers.Serializer[Any]):
    sources = serializers.ListField(child=serializers.CharField())
    records = serializers.IntegerField(help_text="Records that exactly these sources found.")


class SourcePairSerializer(serializers.Serializer[Any]):
    sources = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    pairs = serializers.IntegerField()


class DeduplicationSerializer(serializers.Serializer[Any]):
    """Figures of the duplicates page, and the text for PRISMA-S item 16."""

    references = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    records = serializers.IntegerField()
    to_judge = serializers.IntegerField()
    linked_automatically = serializers.IntegerField()
    linked_by_people = serializers.IntegerField()
    evidence = GroundSerializer(many=True)
    between_sources = SourcePairSerializer(many=True)
    yields = SourceYieldSerializer(many=True)
    overlap = SourceSetSerializer(many=True)
    methods = serializers.CharField()


class EstimateSerializer(serializers.Serializer[Any]):
    """Errors among those judged, and the exact 95 % interval of their share, from 0 to 1."""

    errors = serializers.IntegerField()  # type: ignore[assignment]
    judged = serializers.IntegerField()
    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class AuditResultSerializer(serializers.Serializer[Any]):
    wrong_links = EstimateSerializer()
    missed = EstimateSerializer()
    words = serializers.CharField()


class AuditSerializer(serializers.ModelSerializer[DuplicateAudit]):
    drawn = serializers.IntegerField(read_only=True)
    judged = serializers.IntegerField(read_only=True)
    created_by = serializers.CharField(read_only=True)

    class Meta:
        model = DuplicateAudit
        fields = ["id", "size", "seed", "links", "records", "drawn", "judged", "created_by", "created_at"]
        read_only_fields = fields


class AuditDetailSerializer(AuditSerializer):
    result = serializers.SerializerMethodField(help_text="Null until every pair is judged.")

    class Meta(AuditSerializer.Meta):
        fields = [*AuditSerializer.Meta.fields, "result"]
        read_only_fields = fields

    def get_result(self, audit: DuplicateAudit) -> dict[str, Any] | None:
        result: AuditResult | None = self.context["result"]
        return AuditResultSerializer(result).data if result else None


class SampledReferenceSerializer(ReferenceSerializer):
    """A reference without its record, which would tell the judge whether the two are linked."""

    class Meta(ReferenceSerializer.Meta):
        fields = ["id", "source", *BIBLIOGRAPHIC]
        read_only_fields = fields


class AuditPairSerializer(serializers.ModelSerializer[DuplicateAuditPair]):
    first = SampledReferenceSerializer(read_only=True)
    second = SampledReferenceSerializer(read_only=True)
    judged_by = serializers.CharField(allow_null=True, read_only=True)
    linked = serializers.SerializerMethodField(help_text="Null until every pair of the sample is judged.")

    class Meta:
        model = DuplicateAuditPair
        fields = ["id", "position", "first", "second", "same", "judged_by", "judged_at", "linked"]
        read_only_fields = fields

    def get_linked(self, pair: DuplicateAuditPair) -> bool | None:
        return pair.linked if self.context.get("is_judged") else None


class LinkedRecordsSerializer(serializers.Serializer[Any]):
    record = serializers.IntegerField(help_text="The record that stays.")
    pairs = serializers.ListField(
        child=serializers.IntegerField(), help_text="The rulings it rests on; unlink them to undo."
    )


class UnlinkedRecordsSerializer(serializers.Serializer[Any]):
    records = serializers.ListField(child=serializers.IntegerField(), help_text="Where the references stand now.")


class OriginSerializer(serializers.Serializer[Any]):
    """A field that the record shows, and the references that gave this value."""

    field = serializers.CharField()
    references = serializers.SerializerMethodField()
    chosen = serializers.IntegerField(allow_null=True, help_text="The reference that people chose for this field.")

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_references(self, origin: Origin) -> list[int]:
        return [reference.pk for reference in origin.references]


class ShownRecordSerializer(serializers.Serializer[Any]):
    """What a record shows, and where each field comes from."""

    record = serializers.IntegerField()
    shown_first = serializers.IntegerField(allow_null=True, help_text="The reference that people chose for all fields.")
    origins = OriginSerializer(many=True)

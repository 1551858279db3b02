"""What the API shows of a file before and after it is let in."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from screening.api.serializers import ImportDetailSerializer
from screening.choices import ImportState
from screening.models import ImportBatch


class FirstRowSerializer(serializers.Serializer[Any]):
    """One of the first entries, as reviewers will see it."""

    title = serializers.CharField()
    by = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    place = serializers.CharField()
    abstract = serializers.CharField()


class ColumnSerializer(serializers.Serializer[Any]):
    heading = serializers.CharField(help_text="As it stands in the file.")
    field = serializers.CharField(help_text="What it is read as; empty for none.")


class UnmappedSerializer(serializers.Serializer[Any]):
    tag = serializers.CharField()
    times = serializers.IntegerField()
    example = serializers.CharField()


class HolderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    filename = serializers.CharField()
    references = serializers.IntegerField()


class OverlapSerializer(serializers.Serializer[Any]):
    """How many of the entries the review holds already, and from which imports."""

    held = serializers.IntegerField()
    identical = serializers.IntegerField(help_text="Of them, to the letter.")
    imports = HolderSerializer(many=True)


class PreviewSerializer(serializers.Serializer[Any]):
    rows = FirstRowSerializer(many=True)
    filled = serializers.DictField(child=serializers.IntegerField(), help_text="How many entries have each field.")
    columns = ColumnSerializer(many=True)
    unmapped = UnmappedSerializer(many=True)
    overlap = OverlapSerializer()
    same_file = serializers.ListField(
        child=serializers.IntegerField(), help_text="Imports of exactly this file; confirming needs `again` then."
    )


class ImportPreviewSerializer(ImportDetailSerializer):
    """An import with its preview, which is null once the file was let in."""

    preview = serializers.SerializerMethodField()

    class Meta(ImportDetailSerializer.Meta):
        fields = [*ImportDetailSerializer.Meta.fields, "preview"]
        read_only_fields = fields

    @extend_schema_field(PreviewSerializer(allow_null=True))
    def get_preview(self, batch: ImportBatch) -> Any:
        if batch.state not in {ImportState.UPLOADED, ImportState.FAILED}:
            return None
        found, overlap = batch.preview, batch.preview.get("overlap", {})
        shown = {
            "rows": found.get("rows", []),
            "filled": found.get("filled", {}),
            "columns": [{"heading": heading, "field": field} for heading, field in found.get("columns", [])],
            "unmapped": [
                {"tag": tag, "times": times, "example": example} for tag, times, example in found.get("unmapped", [])
            ],
            "overlap": {
                "held": overlap.get("held", 0),
                "identical": overlap.get("identical", 0),
                "imports": [{"id": pk, "filename": name, "references": n} for pk, name, n in overlap.get("of", [])],
            },
            "same_file": self.context["same_file"],
        }
        return PreviewSerializer(shown).data

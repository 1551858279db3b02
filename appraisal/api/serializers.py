"""What the API says of instruments, answers and what stands."""

from typing import Any

from rest_framework import serializers

from appraisal.models import Assignment, Comparison, Instrument, Item
from appraisal.queries.bench import Sheet
from appraisal.queries.comparison import Compared, Row


class ItemSerializer(serializers.ModelSerializer[Item]):
    class Meta:
        model = Item
        fields = [
            "id", "key", "number", "section", "text", "hint", "kind", "options", "columns", "required", "passes",
            "applies_when", "attribute", "version", "retired_at",
        ]  # fmt: skip
        read_only_fields = fields


class InstrumentSerializer(serializers.ModelSerializer[Instrument]):
    class Meta:
        model = Instrument
        fields = [
            "id", "use", "title", "edition", "origin", "licence", "attribution", "source_url", "note", "people", "retired_at",
        ]  # fmt: skip
        read_only_fields = fields


class InstrumentDetailSerializer(InstrumentSerializer):
    items = ItemSerializer(many=True, read_only=True)
    answer_sets = serializers.DictField(read_only=True)
    rating_rule = serializers.DictField(read_only=True, allow_null=True)

    meant_for = serializers.ListField(child=serializers.DictField(), read_only=True)
    table_columns = serializers.ListField(child=serializers.CharField(), read_only=True)
    abbreviations = serializers.DictField(child=serializers.CharField(), read_only=True)
    drop_rule = serializers.DictField(read_only=True, allow_null=True)

    class Meta(InstrumentSerializer.Meta):
        fields = [
            *InstrumentSerializer.Meta.fields, "answer_sets", "rating_rule", "meant_for", "drop_rule", "table_columns",
            "abbreviations", "items",
        ]  # fmt: skip
        read_only_fields = fields


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    """Who is asked about which study. Whether a colleague is done is not told."""

    study = serializers.IntegerField(source="study_id", read_only=True)
    study_label = serializers.CharField(source="study.label", read_only=True)
    person = serializers.IntegerField(source="person_id", read_only=True)
    instrument = serializers.IntegerField(source="instrument_id", read_only=True)

    class Meta:
        model = Assignment
        fields = ["id", "instrument", "study", "study_label", "person"]
        read_only_fields = fields


class OwnAnswerSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    comment = serializers.CharField()
    quotation = serializers.CharField()
    page = serializers.CharField()
    revision = serializers.IntegerField()
    outdated = serializers.BooleanField()


class SheetSerializer(serializers.Serializer[Sheet]):
    """One's own answers about one study."""

    id = serializers.IntegerField(source="assignment.pk")
    study = serializers.IntegerField(source="assignment.study_id")
    study_label = serializers.CharField(source="assignment.study.label")
    instrument = serializers.IntegerField(source="assignment.instrument_id")
    finished_at = serializers.DateTimeField(source="assignment.finished_at", allow_null=True)
    gate_closed = serializers.ListField(source="closed_gates", child=serializers.CharField())
    missing = serializers.ListField(source="open_keys", child=serializers.CharField())
    answers = serializers.SerializerMethodField()

    def get_answers(self, sheet: Sheet) -> list[dict[str, Any]]:
        return [
            {
                "item": item.key,
                "value": answer.value if answer else None,
                "comment": answer.comment if answer else "",
                "quotation": answer.quotation if answer else "",
                "page": answer.page if answer else "",
                "revision": answer.revision if answer else 0,
                "outdated": bool(answer and answer.is_outdated),
            }
            for item, answer in sheet.asked
        ]


class ComparisonSerializer(serializers.ModelSerializer[Comparison]):
    study = serializers.IntegerField(source="study_id", read_only=True)
    study_label = serializers.CharField(source="study.label", read_only=True)
    instrument = serializers.IntegerField(source="instrument_id", read_only=True)

    class Meta:
        model = Comparison
        fields = ["id", "instrument", "study", "study_label", "settled_at"]
        read_only_fields = fields


class ComparisonDetailSerializer(serializers.Serializer[Compared]):
    """A row a question. `names` of the context says under which name the reader sees each person."""

    id = serializers.IntegerField(source="comparison.pk")
    study = serializers.IntegerField(source="comparison.study_id")
    study_label = serializers.CharField(source="comparison.study.label")
    instrument = serializers.IntegerField(source="comparison.instrument_id")
    settled_at = serializers.DateTimeField(source="comparison.settled_at", allow_null=True)
    rating = serializers.CharField()
    rating_by_rule = serializers.CharField(source="ruled_rating")
    rows = serializers.SerializerMethodField()

    def get_rows(self, found: Compared) -> list[dict[str, Any]]:
        names: dict[int, str] = self.context["names"]
        order = sorted(range(len(found.people)), key=lambda place: names[found.people[place].pk])
        return [self._row(found, row, names, order) for row in found.rows]

    def _row(self, found: Compared, row: Row, names: dict[int, str], order: list[int]) -> dict[str, Any]:
        standing = row.settlement
        return {
            "item": row.item.key,
            "text": row.item.text,
            "state": row.state.value,
            "value": row.value,
            "answers": [
                {
                    "person": names[found.people[place].pk],
                    "value": answer.value if answer else None,
                    "comment": answer.comment if answer else "",
                    "quotation": answer.quotation if answer else "",
                    "page": answer.page if answer else "",
                }
                for place, answer in ((place, row.answers[place]) for place in order)
            ],
            "settlement": {
                "value": standing.value,
                "how": standing.how,
                "rationale": standing.rationale,
                "proposed_by": names.get(standing.proposed_by_id, str(standing.proposed_by)),
                "settled_at": standing.settled_at,
            }
            if standing
            else None,
        }

"""Bodies and answers about reports of one study."""

from typing import Any

from rest_framework import serializers

from reviewapp.lib.endpoints import Body
from screening.api.bodies import id_field
from screening.documents import DifferentStudies


class SuggestionSerializer(serializers.Serializer[Any]):
    first = serializers.IntegerField(source="first.pk", read_only=True)
    second = serializers.IntegerField(source="second.pk", read_only=True)
    likelihood = serializers.FloatField(read_only=True)
    evidence = serializers.ListField(child=serializers.CharField(), read_only=True)


class SuggestionsSerializer(serializers.Serializer[Any]):
    results = SuggestionSerializer(many=True, read_only=True)


class DifferentStudiesSerializer(serializers.ModelSerializer[DifferentStudies]):
    by = serializers.CharField(read_only=True)

    class Meta:
        model = DifferentStudies
        fields = ["id", "first", "second", "by", "at"]
        read_only_fields = fields


class TwoReports(Body):
    first = id_field()
    second = id_field()

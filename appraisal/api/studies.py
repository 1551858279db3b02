"""The included studies with what is settled about them, as JSON."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from appraisal.api import bodies
from appraisal.queries.attributes import attribute_columns
from appraisal.queries.studies import PREFIX, sortable, study_list
from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import BadRequest
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can


class AttributeSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class NotYesSerializer(serializers.Serializer[Any]):
    instrument = serializers.CharField()
    number = serializers.CharField()
    question = serializers.CharField()
    answer = serializers.CharField()


class IncludedStudySerializer(serializers.Serializer[Any]):
    study = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    year = serializers.IntegerField(allow_null=True)
    attributes = serializers.DictField(source="facts", child=serializers.CharField())
    rating = serializers.CharField()
    not_yes = NotYesSerializer(many=True)


class IncludedStudiesSerializer(serializers.Serializer[Any]):
    attributes = AttributeSerializer(many=True, source="columns")
    total = serializers.IntegerField()
    studies = IncludedStudySerializer(many=True, source="rows")


class IncludedStudyListView(ReviewAPIView):
    @operation(Can.READ, query=bodies.StudyQuery, out=IncludedStudiesSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Included studies, narrowed and sorted by what extraction and appraisal settled; open answers say nothing."""
        asked = self.asked
        columns = attribute_columns(self.review)
        if asked.get("sort", "study").removeprefix("-") not in sortable(columns):
            raise BadRequest(f"Studies are sorted by one of: {', '.join(sorted(sortable(columns)))}.")
        if asked.get("attribute", "") not in {"", *(column.key for column in columns)}:
            raise BadRequest("There is no such attribute.")
        query: dict[str, str] = {name: asked[name] for name in ("q", "rating", "sort") if name in asked}
        query |= {name: str(asked[f"year_{name}"]) for name in ("from", "to") if f"year_{name}" in asked}
        if "attribute" in asked:
            query[PREFIX + asked["attribute"]] = asked.get("value", "")
        return Response(IncludedStudiesSerializer(study_list(self.review, query)).data)

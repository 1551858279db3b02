"""What changed in the diagram between two moments, as JSON."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reporting.past.asked import picture_at
from reviewapp.reporting.past.changes import changes
from reviewapp.reporting.past.views import two_moments
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can


class ChangesQuery(Body):
    """Days, or moments with their time; without `on` it is now."""

    since = serializers.CharField(max_length=40)
    on = serializers.CharField(max_length=40, required=False)


class ChangeSerializer(serializers.Serializer[Any]):
    """One number of the diagram; null is "not reported". Ids are those of references for what was identified, else of records."""

    key = serializers.CharField()
    box = serializers.CharField(source="words")
    then = serializers.IntegerField(allow_null=True)
    now = serializers.IntegerField(allow_null=True)
    change = serializers.IntegerField(source="by")
    came = serializers.ListField(child=serializers.IntegerField())
    went = serializers.ListField(child=serializers.IntegerField())


class ChangeListSerializer(serializers.Serializer[Any]):
    numbers = ChangeSerializer(many=True)


class PrismaChangesView(ReviewAPIView):
    @operation(Can.READ, query=ChangesQuery, out=ChangeListSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Every number of the diagram then and now, and the rows that came and went."""
        then, now = two_moments(self.asked)
        found = changes(picture_at(self.review, then), picture_at(self.review, now))
        return Response(ChangeListSerializer({"numbers": [_plain(one) for one in found]}).data)


def _plain(one: Any) -> dict[str, Any]:
    fields = {name: getattr(one, name) for name in ("key", "words", "then", "now", "by")}
    return {**fields, "came": sorted(one.came), "went": sorted(one.went)}

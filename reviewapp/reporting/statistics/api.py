"""The figures of the statistics page, as JSON."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.reporting.statistics.queries import stage_statistics
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.choices import Stage
from screening.queries.yields import yields


class StageStandSerializer(serializers.Serializer[Any]):
    records = serializers.IntegerField()
    included = serializers.IntegerField()
    excluded = serializers.IntegerField()
    conflicts = serializers.IntegerField()
    pending = serializers.IntegerField()


class CompletedDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    records = serializers.IntegerField()


class ForecastSerializer(serializers.Serializer[Any]):
    """Days from today until nothing is pending: in one of ten cases sooner than `soonest`, in one of ten later than `latest`."""

    per_day = serializers.FloatField()
    soonest = serializers.IntegerField()
    expected = serializers.IntegerField()
    latest = serializers.IntegerField()


class ReasonCountSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    records = serializers.IntegerField()


class StageStatisticsSerializer(serializers.Serializer[Any]):
    """A record counts on the day on which its last vote came in; `forecast` is null while too few days tell anything."""

    stage = serializers.ChoiceField(choices=Stage.choices)
    totals = StageStandSerializer()
    days = CompletedDaySerializer(many=True)
    forecast = ForecastSerializer(allow_null=True)
    reasons = ReasonCountSerializer(many=True)


class SourceShareSerializer(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    references = serializers.IntegerField()
    records = serializers.IntegerField()
    unique = serializers.IntegerField()


class YieldSetSerializer(serializers.Serializer[Any]):
    sources = serializers.ListField(child=serializers.CharField())
    records = serializers.IntegerField()


class StatisticsSerializer(serializers.Serializer[Any]):
    stages = StageStatisticsSerializer(many=True)
    sources = SourceShareSerializer(many=True)
    combinations = YieldSetSerializer(many=True)


class StatisticsView(ReviewAPIView):
    @operation(Can.LEAD, out=StatisticsSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Pace, backlog, forecast and exclusion reasons of each stage, and what each source brought."""
        brought = yields(self.review)
        stages = [stage_statistics(self.review, stage) for stage in Stage]
        answer = {"stages": stages, "sources": brought.sources, "combinations": brought.sets}
        return Response(StatisticsSerializer(answer).data)

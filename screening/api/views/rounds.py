"""Pilots, versions of the criteria, and rounds."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.choices import Outcome, Stage
from screening.models import CriteriaVersion, Pilot
from screening.queries.rounds import outcomes_before, pilot_result, versions
from screening.services import pilots as services

JUDGED = [(o.value, o.label) for o in (Outcome.INCLUDED, Outcome.EXCLUDED, Outcome.CONFLICT)]


class NewPilot(Body):
    stage = serializers.ChoiceField(choices=Stage.choices)
    size = serializers.IntegerField(min_value=1, max_value=services.LARGEST)
    seed = serializers.CharField(max_length=32, required=False)


class OlderQuery(Body):
    stage = serializers.ChoiceField(choices=Stage.choices)
    older_than = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class NewRound(OlderQuery):
    outcomes = serializers.ListField(child=serializers.ChoiceField(choices=JUDGED), min_length=1, max_length=3)
    why = serializers.CharField(max_length=1000)


class CriteriaVersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    criteria = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    why = serializers.CharField()
    created_at = serializers.DateTimeField()


class PilotSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    number = serializers.IntegerField()
    size = serializers.IntegerField()
    seed = serializers.CharField()
    drawn_from = serializers.IntegerField()
    criteria_version = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    revealed_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class PilotRowSerializer(serializers.Serializer[Any]):
    """What each of `raters` said of a record; null: no vote."""

    record = serializers.IntegerField(source="record.pk")
    verdicts = serializers.SerializerMethodField()
    differ = serializers.BooleanField()

    def get_verdicts(self, row: Any) -> list[str | None]:
        return [vote.verdict if vote else None for vote in row.votes]


class PilotResultSerializer(serializers.Serializer[Any]):
    """`hidden` counts records that are judged anew; their votes of the pilot show again when they are settled."""

    raters = serializers.ListField(child=serializers.CharField())
    observed = serializers.FloatField(source="report.observed", allow_null=True)
    fleiss = serializers.FloatField(source="report.fleiss.value", allow_null=True)
    alpha = serializers.FloatField(source="report.alpha.value", allow_null=True)
    pabak = serializers.FloatField(source="report.pabak", allow_null=True)
    ac1 = serializers.FloatField(source="report.ac1", allow_null=True)
    hidden = serializers.IntegerField()
    rows = PilotRowSerializer(many=True)


class PilotDetailSerializer(PilotSerializer):
    result = PilotResultSerializer(allow_null=True)


class OlderSerializer(serializers.Serializer[Any]):
    included = serializers.IntegerField()
    excluded = serializers.IntegerField()
    conflict = serializers.IntegerField()


class QueuedSerializer(serializers.Serializer[Any]):
    records = serializers.IntegerField()


class VersionListView(ReviewAPIView):
    @operation(Can.READ, out=CriteriaVersionSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(CriteriaVersion.objects.filter(pk__in=versions(self.review)), CriteriaVersionSerializer)


class PilotListView(ReviewAPIView):
    @operation(Can.READ, out=PilotSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(Pilot.objects.filter(review=self.review), PilotSerializer)

    @operation(Can.LEAD, body=NewPilot, out=PilotSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Draw a sample that everybody judges; until the pilot ends nothing else waits at its stage."""
        pilot = services.start_pilot(actor=self.user, review=self.review, **self.body())
        return Response(PilotSerializer(pilot).data, status=201)


class PilotAPIView(ReviewAPIView):
    def pilot(self, pilot_id: int) -> Pilot:
        return get_object_or_404(Pilot.objects.select_related("review"), review=self.review, pk=pilot_id)

    def answer(self, pilot_id: int) -> Response:
        pilot: Any = self.pilot(pilot_id)
        pilot.result = pilot_result(self.user, pilot)
        return Response(PilotDetailSerializer(pilot).data)


class PilotDetailView(PilotAPIView):
    @operation(Can.READ, out=PilotDetailSerializer)
    def get(self, request: Request, review_id: UUID, pilot_id: int) -> Response:
        """The pilot and, once its votes are shown, what came out of it."""
        return self.answer(pilot_id)


class PilotResultsView(PilotAPIView):
    @operation(Can.LEAD, out=PilotDetailSerializer)
    def post(self, request: Request, review_id: UUID, pilot_id: int) -> Response:
        """Show the votes although some are missing."""
        services.show_results(actor=self.user, pilot=self.pilot(pilot_id))
        return self.answer(pilot_id)


class PilotEndView(PilotAPIView):
    @operation(Can.LEAD, out=PilotDetailSerializer)
    def post(self, request: Request, review_id: UUID, pilot_id: int) -> Response:
        """Start fresh: the votes are kept and not counted."""
        services.start_fresh(actor=self.user, pilot=self.pilot(pilot_id))
        return self.answer(pilot_id)


class RoundView(ReviewAPIView):
    @operation(Can.LEAD, query=OlderQuery, out=OlderSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Records, with all votes in, that were judged under criteria older than a version."""
        return Response(
            OlderSerializer(outcomes_before(self.review, self.asked["stage"], self.asked["older_than"])).data
        )

    @operation(Can.LEAD, body=NewRound, out=QueuedSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Queue them again; their votes and settlements are set aside."""
        count = services.queue_again(actor=self.user, review=self.review, **self.body())
        return Response(QueuedSerializer({"records": count}).data, status=201)

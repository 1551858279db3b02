"""The order of reading and the stopping statement, for leads, as the page has them."""

from typing import Any
from uuid import UUID

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.serializers import StartedJobSerializer
from screening.choices import ReadingOrderKind, Stage, TermKind
from screening.models import RankingRun, RankingSimulation
from screening.queries import ranking as queries
from screening.queries.ranking_words import methods_paragraph, statement_in_words
from screening.ranking.order import EXPLORE
from screening.services import ranking as services
from screening.services.ranking import LARGEST_SEED


class OrderChange(Body):
    order = serializers.ChoiceField(choices=ReadingOrderKind.choices)
    seed = serializers.IntegerField(min_value=1, max_value=LARGEST_SEED, required=False)


class TargetChange(Body):
    target = serializers.FloatField(min_value=0.5, max_value=0.999)
    confidence = serializers.FloatField(min_value=0.5, max_value=0.999)
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class TermBody(Body):
    term = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=TermKind.choices)


class RunSerializer(serializers.ModelSerializer[RankingRun]):
    class Meta:
        model = RankingRun
        fields = [
            "order", "version", "model", "features", "seed", "training_hash", "includes", "excludes", "records", "milliseconds", "at",
        ]  # fmt: skip
        read_only_fields = fields


class StatementSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    read = serializers.IntegerField()
    unread = serializers.IntegerField()
    found = serializers.IntegerField()
    excludes_in_a_row = serializers.IntegerField()
    target = serializers.FloatField()
    confidence = serializers.FloatField()
    p = serializers.FloatField(allow_null=True)
    recall = serializers.FloatField(
        allow_null=True, help_text="The highest that can be claimed; null: cannot tell yet."
    )
    more_reads = serializers.IntegerField(allow_null=True)
    is_met = serializers.BooleanField()


class BandSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    unread = serializers.IntegerField()
    read = serializers.IntegerField()
    included = serializers.IntegerField()
    precision = serializers.IntegerField(allow_null=True)


class WordSerializer(serializers.Serializer[Any]):
    term = serializers.CharField()
    documents = serializers.IntegerField()
    is_listed = serializers.BooleanField()


class WordsSerializer(serializers.Serializer[Any]):
    # `for` is no name in Python, so the two kinds are declared by what they are called in the answer.
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {kind.value: WordSerializer(many=True) for kind in TermKind}


class DoubtSerializer(serializers.Serializer[Any]):
    record = serializers.IntegerField(source="record.pk")
    title = serializers.CharField(source="record.title")
    above = serializers.IntegerField(help_text="Per cent of the includes that look less like includes.")


class SimulationSerializer(serializers.ModelSerializer[RankingSimulation]):
    class Meta:
        model = RankingSimulation
        fields = ["seed", "records", "includes", "figures", "at"]
        read_only_fields = fields


class RankingSerializer(serializers.Serializer[Any]):
    order = serializers.CharField()
    seed = serializers.IntegerField(allow_null=True)
    run = RunSerializer(allow_null=True)
    statement = StatementSerializer()
    in_words = serializers.ListField(child=serializers.CharField())
    methods = serializers.CharField()
    bands = BandSerializer(many=True)
    words = WordsSerializer()
    second_look = DoubtSerializer(many=True)
    simulation = SimulationSerializer(allow_null=True)


class RankingAPIView(ReviewAPIView):
    @property
    def stage(self) -> str:
        stage = str(self.kwargs["stage"])
        if stage not in Stage.values:
            raise Http404("No such stage.")
        return stage

    def answer(self) -> Response:
        review, stage = self.review, self.stage
        chosen, run = queries.reading_order(review, stage), queries.latest_run(review, stage)
        run = run if run and run.order == chosen.order else None
        said = queries.stopping_statement(chosen)
        words = queries.words_of(run)
        told = {
            "order": chosen.order,
            "seed": chosen.seed or None,
            "run": run,
            "statement": said,
            "in_words": statement_in_words(said),
            "methods": methods_paragraph(chosen, run, queries.first_run_on(review, stage), said, EXPLORE),
            "bands": queries.bands(review, stage) if run and run.order == ReadingOrderKind.RANKED else [],
            "words": {kind.value: words.get(kind, []) for kind in TermKind},
            "second_look": queries.second_look(run),
            "simulation": queries.latest_simulation(review, stage),
        }
        return Response(RankingSerializer(told).data)


class RankingView(RankingAPIView):
    @operation(Can.LEAD, out=RankingSerializer)
    def get(self, request: Request, review_id: UUID, stage: str) -> Response:
        """The order, what it rests on, and what may be said of recall."""
        return self.answer()

    @operation(Can.LEAD, body=OrderChange, out=RankingSerializer)
    def patch(self, request: Request, review_id: UUID, stage: str) -> Response:
        """Choose the order; it is laid by a job at once."""
        services.choose_order(actor=self.user, review=self.review, stage=self.stage, **self.body())
        services.start_ranking(actor=self.user, review=self.review, stage=self.stage)
        return self.answer()


class RankingTargetView(RankingAPIView):
    @operation(Can.LEAD, body=TargetChange, out=RankingSerializer)
    def put(self, request: Request, review_id: UUID, stage: str) -> Response:
        """Fix target and confidence; once records are settled a change needs a reason."""
        services.fix_target(actor=self.user, review=self.review, stage=self.stage, **self.body())
        return self.answer()


class RankingTermsView(RankingAPIView):
    @operation(Can.LEAD, body=TermBody, out=RankingSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, stage: str) -> Response:
        """Put a suggested term on the team's list of highlighted terms."""
        services.accept_term(actor=self.user, review=self.review, **self.body())
        answer = self.answer()
        answer.status_code = 201
        return answer


class RankingSimulationView(RankingAPIView):
    @operation(Can.LEAD, out=StartedJobSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID, stage: str) -> Response:
        """Find out what ranking would have saved on a finished stage."""
        job = services.start_simulation(actor=self.user, review=self.review, stage=self.stage)
        return Response(StartedJobSerializer({"job": job.pk}).data, status=202)

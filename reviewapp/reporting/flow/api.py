"""What the flow diagram shows, and numbers entered by hand, as JSON."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reporting.flow.services import enter_count, remove_count, set_plan
from reviewapp.reporting.flow.shown import BY_HAND, entered, plan_of
from reviewapp.reporting.models import CountByHand
from reviewapp.reporting.prisma.layout import LAYERS, Template
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can


class FlowPlanSerializer(Body):
    """An empty template is chosen by the data; `without` names layers left out."""

    template = serializers.ChoiceField(choices=["", *(each.value for each in Template)], required=False)
    each_source = serializers.BooleanField(required=False)
    title_reasons = serializers.BooleanField(required=False)
    without = serializers.ListField(child=serializers.ChoiceField(choices=list(LAYERS)), required=False)


class CountByHandSerializer(Body):
    """A number of the diagram that is not counted; null is "not reported"."""

    id = serializers.IntegerField(read_only=True)
    key = serializers.ChoiceField(choices=list(BY_HAND))
    value = serializers.IntegerField(allow_null=True, min_value=0, max_value=100_000_000)
    reason = serializers.CharField(max_length=300)
    made_at = serializers.DateTimeField(read_only=True)


class CountsByHandSerializer(serializers.Serializer[Any]):
    counts = CountByHandSerializer(many=True)


class FlowPlanView(ReviewAPIView):
    @operation(Can.READ, out=FlowPlanSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        return Response(FlowPlanSerializer(plan_of(self.review)).data)

    @operation(Can.LEAD, body=FlowPlanSerializer, out=FlowPlanSerializer)
    def put(self, request: Request, review_id: UUID) -> Response:
        """Choose what the diagram shows; what is not named is as the data ask for."""
        return Response(FlowPlanSerializer(set_plan(actor=self.user, review=self.review, **self.body())).data)


class CountsByHandView(ReviewAPIView):
    @operation(Can.READ, out=CountsByHandSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        return Response(CountsByHandSerializer({"counts": entered(self.review)}).data)

    @operation(Can.LEAD, body=CountByHandSerializer, out={201: CountByHandSerializer})
    def post(self, request: Request, review_id: UUID) -> Response:
        """Show this number instead of the counted one, marked, with where it comes from."""
        made = enter_count(actor=self.user, review=self.review, **self.body())
        return Response(CountByHandSerializer(made).data, status=201)


class CountByHandView(ReviewAPIView):
    @operation(Can.LEAD, out={204: None})
    def delete(self, request: Request, review_id: UUID, count_id: int) -> Response:
        """Show what the rows say again."""
        count = get_object_or_404(CountByHand.objects.select_related("review"), review=self.review, pk=count_id)
        remove_count(actor=self.user, count=count)
        return Response(status=204)

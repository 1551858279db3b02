"""Who judges what at a stage, for leads: totals only, never which record somebody has before them."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import AllocationPreview, NewAllocation, NewBatch
from screening.choices import Allotting, Stage
from screening.models import Allocation, AllocationBatch
from screening.queries.allocation import allocation_at, batch_rows, in_no_batch, pending_at, screeners, share_sizes
from screening.services import allocation as services


class ShareSerializer(serializers.Serializer[Any]):
    """How many of the records that wait for votes are this person's to judge."""

    user = serializers.IntegerField()
    name = serializers.CharField()
    records = serializers.IntegerField()


class BatchSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="batch.pk")
    people = serializers.ListField(child=serializers.CharField())
    records = serializers.IntegerField()
    pending = serializers.IntegerField()


class AllocationSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=Stage.choices)
    mode = serializers.ChoiceField(choices=Allotting.choices)
    experienced = serializers.ListField(child=serializers.IntegerField())
    pending = serializers.IntegerField()
    in_no_batch = serializers.IntegerField()
    shares = ShareSerializer(many=True)
    batches = BatchSerializer(many=True)


class AllocationAPIView(ReviewAPIView):
    def answer(self, allocation: Allocation, status: int = 200) -> Response:
        by_hand = allocation.mode == Allotting.BATCHES
        sizes = share_sizes(allocation)
        found = {
            "stage": allocation.stage,
            "mode": allocation.mode,
            "experienced": allocation.experienced,
            "pending": pending_at(self.review, allocation.stage).count(),
            "in_no_batch": in_no_batch(allocation).count() if by_hand else 0,
            "shares": [
                {"user": member.user_id, "name": str(member.user), "records": sizes.get(member.user_id, 0)}
                for member in screeners(self.review, allocation.stage)
            ],
            "batches": batch_rows(allocation) if by_hand else [],
        }
        return Response(AllocationSerializer(found).data, status=status)


def stage_of(value: str) -> str:
    if value not in Stage.values:
        raise Http404("No such stage.")
    return value


class AllocationView(AllocationAPIView):
    @operation(Can.LEAD, out=AllocationSerializer)
    def get(self, request: Request, review_id: UUID, stage: str) -> Response:
        return self.answer(allocation_at(self.review, stage_of(stage)))

    @operation(Can.LEAD, body=NewAllocation, out=AllocationSerializer)
    def put(self, request: Request, review_id: UUID, stage: str) -> Response:
        """Share the stage out; votes that were given stay."""
        made = services.allocate(actor=self.user, review=self.review, stage=stage_of(stage), **self.body())
        return self.answer(made)


class AllocationPreviewView(AllocationAPIView):
    @operation(Can.LEAD, query=AllocationPreview, out=AllocationSerializer)
    def get(self, request: Request, review_id: UUID, stage: str) -> Response:
        """The shares as they would be; nothing is changed."""
        people = [int(pk) for pk in self.asked.get("experienced", "").split(",") if pk]
        return self.answer(services.plan(self.review, stage_of(stage), self.asked["mode"], people))


class BatchListView(AllocationAPIView):
    @operation(Can.LEAD, body=NewBatch, out=AllocationSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, stage: str) -> Response:
        """Give the next so many records that are in no batch to these people."""
        services.add_batch(actor=self.user, review=self.review, stage=stage_of(stage), **self.body())
        return self.answer(allocation_at(self.review, stage), 201)


class BatchDetailView(AllocationAPIView):
    @operation(Can.LEAD, status_code=204)
    def delete(self, request: Request, review_id: UUID, allotment_id: int) -> Response:
        """Take a batch back; its votes stay."""
        batch = get_object_or_404(AllocationBatch, allocation__review=self.review, pk=allotment_id)
        services.dissolve_batch(actor=self.user, review=self.review, batch=batch)
        return Response(status=204)

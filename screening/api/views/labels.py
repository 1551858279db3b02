"""The team's labels, and views of the record list that people keep."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import NewView, TeamLabels
from screening.models import SavedView
from screening.queries.labels import known_labels, team_labels, views_for
from screening.services.protocol import set_team_labels
from screening.services.views import FILTERS, remove_view, save_view


class LabelsSerializer(serializers.Serializer[Any]):
    team = serializers.ListField(child=serializers.CharField(), help_text="What a lead put before everybody.")
    known = serializers.ListField(child=serializers.CharField(), help_text="These, your own and revealed ones.")


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    owner = serializers.CharField(read_only=True)
    query = serializers.DictField(read_only=True)

    class Meta:
        model = SavedView
        fields = ["id", "name", "query", "shared", "owner"]
        read_only_fields = fields


class LabelListView(ReviewAPIView):
    @operation(Can.READ, out=LabelsSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self._labels()

    @operation(Can.LEAD, body=TeamLabels, out=LabelsSerializer)
    def put(self, request: Request, review_id: UUID) -> Response:
        """Replace the team's labels; what stands on records stays there."""
        set_team_labels(actor=self.user, review=self.review, labels=self.body()["labels"])
        return self._labels()

    def _labels(self) -> Response:
        shown = {"team": team_labels(self.review), "known": known_labels(self.user, self.review)}
        return Response(LabelsSerializer(shown).data)


class SavedViewListView(ReviewAPIView):
    @operation(Can.READ, out=SavedViewSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Your own and the shared ones; one page holds them all."""
        found = SavedViewSerializer(views_for(self.user, self.review), many=True).data
        return Response({"next": None, "results": found})

    @operation(Can.READ, body=NewView, out=SavedViewSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Keep filters of the record list under a name; your view of that name is replaced."""
        asked = self.body()
        if unknown := asked["query"].keys() - set(FILTERS):
            raise Invalid("The list has no such filter.", errors={"query": [f"No filter {min(unknown)[:40]}."]})
        return Response(SavedViewSerializer(save_view(actor=self.user, review=self.review, **asked)).data, status=201)


class SavedViewDetailView(ReviewAPIView):
    @operation(Can.READ, status_code=204)
    def delete(self, request: Request, review_id: UUID, view_id: int) -> Response:
        """Only your own."""
        shown = [view.pk for view in views_for(self.user, self.review)]
        remove_view(actor=self.user, view=get_object_or_404(SavedView, pk__in=shown, pk=view_id))
        return Response(status=204)

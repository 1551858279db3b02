"""One's own desk: keys, timer, and what one did. A token answers for its own person only."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import OwnDeskChange
from screening.choices import Stage
from screening.queries.own import own_days, own_work
from screening.services import preferences
from screening.services.decisions import require_a_screener


class OwnStageSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=Stage.choices)
    include = serializers.IntegerField()
    maybe = serializers.IntegerField()
    exclude = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="Median between two decisions, pauses left out.")


class OwnDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    count = serializers.IntegerField()


class OwnDeskSerializer(serializers.Serializer[Any]):
    keys = serializers.DictField(child=serializers.CharField())
    timer = serializers.BooleanField()
    work = OwnStageSerializer(many=True)
    days = OwnDaySerializer(many=True)


class ScreenerAPIView(ReviewAPIView):
    def enter(self, request: Request) -> None:
        super().enter(request)
        require_a_screener(self.membership)

    def desk(self) -> Response:
        shown = {
            "keys": preferences.keys_of(self.user),
            "timer": preferences.shows_timer(self.user),
            "work": own_work(self.user, self.review),
            "days": own_days(self.user, self.review),
        }
        return Response(OwnDeskSerializer(shown).data)


class OwnDeskView(ScreenerAPIView):
    @operation(Can.READ, out=OwnDeskSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.desk()

    @operation(Can.READ, body=OwnDeskChange, out=OwnDeskSerializer)
    def patch(self, request: Request, review_id: UUID) -> Response:
        """Choose keys for some acts, and whether the desk shows a timer; keys that collide are refused."""
        asked = self.body(partial=True)
        if "keys" in asked:
            preferences.choose_keys(actor=self.user, keys=asked["keys"])
        if "timer" in asked:
            preferences.choose_timer(actor=self.user, shown=asked["timer"])
        return self.desk()


class OwnKeysView(ScreenerAPIView):
    @operation(Can.READ, out=OwnDeskSerializer)
    def delete(self, request: Request, review_id: UUID) -> Response:
        """Every key is again what it came with."""
        preferences.reset_keys(actor=self.user)
        return self.desk()

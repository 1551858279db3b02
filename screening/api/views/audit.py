"""What was done in a review, as far as the reader may know it."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.drf import KeyPagination
from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import BadRequest
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import EventQuery
from screening.api.serializers import EventSerializer
from screening.visibility import audit_events_visible_to, place_of_event


class EventPagination(KeyPagination):
    """The cursor names an event by its random id: the number behind it would tell how many hidden ones came before."""

    def key_of(self, row: Any) -> list[Any]:
        return [str(row.uuid)]

    def read(self, cursor: str) -> list[Any]:
        place = place_of_event(super().read(cursor)[0])
        if place is None:
            raise BadRequest("This cursor does not come from an earlier page.")
        return [place]


class EventListView(ReviewAPIView):
    pagination_class = EventPagination
    ordering = ("-id",)

    @operation(Can.READ, query=EventQuery, out=EventSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Latest first. Events that tell of hidden judgements are neither shown nor counted."""
        events = audit_events_visible_to(self.user, self.review).select_related("actor")
        if "action" in self.asked:
            events = events.filter(action=self.asked["action"])
        if "actor" in self.asked:
            events = events.filter(actor=self.asked["actor"])
        return self.page(events, EventSerializer)

"""Conflicts and the ways out of them."""

from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can, can, require
from screening.api.bodies import AgreedOutcome, ConflictQuery, NewComment, Reopening, Ruling
from screening.api.serializers import ConflictDetailSerializer, ConflictSerializer
from screening.api.views.records import reason_of
from screening.models import Conflict
from screening.queries.settlement import OPEN, known_conflicts, settling_of
from screening.services import conflicts


class ConflictListView(ReviewAPIView):
    @operation(Can.READ, query=ConflictQuery, out=ConflictSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Conflicts that wait to be settled, or with `state=settled` those that are."""
        rows = known_conflicts(self.review).filter(Q(state=self.asked.get("state", OPEN)))
        if "stage" in self.asked:
            rows = rows.filter(stage=self.asked["stage"])
        return self.page(rows, ConflictSerializer)


class ConflictAPIView(ReviewAPIView):
    def conflict(self, conflict_id: int) -> Conflict:
        return get_object_or_404(known_conflicts(self.review).select_related("record__merged_into"), pk=conflict_id)

    def answer(self, conflict_id: int, status: int = 200) -> Response:
        conflict = self.conflict(conflict_id)
        known = settling_of(self.user, conflict)
        return Response(ConflictDetailSerializer(conflict, context={"settling": known}).data, status=status)


class ConflictDetailView(ConflictAPIView):
    @operation(Can.READ, out=ConflictDetailSerializer)
    def get(self, request: Request, review_id: UUID, conflict_id: int) -> Response:
        return self.answer(conflict_id)


class CommentListView(ConflictAPIView):
    @operation(Can.DISCUSS, body=NewComment, out=ConflictDetailSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, conflict_id: int) -> Response:
        conflicts.comment(actor=self.user, conflict=self.conflict(conflict_id), text=self.body()["text"])
        return self.answer(conflict_id, 201)


class AgreementView(ConflictAPIView):
    @operation(Can.DISCUSS, body=AgreedOutcome, out=ConflictDetailSerializer)
    def post(self, request: Request, review_id: UUID, conflict_id: int) -> Response:
        """Propose an outcome, or confirm the standing proposal; once every voter agrees, the conflict is settled."""
        conflict, asked = self.conflict(conflict_id), self.body()
        conflicts.agree(
            actor=self.user,
            conflict=conflict,
            verdict=asked["verdict"],
            reason=reason_of(self, asked.get("reason")),
        )
        return self.answer(conflict_id)

    @operation(Can.DISCUSS, out=ConflictDetailSerializer)
    def delete(self, request: Request, review_id: UUID, conflict_id: int) -> Response:
        """Take one's own standing proposal back."""
        conflicts.withdraw_proposal(actor=self.user, conflict=self.conflict(conflict_id))
        return self.answer(conflict_id)


class AdjudicationView(ConflictAPIView):
    @operation(Can.SETTLE, body=Ruling, out=ConflictDetailSerializer)
    def post(self, request: Request, review_id: UUID, conflict_id: int) -> Response:
        """The third assessor's ruling."""
        conflict, asked = self.conflict(conflict_id), self.body()
        conflicts.adjudicate(
            actor=self.user,
            conflict=conflict,
            verdict=asked["verdict"],
            rationale=asked["rationale"],
            reason=reason_of(self, asked.get("reason")),
        )
        return self.answer(conflict_id)


class ReopeningView(ConflictAPIView):
    @operation(Can.READ, body=Reopening, out=ConflictDetailSerializer)
    def post(self, request: Request, review_id: UUID, conflict_id: int) -> Response:
        """Set a settlement aside, for leads and those who settle; answers with the conflict that is open now."""
        if not can(self.membership, Can.LEAD):
            require(self.membership, Can.SETTLE)
        reopened = conflicts.reopen(actor=self.user, conflict=self.conflict(conflict_id), why=self.body()["why"])
        return self.answer(reopened.pk)

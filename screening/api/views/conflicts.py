"""Conflicts and the ways out of them."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can, can, require
from screening.api.bodies import AgreedOutcome, ConflictQuery, NewComment, Reopening, Ruling, RulingOnMany, StageQuery
from screening.api.serializers import ConflictDetailSerializer, ConflictSerializer
from screening.api.views.records import reason_of
from screening.models import Conflict
from screening.queries.conflict_filters import ConflictFilter, narrowed
from screening.queries.criteria_report import criteria_report
from screening.queries.settlement import OPEN, known_conflicts, settling_of
from screening.services import conflicts
from screening.services.bulk_rulings import adjudicate_each


class ConflictListView(ReviewAPIView):
    @operation(Can.READ, query=ConflictQuery, out=ConflictSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Conflicts that wait to be settled, or with `state=settled` those that are."""
        rows = known_conflicts(self.review).filter(Q(state=self.asked.get("state", OPEN)))
        if "stage" in self.asked:
            rows = rows.filter(stage=self.asked["stage"])
        if "kind" in self.asked:
            rows = rows.filter(kind=self.asked["kind"])
        by = ConflictFilter(
            pattern=self.asked.get("votes", ""),
            label=self.asked.get("label", ""),
            criterion=self.asked.get("criterion", 0),
            voter=self.asked.get("voter", 0),
        )
        rows = rows if by.is_empty else narrowed(rows, self.user, self.review, by)
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


class RefusedSerializer(serializers.Serializer[Any]):
    conflict = serializers.IntegerField()
    detail = serializers.CharField()


class RulingsSerializer(serializers.Serializer[Any]):
    """Ids of the conflicts that are settled now, and those that are not, with why."""

    settled = serializers.ListField(child=serializers.IntegerField())
    refused = RefusedSerializer(many=True)


class RulingsView(ReviewAPIView):
    @operation(Can.SETTLE, body=RulingOnMany, out=RulingsSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """One ruling on several conflicts; each is settled or refused on its own."""
        asked = self.body()
        chosen = Conflict.objects.filter(review=self.review, pk__in=asked["conflicts"])
        done = adjudicate_each(
            actor=self.user,
            conflicts=list(chosen.select_related("record__merged_into", "review")),
            verdict=asked["verdict"],
            rationale=asked["rationale"],
            reason=reason_of(self, asked.get("reason")),
        )
        answer = {
            "settled": [ruling.conflict_id for ruling in done.settled],
            "refused": [{"conflict": conflict.pk, "detail": error.message} for conflict, error in done.refused],
        }
        return Response(RulingsSerializer(answer).data)


class CriterionRowSerializer(serializers.Serializer[Any]):
    """Records, with all votes in, on which somebody named the criterion; `other`: all agree, for another criterion."""

    criterion = serializers.IntegerField(source="criterion.pk")
    code = serializers.CharField(source="criterion.code")
    records = serializers.IntegerField()
    differ = serializers.IntegerField()
    other = serializers.IntegerField()


class CriteriaReportSerializer(serializers.Serializer[Any]):
    rows = CriterionRowSerializer(many=True)


class CriteriaReportView(ReviewAPIView):
    @operation(Can.READ, query=StageQuery, out=CriteriaReportSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Which wording causes conflicts."""
        rows = criteria_report(self.user, self.review, self.asked["stage"])
        return Response(CriteriaReportSerializer({"rows": rows}).data)


class ReopeningView(ConflictAPIView):
    @operation(Can.READ, body=Reopening, out=ConflictDetailSerializer)
    def post(self, request: Request, review_id: UUID, conflict_id: int) -> Response:
        """Set a settlement aside, for leads and those who settle; answers with the conflict that is open now."""
        if not can(self.membership, Can.LEAD):
            require(self.membership, Can.SETTLE)
        reopened = conflicts.reopen(actor=self.user, conflict=self.conflict(conflict_id), why=self.body()["why"])
        return self.answer(reopened.pk)

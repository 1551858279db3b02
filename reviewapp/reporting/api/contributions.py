"""Who did what, as JSON and as files."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from appraisal.exports import FORMS
from reviewapp.lib.endpoints import operation
from reviewapp.reporting.contribution_views import ledger_answer
from reviewapp.reporting.contributions import Contributor, Ledger, Line, contributions
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can


class PartSerializer(serializers.Serializer[tuple[Contributor, int]]):
    person = serializers.IntegerField()
    initials = serializers.CharField()
    name = serializers.CharField()
    amount = serializers.IntegerField()

    def to_representation(self, instance: tuple[Contributor, int]) -> dict[str, Any]:
        who, amount = instance
        return {"person": who.person.pk, "initials": who.mark, "name": str(who.person), "amount": amount}


class WorkSerializer(serializers.Serializer[Line]):
    key = serializers.CharField(source="work.key")
    label = serializers.CharField(source="work.label")  # type: ignore[assignment]
    role = serializers.CharField(source="work.role")
    counted_in = serializers.CharField(source="work.units")
    total = serializers.IntegerField(source="work.share.units")
    by_two_or_more = serializers.IntegerField(source="work.share.apart")
    people = PartSerializer(many=True)


class CreditRoleSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    initials = serializers.ListField(child=serializers.CharField())


class LedgerSerializer(serializers.Serializer[Ledger]):
    work = WorkSerializer(many=True, source="lines")
    roles = serializers.SerializerMethodField()
    credit = serializers.CharField()
    methods = serializers.CharField()

    def get_roles(self, ledger: Ledger) -> list[dict[str, Any]]:
        rows = [{"role": role, "initials": [who.mark for who in people]} for role, people in ledger.roles]
        return list(CreditRoleSerializer(rows, many=True).data)


class ContributionsView(ReviewAPIView):
    @operation(Can.READ, out=LedgerSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Who did what, counted from settled rows and open acts; the same for every reader."""
        return Response(LedgerSerializer(contributions(self.review)).data)


class ContributionsFileView(ReviewAPIView):
    form = "csv"

    @operation(Can.READ, out={(200, FORMS[form][0]): OpenApiTypes.BINARY for form in ("csv", "docx")})
    def get(self, request: Request, review_id: UUID) -> HttpResponse:
        return ledger_answer(self.review, self.form)

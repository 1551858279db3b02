"""Sampled audits of detection. Which pairs were linked is told when all are judged."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import NewAudit, PairRuling
from screening.api.duplicate_serializers import AuditDetailSerializer, AuditPairSerializer, AuditSerializer
from screening.models import DuplicateAudit
from screening.queries.duplicate_audits import audits_of, is_judged, pairs_of, result_of
from screening.services import duplicate_audits


class AuditListView(ReviewAPIView):
    ordering = ("-id",)

    @operation(Can.READ, out=AuditSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(audits_of(self.review), AuditSerializer)

    @operation(Can.RULE_DUPLICATES, body=NewAudit, out=AuditSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Draw automatic links, and records beside those most like them that were left apart; mixed."""
        audit = duplicate_audits.draw(actor=self.user, review=self.review, **self.body())
        return Response(AuditSerializer(audits_of(self.review).get(pk=audit.pk)).data, status=201)


class AuditAPIView(ReviewAPIView):
    def audit(self, audit_id: int) -> DuplicateAudit:
        return get_object_or_404(audits_of(self.review), pk=audit_id)


class AuditDetailView(AuditAPIView):
    @operation(Can.READ, out=AuditDetailSerializer)
    def get(self, request: Request, review_id: UUID, audit_id: int) -> Response:
        audit = self.audit(audit_id)
        return Response(AuditDetailSerializer(audit, context={"result": result_of(list(audit.pairs.all()))}).data)


class AuditPairListView(AuditAPIView):
    ordering = ("position",)

    @operation(Can.READ, out=AuditPairSerializer, paged=True)
    def get(self, request: Request, review_id: UUID, audit_id: int) -> Response:
        audit = self.audit(audit_id)
        return self.page(pairs_of(audit), AuditPairSerializer, is_judged=is_judged(audit))


class AuditJudgementView(AuditAPIView):
    @operation(Can.RULE_DUPLICATES, body=PairRuling, out=AuditPairSerializer)
    def post(self, request: Request, review_id: UUID, audit_id: int, position: int) -> Response:
        """Say whether the two are the same report. One's own judgement can be changed."""
        found = pairs_of(self.audit(audit_id)).select_related("audit__review")
        pair = get_object_or_404(found, position=position)
        duplicate_audits.judge(actor=self.user, pair=pair, same=self.body()["same"])
        pair.refresh_from_db(fields=["same", "judged_by", "judged_at"])
        context = {"is_judged": is_judged(self.audit(audit_id))}
        return Response(AuditPairSerializer(pair, context=context).data)

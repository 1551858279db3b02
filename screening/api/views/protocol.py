"""Criteria, exclusion reasons and the rule of each stage."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import CriterionChange, NewCriterion, NewReason, ReasonChange, RuleChange
from screening.api.serializers import CriterionSerializer, ReasonSerializer, RuleSerializer
from screening.models import EligibilityCriterion, ExclusionReason, StageRule
from screening.services import protocol


class ProtocolAPIView(ReviewAPIView):
    ordering = ("position", "id")

    def criterion(self, criterion_id: int | None) -> EligibilityCriterion | None:
        """The criterion a body names. Raises Invalid for one outside this review's protocol."""
        if criterion_id is None:
            return None
        found = EligibilityCriterion.objects.filter(review=self.review, pk=criterion_id, retired_at=None).first()
        if found is None:
            raise Invalid("There is no such criterion in this review.", errors={"criterion": ["No such criterion."]})
        return found


class CriterionListView(ProtocolAPIView):
    @operation(Can.READ, out=CriterionSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(self.review.criteria.filter(retired_at=None), CriterionSerializer)

    @operation(Can.LEAD, body=NewCriterion, out=CriterionSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        criterion = protocol.add_criterion(actor=self.user, review=self.review, **self.body())
        return Response(CriterionSerializer(criterion).data, status=201)


class CriterionDetailView(ProtocolAPIView):
    def _criterion(self, criterion_id: int) -> EligibilityCriterion:
        return get_object_or_404(EligibilityCriterion, review=self.review, pk=criterion_id)

    @operation(Can.READ, out=CriterionSerializer)
    def get(self, request: Request, review_id: UUID, criterion_id: int) -> Response:
        return Response(CriterionSerializer(self._criterion(criterion_id)).data)

    @operation(Can.LEAD, body=CriterionChange, out=CriterionSerializer)
    def patch(self, request: Request, review_id: UUID, criterion_id: int) -> Response:
        criterion = self._criterion(criterion_id)
        return Response(
            CriterionSerializer(protocol.change_criterion(actor=self.user, criterion=criterion, **self.body())).data
        )

    @operation(Can.LEAD, status_code=204)
    def delete(self, request: Request, review_id: UUID, criterion_id: int) -> Response:
        """Retire: out of the protocol, still in the history."""
        protocol.retire_criterion(actor=self.user, criterion=self._criterion(criterion_id))
        return Response(status=204)


class ReasonListView(ProtocolAPIView):
    @operation(Can.READ, out=ReasonSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(self.review.exclusion_reasons.filter(retired_at=None), ReasonSerializer)

    @operation(Can.LEAD, body=NewReason, out=ReasonSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        asked = self.body()
        reason = protocol.add_exclusion_reason(
            actor=self.user, review=self.review, label=asked["label"], criterion=self.criterion(asked.get("criterion"))
        )
        return Response(ReasonSerializer(reason).data, status=201)


class ReasonDetailView(ProtocolAPIView):
    def _reason(self, reason_id: int) -> ExclusionReason:
        return get_object_or_404(ExclusionReason.objects.select_related("criterion"), review=self.review, pk=reason_id)

    @operation(Can.READ, out=ReasonSerializer)
    def get(self, request: Request, review_id: UUID, reason_id: int) -> Response:
        return Response(ReasonSerializer(self._reason(reason_id)).data)

    @operation(Can.LEAD, body=ReasonChange, out=ReasonSerializer)
    def patch(self, request: Request, review_id: UUID, reason_id: int) -> Response:
        reason, asked = self._reason(reason_id), self.body(partial=True)
        criterion = self.criterion(asked["criterion"]) if "criterion" in asked else reason.criterion
        changed = protocol.change_exclusion_reason(
            actor=self.user, reason=reason, label=asked.get("label", reason.label), criterion=criterion
        )
        return Response(ReasonSerializer(changed).data)

    @operation(Can.LEAD, status_code=204)
    def delete(self, request: Request, review_id: UUID, reason_id: int) -> Response:
        """Retire: not offered for new decisions; those that used it keep it."""
        protocol.retire_exclusion_reason(actor=self.user, reason=self._reason(reason_id))
        return Response(status=204)


class RuleListView(ReviewAPIView):
    @operation(Can.READ, out=RuleSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(self.review.stage_rules.all(), RuleSerializer)


class RuleDetailView(ReviewAPIView):
    @operation(Can.READ, out=RuleSerializer)
    def get(self, request: Request, review_id: UUID, stage: str) -> Response:
        return Response(RuleSerializer(get_object_or_404(StageRule, review=self.review, stage=stage)).data)

    @operation(Can.LEAD, body=RuleChange, out=RuleSerializer)
    def patch(self, request: Request, review_id: UUID, stage: str) -> Response:
        get_object_or_404(StageRule, review=self.review, stage=stage)
        changes: dict[str, Any] = self.body()
        rule = protocol.change_stage_rule(actor=self.user, review=self.review, stage=stage, **changes)
        return Response(RuleSerializer(rule).data)

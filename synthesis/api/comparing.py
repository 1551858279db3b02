"""Comparing independent codings as JSON: the same services and queries as the pages."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.models import Study
from synthesis.choices import Ruling
from synthesis.models import CodingComparison
from synthesis.queries.agreement import coder_agreement
from synthesis.queries.comparing import Case, side_by_side
from synthesis.services import finishing, settling
from synthesis.services.settling import Wanted
from synthesis.visibility import codes_visible_to, names_of


class WantedBody(Body):
    """An agreed coding that shall follow: the id of a code, or a name; other ends than the case's, if any."""

    code = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=200, required=False)
    start = serializers.IntegerField(min_value=0, max_value=10_000_000, required=False)
    end = serializers.IntegerField(min_value=1, max_value=10_000_000, required=False)


class CodingSettlementBody(Body):
    cases = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)
    ruling = serializers.ChoiceField(choices=Ruling.choices)
    wanted = WantedBody(many=True, required=False)
    reason = serializers.CharField(max_length=2000)


class ProposalBody(Body):
    proposal = serializers.IntegerField(min_value=1, max_value=2**62)


class ReopenedCodingBody(Body):
    settlement = serializers.IntegerField(min_value=1, max_value=2**62)
    why = serializers.CharField(max_length=2000)


class GivenCodingSerializer(serializers.Serializer[Any]):
    coder = serializers.CharField()
    code = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    quote = serializers.CharField()


class StandingCodingSettlementSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    ruling = serializers.CharField()
    how = serializers.CharField()
    reason = serializers.CharField()
    wanted = serializers.ListField(child=serializers.DictField())
    settled_at = serializers.DateTimeField(allow_null=True)


class CodingCaseSerializer(serializers.Serializer[Any]):
    case = serializers.CharField()
    kind = serializers.CharField(help_text="agreed, code, stretch or alone")
    state = serializers.CharField(help_text="open, proposed or settled")
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    codings = GivenCodingSerializer(many=True)
    settlement = StandingCodingSettlementSerializer(allow_null=True)


class CodingComparisonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    study = serializers.IntegerField()
    study_label = serializers.CharField()
    overlap = serializers.FloatField()
    open = serializers.IntegerField()
    settled_at = serializers.DateTimeField(allow_null=True)
    cases = CodingCaseSerializer(many=True)


class CodeAgreementSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentences = serializers.ListField(source="table", child=serializers.ListField(child=serializers.IntegerField()))
    kappa = serializers.FloatField(allow_null=True)
    pabak = serializers.FloatField(allow_null=True)
    jaccard = serializers.FloatField(allow_null=True)
    dice = serializers.FloatField(allow_null=True)


class CoderPairSerializer(serializers.Serializer[Any]):
    """The unit of tables is the sentence, of Jaccard and Dice the character."""

    first = serializers.CharField()
    second = serializers.CharField()
    studies = serializers.IntegerField()
    sentences = serializers.IntegerField()
    jaccard = serializers.FloatField(allow_null=True)
    dice = serializers.FloatField(allow_null=True)
    matched = serializers.IntegerField(source="segments.matched")
    f1 = serializers.FloatField(source="segments.f1", allow_null=True)
    overlap = serializers.FloatField()
    mean_kappa = serializers.FloatField(allow_null=True)
    codes = CodeAgreementSerializer(many=True)


class StudyStateSerializer(serializers.Serializer[Any]):
    study = serializers.IntegerField()
    compared = serializers.BooleanField()


class ComparedStudySerializer(serializers.ModelSerializer[CodingComparison]):
    study_label = serializers.CharField(source="study.label", read_only=True)

    class Meta:
        model = CodingComparison
        fields = ["id", "study", "study_label", "revealed_at", "settled_at"]
        read_only_fields = fields


class CodingComparisonAPIView(ReviewAPIView):
    def one(self, coding_comparison_id: int) -> CodingComparison:
        found = CodingComparison.objects.filter(study__review=self.review).select_related("study__review")
        return get_object_or_404(found, pk=coding_comparison_id)

    def study(self, study_id: int) -> Study:
        return get_object_or_404(Study.objects.filter(review=self.review).select_related("review"), pk=study_id)

    def shown(self, one: CodingComparison, status: int = 200) -> Response:
        one.refresh_from_db()
        found = side_by_side(one)
        names = names_of(self.user, one.study, found.people)
        data = {
            "id": one.pk,
            "study": one.study_id,
            "study_label": one.study.label,
            "overlap": one.overlap,
            "open": len(found.open_cases),
            "settled_at": one.settled_at,
            "cases": [_told(case, names) for case in found.cases],
        }
        return Response(CodingComparisonSerializer(data).data, status=status)

    def how(self) -> dict[str, Any]:
        asked = self.body()
        return {
            "keys": [str(key) for key in asked["cases"]],
            "ruling": asked["ruling"],
            "wanted": [self._wanted(want) for want in asked.get("wanted", ())],
            "reason": asked["reason"],
        }

    def _wanted(self, want: dict[str, Any]) -> Wanted:
        code = None
        if "code" in want:
            code = get_object_or_404(codes_visible_to(self.user, self.review), pk=want["code"])
        return Wanted(code, want.get("name", ""), want.get("start"), want.get("end"))


def _told(case: Case, names: dict[int, str]) -> dict[str, Any]:
    standing = case.settlement
    return {
        "case": case.key,
        "kind": case.kind,
        "state": case.state,
        "start": case.start,
        "end": case.end,
        "codings": sorted(
            (
                {
                    "coder": names.get(coding.coder_id or 0, ""),
                    "code": coding.code.name,
                    "start": coding.start,
                    "end": coding.end,
                    "quote": coding.quote,
                }
                for coding in case.codings
            ),
            key=lambda given: str(given["coder"]),
        ),
        "settlement": standing
        and {
            "id": standing.pk,
            "ruling": standing.ruling,
            "how": standing.how,
            "reason": standing.rationale,
            "wanted": standing.wanted,
            "settled_at": standing.settled_at,
        },
    }


class CodingComparisonView(CodingComparisonAPIView):
    @operation(Can.READ, out=CodingComparisonSerializer)
    def get(self, request: Request, review_id: UUID, coding_comparison_id: int) -> Response:
        """The codings of a study side by side, once everybody has finished it."""
        return self.shown(self.one(coding_comparison_id))


class CodingComparisonListView(CodingComparisonAPIView):
    @operation(Can.READ, out=ComparedStudySerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Studies that everybody assigned has finished coding."""
        found = CodingComparison.objects.filter(study__review=self.review).select_related("study")
        return self.page(found, ComparedStudySerializer)


class CodingFinishView(CodingComparisonAPIView):
    @operation(Can.CODE, out=StudyStateSerializer)
    def post(self, request: Request, review_id: UUID, study_id: int) -> Response:
        """Say that one has coded the study to its end."""
        compared = finishing.finish(actor=self.user, study=self.study(study_id))
        return Response({"study": study_id, "compared": compared is not None})

    @operation(Can.CODE, out=StudyStateSerializer)
    def delete(self, request: Request, review_id: UUID, study_id: int) -> Response:
        """Go on with it, as long as not everybody has finished."""
        finishing.take_up_again(actor=self.user, study=self.study(study_id))
        return Response({"study": study_id, "compared": False})


class CodingProposalView(CodingComparisonAPIView):
    @operation(Can.READ, body=CodingSettlementBody, out=CodingComparisonSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, coding_comparison_id: int) -> Response:
        """Propose how cases are settled."""
        one = self.one(coding_comparison_id)
        settling.propose(actor=self.user, comparison=one, **self.how())
        return self.shown(one, 201)

    @operation(Can.READ, body=ProposalBody, out=CodingComparisonSerializer)
    def put(self, request: Request, review_id: UUID, coding_comparison_id: int) -> Response:
        """Confirm a proposal."""
        one = self.one(coding_comparison_id)
        settling.confirm(actor=self.user, comparison=one, **self.body())
        return self.shown(one)

    @operation(Can.READ, body=ProposalBody, out=CodingComparisonSerializer)
    def delete(self, request: Request, review_id: UUID, coding_comparison_id: int) -> Response:
        """Withdraw one's own proposal."""
        one = self.one(coding_comparison_id)
        settling.withdraw(actor=self.user, comparison=one, **self.body())
        return self.shown(one)


class CodingRulingView(CodingComparisonAPIView):
    @operation(Can.SETTLE, body=CodingSettlementBody, out=CodingComparisonSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, coding_comparison_id: int) -> Response:
        """The third assessor's ruling."""
        one = self.one(coding_comparison_id)
        settling.rule(actor=self.user, comparison=one, **self.how())
        return self.shown(one, 201)


class CodingReopeningView(CodingComparisonAPIView):
    @operation(Can.READ, body=ReopenedCodingBody, out=CodingComparisonSerializer)
    def post(self, request: Request, review_id: UUID, coding_comparison_id: int) -> Response:
        one = self.one(coding_comparison_id)
        settling.reopen(actor=self.user, comparison=one, **self.body())
        return self.shown(one)


class CodingMatchesView(CodingComparisonAPIView):
    @operation(Can.READ, out=CodingComparisonSerializer)
    def post(self, request: Request, review_id: UUID, coding_comparison_id: int) -> Response:
        """Agree on what matches since codes were merged."""
        one = self.one(coding_comparison_id)
        settling.take_matches(actor=self.user, comparison=one)
        return self.shown(one)


class CoderAgreementView(ReviewAPIView):
    @operation(Can.READ, out=CoderPairSerializer(many=True))
    def get(self, request: Request, review_id: UUID) -> Response:
        """Agreement of every pair of coders, from their independent codings."""
        return Response(CoderPairSerializer(coder_agreement(self.review), many=True).data)

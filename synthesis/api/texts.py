"""Findings texts as JSON: the same services and queries as the pages. Places are code points, half-open."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import Body, operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.queries.included import included_studies
from synthesis.choices import Direction
from synthesis.models import Finding, FindingsText, Quotation
from synthesis.queries.texts import laid_out, reports_of, standing_texts
from synthesis.services import texts as services
from synthesis.services.texts import MOST_CHARACTERS

CONTENT = MOST_CHARACTERS + 200_000


class NewTextBody(Body):
    """Lines "[page 5]" in the content tell where a page begins."""

    study = serializers.IntegerField(min_value=1, max_value=2**62)
    title = serializers.CharField(max_length=200)
    content = serializers.CharField(max_length=CONTENT, trim_whitespace=False)
    report = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    language = serializers.CharField(max_length=12, required=False)
    direction = serializers.ChoiceField(choices=Direction.choices, required=False)
    translation_of = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    translated_by = serializers.CharField(max_length=200, required=False)


class TextDescriptionBody(Body):
    title = serializers.CharField(max_length=200)
    language = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    direction = serializers.ChoiceField(choices=Direction.choices, required=False, allow_blank=True, default="")


class TextCorrectionBody(Body):
    """`number` is the version that was corrected."""

    content = serializers.CharField(max_length=CONTENT, trim_whitespace=False)
    why = serializers.CharField(max_length=2000)
    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class NewQuotationBody(Body):
    start = serializers.IntegerField(min_value=0, max_value=CONTENT)
    end = serializers.IntegerField(min_value=1, max_value=CONTENT)
    speaker = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class SpeakerBody(Body):
    speaker = serializers.CharField(max_length=200, allow_blank=True)


class FindingPlaceBody(Body):
    section = serializers.CharField(max_length=200, allow_blank=True)
    page = serializers.CharField(max_length=20, allow_blank=True)


class FindingsTextSerializer(serializers.ModelSerializer[FindingsText]):
    study_label = serializers.CharField(source="study.label", read_only=True)
    version = serializers.IntegerField(source="current.number", read_only=True)
    sha256 = serializers.CharField(source="current.sha256", read_only=True)

    class Meta:
        model = FindingsText
        fields = [
            "id", "study", "study_label", "report", "title", "language", "direction", "translation_of", "translated_by",
            "is_simulated", "version", "sha256",
        ]  # fmt: skip
        read_only_fields = fields


class FindingSerializer(serializers.ModelSerializer[Finding]):
    class Meta:
        model = Finding
        fields = ["id", "start", "end", "section", "page"]
        read_only_fields = fields


class QuotationSerializer(serializers.ModelSerializer[Quotation]):
    class Meta:
        model = Quotation
        fields = ["id", "start", "end", "speaker", "is_suggested"]
        read_only_fields = fields


class FindingsTextDetailSerializer(serializers.Serializer[Any]):
    text = FindingsTextSerializer()
    content = serializers.CharField(source="text.current.content")
    pages = serializers.ListField(
        source="text.current.pages", child=serializers.ListField(child=serializers.IntegerField())
    )
    lines = serializers.SerializerMethodField(help_text="Number, start and end of each line.")
    findings = FindingSerializer(many=True)
    quotations = QuotationSerializer(many=True)

    def get_lines(self, laid: Any) -> list[list[int]]:
        return [[line.number, line.start, line.end] for line in laid.lines]


class TextAPIView(ReviewAPIView):
    def text(self, text_id: int) -> FindingsText:
        return get_object_or_404(standing_texts(self.review).select_related("review", "report"), pk=text_id)

    def shown(self, text: FindingsText, status: int = 200) -> Response:
        return Response(FindingsTextDetailSerializer(laid_out(self.text(text.pk))).data, status=status)


class TextListView(TextAPIView):
    @operation(Can.READ, out=FindingsTextSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(standing_texts(self.review), FindingsTextSerializer)

    @operation(Can.SYNTHESISE, body=NewTextBody, out=FindingsTextDetailSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Bring in the results of an included study, word for word."""
        asked = self.body()
        study = get_object_or_404(included_studies(self.review).select_related("review"), pk=asked.pop("study"))
        if report := asked.pop("report", None):
            asked["report"] = next((one for one in reports_of(study) if one.pk == report), None)
            if asked["report"] is None:
                raise Invalid("The study has no such report.")
        if original := asked.pop("translation_of", None):
            asked["translation_of"] = self.text(original)
        return self.shown(services.add_text(actor=self.user, study=study, **asked), 201)


class TextDetailView(TextAPIView):
    @operation(Can.READ, out=FindingsTextDetailSerializer)
    def get(self, request: Request, review_id: UUID, text_id: int) -> Response:
        return self.shown(self.text(text_id))

    @operation(Can.SYNTHESISE, body=TextDescriptionBody, out=FindingsTextDetailSerializer)
    def put(self, request: Request, review_id: UUID, text_id: int) -> Response:
        return self.shown(services.describe_text(actor=self.user, text=self.text(text_id), **self.body()))

    @operation(Can.SYNTHESISE, out={204: None})
    def delete(self, request: Request, review_id: UUID, text_id: int) -> Response:
        """Take a text away that was not given to anybody to code."""
        services.remove_text(actor=self.user, text=self.text(text_id))
        return Response(status=204)


class TextCorrectionView(TextAPIView):
    @operation(Can.SYNTHESISE, body=TextCorrectionBody, out=FindingsTextDetailSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, text_id: int) -> Response:
        """Another version; codings are carried over by their very words."""
        text = self.text(text_id)
        services.correct_text(actor=self.user, text=text, **self.body())
        return self.shown(text, 201)


class QuotationListView(TextAPIView):
    @operation(Can.SYNTHESISE, body=NewQuotationBody, out=QuotationSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, text_id: int) -> Response:
        """Mark a participant's own words."""
        version = self.text(text_id).current
        asked = self.body()
        made = services.mark_quotation(actor=self.user, version=version, **asked)  # type: ignore[arg-type]
        return Response(QuotationSerializer(made).data, status=201)


class QuotationDetailView(TextAPIView):
    def quotation(self, text_id: int, quotation_id: int) -> Quotation:
        found = Quotation.objects.filter(version=self.text(text_id).current, removed_at=None)
        return get_object_or_404(found.select_related("version__text__review"), pk=quotation_id)

    @operation(Can.SYNTHESISE, body=SpeakerBody, out=QuotationSerializer)
    def put(self, request: Request, review_id: UUID, text_id: int, quotation_id: int) -> Response:
        """Confirm it, and say who is speaking."""
        quotation = self.quotation(text_id, quotation_id)
        kept = services.keep_quotation(actor=self.user, quotation=quotation, **self.body())
        return Response(QuotationSerializer(kept).data)

    @operation(Can.SYNTHESISE, out={204: None})
    def delete(self, request: Request, review_id: UUID, text_id: int, quotation_id: int) -> Response:
        services.unmark_quotation(actor=self.user, quotation=self.quotation(text_id, quotation_id))
        return Response(status=204)


class FindingDetailView(TextAPIView):
    @operation(Can.SYNTHESISE, body=FindingPlaceBody, out=FindingSerializer)
    def put(self, request: Request, review_id: UUID, text_id: int, finding_id: int) -> Response:
        """Say under which heading and on which page a passage stands."""
        found = Finding.objects.filter(version=self.text(text_id).current).select_related("version__text__review")
        finding = get_object_or_404(found, pk=finding_id)
        return Response(FindingSerializer(services.place_finding(actor=self.user, finding=finding, **self.body())).data)

"""The included studies with what is settled about them, as JSON."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from appraisal.api import bodies
from appraisal.api.serializers import InstrumentDetailSerializer
from appraisal.api.views import InstrumentAPIView
from appraisal.queries.attributes import attribute_columns, study_attributes
from appraisal.queries.studies import PREFIX, sortable, study_list
from appraisal.queries.work import assigned_studies
from appraisal.services import studies
from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import BadRequest, Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.models import Study


class AttributeSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class NotYesSerializer(serializers.Serializer[Any]):
    instrument = serializers.CharField()
    number = serializers.CharField()
    question = serializers.CharField()
    answer = serializers.CharField()


class IncludedStudySerializer(serializers.Serializer[Any]):
    study = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    year = serializers.IntegerField(allow_null=True)
    attributes = serializers.DictField(source="facts", child=serializers.CharField())
    rating = serializers.CharField()
    not_yes = NotYesSerializer(many=True)
    would_drop = serializers.CharField()
    kept_because = serializers.CharField()


class IncludedStudiesSerializer(serializers.Serializer[Any]):
    attributes = AttributeSerializer(many=True, source="columns")
    total = serializers.IntegerField()
    studies = IncludedStudySerializer(many=True, source="rows")


class IncludedStudyListView(ReviewAPIView):
    @operation(Can.READ, query=bodies.StudyQuery, out=IncludedStudiesSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Included studies, narrowed and sorted by what extraction and appraisal settled; open answers say nothing."""
        asked = self.asked
        columns = attribute_columns(self.review)
        if asked.get("sort", "study").removeprefix("-") not in sortable(columns):
            raise BadRequest(f"Studies are sorted by one of: {', '.join(sorted(sortable(columns)))}.")
        if asked.get("attribute", "") not in {"", *(column.key for column in columns)}:
            raise BadRequest("There is no such attribute.")
        query: dict[str, str] = {name: asked[name] for name in ("q", "rating", "sort", "dropped") if name in asked}
        query |= {name: str(asked[f"year_{name}"]) for name in ("from", "to") if f"year_{name}" in asked}
        if "attribute" in asked:
            query[PREFIX + asked["attribute"]] = asked.get("value", "")
        return Response(IncludedStudiesSerializer(study_list(self.review, query)).data)


class StudyMarkView(ReviewAPIView):
    @operation(Can.LEAD, body=bodies.StudyMark, out=IncludedStudySerializer)
    def put(self, request: Request, review_id: UUID, study_id: int) -> Response:
        """Say whether a sensitivity analysis leaves the study out, and why; it stays in the review."""
        study = get_object_or_404(Study.objects.select_related("review"), review=self.review, pk=study_id)
        asked = self.body()
        known = study_attributes(self.review).get(study.pk)
        if known is None:
            raise Invalid("This study is not included.")
        studies.mark_study(actor=self.user, study=study, drop=asked["drop"], reason=asked.get("reason", ""))
        return Response(IncludedStudySerializer(study_attributes(self.review)[study.pk]).data)


# --- Which instrument for which study ---------------------------------------------------------------------------------


class MeantForView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.MeantFor, out=InstrumentDetailSerializer)
    def put(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        instrument = self.instrument(instrument_id)
        return self.shown(studies.set_meant_for(actor=self.user, instrument=instrument, **self.body()))


class DropRuleView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.DropRule, out=InstrumentDetailSerializer)
    def put(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        """With which ratings, and whether with a closed gate, a sensitivity analysis leaves a study out."""
        instrument = self.instrument(instrument_id)
        return self.shown(studies.set_drop_rule(actor=self.user, instrument=instrument, **self.body()))


class MeantStudySerializer(serializers.Serializer[Any]):
    study = serializers.IntegerField(source="study.pk")
    label = serializers.CharField(source="study.label")  # type: ignore[assignment]
    meant = serializers.BooleanField(source="fit.meant", allow_null=True)
    by_hand = serializers.BooleanField(source="fit.by_hand")


class MeantStudyListView(InstrumentAPIView):
    @operation(Can.READ, out=MeantStudySerializer(many=True))
    def get(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        """Whether the instrument is meant for each included study; null while its conditions ask for what is not settled."""
        rows = assigned_studies(self.instrument(instrument_id))
        return Response(MeantStudySerializer(rows, many=True).data)


class MeantStudyView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.MeantStudy, out=MeantStudySerializer(many=True))
    def put(self, request: Request, review_id: UUID, instrument_id: int, study_id: int) -> Response:
        """Say by hand whether it is meant for the study."""
        instrument = self.instrument(instrument_id)
        study = get_object_or_404(Study, review=self.review, pk=study_id)
        studies.say_meant(actor=self.user, instrument=instrument, study=study, meant=self.body()["meant"])
        return Response(MeantStudySerializer(assigned_studies(instrument), many=True).data)

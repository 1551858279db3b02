"""The coding desk as JSON: the same services and queries as the page. Places are code points of the text."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.accounts.models import User
from reviewapp.lib.endpoints import Body, operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import LONG, id_field
from screening.models import Study
from synthesis.choices import Origin
from synthesis.models import Code, Coding, FindingsText, TextVersion
from synthesis.queries.acts import last_act
from synthesis.queries.desk import changed_by, quotations_of, shown_lines, state_of
from synthesis.queries.work import study_rows
from synthesis.rules.source import page_at
from synthesis.services import assigning, journal
from synthesis.services import coding as services
from synthesis.visibility import codes_visible_to, codings_visible_to, plan_of, set_aside_visible_to

# --- What requests may say -------------------------------------------------------------------------------------------


class PlanChange(Body):
    people = serializers.IntegerField(min_value=1, max_value=3, required=False)
    overlap = serializers.FloatField(min_value=0.01, max_value=1, required=False)


class Opening(Body):
    is_open = serializers.BooleanField()
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class People(Body):
    people = serializers.ListField(child=id_field(), max_length=20)


class Stretch(Body):
    """[start, end) in code points of a version of the text; of the current one where none is named."""

    version = id_field(required=False)
    start = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    end = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class NewCoding(Stretch):
    """An existing code by its id, or a name, which becomes a code where there is none."""

    code = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=LONG, required=False)
    origin = serializers.ChoiceField(choices=Origin.choices, required=False)


class CodingChange(Body):
    code = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=LONG, required=False)
    start = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    end = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    is_contrary = serializers.BooleanField(required=False)


class Step(Body):
    """`expected`: the act that was seen as the last one; sent twice, one act is taken back."""

    expected = serializers.UUIDField(required=False)


# --- What is answered --------------------------------------------------------------------------------------------------


class PlanSerializer(serializers.Serializer[Any]):
    people = serializers.IntegerField()
    overlap = serializers.FloatField()
    is_open = serializers.BooleanField()


class CoverageSerializer(serializers.Serializer[Any]):
    lines = serializers.IntegerField()
    touched = serializers.IntegerField()
    percent = serializers.IntegerField()


class CodedStudySerializer(serializers.Serializer[Any]):
    """`team` is null while colleagues' readings are hidden."""

    study = serializers.IntegerField(source="study.pk")
    label = serializers.CharField(source="study.label")  # type: ignore[assignment]
    texts = serializers.IntegerField()
    state = serializers.CharField()
    people = serializers.ListField(child=serializers.IntegerField())
    own = CoverageSerializer(source="coverage.own")
    team = CoverageSerializer(source="coverage.team", allow_null=True)


class CodingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.UUIDField()
    name = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    layer = serializers.CharField()
    by = serializers.IntegerField(allow_null=True)
    mine = serializers.BooleanField()
    contrary = serializers.BooleanField()


class OneCodingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    study = serializers.IntegerField(source="study_id")
    version = serializers.IntegerField(source="version_id")
    code = serializers.UUIDField(source="code_id")
    name = serializers.CharField(source="code.name")
    layer = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    quote = serializers.CharField()
    page = serializers.SerializerMethodField()
    is_contrary = serializers.BooleanField()

    def get_page(self, row: Coding) -> str:
        return page_at(row.version.pages, row.start)


class LineSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(source="line.number")
    start = serializers.IntegerField(source="line.start")
    end = serializers.IntegerField(source="line.end")
    text = serializers.CharField()
    is_quotation = serializers.BooleanField()


class DeskSerializer(serializers.Serializer[Any]):
    text = serializers.IntegerField()
    version = serializers.IntegerField()
    lines = LineSerializer(many=True)
    quotations = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    people = serializers.ListField(child=serializers.CharField())
    codings = CodingSerializer(many=True)
    aside = serializers.ListField(child=serializers.DictField())
    codes = serializers.ListField(child=serializers.DictField())
    undo = serializers.DictField(allow_null=True)
    redo = serializers.DictField(allow_null=True)


class ChangedSerializer(serializers.Serializer[Any]):
    codings = CodingSerializer(many=True)
    aside = serializers.ListField(child=serializers.DictField())
    codes = serializers.ListField(child=serializers.DictField())
    gone = serializers.ListField(child=serializers.CharField())
    gone_codes = serializers.ListField(child=serializers.CharField())
    act = serializers.CharField()
    said = serializers.CharField()
    undo = serializers.DictField(allow_null=True)
    redo = serializers.DictField(allow_null=True)


class SpreadResultSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()


class WalkedSerializer(serializers.Serializer[Any]):
    """`act` is empty when there was nothing to do; `why_not` says why an act stays as it is."""

    act = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    why_not = serializers.CharField()


# --- Who codes what ------------------------------------------------------------------------------------------------------


class CodingStudyListView(ReviewAPIView):
    @operation(Can.READ, out=CodedStudySerializer(many=True))
    def get(self, request: Request, review_id: UUID) -> Response:
        """The included studies with one's own line coverage; the team's where it is known."""
        return Response(CodedStudySerializer(study_rows(self.user, self.review), many=True).data)


class CodingPeopleView(ReviewAPIView):
    @operation(Can.LEAD, body=People, out=CodedStudySerializer(many=True))
    def put(self, request: Request, review_id: UUID, study_id: int) -> Response:
        """Who codes the study. Withdrawn codings are kept."""
        study = get_object_or_404(Study.objects.select_related("review"), review=self.review, pk=study_id)
        assigning.assign(actor=self.user, study=study, people=_people(self.body()["people"]))
        rows = [row for row in study_rows(self.user, self.review) if row.study.pk == study.pk]
        return Response(CodedStudySerializer(rows, many=True).data)


def _people(ids: list[int]) -> list[User]:
    found = User.objects.in_bulk(ids)
    if len(found) < len(set(ids)):
        raise Invalid("Some of these people are not there.")
    return [found[pk] for pk in ids]


class CodingSpreadView(ReviewAPIView):
    @operation(Can.LEAD, body=People, out=SpreadResultSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        people = _people(self.body()["people"])
        return Response({"added": assigning.spread(actor=self.user, review=self.review, people=people)})


class CodingPlanView(ReviewAPIView):
    @operation(Can.READ, out=PlanSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        return Response(PlanSerializer(plan_of(self.review)).data)

    @operation(Can.LEAD, body=PlanChange, out=PlanSerializer)
    def patch(self, request: Request, review_id: UUID) -> Response:
        plan = assigning.change_plan(actor=self.user, review=self.review, **self.body())
        return Response(PlanSerializer(plan).data)


class CodingOpeningView(ReviewAPIView):
    @operation(Can.LEAD, body=Opening, out=PlanSerializer)
    def put(self, request: Request, review_id: UUID) -> Response:
        """Let everybody see everybody's codings (with a reason; announced, and said in the report), or close it again."""
        plan = assigning.set_open(actor=self.user, review=self.review, **self.body())
        return Response(PlanSerializer(plan).data)


# --- The desk --------------------------------------------------------------------------------------------------------------


class DeskAPIView(ReviewAPIView):
    def text(self, text_id: int) -> FindingsText:
        found = FindingsText.objects.standing().filter(review=self.review)
        return get_object_or_404(found.select_related("current__text", "study__review", "review"), pk=text_id)

    def coding(self, coding_id: UUID) -> Coding:
        found = codings_visible_to(self.user, self.review).select_related(
            "code", "coder", "version__text", "study__review"
        )
        return get_object_or_404(found, pk=coding_id)

    def version(self, text: FindingsText, asked: int | None) -> TextVersion:
        found = TextVersion.objects.filter(text=text).select_related("text__review", "text__study")
        return get_object_or_404(found, pk=asked or text.current_id)

    def code(self, asked: UUID | None) -> Code | None:
        if asked is None:
            return None
        found = codes_visible_to(self.user, self.review).filter(pk=asked).first()
        if found is None:
            raise Invalid("There is no such code any more.")
        return found

    def changed(self, text: FindingsText, status: int = 200) -> Response:
        return Response(changed_by(self.user, text, last_act(self.user, self.review)), status=status)


class DeskTextView(DeskAPIView):
    @operation(Can.READ, out=DeskSerializer)
    def get(self, request: Request, review_id: UUID, text_id: int) -> Response:
        """A text in its numbered lines, with what you may know of what is on it."""
        text = self.text(text_id)
        version = self.version(text, None)
        lines = LineSerializer(shown_lines(version), many=True).data
        known = {"text": text.pk, "version": version.pk, "lines": lines, "quotations": quotations_of(version)}
        state = state_of(self.user, text)
        return Response(known | {key: state[key] for key in ("people", "codings", "aside", "codes", "undo", "redo")})


class CodingListView(DeskAPIView):
    @operation(Can.CODE, body=NewCoding, out=ChangedSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, text_id: int) -> Response:
        """Put a code on a stretch; the same again changes nothing."""
        text, asked = self.text(text_id), self.body()
        asked["version"] = self.version(text, asked.pop("version", None))
        asked["code"] = self.code(asked.pop("code", None))
        services.code_stretch(actor=self.user, **asked)
        return self.changed(text, 201)


class CodingDetailView(DeskAPIView):
    @operation(Can.READ, out=OneCodingSerializer)
    def get(self, request: Request, review_id: UUID, coding_id: UUID) -> Response:
        return Response(OneCodingSerializer(self.coding(coding_id)).data)

    @operation(Can.CODE, body=CodingChange, out=ChangedSerializer)
    def patch(self, request: Request, review_id: UUID, coding_id: UUID) -> Response:
        coding, asked = self.coding(coding_id), self.body()
        asked["code"] = self.code(asked.pop("code", None))
        services.change_coding(actor=self.user, coding=coding, **asked)
        return self.changed(self.text(coding.version.text_id))

    @operation(Can.CODE, out=ChangedSerializer)
    def delete(self, request: Request, review_id: UUID, coding_id: UUID) -> Response:
        coding = self.coding(coding_id)
        services.remove_coding(actor=self.user, coding=coding)
        return self.changed(self.text(coding.version.text_id))


class SetAsideListView(DeskAPIView):
    @operation(Can.CODE, body=Stretch, out=ChangedSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, text_id: int) -> Response:
        """Say that a stretch was read and holds nothing to code."""
        text, asked = self.text(text_id), self.body()
        asked["version"] = self.version(text, asked.pop("version", None))
        services.set_aside(actor=self.user, **asked)
        return self.changed(text, 201)


class SetAsideView(DeskAPIView):
    @operation(Can.READ, out=ChangedSerializer)
    def delete(self, request: Request, review_id: UUID, aside_id: UUID) -> Response:
        found = set_aside_visible_to(self.user, self.review).select_related("version", "study__review")
        aside = get_object_or_404(found, pk=aside_id)
        services.take_up(actor=self.user, aside=aside)
        return self.changed(self.text(aside.version.text_id))


class UndoView(ReviewAPIView):
    @operation(Can.SYNTHESISE, body=Step, out=WalkedSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Take your last act on codings, codes or themes back."""
        return _walked(journal.undo(actor=self.user, review=self.review, **self.body()))


class RedoView(ReviewAPIView):
    @operation(Can.SYNTHESISE, body=Step, out=WalkedSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Do again what you undid last."""
        return _walked(journal.redo(actor=self.user, review=self.review, **self.body()))


def _walked(walked: journal.Walked | None) -> Response:
    if walked is None:
        return Response({"act": "", "label": "", "why_not": ""})
    return Response({"act": str(walked.act.pk), "label": walked.act.label, "why_not": walked.why_not})

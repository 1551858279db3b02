"""Appraisal and extraction as JSON: the same services and queries as the pages."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from appraisal.api import bodies
from appraisal.api.serializers import (
    AssignmentSerializer,
    ComparisonDetailSerializer,
    ComparisonSerializer,
    InstrumentDetailSerializer,
    InstrumentSerializer,
    ItemSerializer,
    SheetSerializer,
)
from appraisal.instruments import shipped
from appraisal.models import Assignment, Comparison, Instrument, Item
from appraisal.queries.bench import sheet
from appraisal.queries.comparison import compared
from appraisal.queries.matrix import matrix, study_table
from appraisal.services import answers, assignments, instruments, settling
from appraisal.services.answers import Given
from appraisal.visibility import comparisons_of, names_of
from reviewapp.accounts.models import User
from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.models import Study


class InstrumentAPIView(ReviewAPIView):
    def instrument(self, instrument_id: int) -> Instrument:
        found = Instrument.objects.filter(review=self.review).select_related("review")
        return get_object_or_404(found, pk=instrument_id)

    def item(self, instrument: Instrument, item_id: int) -> Item:
        found = get_object_or_404(instrument.items, pk=item_id)
        found.instrument = instrument
        return found

    def shown(self, instrument: Instrument, status: int = 200) -> Response:
        return Response(InstrumentDetailSerializer(instrument).data, status=status)


class InstrumentListView(InstrumentAPIView):
    @operation(Can.READ, query=bodies.InstrumentQuery, out=InstrumentSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(Instrument.objects.filter(review=self.review, **self.asked), InstrumentSerializer)

    @operation(Can.LEAD, body=bodies.NewInstrument, out=InstrumentDetailSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Copy a shipped instrument (`origin`), or begin one of the team's own (`use`, `title`)."""
        asked = self.body()
        if origin := asked.get("origin"):
            if origin not in shipped():
                raise Invalid(f"There is no instrument “{origin}”. There are: {', '.join(shipped())}.")
            made = instruments.adopt(
                actor=self.user,
                review=self.review,
                shipped=shipped()[origin],
                people=asked["people"],
                title=asked.get("title", ""),
            )
        else:
            made = instruments.create(
                actor=self.user,
                review=self.review,
                use=asked.get("use", ""),
                title=asked.get("title", ""),
                people=asked["people"],
            )
        return self.shown(made, 201)


class InstrumentDetailView(InstrumentAPIView):
    @operation(Can.READ, out=InstrumentDetailSerializer)
    def get(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        return self.shown(self.instrument(instrument_id))

    @operation(Can.LEAD, body=bodies.InstrumentChange, out=InstrumentDetailSerializer)
    def patch(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        changed = instruments.change(actor=self.user, instrument=self.instrument(instrument_id), **self.body())
        return self.shown(changed)

    @operation(Can.LEAD, out=InstrumentDetailSerializer)
    def delete(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        """Take it out of use; what was answered is kept."""
        return self.shown(instruments.retire(actor=self.user, instrument=self.instrument(instrument_id)))


class RatingRuleView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.RatingRule, out=InstrumentDetailSerializer)
    def put(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        asked = self.body()
        rule = asked if asked.get("name") else None
        return self.shown(
            instruments.set_rating_rule(actor=self.user, instrument=self.instrument(instrument_id), rule=rule)
        )


class ItemListView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.ItemFields, out=ItemSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        made = instruments.keep_item(actor=self.user, instrument=self.instrument(instrument_id), **self.body())
        return Response(ItemSerializer(made).data, status=201)


class ItemDetailView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.ItemFields, out=ItemSerializer)
    def put(self, request: Request, review_id: UUID, instrument_id: int, item_id: int) -> Response:
        instrument = self.instrument(instrument_id)
        item = self.item(instrument, item_id)
        return Response(
            ItemSerializer(instruments.keep_item(actor=self.user, instrument=instrument, item=item, **self.body())).data
        )

    @operation(Can.LEAD, out=ItemSerializer)
    def delete(self, request: Request, review_id: UUID, instrument_id: int, item_id: int) -> Response:
        """Ask it no more; the answers given are kept."""
        item = self.item(self.instrument(instrument_id), item_id)
        return Response(ItemSerializer(instruments.retire_item(actor=self.user, item=item)).data)


# --- Who fills in what ------------------------------------------------------------------------------------------------


class AssignmentListView(InstrumentAPIView):
    @operation(Can.READ, out=AssignmentSerializer, paged=True)
    def get(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        instrument = self.instrument(instrument_id)
        rows = Assignment.objects.filter(instrument=instrument, withdrawn_at=None).select_related("study")
        return self.page(rows, AssignmentSerializer)

    @operation(Can.LEAD, body=bodies.NewAssignment, out=AssignmentSerializer(many=True))
    def post(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        instrument, asked = self.instrument(instrument_id), self.body()
        study = get_object_or_404(Study, review=self.review, pk=asked["study"])
        rows = assignments.assign(actor=self.user, instrument=instrument, study=study, people=_people(asked["people"]))
        return Response(AssignmentSerializer(rows, many=True).data)


def _people(ids: list[int]) -> list[User]:
    found = User.objects.in_bulk(ids)
    if len(found) < len(set(ids)):
        raise Invalid("Some of these people are not there.")
    return [found[pk] for pk in ids]


class SpreadAnswer(serializers.Serializer[Any]):
    added = serializers.IntegerField()


class SpreadView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.Spread, out=SpreadAnswer)
    def post(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        added = assignments.spread(
            actor=self.user, instrument=self.instrument(instrument_id), people=_people(self.body()["people"])
        )
        return Response({"added": added})


class SheetAPIView(ReviewAPIView):
    def own(self, assignment_id: int) -> Assignment:
        """One's own assignment; a colleague's is not there, whoever asks."""
        found = Assignment.objects.filter(instrument__review=self.review, person=self.user, withdrawn_at=None)
        return get_object_or_404(found.select_related("instrument__review", "study", "person"), pk=assignment_id)

    def shown(self, assignment_id: int) -> Response:
        return Response(SheetSerializer(sheet(self.own(assignment_id))).data)


class SheetView(SheetAPIView):
    @operation(Can.READ, out=SheetSerializer)
    def get(self, request: Request, review_id: UUID, assignment_id: int) -> Response:
        return self.shown(assignment_id)


class AnswerView(SheetAPIView):
    @operation(Can.READ, body=bodies.NewAnswer, out=SheetSerializer)
    def put(self, request: Request, review_id: UUID, assignment_id: int, key: str) -> Response:
        """Save one's own answer; 409 when it was saved elsewhere after `revision`."""
        assignment, asked = self.own(assignment_id), self.body()
        item = get_object_or_404(assignment.instrument.items, key=key)
        item.instrument = assignment.instrument
        revision = asked.pop("revision")
        answers.keep_answer(
            actor=self.user,
            assignment=assignment,
            item=item,
            given=Given(asked.pop("value", None), **asked),
            revision=revision,
        )
        return self.shown(assignment_id)


class FinishView(SheetAPIView):
    @operation(Can.READ, body=bodies.Finish, out=SheetSerializer)
    def post(self, request: Request, review_id: UUID, assignment_id: int) -> Response:
        answers.finish(actor=self.user, assignment=self.own(assignment_id), **self.body())
        return self.shown(assignment_id)

    @operation(Can.READ, out=SheetSerializer)
    def delete(self, request: Request, review_id: UUID, assignment_id: int) -> Response:
        """Take the study up again, as long as not everybody has finished it."""
        answers.take_up_again(actor=self.user, assignment=self.own(assignment_id))
        return self.shown(assignment_id)


# --- What stands ------------------------------------------------------------------------------------------------------


class ComparisonListView(ReviewAPIView):
    @operation(Can.READ, query=bodies.ComparisonQuery, out=ComparisonSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Studies that everybody asked has finished."""
        rows = comparisons_of(self.review)
        if "instrument" in self.asked:
            rows = rows.filter(instrument=self.asked["instrument"])
        if self.asked.get("open") is not None:
            rows = rows.filter(settled_at__isnull=self.asked["open"])
        return self.page(rows, ComparisonSerializer)


class ComparisonAPIView(ReviewAPIView):
    def comparison(self, comparison_id: int) -> Comparison:
        return get_object_or_404(comparisons_of(self.review).select_related("instrument__review"), pk=comparison_id)

    def item(self, comparison: Comparison, key: str) -> Item:
        item = comparison.instrument.items.filter(key=key, retired_at=None).first()
        if item is None:
            raise Invalid("There is no such question.")
        item.instrument = comparison.instrument
        return item

    def shown(self, comparison_id: int) -> Response:
        one = self.comparison(comparison_id)
        found = compared(one)
        names = names_of(self.user, one, found.people, open_rows=bool(found.open_rows))
        return Response(ComparisonDetailSerializer(found, context={"names": names}).data)


class ComparisonDetailView(ComparisonAPIView):
    @operation(Can.READ, out=ComparisonDetailSerializer)
    def get(self, request: Request, review_id: UUID, comparison_id: int) -> Response:
        return self.shown(comparison_id)


class SettlementView(ComparisonAPIView):
    @operation(Can.READ, body=bodies.Proposed, out=ComparisonDetailSerializer)
    def post(self, request: Request, review_id: UUID, comparison_id: int) -> Response:
        """Propose what stands, or confirm an equal proposal."""
        one, asked = self.comparison(comparison_id), self.body()
        settling.propose(
            actor=self.user,
            comparison=one,
            item=self.item(one, asked["item"]),
            value=asked["value"],
            rationale=asked.get("rationale", ""),
        )
        return self.shown(comparison_id)


class WithdrawalView(ComparisonAPIView):
    @operation(Can.READ, body=bodies.OfItem, out=ComparisonDetailSerializer)
    def post(self, request: Request, review_id: UUID, comparison_id: int) -> Response:
        """Take one's own standing proposal back."""
        one = self.comparison(comparison_id)
        settling.withdraw(actor=self.user, comparison=one, item=self.item(one, self.body()["item"]))
        return self.shown(comparison_id)


class RulingView(ComparisonAPIView):
    @operation(Can.SETTLE, body=bodies.Ruled, out=ComparisonDetailSerializer)
    def post(self, request: Request, review_id: UUID, comparison_id: int) -> Response:
        """The third assessor's answer, with a reason."""
        one, asked = self.comparison(comparison_id), self.body()
        settling.rule(
            actor=self.user,
            comparison=one,
            item=self.item(one, asked["item"]),
            value=asked["value"],
            rationale=asked["rationale"],
        )
        return self.shown(comparison_id)


class DifferenceReopeningView(ComparisonAPIView):
    @operation(Can.READ, body=bodies.Reopened, out=ComparisonDetailSerializer)
    def post(self, request: Request, review_id: UUID, comparison_id: int) -> Response:
        one, asked = self.comparison(comparison_id), self.body()
        settling.reopen(actor=self.user, comparison=one, item=self.item(one, asked["item"]), why=asked["why"])
        return self.shown(comparison_id)


class RatingView(ComparisonAPIView):
    @operation(Can.READ, body=bodies.NewRating, out=ComparisonDetailSerializer)
    def put(self, request: Request, review_id: UUID, comparison_id: int) -> Response:
        """Another rating than the rule's, with a reason; an empty one goes back to the rule."""
        asked = self.body()
        settling.override_rating(
            actor=self.user,
            comparison=self.comparison(comparison_id),
            rating=asked.get("rating") or None,
            reason=asked.get("reason", ""),
        )
        return self.shown(comparison_id)


class StudyRowSerializer(serializers.Serializer[Any]):
    study = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    year = serializers.IntegerField(allow_null=True)
    rating = serializers.CharField()
    answers = serializers.DictField()


class TableSerializer(serializers.Serializer[Any]):
    instrument = serializers.IntegerField()
    items = serializers.ListField(child=serializers.CharField())
    rows = StudyRowSerializer(many=True)


class TableView(InstrumentAPIView):
    @operation(Can.READ, out=TableSerializer)
    def get(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        """What stands for every included study: the matrix of an appraisal, the characteristics of an extraction."""
        instrument = self.instrument(instrument_id)
        if instrument.use == "appraisal":
            found = matrix(instrument)
            items = [item.key for item in found.items]
            rows = [
                _study_row(
                    row.study, row.year, row.rating, dict(zip(items, (c.label or None for c in row.cells), strict=True))
                )
                for row in found.rows
            ]
        else:
            table = study_table(instrument)
            items = [item.key for item in table.columns]
            rows = [_study_row(row.study, row.year, "", dict(zip(items, row.cells, strict=True))) for row in table.rows]
        return Response({"instrument": instrument.pk, "items": items, "rows": rows})


def _study_row(study: Study, year: int | None, rating: str, said: dict[str, Any]) -> dict[str, Any]:
    return {"study": study.pk, "label": study.label, "year": year, "rating": rating, "answers": said}

"""Records and decisions. What colleagues judged comes from screening.visibility, here as everywhere."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.downloads import download
from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can, can, require
from screening.api.bodies import (
    DecisionQuery,
    ExportQuery,
    NewDecision,
    QueueQuery,
    RecordChange,
    RecordQuery,
    StageQuery,
    Undo,
)
from screening.api.serializers import RecordDetailSerializer, RecordSerializer, VoteSerializer
from screening.choices import Stage
from screening.formats.writers import WRITERS
from screening.models import EligibilityCriterion, ExclusionReason, Record
from screening.queries.corrections import note_corrections
from screening.queries.desk import AT_ONCE, own_note, reports_sought, with_own_work
from screening.queries.exports import exported
from screening.queries.records import RecordFilter, for_list, matching_records
from screening.services import decisions
from screening.services.corrections import correct_record, undo_correction
from screening.services.drawing import hand_out
from screening.visibility import ShownVote, outcome_of, shown_votes


class RecordListView(ReviewAPIView):
    @operation(Can.READ, query=RecordQuery, out=RecordSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Live records; `outcome` and `own_verdict` are those of the stage asked for, otherwise of title and abstract."""
        asked = filter_of(self)
        return self.page(for_list(records_of(self, asked), self.user, asked.stage), RecordSerializer)


def filter_of(view: ReviewAPIView) -> RecordFilter:
    return RecordFilter(
        stage=view.asked.get("stage", Stage.TITLE_ABSTRACT),
        state=view.asked.get("state", ""),
        words=view.asked.get("q", ""),
        label=view.asked.get("label", ""),
        source=view.asked.get("source", ""),
    )


def records_of(view: ReviewAPIView, asked: RecordFilter) -> QuerySet[Record]:
    """Live records that match; none wait for somebody who does not screen at the stage."""
    rows = matching_records(view.user, view.review, asked)
    waits_for_nobody = asked.state == "waiting" and not can(view.membership, decisions.SCREENS[Stage(asked.stage)])
    return rows.none() if waits_for_nobody else rows


class RecordExportView(ReviewAPIView):
    @operation(Can.READ, query=ExportQuery, out={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, review_id: UUID) -> StreamingHttpResponse:
        """The records of the list as a file that reference managers take; it holds no judgement."""
        writer = WRITERS[self.asked["kind"]]
        pieces = writer.write(exported(records_of(self, filter_of(self))))
        return download(pieces, name=f"records{writer.extension}", media_type=writer.media_type)


class RecordNextView(ReviewAPIView):
    @operation(Can.READ, query=StageQuery, out=RecordSerializer, also={204: None})
    def get(self, request: Request, review_id: UUID) -> Response:
        """The next record that waits for the reader's vote; 204 when none does."""
        stage = self.asked["stage"]
        require(self.membership, decisions.SCREENS[Stage(stage)])
        found = hand_out(actor=self.user, review=self.review, stage=stage)
        if not found:
            return Response(status=204)
        row = with_own_work(Record.objects.filter(pk=found[0].pk), self.user, stage).get()
        return Response(RecordSerializer(row).data)


class RecordQueueView(ReviewAPIView):
    @operation(Can.READ, query=QueueQuery, out={200: RecordSerializer(many=True)})
    def get(self, request: Request, review_id: UUID) -> Response:
        """The first records that wait for the reader's vote, in the order of the desk, as the reading list shows them."""
        stage = self.asked["stage"]
        require(self.membership, decisions.SCREENS[Stage(stage)])
        among = matching_records(self.user, self.review, filter_of(self))
        skip = tuple(int(pk) for pk in self.asked.get("skip", "").split(",") if pk)
        found = hand_out(actor=self.user, review=self.review, stage=stage, count=AT_ONCE, skip=skip, among=among)
        rows = with_own_work(Record.objects.filter(pk__in=[record.pk for record in found]), self.user, stage).in_bulk()
        return Response(RecordSerializer([rows[record.pk] for record in found], many=True).data)


class RecordAPIView(ReviewAPIView):
    def record(self, record_id: int) -> Record:
        return get_object_or_404(Record.objects.in_review(self.review).select_related("review"), pk=record_id)


class RecordDetailView(RecordAPIView):
    @operation(Can.READ, out=RecordDetailSerializer)
    def get(self, request: Request, review_id: UUID, record_id: int) -> Response:
        return self._detail(self.record(record_id))

    @operation(Can.RULE_DUPLICATES, body=RecordChange, out=RecordDetailSerializer)
    def patch(self, request: Request, review_id: UUID, record_id: int) -> Response:
        """Correct what the record shows; its references stay as they are. `reason` says where the values are from."""
        record, asked = self.record(record_id), dict(self.body(partial=True))
        reason = asked.pop("reason", "")
        return self._detail(correct_record(actor=self.user, record=record, changes=asked, reason=reason))

    def _detail(self, record: Any) -> Response:
        note_corrections([record])
        record.stages = [self._standing(record, stage) for stage in Stage.values]
        record.sought = reports_sought(self.review).filter(record=record).first()
        return Response(RecordDetailSerializer(record).data)

    def _standing(self, record: Record, stage: str) -> dict[str, Any]:
        note = own_note(self.user, record, stage)
        return {
            "stage": stage,
            "outcome": outcome_of(record, stage),
            "own_note": note.text if note else "",
            "own_labels": note.labels if note else [],
            "votes": shown_votes(self.user, record, stage),
        }


class CorrectionView(RecordAPIView):
    @operation(Can.RULE_DUPLICATES, status_code=204)
    def delete(self, request: Request, review_id: UUID, record_id: int, field: str) -> Response:
        """Show in this field again what the references say."""
        undo_correction(actor=self.user, record=self.record(record_id), field=field)
        return Response(status=204)


class DecisionListView(RecordAPIView):
    @operation(Can.READ, query=DecisionQuery, out=VoteSerializer, paged=True)
    def get(self, request: Request, review_id: UUID, record_id: int) -> Response:
        """The reader's own votes, and the others' once all required ones are in; one page holds them all."""
        record, asked = self.record(record_id), self.asked.get("stage")
        votes = [
            vote for stage in ([asked] if asked else Stage.values) for vote in shown_votes(self.user, record, stage)
        ]
        return Response({"next": None, "results": VoteSerializer(votes, many=True).data})

    @operation(Can.READ, body=NewDecision, out=VoteSerializer, status_code=201, headers=("Idempotency-Key",))
    def post(self, request: Request, review_id: UUID, record_id: int) -> Response:
        """Give a verdict. The same Idempotency-Key again gives the same answer; with another content it is refused."""
        decisions.require_a_screener(self.membership)
        record, asked = self.record(record_id), self.body()
        require(self.membership, decisions.SCREENS[Stage(asked["stage"])])
        decision = decisions.make_decision(
            actor=self.user,
            record=record,
            stage=asked["stage"],
            verdict=asked["verdict"],
            reason=reason_of(self, asked.get("reason")),
            criterion=criterion_of(self, asked.get("criterion")),
            note=asked.get("note"),
            labels=asked.get("labels"),
            request_key=request_key(request),
        )
        note = own_note(self.user, record, asked["stage"])
        vote = ShownVote("You", True, decision, note.text if note else "", list(note.labels) if note else [])
        return Response(VoteSerializer(vote).data, status=201)


class DecisionUndoView(ReviewAPIView):
    @operation(Can.READ, body=Undo, out=RecordSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Take one's own latest decision back, at one stage or at any; answers with its record, which waits again."""
        decisions.require_a_screener(self.membership)
        stage = self.body().get("stage")
        last = decisions.last_decision(actor=self.user, review=self.review, stage=stage)
        if last is None:
            raise AlreadyDone("There is no decision of yours to take back.")
        record = decisions.undo_decision(actor=self.user, decision=last)
        row = with_own_work(Record.objects.filter(pk=record.pk), self.user, last.stage).get()
        return Response(RecordSerializer(row).data)


def reason_of(view: ReviewAPIView, reason_id: int | None) -> ExclusionReason | None:
    """The exclusion reason a body names. Raises Invalid for one outside this review."""
    if reason_id is None:
        return None
    found = ExclusionReason.objects.filter(review=view.review, pk=reason_id).first()
    if found is None:
        raise Invalid("There is no such exclusion reason in this review.", errors={"reason": ["No such reason."]})
    return found


def criterion_of(view: ReviewAPIView, criterion_id: int | None) -> EligibilityCriterion | None:
    """The criterion a body names. Raises Invalid for one outside this review."""
    if criterion_id is None:
        return None
    found = EligibilityCriterion.objects.filter(review=view.review, pk=criterion_id).first()
    if found is None:
        raise Invalid("There is no such criterion in this review.", errors={"criterion": ["No such criterion."]})
    return found


def request_key(request: Request) -> UUID | None:
    """The Idempotency-Key header: a UUID as it is, any other text as a UUID made from it."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        return None
    try:
        return UUID(given)
    except ValueError:
        return uuid5(NAMESPACE_URL, given)

"""Detection, uncertain pairs, splitting. Nothing here tells of votes."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.permissions import Can
from screening.api.bodies import PairQuery, PairRuling, Split
from screening.api.duplicate_serializers import DeduplicationSerializer
from screening.api.serializers import PairSerializer, SplitSerializer, StartedJobSerializer
from screening.choices import PairState
from screening.models import DuplicatePair, Record, Reference
from screening.queries.duplicates import figures, overlap_of_sources, pairs_by_ground, uncertain_pairs
from screening.queries.yields import deduplication_words, removed, yields
from screening.services import duplicates

BOTH_SIDES = ("first__batch__search", "second__batch__search", "ruled_by")


class DeduplicationView(ReviewAPIView):
    @operation(Can.READ, out=DeduplicationSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """How many duplicates, on what evidence, what each source brought, and the text for PRISMA-S item 16."""
        found, brought = figures(self.review), yields(self.review)
        who, overlap = removed(self.review, found), overlap_of_sources(self.review)
        shown = {
            "references": found.references,
            "duplicates": found.duplicates,
            "records": found.records,
            "to_judge": found.to_judge,
            "linked_automatically": who.automatic,
            "linked_by_people": who.by_people,
            "evidence": [{"evidence": words, "pairs": n} for words, n in pairs_by_ground(self.review)],
            "between_sources": [{"sources": sources, "pairs": n} for sources, n in overlap.pairs],
            "yields": brought.sources,
            "overlap": brought.sets,
            "methods": deduplication_words(self.review, found, who),
        }
        return Response(DeduplicationSerializer(shown).data)

    @operation(Can.RULE_DUPLICATES, out=StartedJobSerializer, status_code=202)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Look for duplicates among all references; while a search runs, the answer is that one."""
        job = duplicates.start_detection(actor=self.user, review=self.review)
        return Response(StartedJobSerializer({"job": job.pk}).data, status=202)


class PairListView(ReviewAPIView):
    ordering = ("-likelihood", "id")

    @operation(Can.READ, query=PairQuery, out=PairSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        state = self.asked.get("state")
        if state == PairState.UNCERTAIN:
            rows = uncertain_pairs(self.review)
        else:
            rows = DuplicatePair.objects.filter(review=self.review, first__withdrawn_at=None, second__withdrawn_at=None)
            rows = rows.filter(state=state) if state else rows
        if record := self.asked.get("record"):
            rows = rows.filter(Q(first__record=record) | Q(second__record=record))
        return self.page(self._sides(rows), PairSerializer)

    def _sides(self, rows: QuerySet[DuplicatePair]) -> QuerySet[DuplicatePair]:
        unread = [f"{side}__{name}" for side in ("first", "second") for name in ("raw", "raw_fields")]
        return rows.select_related(*BOTH_SIDES).defer(*unread)


class PairAPIView(ReviewAPIView):
    def pair(self, pair_id: int) -> DuplicatePair:
        return get_object_or_404(
            DuplicatePair.objects.select_related(*BOTH_SIDES, "review"), review=self.review, pk=pair_id
        )

    def answer(self, pair_id: int) -> Response:
        return Response(PairSerializer(self.pair(pair_id)).data)


class PairDetailView(PairAPIView):
    @operation(Can.READ, out=PairSerializer)
    def get(self, request: Request, review_id: UUID, pair_id: int) -> Response:
        return self.answer(pair_id)


class PairRulingView(PairAPIView):
    @operation(Can.RULE_DUPLICATES, body=PairRuling, out=PairSerializer)
    def post(self, request: Request, review_id: UUID, pair_id: int) -> Response:
        pair = self.pair(pair_id)
        duplicates.rule_on_pair(actor=self.user, pair=pair, same=self.body()["same"])
        return self.answer(pair_id)

    @operation(Can.RULE_DUPLICATES, out=PairSerializer, also={204: None})
    def delete(self, request: Request, review_id: UUID, pair_id: int) -> Response:
        """Take a ruling back: the pair is as it was before; 204 when it was no pair before, but linked by hand."""
        pair = duplicates.undo_ruling(actor=self.user, pair=self.pair(pair_id))
        return self.answer(pair_id) if pair.pk else Response(status=204)


class RecordSplitView(ReviewAPIView):
    @operation(Can.RULE_DUPLICATES, body=Split, out=SplitSerializer)
    def post(self, request: Request, review_id: UUID, record_id: int) -> Response:
        """Take one reference out of a record; it gets back the record, and the votes, it came with."""
        record = get_object_or_404(Record, review=self.review, pk=record_id)
        reference = (
            Reference.objects.filter(record=record, pk=self.body()["reference"]).select_related("review").first()
        )
        if reference is None:
            raise Invalid("This record has no such reference.", errors={"reference": ["No such reference."]})
        fresh = duplicates.split(actor=self.user, reference=reference)
        return Response(SplitSerializer({"record": fresh.pk}).data)

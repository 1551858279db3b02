"""Building an instrument from programs: its answers and their words, the place of its questions, its table."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from appraisal.api import bodies
from appraisal.api.serializers import InstrumentDetailSerializer
from appraisal.api.views import InstrumentAPIView
from appraisal.services import instruments
from reviewapp.lib.endpoints import operation
from reviewapp.reviews.permissions import Can


class AnswerSetListView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.NewAnswerSet, out=InstrumentDetailSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        """Answers of the team's own for choice questions. Sets are never taken away."""
        instrument = self.instrument(instrument_id)
        instruments.add_answer_set(actor=self.user, instrument=instrument, **self.body())
        return self.shown(self.instrument(instrument_id), 201)


class AnswerSetView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.AnswerLabels, out=InstrumentDetailSerializer)
    def patch(self, request: Request, review_id: UUID, instrument_id: int, answer_set: str) -> Response:
        """Show answers under other words; what they mean, and what was answered, stays."""
        instrument = self.instrument(instrument_id)
        labels = self.body()["labels"]
        return self.shown(
            instruments.relabel(actor=self.user, instrument=instrument, answers=answer_set, labels=labels)
        )


class ItemMoveView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.ItemMove, out=InstrumentDetailSerializer)
    def post(self, request: Request, review_id: UUID, instrument_id: int, item_id: int) -> Response:
        """Change places with the neighbour."""
        item = self.item(self.instrument(instrument_id), item_id)
        instruments.move_item(actor=self.user, item=item, up=self.body()["up"])
        return self.shown(self.instrument(instrument_id))


class ItemReturnView(InstrumentAPIView):
    @operation(Can.LEAD, out=InstrumentDetailSerializer)
    def post(self, request: Request, review_id: UUID, instrument_id: int, item_id: int) -> Response:
        """Ask a question again that was taken out."""
        instruments.retire_item(actor=self.user, item=self.item(self.instrument(instrument_id), item_id), back=True)
        return self.shown(self.instrument(instrument_id))


class TableSettingsView(InstrumentAPIView):
    @operation(Can.LEAD, body=bodies.TableSettings, out=InstrumentDetailSerializer)
    def put(self, request: Request, review_id: UUID, instrument_id: int) -> Response:
        """Which questions stand in the table of studies, in which order, and what its abbreviations stand for."""
        instrument = self.instrument(instrument_id)
        return self.shown(instruments.set_table(actor=self.user, instrument=instrument, **self.body()))

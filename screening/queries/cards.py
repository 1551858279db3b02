"""Records as the screening desk shows them to one reader: the text marked up, and the reader's own work on it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage
from screening.documents import Supplement
from screening.highlights import Block, Highlighter, Segment
from screening.languages import direction_of, language_of
from screening.models import HighlightTerm, Record, Report, ScreeningOutcome
from screening.queries.corrections import note_corrections
from screening.queries.documents import Reader, readers_of
from screening.visibility import decisions_visible_to, notes_visible_to

STANDING_SUPPLEMENTS = Prefetch(
    "supplements", queryset=Supplement.objects.filter(removed_at=None), to_attr="standing_supplements"
)
LONG_TITLE = 250  # characters


@dataclass(frozen=True)
class Text:
    """What a record says, ready to be set: terms marked, headings found, language and direction known."""

    title: list[Segment]
    is_long: bool
    title_lang: str
    title_dir: str
    blocks: list[Block]
    lang: str
    dir: str


@dataclass(frozen=True)
class Card:
    record: Record
    text: Text
    verdict: str  # the reader's own, or empty
    reason: int | None
    criterion: int | None
    note: str
    labels: list[str]
    report: Report | None
    reader: Reader | None
    is_complete: bool
    request_key: str


def highlighter_of(review: Review) -> Highlighter:
    return Highlighter(HighlightTerm.objects.filter(review=review).values_list("term", "kind"))


def text_of(record: Record, highlighter: Highlighter) -> Text:
    return Text(
        title=highlighter.segments(record.title),
        is_long=len(record.title) > LONG_TITLE,
        title_lang=language_of(record.title, record.language),
        title_dir=direction_of(record.title),
        blocks=highlighter.blocks(record.abstract),
        lang=language_of(record.abstract, record.language),
        dir=direction_of(record.abstract),
    )


def cards(reader: User, review: Review, stage: str, records: Sequence[Record]) -> list[Card]:
    """The records as cards for the reader; the number of queries does not depend on how many there are."""
    if not records:
        return []
    ids = [record.pk for record in records]
    note_corrections(records)
    highlighter = highlighter_of(review)
    own = decisions_visible_to(reader, review).filter(stands_on__in=ids, reviewer=reader, stage=stage).order_by("id")
    mine = {decision.stands_on_id: decision for decision in own}
    notes = {
        note.record_id: note
        for note in notes_visible_to(reader, review).filter(record__in=ids, reviewer=reader, stage=stage)
    }
    reports: dict[int, Report] = {}
    if stage == Stage.FULL_TEXT:
        found = Report.objects.filter(record__in=ids).select_related("document").prefetch_related(STANDING_SUPPLEMENTS)
        reports = {report.record_id: report for report in found}
    readers = readers_of(reader, {report.document for report in reports.values() if report.document})
    complete = set(ScreeningOutcome.objects.filter(record__in=ids, stage=stage).values_list("record", flat=True))
    return [
        Card(
            record=record,
            text=text_of(record, highlighter),
            verdict=mine[record.pk].verdict if record.pk in mine else "",
            reason=mine[record.pk].reason_id if record.pk in mine else None,
            criterion=mine[record.pk].criterion_id if record.pk in mine else None,
            note=notes[record.pk].text if record.pk in notes else "",
            labels=list(notes[record.pk].labels) if record.pk in notes else [],
            report=(report := reports.get(record.pk)),
            reader=readers.get(report.document_id or 0) if report else None,
            is_complete=record.pk in complete,
            request_key=str(uuid.uuid4()),
        )
        for record in records
    ]

"""Reads for the record list, the record's own page, and browsing at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left, Lower

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.reviews.models import Review
from screening.choices import Outcome, Stage, Verdict
from screening.models import Bibliographic, Record, Reference
from screening.queries.desk import final_decisions, own_decisions, queue, with_own_work
from screening.visibility import audit_events_visible_to, notes_visible_to

STATES = {
    "pending": "Waiting for votes",
    "included": "Included",
    "excluded": "Excluded",
    "conflict": "In conflict",
    "waiting": "Waiting for my vote",
    "second": "Judged by me, waiting for others",
    "maybe": "Maybe by me",
    "mine": "Judged by me",
}
OUTCOMES = {Outcome.PENDING, Outcome.INCLUDED, Outcome.EXCLUDED, Outcome.CONFLICT}
FIELD_NAMES = {"doi": "DOI", "pmid": "PubMed number", "url": "address"}
SORT_LENGTH = 80  # characters of a title that take part in sorting


@dataclass(frozen=True)
class RecordFilter:
    """What the address of the record list asks for; empty fields ask for nothing."""

    stage: str = Stage.TITLE_ABSTRACT
    state: str = ""
    words: str = ""
    label: str = ""
    source: str = ""


def found_records(reader: User, review: Review, asked: RecordFilter) -> QuerySet[Record]:
    """Live records that match, with the reader's own verdict and the public outcome at the stage; in no order yet."""
    return for_list(matching_records(reader, review, asked), reader, asked.stage)


def matching_records(reader: User, review: Review, asked: RecordFilter) -> QuerySet[Record]:
    """Live records that match what the reader asks for, bare and in no order."""
    records = _in_state(reader, review, asked)
    if asked.words:
        records = records.matching(asked.words)  # type: ignore[attr-defined]
    if asked.label:
        labelled = notes_visible_to(reader, review).filter(labels__contains=[asked.label])
        roots = labelled.values_list(Coalesce("record__merged_into_id", "record_id"), flat=True)
        records = records.filter(pk__in=list(roots))
    if asked.source:
        found = Reference.objects.filter(record=OuterRef("pk"), withdrawn_at=None, batch__search__source=asked.source)
        records = records.filter(Exists(found))
    return records


def _in_state(reader: User, review: Review, asked: RecordFilter) -> QuerySet[Record]:
    records = Record.objects.in_review(review)
    if asked.state == "waiting":
        return queue(reader, review, asked.stage).order_by()
    if asked.state == "second":  # never "somebody voted": only what the reader's own vote and the public outcome tell
        waiting = records.at_stage(asked.stage).with_outcome(asked.stage, Outcome.PENDING)
        return waiting.filter(Exists(final_decisions(reader, asked.stage)))
    if asked.state == "maybe":
        return records.live().filter(Exists(own_decisions(reader, asked.stage).filter(verdict=Verdict.MAYBE)))
    if asked.state == "mine":
        return records.live().filter(Exists(own_decisions(reader, asked.stage)))
    if asked.state in OUTCOMES:
        return records.at_stage(asked.stage).with_outcome(asked.stage, asked.state)
    return records.live() if asked.stage == Stage.TITLE_ABSTRACT else records.at_stage(asked.stage)


def for_list(records: QuerySet[Record], reader: User, stage: str) -> QuerySet[Record]:
    """Records with what a list shows and sorts by: `outcome`, `own_verdict`, `year_key`, `title_key`."""
    return with_own_work(records, reader, stage).annotate(
        year_key=Coalesce("year", Value(0)), title_key=Left(Lower("title"), SORT_LENGTH)
    )


def sources_of(review: Review) -> list[str]:
    return sorted(set(review.searches.values_list("source", flat=True)), key=str.casefold)


# --- Browsing at the desk ---------------------------------------------------------------------------------------------


def neighbour(reader: User, review: Review, stage: str, *, of: int, forward: bool) -> Record | None:
    """The next or previous record, by order of import, that waits for the reader or that the reader has judged."""
    waiting = queue(reader, review, stage).order_by().values("pk")
    judged = Exists(own_decisions(reader, stage))
    records = Record.objects.in_review(review).at_stage(stage).filter(Q(pk__in=waiting) | judged)
    if forward:
        return records.filter(pk__gt=of).order_by("pk").first()
    return records.filter(pk__lt=of).order_by("-pk").first()


# --- A record's own page ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Origin:
    """A displayed field, the references that gave this value, and what could be shown in its place."""

    field: str
    name: str
    text: str
    references: list[Reference]
    choices: list[tuple[Reference, str]]
    chosen: int | None

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose from."""
        return bool(self.chosen) or len({text for _, text in self.choices}) > 1


def origins(record: Record, references: Sequence[Reference]) -> list[Origin]:
    """Where each displayed field of a record comes from; fields that nobody gave are left out."""
    present = {reference.pk for reference in references}
    found = []
    for name in Bibliographic.FIELDS:
        value, picked = getattr(record, name), record.chosen.get(name)
        given = [(reference, in_one_line(getattr(reference, name))) for reference in references]
        choices = [(reference, text) for reference, text in given if text]
        if value or choices:
            found.append(
                Origin(
                    field=name,
                    name=FIELD_NAMES.get(name, name),
                    text=in_one_line(value),
                    references=[one for one in references if value and getattr(one, name) == value],
                    choices=choices,
                    chosen=picked if picked in present else None,
                )
            )
    return found


def in_one_line(value: Any) -> str:
    """A field as text."""
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def history(reader: User, record: Record) -> QuerySet[AuditEvent]:
    """Events about the record and its references that the reader may see, latest first."""
    records = [record.pk, *record.absorbed.values_list("pk", flat=True)]
    references = [str(pk) for pk in record.references.values_list("pk", flat=True)]
    about = Q(judged_record__in=records) | Q(target_type="reference", target_id__in=references)
    about |= Q(target_type="record", target_id__in=[str(pk) for pk in records])
    report = getattr(record, "report", None)
    if report:
        about |= Q(target_type="report", target_id=str(report.pk))
    return audit_events_visible_to(reader, record.review).filter(about).select_related("actor").order_by("-id")

"""The work of taking a file's judgements over, and of taking them out again, a stretch of entries at a time."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.permissions import Can
from screening.choices import ImportState, Stage
from screening.formats import READERS_VERSION, ParsedReference, UnreadableFile
from screening.handover.entries import Entry
from screening.handover.marks import Plan
from screening.models import (
    Adjudication,
    Conflict,
    Handover,
    ImportBatch,
    Record,
    Reference,
    ScreeningDecision,
    ScreeningNote,
)
from screening.services.handover_choices import Chosen, confirmed_meanings
from screening.services.handover_votes import Matcher, Placed, take_over
from screening.services.handovers import entries_of, plan_of
from screening.services.imports import take_out, write_chunk
from screening.services.locks import act, acting_member, lock_records, own_review, share_review
from screening.services.outcomes import recompute

STRETCH = 200
HANDED_OVER = "handed-over"  # no reader has this name: such an import is never read again


def write_judgements(job: Job, handover: Handover) -> None:
    """Write what the file says in stretches, each one transaction, from where an earlier run stopped."""
    _begin(handover)
    meanings, matcher = confirmed_meanings(handover), Matcher(handover)
    search = Chosen.of(handover).search
    done = int(job.cursor.get("position", 0))
    matched, added = int(job.cursor.get("matched", 0)), int(job.cursor.get("added", 0))
    try:
        entries = (entry for entry in entries_of(handover, plan_of(handover)) if entry.reference.position > done)
        while stretch := list(islice(entries, STRETCH)):
            with transaction.atomic():
                share_review(handover.review)  # before the job, in the order that everybody locks in
                placed, new = _placed(handover, stretch, matcher, search)
                at, matched, added = stretch[-1].reference.position, matched + len(placed) - new, added + new
                cursor = {"position": at, "matched": matched, "added": added}
                jobs.advance(job, done=at, total=handover.entries, cursor=cursor)
                take_over(handover, placed, meanings)
    except jobs.Cancelled:
        _leave_nothing(job, handover)
        raise
    except UnreadableFile as error:
        Handover.objects.filter(pk=handover.pk).update(state=ImportState.FAILED, error=str(error))
        raise Invalid(str(error)) from None
    _finish(job, handover, matched, added)


@act
def _begin(handover: Handover) -> None:
    own_review(handover.review)
    open_states = [ImportState.QUEUED, ImportState.RUNNING, ImportState.FAILED]
    if not Handover.objects.filter(pk=handover.pk, state__in=open_states).update(state=ImportState.RUNNING, error=""):
        raise Invalid("What this file said was taken out again. Upload it once more to take it over.")


def _placed(
    handover: Handover, stretch: Sequence[Entry], matcher: Matcher, search: int | None
) -> tuple[list[Placed], int]:
    """The entries with their records; those the review does not have are added when a search was named for them."""
    found = [(entry, matcher.record_of(entry)) for entry in stretch]
    missing = [entry for entry, record in found if record is None]
    placed = [Placed(entry, record, matcher.root_of(record)) for entry, record in found if record is not None]
    if search is None or not missing:
        return placed, 0
    batch = _batch(handover, search)
    write_chunk(batch, [without_judgements(entry.reference, plan_of(handover)) for entry in missing])
    places = Reference.objects.filter(batch=batch, position__in=[entry.reference.position for entry in missing])
    records = dict(places.values_list("position", "record"))
    placed += [Placed(entry, records[entry.reference.position], records[entry.reference.position]) for entry in missing]
    return placed, len(missing)


def without_judgements(reference: ParsedReference, plan: Plan) -> ParsedReference:
    """The entry as everybody may read it: its text in the file, its notes, and keywords that are labels tell of votes."""
    keywords = [] if plan.label_fields else reference.keywords
    return replace(reference, raw="", raw_fields=[], notes=[], keywords=keywords, type_raw="")


def _batch(handover: Handover, search: int) -> ImportBatch:
    """The import of the entries that were missing. Its file is a note: every member may fetch the file of an import."""
    if handover.batch is None:
        note = f"These entries came with judgements made elsewhere. {handover.filename} is kept with those.\n"
        handover.batch = ImportBatch.objects.create(
            review=handover.review,
            search_id=search,
            file=ContentFile(note.encode(), "note.txt"),
            filename=handover.filename,
            size=len(note.encode()),
            sha256=handover.sha256,
            format=HANDED_OVER,
            state=ImportState.RUNNING,
            created_by=handover.created_by,
        )
        handover.save(update_fields=["batch"])
    return handover.batch


def _leave_nothing(job: Job, handover: Handover) -> None:
    """Cancelled: what was written goes out again, and the file waits to be confirmed."""
    with transaction.atomic():
        own_review(handover.review)
        _take_out(handover, _touched(handover))
        if handover.batch:
            take_out(job.requested_by, handover.batch, "The taking over was cancelled.")
        Handover.objects.filter(pk=handover.pk).update(state=ImportState.UPLOADED, batch=None, job=None)


def _finish(job: Job, handover: Handover, matched: int, added: int) -> None:
    with transaction.atomic():
        share_review(handover.review)
        now = timezone.now()
        jobs.advance(job, done=handover.entries, total=handover.entries, message=f"{handover.filename} was taken over")
        if handover.batch:
            ImportBatch.objects.filter(pk=handover.batch.pk).update(
                state=ImportState.DONE,
                read=added,
                kept=added,
                markers=added,
                readers_version=READERS_VERSION,
                finished_at=now,
            )
        Handover.objects.filter(pk=handover.pk).update(state=ImportState.DONE, matched=matched, finished_at=now)
        audit.log(
            actor=job.requested_by,
            review=handover.review,
            action="screening.handover.done",
            target=handover,
            after={"filename": handover.filename, "entries": handover.entries, "matched": matched, "added": added},
        )


# --- Undo ---------------------------------------------------------------------------------------------------------------


@act
def undo(*, actor: User, handover: Handover, reason: str = "") -> Job:
    """Take a file's judgements out again as a job. They are superseded, not deleted, and count in no statistic."""
    own_review(handover.review)
    acting_member(actor, handover.review, Can.IMPORT)
    handover = Handover.objects.select_for_update(of=("self",)).select_related("review", "job").get(pk=handover.pk)
    if handover.state in {ImportState.QUEUED, ImportState.RUNNING} and handover.job and handover.job.is_open:
        raise AlreadyDone("This file is still being taken over, or taken out. Wait for it, or cancel it first.")
    if handover.state in {ImportState.UNDONE, ImportState.UPLOADED} or not handover.choices:
        raise AlreadyDone("Nothing of this file is in the review.")
    handover.state = ImportState.UNDONE
    handover.job = jobs.enqueue(
        "screening.take_out_judgements",
        review=handover.review,
        key=f"handover-undo:{handover.pk}",
        title=f"Taking {handover.filename} out again",
        requested_by=actor,
        url=f"/reviews/{handover.review_id}/handovers/{handover.pk}/",
        arguments={"handover": handover.pk},
    )
    handover.save(update_fields=["state", "job"])
    audit.log(
        actor=actor,
        review=handover.review,
        action="screening.handover.undone",
        target=handover,
        before={"filename": handover.filename},
        reason=reason,
    )
    return handover.job


def take_out_judgements(job: Job, handover: Handover) -> None:
    """Records in stretches; each is over when none of the file's votes, notes and settlements stands on it."""
    touched = _touched(handover)
    done = int(job.cursor.get("record", 0))
    rest = [pk for pk in touched if pk > done]
    while stretch := rest[:STRETCH]:
        rest = rest[STRETCH:]
        with transaction.atomic():
            share_review(handover.review)
            jobs.advance(job, done=len(touched) - len(rest), total=len(touched), cursor={"record": stretch[-1]})
            _take_out(handover, stretch)
    if handover.batch and handover.batch.state != ImportState.UNDONE:
        with transaction.atomic():
            own_review(handover.review)
            take_out(job.requested_by, handover.batch, f"The judgements of {handover.filename} were taken out.")


def _touched(handover: Handover) -> list[int]:
    """Records on which anything of the file stands."""
    rows = {
        *ScreeningDecision.objects.filter(handover=handover).values_list("record", flat=True),
        *ScreeningNote.objects.filter(handover=handover).values_list("record", flat=True),
        *Conflict.objects.filter(handover=handover).values_list("record", flat=True),
    }
    return sorted(rows)


def _take_out(handover: Handover, ids: Sequence[int]) -> None:
    merged = Record.objects.filter(pk__in=ids).exclude(merged_into=None).values_list("merged_into", flat=True)
    lock_records([*ids, *(root for root in merged if root)])
    now = timezone.now()
    here = Q(handover=handover, record__in=ids)
    ScreeningDecision.objects.filter(here, superseded_at=None).update(superseded_at=now)
    ScreeningNote.objects.filter(here).update(text="", labels=[], handover=None)
    Adjudication.objects.filter(conflict__handover=handover, conflict__record__in=ids, reopened_at=None).update(
        reopened_at=now
    )
    for record in Record.objects.filter(Q(pk__in=ids, merged_into=None) | Q(absorbed__in=ids)).distinct():
        for stage in Stage.values:
            recompute(record, stage)

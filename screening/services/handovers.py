"""Taking over screening that was done elsewhere: upload, say what names and labels stand for, look, confirm, undo.

The file is kept first and read in the limited child. Nothing becomes a judgement before a lead has said whose it is and what
it means. What is in the file is shown to nobody but who uploaded it; from then on the blinding rule holds for every vote.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.lib.text import storable
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import ImportState
from screening.formats import UnreadableFile
from screening.formats.child import read_in_child
from screening.handover.columns import CONFLICT, NOTE, REASON, VOTE
from screening.handover.entries import Entry
from screening.handover.marks import LONGEST_VALUE, Mark, Plan, Survey, marks_of, program_of
from screening.handover.own import is_own, own_records
from screening.models import Handover
from screening.services.handover_votes import Matcher
from screening.services.imports import clean_name
from screening.services.locks import acting_member

MOST_NAMES = 200
MOST_VALUES = 300


def upload(*, actor: User, review: Review, file: "UploadedFile[bytes]") -> Handover:
    """Keep the file and look into it. A file that cannot be read is kept too, in state failed, with the cause."""
    acting_member(actor, review, Can.IMPORT)
    size = file.size or 0
    if size == 0:
        raise Invalid("The file is empty (0 bytes). Nothing was taken over.")
    if size > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid(f"The file is larger than {settings.UPLOAD_LIMIT_BYTES // 2**20} MB.")
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    with transaction.atomic():
        handover = Handover.objects.create(
            review=review,
            file=file,
            filename=clean_name(file.name or "upload"),
            size=size,
            sha256=digest.hexdigest(),
            created_by=actor,
        )
        audit.log(
            actor=actor,
            review=review,
            action="screening.handover.uploaded",
            target=handover,
            after={"filename": handover.filename, "sha256": handover.sha256},
        )
    return look_into(handover, plan=None)


def look_into(handover: Handover, plan: Plan | None) -> Handover:
    """Read the whole file and keep who and what was found in it; `plan` says which fields hold votes and labels."""
    found: dict[str, Any] = {}
    state, error = ImportState.UPLOADED, ""
    try:
        found = _found(handover, plan)
    except UnreadableFile as unreadable:
        state, error = ImportState.FAILED, str(unreadable)
    with transaction.atomic():
        locked = Handover.objects.select_for_update(of=("self",)).get(pk=handover.pk)
        if locked.state not in {ImportState.UPLOADED, ImportState.FAILED}:
            raise AlreadyDone("This file was taken over meanwhile. Nothing was changed.")
        locked.found, locked.state, locked.error = found, state, error
        locked.program = found.get("program", "")
        locked.entries = found.get("entries", 0)
        locked.choices = {}
        locked.save()
    return locked


def entries_of(handover: Handover, plan: Plan) -> Iterator[Entry]:
    """The file's entries with what was said of them; entries of which nothing was said too."""
    source = iter(read_in_child(path_of(handover)))
    first = next(source, None)
    if first is None:
        return
    if is_own(first):
        for number, record in enumerate(own_records([first, *source]), 1):
            record.reference.position = number
            yield Entry(
                record.reference, rows=record.rows, number=record.number, review=record.review, sources=record.sources
            )
        return
    for reference in (first, *source):
        yield Entry(reference, marks=marks_of(reference, plan))


def path_of(handover: Handover) -> str:
    """Where the uploaded file lies. Raises Invalid when the store has lost it."""
    if not handover.file or not handover.file.storage.exists(str(handover.file.name)):
        raise Invalid("The file is not in the store any more. Upload it again.")
    return str(handover.file.path)


def plan_of(handover: Handover) -> Plan:
    return Plan(tuple(handover.found.get("vote_fields", ())), tuple(handover.found.get("label_fields", ())))


def _found(handover: Handover, plan: Plan | None) -> dict[str, Any]:
    """Names and values with how often they stand in the file; `plan` is what a person chose, otherwise it is guessed."""
    survey = Survey()
    for reference in read_in_child(path_of(handover)):
        survey.add(reference)
    plan = plan or Plan(survey.vote_fields())
    seen = Seen(Matcher(handover), plan)
    for entry in entries_of(handover, plan):
        seen.add(entry)
    return {
        "program": "Tandem" if seen.own else program_of(seen.marks, plan),
        "own": seen.own,
        "entries": seen.entries,
        "matched": seen.matched,
        "told": seen.told,
        "people": [[storable(name), n] for name, n in seen.people.most_common(MOST_NAMES)],
        "values": [
            [kind, storable(place), storable(value[:LONGEST_VALUE]), n]
            for (kind, place, value), n in seen.values.most_common(MOST_VALUES)
        ],
        "fields": [] if seen.own else [[storable(tag), n] for tag, n in survey.label_fields()],
        "vote_fields": [storable(tag) for tag in plan.vote_fields],
        "label_fields": [storable(tag) for tag in plan.label_fields],
    }


class Seen:
    """Who and what was found in the entries so far."""

    def __init__(self, matcher: Matcher, plan: Plan) -> None:
        self._matcher, self._plan = matcher, plan
        self.entries = self.matched = self.told = 0
        self.own = False
        self.people: Counter[str] = Counter()
        self.values: Counter[tuple[str, str, str]] = Counter()
        self.marks: set[Mark] = set()

    def add(self, entry: Entry) -> None:
        self.entries += 1
        self.matched += self._matcher.record_of(entry) is not None
        self.told += bool(entry.rows or entry.marks)
        self.own = self.own or bool(entry.rows)
        for row in entry.rows:
            self.people.update(filter(None, [row["reviewer"]]))
            self.people.update(name for name in row["settled_by"].split("\n") if name and row["row"] == CONFLICT)
            reasons = {row["reason"], row["settled_reason"]} - {""}
            self.values.update((REASON, REASON, reason) for reason in reasons)
        for mark in entry.marks:
            if mark.kind in {VOTE, NOTE} or mark.place in self._plan.label_fields:  # such a label may become a verdict
                self.people[mark.person] += mark.kind == VOTE
            if mark.kind != NOTE:
                self.values[mark.kind, mark.place, mark.value] += 1
        self.marks.update(entry.marks[:4])

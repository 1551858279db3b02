"""From an uploaded file to references: upload, preview, confirm, write in batches, undo.

The file is stored with its SHA-256 before anybody looks into it, and read in a limited child process. Every entry becomes a
reference with its raw text, and a record of its own; duplicates are linked later.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields as dataclass_fields
from itertools import chain, islice
from operator import itemgetter
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.lib.text import storable
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import ImportState, SearchKind
from screening.formats import READERS_VERSION, ParsedReference, ParseReport, Person, UnreadableFile
from screening.formats.child import ChildReading, read_in_child
from screening.formats.unmapped import UnmappedFields
from screening.models import Bibliographic, ImportBatch, ImportProblem, Record, Reference, ScreeningOutcome, Search
from screening.queries.overlap import Overlap
from screening.services.bulk import copy_values, read_ahead, reserve_keys, settling_search_indexes, write_in_bulk
from screening.services.comparison import forget_comparison
from screening.services.locks import act, acting_member, own_review, share_review
from screening.services.records import refresh

BATCH = 2000
BATCHES_BETWEEN_SETTLING = 8
PREVIEW_ROWS = 8
MOST_PROBLEMS_KEPT = 2000
MAPPINGS_LOOKED_AT = 50
SHOWN_FIELDS = ("title", "authors", "year", "journal", "abstract", "doi", "pmid", "keywords")
SEARCH_TEXTS = ("source", "platform", "strategy", "limits", "notes")


@act
def add_search(*, actor: User, review: Review, source: str, kind: str = SearchKind.DATABASE, **fields: Any) -> Search:
    """Document one source as it was searched: platform, strategy, run_on, limits, hits, notes."""
    share_review(review)
    acting_member(actor, review, Can.IMPORT)
    search = Search(review=review, created_by=actor)
    _fill(search, {"source": source, "kind": kind, **fields})
    search.save()
    audit.log(actor=actor, review=review, action="screening.search.added", target=search, after=_search_content(search))
    return search


@act
def change_search(*, actor: User, search: Search, **fields: Any) -> Search:
    acting_member(actor, search.review, Can.IMPORT)
    search = Search.objects.select_for_update().get(pk=search.pk)
    before = _search_content(search)
    _fill(search, fields)
    search.save()
    after = _search_content(search)
    if after != before:
        audit.log(
            actor=actor,
            review=search.review,
            action="screening.search.changed",
            target=search,
            before=before,
            after=after,
        )
    return search


def _fill(search: Search, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name in SEARCH_TEXTS:
            setattr(search, name, require_clean_text(value or "", what=name).strip())
        elif name in {"kind", "run_on", "hits"}:
            setattr(search, name, value)
        elif name == "rerun_of":
            search.rerun_of = _earlier(search, value)
        else:
            raise Invalid(f"A search has no {name}.")
    if not search.source:
        raise Invalid("Name the database or register.")
    if search.kind not in SearchKind.values:
        raise Invalid("Unknown kind of source.")
    search.full_clean(exclude=["review", "created_by"])


def _earlier(search: Search, chosen: Search | None) -> Search | None:
    """The search that this one updates. Raises Invalid for one of another review, or when it comes round to itself."""
    if chosen and chosen.review_id != search.review_id:
        raise Invalid("There is no such search in this review.")
    seen = {search.pk}
    before = chosen
    while before is not None:
        if before.pk in seen:
            raise Invalid("A search cannot be an update of itself.")
        seen.add(before.pk)
        before = before.rerun_of
    return chosen


def _search_content(search: Search) -> dict[str, Any]:
    content = {name: getattr(search, name) for name in (*SEARCH_TEXTS, "kind", "run_on", "hits")}
    return content | ({"update of": str(search.rerun_of)} if search.rerun_of else {})


# --- Upload and preview -----------------------------------------------------------------------------------------------


def upload(
    *, actor: User, search: Search, file: "UploadedFile[bytes]", format: str = "", encoding: str = ""
) -> ImportBatch:
    """Keep the file and look into it: format, entries, first rows, problems. Nothing enters the review yet.

    A file that cannot be read is kept too, in state failed, with the cause. Raises Invalid for an empty or oversized file.
    """
    acting_member(actor, search.review, Can.IMPORT)
    size = file.size or 0
    if size == 0:
        raise Invalid("The file is empty (0 bytes). Nothing was imported.")
    if size > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid(
            f"The file is larger than {settings.UPLOAD_LIMIT_BYTES // 2**20} MB. Split the export and upload the parts."
        )
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            review=search.review,
            search=search,
            file=file,
            filename=clean_name(file.name or "upload"),
            size=size,
            sha256=digest.hexdigest(),
            created_by=actor,
        )
        audit.log(
            actor=actor,
            review=search.review,
            action="screening.import.uploaded",
            target=batch,
            after={"filename": batch.filename, "sha256": batch.sha256, "bytes": size, "search": str(search)},
        )
    batch = look_into(batch, format=format, encoding=encoding)
    if remembered := _remembered_mapping(batch):
        return look_into(batch, format=format, encoding=encoding, mapping=remembered)
    return batch


def _remembered_mapping(batch: ImportBatch) -> dict[str, str]:
    """What people last said of a table with the same headings in this review."""
    headings = sorted(heading for heading, _ in batch.preview.get("columns") or [])
    if not headings:
        return {}
    told = ImportBatch.objects.filter(review=batch.review_id).exclude(pk=batch.pk).exclude(mapping={}).order_by("-id")
    for mapping, preview in told.values_list("mapping", "preview")[:MAPPINGS_LOOKED_AT]:
        if sorted(heading for heading, _ in preview.get("columns") or []) == headings:
            return dict(mapping)
    return {}


def clean_name(name: str) -> str:
    printable = "".join(
        c for c in PurePath(name.replace("\\", "/")).name if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF
    )
    return printable[-255:] or "upload"


def look_into(
    batch: ImportBatch, *, format: str = "", encoding: str = "", mapping: dict[str, str] | None = None
) -> ImportBatch:
    """Read the whole file once in the limited child and keep the preview; a person may correct format, encoding or columns."""
    if batch.state not in {ImportState.UPLOADED, ImportState.FAILED} or batch.references.exists():
        raise AlreadyDone("This file was imported already; undo the import first to read it in another way.")
    batch.mapping = mapping or batch.mapping
    try:
        source = read_in_child(
            batch.file.path, format=format or None, encoding=encoding or None, mapping=batch.mapping or None
        )
        entries = iter(source)
        first = list(islice(entries, PREVIEW_ROWS))
        found: Counter[str] = Counter()
        overlap, unmapped = Overlap(batch), UnmappedFields()
        for row in chain(first, entries):
            found.update(_filled(row))
            overlap.add(row)
            unmapped.add(row)
    except UnreadableFile as error:
        with transaction.atomic():
            _require_unconfirmed(batch)
            batch.state, batch.error = ImportState.FAILED, str(error)
            batch.preview = {"columns": [[storable(heading), ""] for heading in error.headings]}
            batch.format = format or batch.format
            batch.save()
        return batch
    with transaction.atomic():
        report = _report_of(source)
        _require_unconfirmed(batch)
        batch.state, batch.error = ImportState.UPLOADED, ""
        batch.preview = {
            "rows": [_preview_row(row) for row in first],
            "format": report.format,
            "columns": list(report.columns.items()),  # pairs: the database would sort the keys of an object
            "filled": {name: found[name] for name in SHOWN_FIELDS},
            "overlap": overlap.found(),
            "unmapped": [[storable(tag), times, storable(example)] for tag, times, example in unmapped.found()],
        }
        _take_report(batch, report)
        batch.save()
    return batch


def _require_unconfirmed(batch: ImportBatch) -> None:
    """Lock the batch; reading took a while. Raises AlreadyDone when a colleague confirmed it meanwhile."""
    now = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if now.state not in {ImportState.UPLOADED, ImportState.FAILED}:
        raise AlreadyDone("A colleague confirmed this import meanwhile. Nothing was changed.")


def _report_of(source: ChildReading) -> ParseReport:
    """The reader's report, which is there once every entry was handed on."""
    if source.report is None:
        raise UnreadableFile("The reader ended without a report.")
    return source.report


def _filled(row: ParsedReference) -> Iterator[str]:
    """Which of the shown fields this entry has."""
    for name in SHOWN_FIELDS:
        if row.people if name == "authors" else getattr(row, name):
            yield name


def _preview_row(row: ParsedReference) -> dict[str, Any]:
    fields = bibliographic_fields(row)
    fields["by"], fields["place"] = Record(**fields).by, Record(**fields).place
    return {**fields, "abstract": fields["abstract"][:600], "position": row.position, "line": row.line}


def _take_report(batch: ImportBatch, report: ParseReport) -> None:
    """Keep counts and problems as the reader gave them; a second reading replaces the first's."""
    batch.format, batch.encoding, batch.markers = report.format, report.encoding, report.markers
    batch.read, batch.empty, batch.repaired, batch.failed = report.read, report.empty, report.repaired, report.rejected
    batch.problems.all().delete()
    ImportProblem.objects.bulk_create(
        ImportProblem(
            batch=batch, line=p.line, cause=storable(p.cause), severity=p.severity, excerpt=storable(p.excerpt[:500])
        )
        for p in report.problems[:MOST_PROBLEMS_KEPT]
    )


def earlier_imports_of_same_file(batch: ImportBatch) -> list[ImportBatch]:
    same = ImportBatch.objects.filter(review=batch.review, sha256=batch.sha256).exclude(pk=batch.pk)
    return list(
        same.exclude(state__in=[ImportState.UNDONE, ImportState.FAILED, ImportState.UPLOADED]).select_related("search")
    )


# --- Confirm and write ------------------------------------------------------------------------------------------------


@act
def confirm(*, actor: User, batch: ImportBatch, again: bool = False) -> Job:
    """Let the file into the review as a job. The same file a second time needs `again`. Raises AlreadyDone, Invalid."""
    own_review(batch.review)
    acting_member(actor, batch.review, Can.IMPORT)
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state == ImportState.FAILED:
        raise Invalid(f"This file cannot be imported: {batch.error}")
    if batch.state != ImportState.UPLOADED:
        raise AlreadyDone(f"This file is {batch.get_state_display().lower()} already.")
    if not again and (earlier := earlier_imports_of_same_file(batch)):
        raise AlreadyDone(
            f"Exactly this file was imported before, for {earlier[0].search} on {earlier[0].created_at:%d %B %Y}. "
            "Confirm once more if it has to be imported twice.",
            earlier=earlier[0].pk,
        )
    batch.state = ImportState.QUEUED
    batch.job = jobs.enqueue(
        "screening.import_references",
        review=batch.review,
        key=f"import:{batch.pk}",
        title=f"Importing {batch.filename}",
        requested_by=actor,
        url=f"/reviews/{batch.review_id}/imports/{batch.pk}/",
        arguments={"batch": batch.pk},
    )
    batch.save(update_fields=["state", "job"])
    audit.log(
        actor=actor,
        review=batch.review,
        action="screening.import.confirmed",
        target=batch,
        after={"filename": batch.filename},
    )
    return batch.job


def write_references(job: Job, batch: ImportBatch) -> None:
    """Write the file's entries in batches, each one transaction, from where an earlier run stopped."""
    _begin(batch)
    try:
        source = read_in_child(
            batch.file.path, format=batch.format or None, encoding=batch.encoding or None, mapping=batch.mapping or None
        )
        done = int(job.cursor.get("position", 0))
        entries = (entry for entry in source if entry.position > done)
        with settling_search_indexes() as settle:
            for number, chunk in enumerate(read_ahead(entries, BATCH), 1):
                with transaction.atomic():
                    write_in_bulk()
                    share_review(batch.review)  # before the job, in the order that everybody locks in
                    at = chunk[-1].position
                    jobs.advance(job, done=at, total=batch.read + batch.repaired, cursor={"position": at})
                    write_chunk(batch, chunk)
                if number % BATCHES_BETWEEN_SETTLING == 0:
                    settle()
        _finish(job, batch, _report_of(source))
    except jobs.Cancelled:
        with transaction.atomic():
            own_review(batch.review)
            take_out(job.requested_by, batch, "The import was cancelled.")
        raise
    except UnreadableFile as error:
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportState.FAILED, error=str(error))
        raise Invalid(f"{error} References written before stay; undo the import to take them out.") from None


@act
def _begin(batch: ImportBatch) -> None:
    """Running; what an earlier, cancelled run wrote comes back."""
    own_review(batch.review)
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportState.RUNNING, error="")
    _bring_back(batch)


def write_chunk(batch: ImportBatch, chunk: list[ParsedReference]) -> None:
    known = set(
        Reference.objects.filter(batch=batch, position__in=[e.position for e in chunk]).values_list(
            "position", flat=True
        )
    )
    new = [entry for entry in chunk if entry.position not in known]
    shared = [itemgetter(*Bibliographic.FIELDS)(bibliographic_fields(entry)) for entry in new]
    keys = reserve_keys(Record, len(new))
    records = ((key, batch.review_id, *fields) for key, fields in zip(keys, shared, strict=True))
    copy_values(Record, ("id", "review_id", *Bibliographic.FIELDS), records)
    references = (
        (batch.review_id, batch.pk, entry.position, entry.line, storable(entry.raw), [[storable(tag), storable(value)] for tag, value in entry.raw_fields], details_of(entry), key, key, *fields)
        for entry, key, fields in zip(new, keys, shared, strict=True)
    )  # fmt: skip
    copy_values(Reference, REFERENCE, references)


REFERENCE = (
    "review_id", "batch_id", "position", "line", "raw", "raw_fields", "details", "record_id", "own_record_id", *Bibliographic.FIELDS,
)  # fmt: skip


def _finish(job: Job, batch: ImportBatch, report: ParseReport) -> None:
    with transaction.atomic():
        share_review(batch.review)
        batch.refresh_from_db()
        _take_report(batch, report)
        batch.kept, batch.readers_version = batch.references.count(), READERS_VERSION
        batch.state, batch.finished_at = ImportState.DONE, timezone.now()
        batch.save()
        message = f"{batch.kept} references kept from {batch.filename}" + (
            f", {batch.failed} refused" if batch.failed else ""
        )
        jobs.advance(job, done=batch.kept, total=batch.kept, message=message)
        audit.log(
            actor=job.requested_by,
            review=batch.review,
            action="screening.import.done",
            target=batch,
            after={"read": batch.read, "kept": batch.kept, "failed": batch.failed, "sha256": batch.sha256},
        )


def bibliographic_fields(entry: ParsedReference) -> dict[str, Any]:
    """The columns that references and records share, from what a reader found."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in Bibliographic.FIELDS if hasattr(entry, name)}
    values["authors"] = [storable(person.display) for person in entry.people if person.role == "author"]
    values["url"] = next((url for url in entry.urls if url.startswith(("http://", "https://"))), "")
    values["keywords"] = [storable(word) for word in entry.keywords]
    if values["year"] is not None and not 1000 <= values["year"] <= 2999:
        values["year"] = None
    for name, longest in (("pmid", 20), ("language", 60), ("type", 40)):
        values[name] = values[name][:longest]
    return {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}


PERSON = tuple(field.name for field in dataclass_fields(Person))


def details_of(entry: ParsedReference) -> dict[str, Any]:
    """What a reader found beyond the shared columns, kept as JSON beside them."""
    names = (
        "title_original", "date_text", "journal_abbr", "article_no", "pmcid", "issns", "isbns", "accession", "database",
        "trial_ids", "place", "publisher", "type_raw", "affiliations", "notes", "status", "urls",
    )  # fmt: skip
    found: dict[str, Any] = {name: getattr(entry, name) for name in names if getattr(entry, name)}
    found["people"] = [{name: getattr(person, name) for name in PERSON} for person in entry.people]
    return {key: _clean(value) for key, value in found.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, Iterable):
        return [_clean(inner) for inner in value]
    return value


# --- Undo -------------------------------------------------------------------------------------------------------------


def what_undo_would_take(batch: ImportBatch) -> dict[str, int]:
    """What leaves the review when the import is undone, in numbers that reveal no hidden vote."""
    live = batch.references.filter(withdrawn_at=None)
    others = Reference.objects.filter(record=OuterRef("record"), withdrawn_at=None).exclude(batch=batch)
    alone = live.filter(~Exists(others))
    records = alone.values("record").distinct()
    return {
        "references": live.count(),
        "records": records.count(),
        "judged_records": ScreeningOutcome.objects.filter(record__in=records).values("record").distinct().count(),
    }


@act
def undo(*, actor: User, batch: ImportBatch, reason: str = "") -> ImportBatch:
    """Take an import's references out of the review. Files, references and votes are kept and come back with `redo`."""
    own_review(batch.review)
    acting_member(actor, batch.review, Can.IMPORT)
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state == ImportState.UNDONE:
        raise AlreadyDone("This import was undone before.")
    if batch.state in {ImportState.QUEUED, ImportState.RUNNING} and batch.job and batch.job.is_open:
        raise AlreadyDone("This import is still running. Cancel it instead; nothing of it will be left.")
    return take_out(actor, batch, reason)


def take_out(actor: User, batch: ImportBatch, reason: str) -> ImportBatch:
    """The caller holds the review."""
    before = what_undo_would_take(batch)
    touched = set(batch.references.filter(withdrawn_at=None).values_list("record_id", flat=True))
    batch.references.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    batch.state = ImportState.UNDONE
    batch.save(update_fields=["state"])
    refresh(touched)
    audit.log(
        actor=actor, review=batch.review, action="screening.import.undone", target=batch, before=before, reason=reason
    )
    return batch


@act
def redo(*, actor: User, batch: ImportBatch) -> ImportBatch:
    """Bring an undone import back, with the votes that were given on its records."""
    own_review(batch.review)
    acting_member(actor, batch.review, Can.IMPORT)
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state != ImportState.UNDONE or not batch.finished_at:
        raise AlreadyDone("Only a finished import that was undone can be brought back.")
    _bring_back(batch)
    batch.state = ImportState.DONE
    batch.save(update_fields=["state"])
    audit.log(
        actor=actor,
        review=batch.review,
        action="screening.import.redone",
        target=batch,
        after={"references": batch.kept},
    )
    return batch


def _bring_back(batch: ImportBatch) -> None:
    taken_out = batch.references.exclude(withdrawn_at=None)
    touched = set(taken_out.values_list("record_id", flat=True))
    forget_comparison(taken_out)
    taken_out.update(withdrawn_at=None)
    refresh(touched)

"""Writes the archive. Equal rows give equal bytes, but for the moment that stands in the manifest."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from reviewapp.accounts.models import User
from reviewapp.lib.archiving import Scope
from reviewapp.reporting.archive.log import blinding_has_ended, log_rows
from reviewapp.reporting.archive.rows import Rows, line
from reviewapp.reporting.archive.tables import LEFT_OUT, TABLES
from reviewapp.reporting.archive.verify import SCHEMA
from reviewapp.reporting.checklists.exports import checklist_file
from reviewapp.reporting.checklists.shipped import checklists
from reviewapp.reporting.figures import figure_file, template_for
from reviewapp.reporting.queries import prisma_counts
from reviewapp.reviews.models import Review
from screening.formats import ParsedReference
from screening.formats.writers import WRITERS
from screening.models import ImportBatch, Record, Search
from screening.queries.exports import exported
from screening.queries.file_labels import FileClosed, require_open_file

NO_DATE = (1980, 1, 1, 0, 0, 0)
HIDDEN = (
    "Made before blinding ended. Judgements that its maker could not see then are left out, and so is whatever would tell how "
    "many they are: the log holds the events that could be seen, without the chain of hashes."
)
COMPLETE = (
    "No judgement was due anywhere when it was made. Of events that its maker may not see, such as private memos, and of those "
    "that hold an e-mail address, the log keeps the hashes alone, so that the chain can be checked."
)
NAMELESS = (
    "For peer review: people are Reviewer 1, 2, … in a random order, and what they wrote in their own words (notes, "
    "discussions, reasons, memos), original files and raw entries are left out. The log says who did what when, no more."
)


class Writer:
    """A ZIP file and the list of what is in it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(file, "w")
        self.files: list[dict[str, Any]] = []

    def add(self, name: str, about: str, pieces: Iterable[bytes], *, rows: bool = False) -> None:
        info = zipfile.ZipInfo(name, NO_DATE)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        digest, size, lines = sha256(), 0, 0
        with self.zip.open(info, "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                size, lines = size + len(piece), lines + 1
                member.write(piece)
        told = {"file": name, "about": about, "sha256": digest.hexdigest(), "bytes": size}
        self.files.append({**told, "rows": lines if rows else None})


def write_archive(file: IO[bytes], *, reader: User, review: Review, anonymous: bool, made_at: datetime) -> None:
    """All of the review that the reader may see. The caller sees to it that the rows stand still."""
    rows = Rows(Scope(review, reader), anonymous=anonymous)
    chained = not anonymous and blinding_has_ended(review)
    writer, missing = Writer(file), list[str]()
    for table in TABLES:
        writer.add(f"tables/{table.name}.jsonl", table.about, map(line, rows.of(table)), rows=True)
    events = list(map(line, log_rows(rows, chained=chained)))
    writer.add("log.jsonl", "What was done, in order.", events, rows=True)
    writer.add("tables/people.jsonl", "People by number.", map(line, rows.people.rows()), rows=True)
    _add_references(writer, rows)
    _add_diagram(writer, review)
    if not anonymous:
        missing += _add_imports(writer, review, reader)
        for key, checklist in checklists().items():
            writer.add(f"checklists/{key}.csv", checklist.title, [checklist_file(review, checklist, "csv")[1]])
    manifest = {
        "schema": SCHEMA,
        "review": review.title,
        "made_at": made_at.isoformat(),
        "made_for": "peer review" if anonymous else str(reader),
        "note": NAMELESS if anonymous else COMPLETE if chained else HIDDEN,
        "hidden_judgements_left_out": not blinding_has_ended(review),
        "chain": _head(events) if chained else None,
        "tables": {table.name: {"about": table.about, "fields": rows.schema(table)} for table in TABLES},
        "left_out": {model._meta.label_lower: why for model, why in LEFT_OUT.items()},
        "not_in_the_store": missing,
    }
    writer.add(
        "verify.py", "Checks this archive with Python alone.", [Path(__file__).with_name("verify.py").read_bytes()]
    )
    writer.add("README.txt", "What is in this archive.", [_readme(manifest, writer.files).encode()])
    manifest["files"] = sorted(writer.files, key=lambda row: row["file"])
    writer.zip.writestr(
        zipfile.ZipInfo("manifest.json", NO_DATE),
        json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "replace"),
        zipfile.ZIP_DEFLATED,
    )
    writer.zip.close()


def _head(events: list[bytes]) -> dict[str, Any]:
    return {"events": len(events), "hash": json.loads(events[-1])["hash"] if events else "0" * 64}


def _add_references(writer: Writer, rows: Rows) -> None:
    for form in ("ris", "csv", "csl-json"):
        name, records = (
            f"references/records{WRITERS[form].extension}",
            Record.objects.in_review(rows.scope.review).live(),
        )
        writer.add(name, f"Records as {WRITERS[form].label}.", WRITERS[form].write(_numbered(rows, exported(records))))


def _numbered(rows: Rows, references: Iterable[ParsedReference]) -> Iterator[ParsedReference]:
    """References under their record's number; notes of a file may name people."""
    for reference in references:
        number = rows.number("screening.record", reference.position) or 0
        yield replace(reference, position=number, notes=[] if rows.anonymous else reference.notes)


def _add_diagram(writer: Writer, review: Review) -> None:
    counts = prisma_counts(review)
    numbers = json.dumps(dict(counts.flat()), ensure_ascii=False, indent=1, sort_keys=True)
    writer.add("prisma/diagram.json", "Every number of the flow diagram.", [numbers.encode()])
    for form in ("csv", "svg"):
        content = figure_file(review, counts, template_for(counts), form).content
        writer.add(f"prisma/prisma.{form}", f"The flow diagram as {form.upper()}.", [content])


def _add_imports(writer: Writer, review: Review, reader: User) -> Iterator[str]:
    """The imported files as they came. Yields the names of those that the store has lost."""
    strategies = [
        f"{search.source}{f' ({search.platform})' if search.platform else ''}, {search.run_on or 'no date'}\n{search.strategy}\n"
        for search in Search.objects.filter(review=review).order_by("pk")
    ]
    writer.add("searches/strategies.txt", "The strategies, word for word.", ["\n".join(strategies).encode()])
    done = set()
    for batch in ImportBatch.objects.filter(review=review).order_by("pk"):
        if batch.sha256 in done:
            continue
        done.add(batch.sha256)
        try:
            require_open_file(reader, batch)
        except FileClosed:
            writer.add(
                f"imports/{batch.sha256}.withheld.txt",
                f"In place of {batch.filename}.",
                [
                    b"The file holds labels of another program, and some of its records wait for votes. It is in an archive made later.\n"
                ],
            )
            continue
        try:
            with batch.file.open("rb") as file:
                writer.add(f"imports/{batch.sha256}", f"The imported file {batch.filename}.", file.chunks())
        except OSError:
            yield batch.filename


def _readme(manifest: dict[str, Any], files: list[dict[str, Any]]) -> str:
    listed = "\n".join(f"{row['file']}: {row['about']}" for row in sorted(files, key=lambda row: row["file"]))
    left_out = "\n".join(f"{name}: {why}" for name, why in manifest["left_out"].items())
    return f"""{manifest["review"]}
An archive of a systematic review made with Tandem.

{manifest["note"]}

To check it:  python verify.py this-archive.zip
The program needs Python and nothing else. It compares every file with the manifest, follows the chain of hashes of the log,
and counts every number of the flow diagram again from the rows.

Rows are JSON, one a line, in tables/. "id" counts within this archive; fields that point at other rows hold their "id", and
fields that name people hold the "id" of a line of people.jsonl. manifest.json says what stands in each field.
Passwords, tokens, e-mail addresses and full texts of reports are never in an archive.

What is in it
{listed}

What is left out, and why
{left_out}
"""

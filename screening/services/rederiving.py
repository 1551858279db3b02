"""Reading stored files again with later readers: what a reference says is worked out anew, what people did stays.

Every column of a reference but its raw text comes from a reader. Votes, links and rulings hang on references and records, which
stay the same rows; which reference a record shows field by field stays as people chose it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from reviewapp.audit import services as audit
from reviewapp.lib.text import storable
from screening.choices import ImportState
from screening.formats import READERS_VERSION, ParsedReference
from screening.formats.child import read_in_child
from screening.formats.unmapped import UnmappedFields
from screening.models import Bibliographic, ImportBatch, Reference
from screening.services.bulk import batched
from screening.services.comparison import forget_keys
from screening.services.imports import bibliographic_fields, details_of
from screening.services.locks import share_review
from screening.services.records import show_best_of_all

BATCH = 500
DERIVED = (*Bibliographic.FIELDS, "raw_fields", "details")


@dataclass
class Rederived:
    """What came of one import: references that say something else now, and entries that no reference has the text of."""

    references: int = 0
    changed: int = 0
    unknown: int = 0


def imports_of_earlier_readers() -> QuerySet[ImportBatch]:
    """Finished imports, undone ones too, whose references have the fields of an earlier version of the readers."""
    finished = ImportBatch.objects.filter(state__in=[ImportState.DONE, ImportState.UNDONE]).exclude(finished_at=None)
    # What came with judgements was read with them, and its file is not kept as an import.
    finished = finished.exclude(format="handed-over")
    return finished.filter(readers_version__lt=READERS_VERSION).select_related("review").order_by("pk")


def rederive(batch: ImportBatch, *, progress: Callable[[int], None] = lambda done: None) -> Rederived:
    """Read the stored file of an import again; batch by batch, so that a run that was ended is simply run once more.

    Raises UnreadableFile, with nothing lost, when the file cannot be read any more.
    """
    told, unmapped = Rederived(), UnmappedFields()
    source = read_in_child(
        batch.file.path, format=batch.format or None, encoding=batch.encoding or None, mapping=batch.mapping or None
    )
    for entries in batched(source, BATCH):
        for entry in entries:
            unmapped.add(entry)
        _rederive_some(batch, entries, told)
        progress(told.references)
    _finish(batch, told, unmapped)
    return told


@transaction.atomic
def _rederive_some(batch: ImportBatch, entries: Sequence[ParsedReference], told: Rederived) -> None:
    share_review(batch.review)
    standing = _references_at(batch, entries)
    changed: list[Reference] = []
    for entry in entries:
        found = standing[entry.line, storable(entry.raw)]
        if not found:
            told.unknown += 1
            continue
        told.references += 1
        if _take_over(found.pop(0), entry, changed):
            told.changed += 1
    if not changed:
        return
    Reference.objects.bulk_update(changed, DERIVED)
    forget_keys(changed)
    show_best_of_all(sorted({one.record_id for one in changed}))
    audit.log(
        actor=None,
        review=batch.review,
        action="screening.import.rederived_part",
        target=batch,
        after={
            "changed": len(changed),
            "first": changed[0].position,
            "last": changed[-1].position,
            "version": READERS_VERSION,
        },
    )


def _references_at(
    batch: ImportBatch, entries: Sequence[ParsedReference]
) -> defaultdict[tuple[int, str], list[Reference]]:
    """The references of these lines by line and text; their places may have moved, when a reader finds more than before."""
    found: defaultdict[tuple[int, str], list[Reference]] = defaultdict(list)
    rows = Reference.objects.filter(batch=batch, line__in={entry.line for entry in entries})
    for reference in rows.order_by("position").select_for_update(of=("self",)):
        found[reference.line, reference.raw].append(reference)
    return found


def _take_over(reference: Reference, entry: ParsedReference, changed: list[Reference]) -> bool:
    """Give the reference what the entry says; whether that is something else than before."""
    new = bibliographic_fields(entry) | {
        "raw_fields": [[storable(tag), storable(value)] for tag, value in entry.raw_fields],
        "details": details_of(entry),
    }
    if all(getattr(reference, name) == value for name, value in new.items()):
        return False
    for name, value in new.items():
        setattr(reference, name, value)
    changed.append(reference)
    return True


@transaction.atomic
def _finish(batch: ImportBatch, told: Rederived, unmapped: UnmappedFields) -> None:
    share_review(batch.review)
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    before, batch.readers_version = batch.readers_version, READERS_VERSION
    batch.preview["unmapped"] = [[storable(tag), times, storable(text)] for tag, times, text in unmapped.found()]
    batch.save(update_fields=["readers_version", "preview"])
    audit.log(
        actor=None,
        review=batch.review,
        action="screening.import.rederived",
        target=batch,
        before={"version": before},
        after={
            "version": READERS_VERSION,
            "references": told.references,
            "changed": told.changed,
            "unknown": told.unknown,
        },
    )

"""Records as references again, for files that people take along. Nothing that anybody decided is a part of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from screening.formats import ParsedReference, Person
from screening.formats.base import TYPES
from screening.formats.people import person
from screening.handover.veil import without_labels
from screening.models import Record, Reference

BATCH = 500
SINGLE = ("title_original", "journal_abbr", "article_no", "pmcid", "accession", "place", "publisher", "type_raw")
SEVERAL = ("issns", "isbns", "trial_ids", "urls", "affiliations", "notes", "status")


def exported(records: QuerySet[Record]) -> Iterator[ParsedReference]:
    """Records in the order of import with what their references say beyond the shown fields; read in batches, by key."""
    last = 0
    while rows := list(records.filter(pk__gt=last).order_by("pk")[:BATCH]):
        under = _live_references(rows)
        for record in rows:
            yield as_reference(record, under[record.pk])
        last = rows[-1].pk


def _live_references(records: Sequence[Record]) -> dict[int, list[Reference]]:
    under: defaultdict[int, list[Reference]] = defaultdict(list)
    found = Reference.objects.filter(record__in=records, withdrawn_at=None).select_related("batch__search")
    shown = ("record_id", "authors", "year", "details", "batch__search__source")
    for reference in found.only(*shown).order_by("pk"):
        under[reference.record_id].append(reference)
    return under


def as_reference(record: Record, references: Sequence[Reference]) -> ParsedReference:
    """What the record shows; what it has no field for is the first reference's that tells it."""
    known: list[dict[str, Any]] = [reference.details for reference in references]
    databases = [one.details.get("database") or one.batch.search.source for one in references]
    dates = [one.details.get("date_text") for one in references if one.year == record.year]
    more: dict[str, Any] = {name: next(filter(None, (one.get(name) for one in known)), "") for name in SINGLE}
    more |= {name: list(dict.fromkeys(value for one in known for value in one.get(name, ()))) for name in SEVERAL}
    more["notes"] = without_labels(more["notes"])  # a label of another program is a judgement
    return ParsedReference(
        position=record.pk,
        line=0,
        raw="",
        raw_fields=[],
        title=record.title,
        abstract=record.abstract,
        year=record.year,
        journal=record.journal,
        volume=record.volume,
        issue=record.issue,
        pages=record.pages,
        doi=record.doi,
        pmid=record.pmid,
        language=record.language,
        type=record.type if record.type in TYPES else "other",
        keywords=list(record.keywords),
        people=_people(record, references),
        database="; ".join(dict.fromkeys(databases)),
        date_text=next(filter(None, dates), ""),
        **more,
    )


def _people(record: Record, references: Sequence[Reference]) -> list[Person]:
    """The people of the reference whose authors are shown; otherwise the shown names, taken apart again."""
    for reference in references:
        if reference.authors == record.authors and reference.details.get("people"):
            return [Person(**one) for one in reference.details["people"]]
    return [person(name) or Person(literal=name) for name in record.authors]

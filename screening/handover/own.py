"""Our own exports read again: rows of judgements, gathered by record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from screening.formats.base import ParsedReference, Person
from screening.handover.columns import COLUMNS, JUDGEMENT_COLUMNS, LISTS, Row

TELLING = {"row", "record", "stage", "reviewer", "verdict"}


@dataclass
class OwnRecord:
    """One record of the export with its judgements; `review` is empty when the file does not say whose it is."""

    reference: ParsedReference
    number: str = ""
    review: str = ""
    sources: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def is_own(entry: ParsedReference) -> bool:
    """Whether the entry is a row, or a record, of an export of this program."""
    tags = {tag for tag, _ in entry.raw_fields}
    return tags >= TELLING or tags >= {"record", "judgements"}


def own_records(entries: Iterable[ParsedReference]) -> list[OwnRecord]:
    """Records in the order of the file, wherever their rows stand in it."""
    found: dict[str, OwnRecord] = {}
    for entry in entries:
        cells = dict(entry.raw_fields)
        number = cells.get("record", "").strip()
        record = found.get(number)
        if record is None:
            reference = entry if "judgements" in cells else _reference(entry, cells, len(found) + 1)
            sources = [source for source in cells.get("sources", "").split("\n") if source]
            record = found[number] = OwnRecord(reference, number, cells.get("review_id", ""), sources)
        record.rows += _rows(cells)
    return list(found.values())


def _rows(cells: dict[str, str]) -> Iterator[Row]:
    if "judgements" not in cells:
        yield {name: cells.get(name, "") for name in JUDGEMENT_COLUMNS}
        return
    for said in json.loads(cells["judgements"]):
        if isinstance(said, dict):
            yield {name: _text(said.get(name), name) for name in JUDGEMENT_COLUMNS}


def _text(value: object, name: str) -> str:
    if isinstance(value, list) and name in LISTS:
        return "\n".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _reference(entry: ParsedReference, cells: dict[str, str], position: int) -> ParsedReference:
    """The record of a row of a table, with the names exactly as they were written."""
    people = [Person(literal=name) for name in cells.get("authors", "").split("\n") if name]
    return ParsedReference(
        position=position,
        line=entry.line,
        raw=entry.raw,
        raw_fields=[(name, cells.get(name, "")) for name in COLUMNS if cells.get(name)],
        title=cells.get("title", ""),
        year=entry.year,
        journal=cells.get("journal", ""),
        doi=entry.doi,
        pmid=entry.pmid,
        people=people,
    )

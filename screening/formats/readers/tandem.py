"""Judgements as this program exports them in JSON: each record is a reference, its judgements stand in a field of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from screening.formats.base import Head, ParsedReference, Person, Reader, UnreadableFile
from screening.formats.source import Source
from screening.formats.values import doi_in

MARK = '"format": "tandem-screening"'


def detect(head: Head) -> float:
    return 1.0 if head.text.lstrip()[:1] == "{" and MARK in head.text[:200] else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """The records in their order. Raises UnreadableFile when the JSON is broken or holds no list of records."""
    try:
        whole = json.loads(source.text())
    except (ValueError, RecursionError):
        raise UnreadableFile("The JSON is damaged, so nothing was read. Export the judgements again.") from None
    records = whole.get("records") if isinstance(whole, dict) else None
    if not isinstance(records, list):
        raise UnreadableFile("This JSON has no list of records.")
    review = _text(whole.get("review_id"))
    for number, record in enumerate(records, 1):
        source.report.markers += 1
        if not isinstance(record, dict):
            source.report.rejected += 1
            source.warn(number + 1, "this is no record", str(record)[:80], "error")
            continue
        source.report.read += 1
        yield _reference(number, record, review)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_text(one) for one in value if not isinstance(one, list | dict))
    return "" if value is None or isinstance(value, dict | bool) else str(value)


def _reference(number: int, record: dict[str, Any], review: str) -> ParsedReference:
    fields = [(str(name), _text(value)) for name, value in record.items() if name != "judgements"]
    judgements = record.get("judgements")
    told = json.dumps(judgements if isinstance(judgements, list) else [], ensure_ascii=False)
    raw_fields = [*fields, ("review_id", review), ("judgements", told)]
    values = dict(fields)
    reference = ParsedReference(number, number + 1, json.dumps(record, ensure_ascii=False), raw_fields)
    reference.title, reference.abstract = values.get("title", ""), values.get("abstract", "")
    reference.journal, reference.doi = values.get("journal", ""), doi_in(values.get("doi", ""))
    reference.pmid = values.get("pmid", "") if values.get("pmid", "").isdigit() else ""
    year = values.get("year", "")
    reference.year = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None
    reference.people = [Person(literal=name) for name in values.get("authors", "").split("\n") if name]
    return reference


READER = Reader(
    name="tandem", label="Tandem judgements (JSON)", extensions=(".json",), detect=detect, parse=parse, marks=()
)

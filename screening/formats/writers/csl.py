"""CSL-JSON, as Zotero and citation processors take it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from screening.formats.base import ParsedReference, Person
from screening.formats.writers.common import missing_trials, type_words

CSL_TYPES = {
    "journal-article": "article-journal",
    "conference": "paper-conference",
    "book": "book",
    "chapter": "chapter",
    "thesis": "thesis",
    "report": "report",
    "preprint": "article",
    "registration": "document",
    "other": "document",
}


def to_csl_json(references: Iterable[ParsedReference]) -> Iterator[str]:
    """CSL-JSON: an array, one element for each reference."""
    before = "[\n"
    for reference in references:
        yield before + json.dumps(csl_entry(reference), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def csl_entry(reference: ParsedReference) -> dict[str, Any]:
    """The reference as one CSL object; variables without a value are left out."""
    values: dict[str, Any] = {
        "id": str(reference.position),
        "type": CSL_TYPES[reference.type],
        "title": reference.title,
        "abstract": reference.abstract,
        "container-title": reference.journal,
        "container-title-short": reference.journal_abbr,
        "volume": reference.volume,
        "issue": reference.issue,
        # Citations give the number of an article where pages would be.
        "page": reference.pages or reference.article_no,
        "number": reference.article_no,
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "PMCID": reference.pmcid,
        "ISSN": "; ".join(reference.issns),
        "ISBN": "; ".join(reference.isbns),
        "URL": next(iter(reference.urls), ""),
        "keyword": "; ".join(reference.keywords),
        "language": reference.language,
        "publisher": reference.publisher,
        "publisher-place": reference.place,
        "source": reference.database,
        "archive_location": reference.accession,
        "note": "\n".join([*reference.notes, *missing_trials(reference)]),
        "original-title": reference.title_original,
        "genre": type_words(reference),
        "issued": _issued(reference),
        # CSL's place for what it has no variable for.
        "custom": {"urls": reference.urls[1:]} if len(reference.urls) > 1 else None,
    }
    for role in ("author", "editor", "translator"):
        values[role] = [_csl_name(person) for person in reference.people if person.role == role]
    return {name: value for name, value in values.items() if value}


def _issued(reference: ParsedReference) -> dict[str, Any]:
    issued: dict[str, Any] = {"date-parts": [[reference.year]]} if reference.year else {}
    if reference.date_text and reference.date_text != str(reference.year):
        issued["raw"] = reference.date_text
    return issued


def _csl_name(person: Person) -> dict[str, str]:
    if person.literal:
        return {"literal": person.literal}
    link = f"https://orcid.org/{person.orcid}" if person.orcid else ""
    name = {"family": person.family, "given": person.given, "ORCID": link}
    return {part: value for part, value in name.items() if value}

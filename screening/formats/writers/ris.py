"""RIS, as EndNote, Zotero and Rayyan take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from screening.formats.base import ParsedReference
from screening.formats.writers.common import inverted, missing_trials, orcids, paragraphs, status_words

RIS_TYPES = {
    "journal-article": "JOUR",
    "conference": "CPAPER",
    "book": "BOOK",
    "chapter": "CHAP",
    "thesis": "THES",
    "report": "RPRT",
    "preprint": "UNPB",
    "registration": "GEN",
    "other": "GEN",
}
# An indented line is never taken for a field of its own.
_CONTINUED = "\n      "


def to_ris(references: Iterable[ParsedReference]) -> Iterator[str]:
    """RIS, one string for each reference; lines end with CRLF, as the format has it."""
    for reference in references:
        lines = (f"{tag}  - {_CONTINUED.join(paragraphs(value))}" for tag, value in _ris_fields(reference) if value)
        yield "\n".join((*lines, "ER  - ", "", "")).replace("\n", "\r\n")


def _ris_fields(reference: ParsedReference) -> Iterator[tuple[str, str]]:
    yield "TY", RIS_TYPES[reference.type]
    for person in reference.people:
        yield {"editor": "A2", "translator": "A4"}.get(person.role, "AU"), inverted(person)
    for name, orcid in orcids(reference):
        yield "AI", f"{name}; {orcid}"
    start, end = _page_range(reference.pages)
    yield "TI", reference.title
    yield "TT", reference.title_original
    yield "PY", str(reference.year or "")
    yield "DA", reference.date_text if reference.date_text != str(reference.year) else ""
    yield "JF" if reference.type == "book" else "T2", reference.journal
    yield "J2", reference.journal_abbr
    yield "VL", reference.volume
    yield "IS", reference.issue
    yield "SP", start
    yield "EP", end
    yield "C7", reference.article_no
    yield "DO", reference.doi
    yield "AN", reference.accession
    yield "DB", reference.database
    yield "C2", reference.pmcid
    yield "U1", f"{reference.pmid} [PMID]" if reference.pmid else ""
    for tag, values in (
        ("SN", [*reference.issns, *reference.isbns]),
        ("UR", reference.urls),
        ("KW", reference.keywords),
        ("AD", reference.affiliations),
        ("N1", [*reference.notes, *missing_trials(reference)]),
    ):
        for value in values:
            yield tag, value
    yield "LA", reference.language
    yield "CY", reference.place
    yield "PB", reference.publisher
    yield "M3", reference.type_raw if reference.type in ("preprint", "registration") else ""
    for words in status_words(reference):
        yield "M3", words
    yield "AB", reference.abstract


def _page_range(pages: str) -> tuple[str, str]:
    match = re.fullmatch(r"(\w+)-(\w+)", pages)
    return (match[1], match[2]) if match else (pages, "")

"""MEDLINE text as PubMed writes it; what PubMed has no tag for gets one that other programs pass over."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from screening.formats.base import ParsedReference
from screening.formats.writers.common import date_of_publication, inverted, missing_trials, paragraphs, status_words

TYPES = {
    "journal-article": "Journal Article",
    "conference": "Conference Paper",
    "book": "Book",
    "chapter": "Book Chapter",
    "thesis": "Thesis",
    "report": "Technical Report",
    "preprint": "Preprint",
    "registration": "Trial registration",
    "other": "Other",
}
_WIDTH = 88


def to_nbib(references: Iterable[ParsedReference]) -> Iterator[str]:
    """MEDLINE text, one string for each reference."""
    for reference in references:
        lines = [_line(tag, value) for tag, value in _fields(reference) if value.strip()]
        yield "\n".join((f"PMID- {reference.pmid}".rstrip(), *lines)) + "\n\n"


def _line(tag: str, value: str) -> str:
    text = f"{tag:<4}- {' '.join(value.split())}"
    return "\n".join(
        textwrap.wrap(text, _WIDTH, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)
    )


def _fields(reference: ParsedReference) -> Iterator[tuple[str, str]]:
    yield "TI", reference.title
    yield "TT", reference.title_original
    for paragraph in paragraphs(reference.abstract):
        yield "AB", paragraph
    for person in reference.people:
        if person.literal and person.role == "author":
            yield "CN", person.literal
        else:
            yield {"editor": "FED", "translator": "FTR"}.get(person.role, "FAU"), inverted(person)
        if person.orcid:
            yield "AUID", f"ORCID: {person.orcid}"
    yield "DP", date_of_publication(reference)
    yield "JT", reference.journal
    yield "TA", reference.journal_abbr
    yield "VI", reference.volume
    yield "IP", reference.issue
    yield "PG", reference.pages
    yield "LID", reference.article_no
    yield "AID", f"{reference.doi} [doi]" if reference.doi else ""
    yield "PMC", reference.pmcid
    yield "AN", reference.accession
    yield "DB", reference.database
    yield "LA", reference.language
    yield "PL", reference.place
    yield "PB", reference.publisher
    for words in (TYPES[reference.type], *status_words(reference)):
        yield "PT", words
    for tag, values in (
        ("IS", reference.issns),
        ("ISBN", reference.isbns),
        ("URL", reference.urls),
        ("OT", reference.keywords),
        ("AD", reference.affiliations),
        ("GN", [line for note in reference.notes for line in paragraphs(note)]),
        ("GN", missing_trials(reference)),
    ):
        for value in values:
            yield tag, value

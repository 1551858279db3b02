"""EndNote XML, as EndNote, Zotero and Mendeley take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from screening.formats.base import ParsedReference
from screening.formats.writers.common import date_of_publication, in_role, inverted, missing_trials, type_words

ENDNOTE_TYPES = {
    "journal-article": ("Journal Article", 17),
    "conference": ("Conference Paper", 47),
    "book": ("Book", 6),
    "chapter": ("Book Section", 5),
    "thesis": ("Thesis", 32),
    "report": ("Report", 27),
    "preprint": ("Unpublished Work", 34),
    "registration": ("Generic", 13),
    "other": ("Generic", 13),
}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ROLES = (("author", "authors"), ("editor", "secondary-authors"), ("translator", "translated-authors"))


def to_endnote_xml(references: Iterable[ParsedReference]) -> Iterator[str]:
    """EndNote XML, one string for each reference between a head and a foot."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<xml><records>\n'
    for reference in references:
        yield f"<record>{''.join(_parts(reference))}</record>\n"
    yield "</records></xml>\n"


def _parts(reference: ParsedReference) -> Iterator[str]:
    name, number = ENDNOTE_TYPES[reference.type]
    yield f"<ref-type name={quoteattr(name)}>{number}</ref-type>"
    yield _group(
        "contributors",
        [_group(group, [_leaf("author", inverted(p)) for p in in_role(reference, role)]) for role, group in _ROLES],
    )
    titles = (
        ("title", reference.title),
        ("secondary-title", reference.journal),
        ("translated-title", reference.title_original),
    )
    yield _group("titles", [_leaf(tag, text) for tag, text in titles])
    yield _group("periodical", [_leaf("full-title", reference.journal), _leaf("abbr-1", reference.journal_abbr)])
    yield from (_leaf(tag, text) for tag, text in _leaves(reference))
    yield _group("keywords", [_leaf("keyword", word) for word in reference.keywords])
    date = date_of_publication(reference)
    day = _group("pub-dates", [_leaf("date", date if date != str(reference.year or "") else "")])
    yield _group("dates", [_leaf("year", str(reference.year or "")), day])
    yield _group("urls", [_group("related-urls", [_leaf("url", url) for url in reference.urls])])
    yield from (_leaf("notes", note) for note in [*reference.notes, *missing_trials(reference)])


def _leaves(reference: ParsedReference) -> Iterator[tuple[str, str]]:
    yield "pages", reference.pages
    yield "volume", reference.volume
    yield "number", reference.issue
    yield "isbn", "\n".join([*reference.issns, *reference.isbns])
    yield "accession-num", reference.accession
    yield "electronic-resource-num", reference.doi
    yield "auth-address", "\n".join(reference.affiliations)
    yield "abstract", reference.abstract
    yield "publisher", reference.publisher
    yield "pub-location", reference.place
    yield "language", reference.language
    yield "remote-database-name", reference.database
    yield "work-type", type_words(reference)
    yield "custom2", reference.pmcid
    yield "custom6", f"PMID: {reference.pmid}" if reference.pmid else ""
    # EndNote keeps the number of an article in this field.
    yield "custom7", reference.article_no


def _leaf(tag: str, text: str) -> str:
    return f"<{tag}>{escape(_NOT_XML.sub(' ', text))}</{tag}>" if text else ""


def _group(tag: str, parts: list[str]) -> str:
    inside = "".join(parts)
    return f"<{tag}>{inside}</{tag}>" if inside else ""

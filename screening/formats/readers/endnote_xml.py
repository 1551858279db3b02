"""EndNote XML, as EndNote, Zotero, Mendeley and others write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from screening.formats.base import Head, ParsedReference, Person, Reader
from screening.formats.markup import leaves, records, text_of
from screening.formats.people import people
from screening.formats.source import Source
from screening.formats.tagged import count_and_yield
from screening.formats.values import (
    abstract_of,
    affiliations_in,
    bare_pmid,
    clean,
    clean_lines,
    date_of,
    doi_in,
    is_placeholder,
    keywords_in,
    links_in,
    marked_doi_in,
    pages_of,
    pmcid_in,
    pmid_in,
    serials_in,
    status_of,
    title_of,
    trial_ids_in,
    type_in,
    type_of,
)

_BEGINS = re.compile(
    r"<records>\s*<record[\s>].{0,20000}?<(?:ref-type|contributors|titles|source-app|database)", re.DOTALL
)
_ROLES = {
    "authors": "author",
    "secondary-authors": "editor",
    "tertiary-authors": "editor",
    "translated-authors": "translator",
}


def detect(head: Head) -> float:
    """Sure with the frame of EndNote's records."""
    return 0.98 if "<record" in head.text and _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each <record>."""
    found = records(source, "record")
    return count_and_yield(source, ((_reference(line, raw, one), repairs) for line, raw, one, repairs in found))


def _reference(line: int, raw: str, record: Element) -> ParsedReference:
    def get(*paths: str) -> str:
        return next((text for path in paths if (text := text_of(record.find(path)))), "")

    ref_type = record.find("ref-type")
    kind = ref_type.get("name", "") if ref_type is not None else ""
    type_raw = " · ".join(filter(None, (clean(kind), clean(get("work-type")))))
    reference = ParsedReference(0, line, raw, list(leaves(record)), type_raw=type_raw)
    reference.title = title_of(get("titles/title", "titles/short-title"))
    reference.title_original = title_of(get("titles/translated-title", "orig-pub"))
    reference.abstract = abstract_of(get("abstract"))
    reference.year, reference.date_text = date_of([get("dates/year"), get("dates/pub-dates/date")])
    reference.journal = clean(get("periodical/full-title", "titles/secondary-title", "alt-periodical/full-title"))
    short = clean(get("periodical/abbr-1", "titles/alt-title", "periodical/abbr-2"))
    reference.journal_abbr = short if short != reference.journal else ""
    reference.volume, reference.issue = clean(get("volume")), clean(get("number", "issue"))
    reference.pages = pages_of(get("pages"))
    reference.article_no = _article_number(get("custom7"))
    reference.issns, reference.isbns = serials_in([get("isbn"), get("issn"), get("orig-pub")])
    reference.database = clean(get("remote-database-name", "remote-database-provider"))
    reference.accession = clean(get("accession-num"))
    reference.language, reference.place, reference.publisher = (
        clean(get("language")),
        clean(get("pub-location")),
        clean(get("publisher")),
    )
    reference.keywords = keywords_in(text_of(word) for word in record.findall("keywords/keyword"))
    reference.urls = links_in(text_of(url) for url in record.findall("urls/*/url"))
    reference.trial_ids = trial_ids_in(raw)
    notes = [text_of(note) for path in ("notes", "research-notes") for note in record.findall(path)]
    reference.notes = [note for text in notes if (note := clean_lines(text)) and not is_placeholder(note)]
    reference.affiliations = affiliations_in(text_of(place) for place in record.findall("auth-address"))
    reference.people = list(_people(record))
    _set_identifiers(reference, record)
    found = type_in(kind)
    narrower = type_in(get("work-type")) if found in ("", "journal-article") else ""
    reference.type = type_of(
        narrower if narrower in ("conference", "preprint", "registration") else found, reference.journal, reference.urls
    )
    reference.status = status_of(reference.title, type_raw, reference.type)
    return reference


def _article_number(text: str) -> str:
    """EndNote keeps an article's number in custom7, where older libraries hold whatever people put there."""
    return clean(text) if len(text) <= 20 and " " not in text.strip() and ":" not in text else ""


def _set_identifiers(reference: ParsedReference, record: Element) -> None:
    own = [text_of(element) for element in record.findall("electronic-resource-num")]
    customs = [text_of(element) for number in range(1, 8) for element in record.findall(f"custom{number}")]
    reference.doi = next(filter(None, map(doi_in, [*own, *reference.urls])), "") or next(
        filter(None, map(marked_doi_in, [*reference.notes, *customs])), ""
    )
    # Other databases number their records too, with more digits or fewer; only a bare number of this length is PubMed's.
    bare = bare_pmid(reference.accession) if len(reference.accession) in (7, 8) else ""
    foreign = reference.database and not re.search(r"medline|pubmed|nlm|embase", reference.database, re.IGNORECASE)
    reference.pmid = next(filter(None, map(pmid_in, [*reference.urls, *reference.notes, *customs])), "") or (
        "" if foreign else bare
    )
    reference.pmcid = next(filter(None, map(pmcid_in, [*customs, *reference.urls, *reference.notes])), "")


def _people(record: Element) -> Iterator[Person]:
    contributors = record.find("contributors")
    for group in contributors if contributors is not None else ():
        role = _ROLES.get(group.tag)
        for name in group if role else ():
            yield from people(text_of(name), role or "author")


READER = Reader(name="endnote-xml", label="EndNote XML", extensions=(".xml",), detect=detect, parse=parse)

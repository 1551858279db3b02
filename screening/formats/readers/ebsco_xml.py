"""EBSCO's XML (CINAHL, APA PsycInfo and other databases of EBSCOhost)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from screening.formats.base import Head, ParsedReference, Reader
from screening.formats.markup import leaves, records, text_of
from screening.formats.people import people
from screening.formats.source import Source
from screening.formats.tagged import count_and_yield
from screening.formats.values import (
    abstract_of,
    bare_pmid,
    clean,
    clean_lines,
    date_of,
    doi_in,
    is_placeholder,
    keywords_in,
    links_in,
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

_BEGINS = re.compile(r"<rec(?:\s[^<>]*)?>\s*<header\s[^<>]*(?:shortDbName|uiTerm|longDbName)=")


def detect(head: Head) -> float:
    """Sure with EBSCO's header inside a record."""
    return 0.99 if "<rec" in head.text and _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each <rec>."""
    found = records(source, "rec")
    return count_and_yield(source, ((_reference(line, raw, one), repairs) for line, raw, one, repairs in found))


def _reference(line: int, raw: str, record: Element) -> ParsedReference:
    def get(*names: str) -> str:
        return next((text for name in names for found in record.iter(name) if (text := text_of(found))), "")

    def all_of(*names: str) -> list[str]:
        return [text for name in names for found in record.iter(name) if (text := text_of(found))]

    header = record.find("header")
    type_raw = " · ".join(dict.fromkeys(map(clean, all_of("doctype", "pubtype"))))
    reference = ParsedReference(0, line, raw, list(leaves(record)), type_raw=type_raw)
    reference.title = title_of(get("atl", "btl", "dissti"))
    reference.title_original = title_of(get("otl", "tatl"))
    reference.abstract = "\n".join(filter(None, map(abstract_of, all_of("ab"))))
    date = record.find(".//pubinfo/dt")
    reference.year, reference.date_text = date_of([date.get("year", ""), text_of(date)] if date is not None else [])
    reference.journal = clean(get("jtl", "btl") if get("atl") else get("jtl"))
    reference.volume, reference.issue = clean(get("vid")), clean(get("iid"))
    reference.pages = _pages(get("pages", "ppf"), get("ppl"), get("ppct") if not get("pages") else "")
    reference.issns, reference.isbns = serials_in(all_of("issn", "isbn", "jid"))
    reference.accession = clean(header.get("uiTerm", "") if header is not None else "")
    reference.database = clean(
        header.get("longDbName", "") or header.get("shortDbName", "") if header is not None else ""
    )
    reference.language, reference.publisher, reference.place = (
        clean(get("language")),
        clean(get("pub")),
        clean(get("place")),
    )
    reference.keywords = keywords_in(all_of("subj", "keyword"))
    reference.urls = links_in(all_of("plink", "url"))
    reference.notes = [note for text in all_of("note") if (note := clean_lines(text)) and not is_placeholder(note)]
    reference.people = [one for text in all_of("au") for one in people(text)]
    reference.people += [one for text in all_of("ed") for one in people(text, "editor")]
    _set_identifiers(reference, record)
    reference.trial_ids = trial_ids_in(raw)
    reference.type = type_of(_type(type_raw, record), reference.journal, reference.urls)
    reference.status = status_of(reference.title, type_raw, reference.type)
    return reference


def _pages(first: str, last: str, count: str) -> str:
    """Pages; EBSCO tells the first one and how many there are."""
    if not last and first.isdigit() and count.isdigit() and int(count) > 1:
        last = str(int(first) + int(count) - 1)
    return pages_of(first, last)


def _set_identifiers(reference: ParsedReference, record: Element) -> None:
    typed: dict[str, list[str]] = {}
    for number in record.iter("ui"):
        typed.setdefault(number.get("type", "").casefold(), []).append(text_of(number))
    every = [text for texts in typed.values() for text in texts]
    reference.doi = next(filter(None, map(doi_in, [*typed.get("doi", []), *reference.urls])), "")
    is_pubmed = "medline" in reference.database.casefold()
    reference.pmid = next(filter(None, map(bare_pmid, [*typed.get("pmid", []), *typed.get("nlmid", [])])), "") or (
        (bare_pmid(reference.accession) if is_pubmed else "") or next(filter(None, map(pmid_in, every)), "")
    )
    reference.pmcid = next(filter(None, map(pmcid_in, every)), "")


def _type(type_raw: str, record: Element) -> str:
    named = type_in(type_raw)
    if named:
        return named
    if record.find(".//dissinfo/*") is not None:
        return "thesis"
    return "journal-article" if record.find(".//jinfo/jtl") is not None else "book"


READER = Reader(name="ebsco-xml", label="EBSCO XML", extensions=(".xml",), detect=detect, parse=parse)

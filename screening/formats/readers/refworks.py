"""RefWorks' tagged text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from screening.formats.base import Head, ParsedReference, Person, Reader
from screening.formats.people import people
from screening.formats.source import Source
from screening.formats.tagged import Block, Fields, count_and_yield
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

# Text that carries a field on may begin with any two capitals, so only the format's own tags are fields.
_FIELD = re.compile(
    r"[\ufeff\u200b]*(RT|SR|ID|A[1-6]|T[1-3]|JF|JO|YR|FD|VO|IS|SP|OP|K1|AB|NO|ED|PB|PP|SN|AV|AD|AN|LA|CL|SF|OT|LK|DO|CN|DB|"
    r"DS|IP|RD|ST|U1?[0-9]|UL|SL|LL|CR|WT|W[VP]|OL|PMID|PMCID)(?:[ \t]+|(?=[\r\n]|\Z))"
)
_MARK_TYPE = r"RT[ \t]+[A-Z]"
_MARK_TITLE = r"T1[ \t]+\S"
_BEGINS = re.compile(r"(?:\A|[\r\n])\ufeff?RT[ \t]+[A-Z][^\r\n]*[\r\n]+(?:SR|ID|A1|T1|JF|YR)[ \t]")
_ROLES = {"A1": "author", "A2": "editor", "A3": "editor", "A4": "translator"}


def detect(head: Head) -> float:
    """Sure with a type (RT) followed by another field."""
    return 0.97 if _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each type (RT)."""
    return count_and_yield(source, ((_reference(block), block.repairs) for block in _blocks(source)))


def _blocks(source: Source) -> Iterator[Block]:
    block: Block | None = None
    blank = True
    for number, line in enumerate(source.lines(), 1):
        match = _FIELD.match(line)
        text = line.strip()
        if match:
            again = blank and block is not None and match[1] in ("SR", "ID", "T1") and match[1] in block.tags
            if block is not None and (match[1] == "RT" or again):
                yield block
                block = None
            if block is None:
                block = Block(number, repairs=[] if match[1] == "RT" else ["the type mark (RT) is missing"])
            block.add(match[1], line[match.end() :].strip())
        elif text and block is None:
            source.warn(number, "text outside of any record was left out", text)
        elif text and block is not None:
            block.extend(text)
        if block is not None:
            block.lines.append(line)
        blank = not text
    if block is not None:
        yield block


def _reference(block: Block) -> ParsedReference:
    pairs = block.fields
    fields = Fields(pairs)
    raw = "".join(block.lines)

    def flow(*tags: str) -> str:
        return clean(fields.first(*tags).replace("\n", " "))

    reference = ParsedReference(0, block.line, raw, pairs, type_raw=flow("RT"))
    reference.title = title_of(flow("T1", "ST"))
    reference.title_original = title_of(flow("OT"))
    reference.abstract = "\n".join(filter(None, map(abstract_of, fields.all("AB"))))
    reference.year, reference.date_text = date_of(fields.all("YR", "FD"))
    reference.journal = flow("JF", "T2", "JO")
    short = flow("JO")
    reference.journal_abbr = short if short != reference.journal else ""
    reference.volume, reference.issue = flow("VO"), flow("IS")
    reference.pages = pages_of(flow("SP"), flow("OP"))
    reference.issns, reference.isbns = serials_in(fields.all("SN"))
    reference.language, reference.place, reference.publisher = flow("LA"), flow("PP"), flow("PB")
    reference.keywords = keywords_in(fields.all("K1"))
    reference.urls = links_in(fields.all("LK", "UL"))
    reference.notes = [note for value in fields.all("NO") if (note := clean_lines(value)) and not is_placeholder(note)]
    reference.people = _people(pairs)
    reference.database, reference.accession = flow("DB", "DS"), flow("AN")
    reference.doi = next(filter(None, map(doi_in, fields.all("DO", "LK", "UL"))), "")
    is_pubmed = re.search(r"medline|pubmed", reference.database, re.IGNORECASE)
    reference.pmid = (
        bare_pmid(fields.first("PMID"))
        or next(filter(None, map(pmid_in, fields.all("AN", "NO", "LK"))), "")
        or (bare_pmid(reference.accession) if is_pubmed else "")
    )
    reference.pmcid = next(filter(None, map(pmcid_in, fields.all("PMCID", "AN", "NO", "LK"))), "")
    reference.trial_ids = trial_ids_in(raw)
    reference.type = type_of(type_in(reference.type_raw.replace(",", "")), reference.journal, reference.urls)
    reference.status = status_of(reference.title, reference.type_raw, reference.type)
    return reference


def _people(pairs: list[tuple[str, str]]) -> list[Person]:
    return [one for tag, value in pairs if tag in _ROLES for one in people(value, _ROLES[tag])]


READER = Reader(
    name="refworks",
    label="RefWorks (tagged)",
    extensions=(".txt", ".rwt", ".ref"),
    detect=detect,
    parse=parse,
    marks=(_MARK_TYPE, _MARK_TITLE),
)

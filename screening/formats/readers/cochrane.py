"""Cochrane Library's plain text: "Record #1 of 3", then fields such as "AU: ", one in a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from screening.formats.base import Head, ParsedReference, Reader
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

_MARK = r"Record #\d+ of \d+"
_MARK_ID = r"ID: *\S"
_RECORD = re.compile(rf"[ \t\ufeff]*{_MARK}\s*\Z")
_FIELD = re.compile(r"([A-Z]{2,3}):(?:[ \t]+|(?=[\r\n]|\Z))")
_BEGINS = re.compile(rf"(?:\A|[\r\n])[ \t\ufeff]*{_MARK}\s*[\r\n]+ID: *\S")
# Trials, 2011, 12(3), 39
_SOURCE = re.compile(
    r"(?P<journal>.+?),\s*(?P<year>\d{4})(?:,\s*(?P<volume>[^(,]*)(?:\((?P<issue>[^)]*)\))?(?:,\s*(?P<pages>.+))?)?\Z"
)
_DATABASES = (
    ("CN-", "Cochrane Central Register of Controlled Trials"),
    ("CD", "Cochrane Database of Systematic Reviews"),
)


def detect(head: Head) -> float:
    """Sure when a record's number stands above its ID; the RIS files of the same site have no such line."""
    return 0.98 if _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each record."""
    return count_and_yield(source, ((_reference(block), block.repairs) for block in _blocks(source)))


def _blocks(source: Source) -> Iterator[Block]:
    block: Block | None = None
    for number, line in enumerate(source.lines(), 1):
        text = line.strip()
        match = _FIELD.match(line)
        without_number = match is not None and match[1] == "ID" and block is not None and "ID" in block.tags
        if _RECORD.match(line) or without_number:
            if block is not None:
                yield block
            block = Block(number, [line])
            if without_number and match:
                block.repairs.append("the line with the record's number is missing")
                block.add(match[1], line[match.end() :].strip())
        elif block is None:
            if text.strip("\ufeff"):
                source.warn(number, "text outside of any record was left out", text)
        else:
            block.lines.append(line)
            if match:
                block.add(match[1], line[match.end() :].strip())
            elif text and block.tags:
                block.extend(text)
            elif text:
                source.warn(number, "text outside of any field was left out", text)
    if block is not None:
        yield block


def _reference(block: Block) -> ParsedReference:
    pairs = block.fields
    fields = Fields(pairs)
    raw = "".join(block.lines)

    def flow(*tags: str) -> str:
        return clean(fields.first(*tags).replace("\n", " "))

    cited = _SOURCE.match(flow("SO"))
    reference = ParsedReference(0, block.line, raw, pairs, type_raw=" · ".join(map(clean, fields.all("PT"))))
    reference.title = title_of(flow("TI"))
    reference.abstract = abstract_of(fields.first("AB"))
    reference.year, reference.date_text = date_of([flow("YR"), flow("DP"), cited["year"] if cited else ""])
    reference.journal = cited["journal"] if cited else flow("SO")
    reference.volume = flow("VL") or ((cited and cited["volume"]) or "").strip()
    reference.issue = flow("NO") or ((cited and cited["issue"]) or "").strip()
    reference.pages = pages_of(flow("PG") or ((cited and cited["pages"]) or ""))
    reference.doi = doi_in(flow("DOI"))
    reference.accession = flow("ID")
    reference.database = next(
        (name for start, name in _DATABASES if reference.accession.startswith(start)), "Cochrane Library"
    )
    numbers = [value.replace("PUBMED PUBMED", "PUBMED") for value in fields.all("PM", "XR")]
    reference.pmid = next(filter(None, map(pmid_in, numbers)), "") or bare_pmid(flow("PM"))
    reference.pmcid = next(filter(None, map(pmcid_in, numbers)), "")
    reference.issns, reference.isbns = serials_in(fields.all("SN", "ISSN", "ISBN"))
    reference.trial_ids = trial_ids_in(raw)
    reference.urls = links_in(fields.all("US", "UR"))
    reference.keywords = keywords_in(fields.all("KY"))
    reference.language, reference.place, reference.publisher = flow("LA"), flow("CY"), flow("PB")
    reference.notes = [
        note for value in fields.all("NT", "CC") if (note := clean_lines(value)) and not is_placeholder(note)
    ]
    reference.people = [one for value in fields.all("AU") for one in people(value)]
    reference.type = type_of(type_in(reference.type_raw) or "journal-article", reference.journal)
    reference.status = status_of(reference.title, reference.type_raw, reference.type)
    return reference


READER = Reader(
    name="cochrane",
    label="Cochrane Library (text)",
    extensions=(".txt",),
    detect=detect,
    parse=parse,
    marks=(_MARK, _MARK_ID),
    open_ended=True,
)

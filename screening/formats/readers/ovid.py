"""Ovid's tagged text (.ovd, .cgi): records begin with their number, tags look like RIS and mean something else."""

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
    citation_in,
    clean,
    clean_lines,
    date_of,
    doi_in,
    keywords_in,
    links_in,
    pages_of,
    pmcid_in,
    serials_in,
    status_of,
    title_of,
    trial_ids_in,
    type_in,
    type_of,
)

_MARK = r"<\d+\. ?>"
_ARTICLE = re.compile(r"\bArticle Number: ([\w.-]*\w)")
_NUMBER = re.compile(rf"\s*{_MARK}\s*\Z")
_FIELD = re.compile(r"\s?([A-Z][A-Z0-9])  -(?:\s|\Z)")
_BEGINS = re.compile(rf"(?:\A|[\r\n])\s*{_MARK}[ \t]*[\r\n]+\s?[A-Z][A-Z0-9]  - ")


def detect(head: Head) -> float:
    """Sure when a number in angle brackets stands before fields."""
    return 0.98 if _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each number."""
    return count_and_yield(source, ((_reference(block), []) for block in _blocks(source)))


def _blocks(source: Source) -> Iterator[Block]:
    block: Block | None = None
    for number, line in enumerate(source.lines(), 1):
        text = line.strip()
        if _NUMBER.match(line):
            if block is not None:
                yield block
            block = Block(number, [line], ["#"], [text])
        elif block is None:
            if text:
                source.warn(number, "text outside of any record was left out", text)
        else:
            block.lines.append(line)
            match = _FIELD.match(line)
            if match:
                block.add(match[1], line[match.end() :].strip())
            elif text:
                block.extend(text)
    if block is not None:
        yield block


def _reference(block: Block) -> ParsedReference:
    pairs = block.fields
    fields = Fields(pairs)
    raw = "".join(block.lines)

    def flow(*tags: str) -> str:
        return clean(fields.first(*tags).replace("\n", " "))

    cited = citation_in(flow("SO"))
    reference = ParsedReference(0, block.line, raw, pairs, type_raw=" · ".join(map(clean, fields.all("PT"))))
    reference.title = title_of(flow("TI"))
    reference.title_original = title_of(flow("OT"))
    reference.abstract = abstract_of(fields.first("AB"))
    reference.year, reference.date_text = date_of(fields.all("YR", "DP") or [cited.get("year", "")])
    reference.journal = flow("JT", "JN") or cited.get("journal", "")
    reference.journal_abbr = flow("JA")
    reference.volume = flow("VI") or cited.get("volume", "")
    reference.issue = flow("IP") or cited.get("issue", "")
    reference.pages = pages_of(flow("PG") or cited.get("pages", ""))
    number = _ARTICLE.search(flow("SO"))
    reference.article_no = number[1] if number else ""
    reference.doi = next(filter(None, map(doi_in, fields.all("DO", "DI"))), "")
    reference.database, reference.accession = flow("DB"), flow("UI", "AN")
    is_pubmed = "medline" in reference.database.casefold()
    reference.pmid = bare_pmid(flow("PM").partition(" ")[0]) or (bare_pmid(reference.accession) if is_pubmed else "")
    reference.pmcid = pmcid_in(flow("PC"))
    reference.issns, reference.isbns = serials_in(fields.all("IS", "IB"))
    reference.trial_ids = trial_ids_in(raw)
    reference.urls = links_in(fields.all("UR", "XL"))
    reference.keywords = keywords_in(fields.all("MH", "DE", "OD", "KW", "SH", "HW"))
    reference.language, reference.place, reference.publisher = flow("LG"), flow("CP"), flow("PB")
    reference.notes = [clean_lines(value) for value in fields.all("NT", "CM")]
    reference.people = [one for value in fields.all("AU") for one in people(value)]
    reference.type = type_of(
        type_in(reference.type_raw) or ("journal-article" if reference.journal else ""), reference.journal
    )
    reference.status = status_of(reference.title, reference.type_raw, reference.type)
    return reference


READER = Reader(
    name="ovid",
    label="Ovid (tagged)",
    extensions=(".ovd", ".cgi", ".txt"),
    detect=detect,
    parse=parse,
    marks=(_MARK,),
    open_ended=True,
)

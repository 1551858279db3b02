"""MEDLINE text: PubMed's .nbib, and the same tags as ERIC and PMC write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from screening.formats.base import Head, ParsedReference, ParseReport, Person, Reader
from screening.formats.people import orcid_in, person
from screening.formats.source import Source
from screening.formats.tagged import Block, Fields, count_and_yield
from screening.formats.values import (
    abstract_of,
    affiliations_in,
    clean,
    clean_lines,
    date_of,
    distinct,
    doi_in,
    is_placeholder,
    keywords_in,
    marked_doi_in,
    number_of,
    pages_of,
    pmcid_in,
    serials_in,
    status_of,
    title_of,
    trial_ids_in,
    type_in,
    type_of,
)

# Tag padded to four characters, then a dash; continuation lines are indented by six. ERIC writes "ISSN - ".
_FIELD = re.compile(r"[\ufeff\u200b]*[ \t]{0,2}(?=[A-Z0-9 ]{4,5}-)([A-Z][A-Z0-9]{1,3})[ \u00a0]{0,3}-(?=[^-]|\Z)")
# The same with the lines that carry it on, as PubMed itself writes it; nearly the whole file is such fields.
_WHOLE_FIELD = re.compile(r"([A-Z][A-Z0-9]{1,3}) {0,2}-(?=[^-])([^\r\n]*(?:\r?\n {6,}[^\s-][^\r\n]*)*)\r?\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
# A record may begin with any of these when the export is not PubMed's own.
_STARTERS = frozenset(("PMID", "OWN", "PMC", "OID", "STAT"))
_PMC_STARTERS = frozenset(("PMC", "PMCR", "PMID"))
_MARK_PMID = r"PMID ?-"
_MARK_OWNER = r"OWN -"
_BEGINS_WITH_PMID = re.compile(r"(?:\A|[\r\n])[ \t\ufeff\u200b]{0,3}PMID ?-")


def detect(head: Head) -> float:
    """Sure with PubMed's first tag at a line start; fairly sure when several known tags are padded to four."""
    if _BEGINS_WITH_PMID.search(head.text):
        return 0.9
    tags = {match[1] for line in head.text[:20000].splitlines() if (match := _FIELD.match(line))}
    known = tags & {"OWN", "TI", "AB", "FAU", "AU", "JT", "TA", "DP", "PT", "PMC", "OID", "AID", "MH", "OT", "PMCR"}
    return 0.85 if len(known) >= 3 and known & {"OWN", "FAU", "JT", "TA", "PMC", "PMCR"} else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """References of the file, one for each record."""
    yield from count_and_yield(source, ((_reference(block), block.repairs) for block in _blocks(source)))
    # Records of PMC and others may have neither of the marks; there, what follows a blank line is counted too.
    if source.report.markers < source.report.counted:
        source.report.markers = max(source.report.markers, _pieces(source))


def _pieces(source: Source) -> int:
    """Pieces after blank lines that begin with the tag the first one begins with, or another that records begin with."""
    first, count, blank = "", 0, True
    for line in Source(source.data, ParseReport(format="", encoding=source.report.encoding)).lines():
        if blank and (match := _FIELD.match(line)):
            first = first or match[1]
            count += match[1] == first or match[1] in ("PMID", "OWN")
        blank = line.isspace()
    return count


def _blocks(source: Source) -> Iterator[Block]:
    """Records: a new one begins after a blank line with a tag that is there already, or at the next PMID."""
    block: Block | None = None
    blank = False
    for number, text, match, value in _pieces_of(source):
        if match is None:
            blank = _other_line(source, block, text, number, blank)
            continue
        tag = match[1]
        if block is not None and (blank or tag == "PMID") and _begins(block, tag, blank):
            yield block
            block = None
        if block is None:
            block = Block(number)
        block.lines.append(text)
        block.tags.append(tag)
        block.values.append(value)
        blank = False
    if block:
        yield block


def _pieces_of(source: Source) -> Iterator[tuple[int, str, re.Match[str] | None, str]]:
    """Fields as (first line, text, match of the tag, value), with the lines that carry them on; any other line by itself."""
    number = 1
    for text in source.blocks():
        position, end = 0, len(text)
        while position < end:
            match = _WHOLE_FIELD.match(text, position)
            if match:
                piece, value = match[0], match[2].strip()
                if "\n" in value:
                    value = "\n".join(map(str.strip, value.split("\n")))
                    yield number, piece, match, value
                    number += piece.count("\n")
                else:
                    yield number, piece, match, value
                    number += 1
            else:
                match = _LINE.match(text, position)
                piece = match[0] if match else text[position:]
                tag = _FIELD.match(piece)
                yield number, piece, tag, piece[tag.end() :].strip() if tag else ""
                number += 1
            position += len(piece)


def _begins(block: Block, tag: str, blank: bool) -> bool:
    if tag == "PMID" and "PMID" in block.tags:
        return True
    first = block.tags[0]
    again = tag in block.tags and (tag in _STARTERS or tag == first)
    # A title comes after these two in every record, so the one above is complete.
    after_title = tag in ("OWN", "PMID") and ("TI" in block.tags or "BTI" in block.tags)
    return blank and (again or after_title or (tag in _PMC_STARTERS and first in ("PMC", "PMCR")))


def _other_line(source: Source, block: Block | None, line: str, number: int, blank: bool) -> bool:
    """Take a line without a tag; returns whether a blank line still stands before what follows."""
    text = line.strip()
    if not text:
        if block:
            block.lines.append(line)
        return True
    if block is None:
        if text.strip("\ufeff\u200b"):
            source.warn(number, "text outside of any record was left out", text)
        return blank
    block.lines.append(line)
    block.extend(text)
    if line[0] in " \t":
        return False
    source.warn(number, "a line without a tag was added to the field above it", text)
    return blank


def _reference(block: Block) -> ParsedReference:
    pairs = block.fields
    fields = Fields(pairs)
    raw = "".join(block.lines)
    type_raw = " · ".join(clean(value) for value in fields.all("PT"))
    reference = ParsedReference(0, block.line, raw, pairs, type_raw=type_raw)
    reference.title = title_of(" ".join(fields.all("TI")) or fields.first("BTI", "CTI"))
    reference.title_original = title_of(fields.first("TT"))
    reference.language = clean(fields.first("LA"))
    reference.title = _unbracketed(reference.title, fields)
    reference.abstract = _abstract(fields)
    reference.year, reference.date_text = _date(fields)
    _set_place_of_publication(reference, fields)
    _set_identifiers(reference, fields, raw)
    reference.keywords = keywords_in(value.replace("\n", " ") for value in fields.all("MH", "OT"))
    reference.place = clean(fields.first("PL"))
    reference.publisher = clean(fields.first("PB"))
    reference.affiliations = affiliations_in(map(_flow, fields.all("AD")))
    reference.people = _people(pairs)
    reference.notes = [note for value in fields.all("GN", "CI") if (note := clean_lines(_flow(value)))]
    reference.type = type_of(_type(fields), reference.journal)
    # "Retraction in" stands with the retracted text itself, "Erratum for" with the correction.
    said = f"{type_raw}{' retracted' * ('RIN' in fields)}{' erratum' * ('EFR' in fields)}"
    reference.status = status_of(reference.title, said, reference.type)
    return reference


def _flow(value: str) -> str:
    """Wrapped lines are one running text in this format."""
    return value.replace("\n", " ")


def _unbracketed(title: str, fields: Fields) -> str:
    """PubMed puts translated titles in brackets; they say so in the language and the original title."""
    translated = title.startswith("[") and title.endswith("]") and title.count("[") == 1
    return title[1:-1].rstrip(".") if translated and fields.first("LA").casefold() != "eng" else title


def _abstract(fields: Fields) -> str:
    texts = [abstract_of(_flow(value)) for value in fields.all("AB")]
    found = "\n".join(distinct(filter(None, texts)))
    return found or abstract_of(_flow(fields.first("OAB")))


def _date(fields: Fields) -> tuple[int | None, str]:
    year, text = date_of(fields.all("DP")[:1])
    return (year, text) if year else date_of(fields.all("DP", "DEP", "DA"))


def _set_place_of_publication(reference: ParsedReference, fields: Fields) -> None:
    full, short = clean(fields.first("JT")), clean(fields.first("TA"))
    reference.journal = full or short
    reference.journal_abbr = short if short != reference.journal else ""
    reference.volume = number_of(fields.first("VI"))
    reference.issue = number_of(fields.first("IP"))
    reference.pages = pages_of(fields.first("PG"))
    reference.article_no = _article_number(fields.all("LID"), bool(reference.pages))
    reference.issns, reference.isbns = serials_in(fields.all("IS", "ISSN", "ISBN"))


def _article_number(locations: list[str], has_pages: bool) -> str:
    """A location that is no DOI; a publisher's long number (pii) only where there are no pages."""
    for location in locations:
        value, _, kind = clean(location).partition(" [")
        short = len(value) <= (12 if has_pages else 40) and "/" not in value
        if short and kind in ("", "pii]") and "[" not in value:
            return value
    return ""


def _set_identifiers(reference: ParsedReference, fields: Fields, raw: str) -> None:
    ids = fields.all("LID", "AID")
    marked = [doi for value in ids if "[doi]" in value and (doi := doi_in(value.partition("[")[0]))]
    others = [doi for value in ids if "[" not in value and (doi := doi_in(value))]
    sources = (doi for value in fields.all("SO") if (doi := marked_doi_in(_flow(value))))
    reference.doi = next(chain(marked, others, sources), "")
    own = fields.first("PMID")
    reference.pmid = own if own.isdigit() and len(own) <= 8 else ""
    reference.pmcid = next(filter(None, map(pmcid_in, fields.all("PMC", "OID"))), "")
    eric = fields.first("OWN").upper() == "ERIC"
    # PubMed has no tags for these two; our own export writes them.
    reference.database = clean(fields.first("DB")) or (
        "ERIC" if eric else "PubMed" if reference.pmid or reference.pmcid else clean(fields.first("OWN"))
    )
    reference.accession = clean(fields.first("AN")) or reference.pmid or clean(fields.first("OID"))
    reference.trial_ids = trial_ids_in(raw)
    reference.urls = distinct(value for value in map(clean, fields.all("LID", "AID", "URL")) if "://" in value)


def _type(fields: Fields) -> str:
    """PubMed gives many publication types to one reference; the most telling one decides."""
    kinds = [type_in(value) for value in fields.all("PT") if "erratum" not in value.casefold()]
    for kind in ("preprint", "registration", "thesis", "chapter", "book", "conference", "journal-article", "report"):
        if kind in kinds:
            return kind
    if fields.first("BTI"):
        return "chapter" if fields.first("TI") else "book"
    in_journal = bool(fields.first("JT", "TA")) and fields.first("PT") != "Other"
    return "journal-article" if in_journal else "other"


def _people(pairs: list[tuple[str, str]]) -> list[Person]:
    """FAU and AU tell the same person twice, one after the other; CN is a group; AUID belongs to the name above."""
    found: list[Person] = []
    previous = ""
    for tag, value in pairs:
        if tag in _FULL_NAMES:
            _append(found, value, _FULL_NAMES[tag])
        elif (tag == "AU" and previous != "FAU") or (tag == "ED" and previous != "FED"):
            _append(found, value, "author" if tag == "AU" else "editor")
        elif tag == "CN" and not is_placeholder(value):
            found.append(Person(literal=clean(value)))
        elif tag == "AUID" and found:
            found[-1].orcid = orcid_in(value) or found[-1].orcid
        previous = tag
    return found


_FULL_NAMES = {"FAU": "author", "FED": "editor", "FTR": "translator"}


def _append(found: list[Person], value: str, role: str) -> None:
    one = person(value, role)
    if one:
        found.append(one)


READER = Reader(
    name="medline",
    label="PubMed / MEDLINE (.nbib)",
    extensions=(".nbib", ".txt", ".medline"),
    detect=detect,
    parse=parse,
    marks=(_MARK_PMID, _MARK_OWNER),
    open_ended=True,
)

"""Refer / BibIX (.enw), as EndNote, Zotero and publishers write it."""

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

_FIELD = re.compile(r"[\ufeff\u200b]*[ \t]{0,3}(%[0-9A-Za-z@!#$&*+?<>()~^=\[\]\\'\";:,./|-])(?:[ \t]+|(?=[\r\n]|\Z))")
_MARK_TYPE = r"%0[ \t]+\S"
_MARK_TITLE = r"%T[ \t]+\S"
_BEGINS = re.compile(r"(?:\A|[\r\n])[ \t\ufeff]*%[0TAJDB][ \t]+\S[^\r\n]*[\r\n]+[ \t]*%[0-9A-Za-z@]([ \t]|[\r\n])")
# Two pieces that both hold one of these are two references.
_ONCE = frozenset(("%0", "%T", "%D", "%V", "%P", "%X"))
_ROLES = {"%A": "author", "%E": "editor", "%?": "translator"}


def detect(head: Head) -> float:
    """Sure when two lines in a row begin with a percent sign and a letter."""
    return 0.94 if _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """References of the file; a type (%0) or a blank line begins one, and either may be missing."""
    return count_and_yield(source, ((_reference(block), []) for block in _blocks(source)))


def _blocks(source: Source) -> Iterator[Block]:
    """Pieces between blank lines put together again where they are parts of one record."""
    current: Block | None = None
    for piece in _pieces(source):
        if current is not None and not _ONCE.intersection(current.tags).intersection(piece.tags):
            current.lines += piece.lines
            current.tags += piece.tags
            current.values += piece.values
            continue
        if current is not None:
            yield current
        current = piece
    if current is not None:
        yield current


def _pieces(source: Source) -> Iterator[Block]:
    piece: Block | None = None
    blank = True
    for number, line in enumerate(source.lines(), 1):
        match = _FIELD.match(line)
        text = line.strip()
        if match:
            if piece is not None and (blank or (match[1] == "%0" and "%0" in piece.tags)):
                yield piece
                piece = None
            piece = piece or Block(number)
            piece.add(match[1], line[match.end() :].strip())
        elif text and piece is None:
            source.warn(number, "text outside of any record was left out", text)
        elif text and piece is not None:
            piece.extend(text)
        if piece is not None:
            piece.lines.append(line)
        blank = not text
    if piece is not None:
        yield piece


def _reference(block: Block) -> ParsedReference:
    pairs = block.fields
    fields = Fields(pairs)
    raw = "".join(block.lines)

    def flow(*tags: str) -> str:
        return clean(fields.first(*tags).replace("\n", " "))

    type_raw = " · ".join(filter(None, (flow("%0"), flow("%9"))))
    reference = ParsedReference(0, block.line, raw, pairs, type_raw=type_raw)
    reference.title = title_of(flow("%T", "%!"))
    reference.title_original = title_of(flow("%Q"))
    reference.abstract = "\n".join(filter(None, map(abstract_of, fields.all("%X"))))
    reference.year, reference.date_text = date_of(fields.all("%D", "%8"))
    journals = [clean(value) for value in fields.all("%J", "%B")]
    reference.journal = next(iter(journals), "")
    reference.journal_abbr = flow("%O") if len(flow("%O")) < 80 and "%J" in fields else ""
    reference.volume, reference.issue, reference.pages = flow("%V"), flow("%N"), pages_of(flow("%P"))
    reference.issns, reference.isbns = serials_in(fields.all("%@"))
    reference.language, reference.place, reference.publisher = flow("%G"), flow("%C"), flow("%I")
    reference.keywords = keywords_in(fields.all("%K"))
    reference.urls = links_in(fields.all("%U", "%>"))
    reference.notes = [
        note for value in fields.all("%Z", "%1", "%2") if (note := clean_lines(value)) and not is_placeholder(note)
    ]
    reference.people = _people(pairs)
    _set_identifiers(reference, fields, raw)
    own = type_in(flow("%0"))
    narrower = type_in(flow("%9")) if own in ("", "journal-article") else ""
    kind = narrower if narrower in ("conference", "preprint", "registration") else own
    reference.type = type_of(kind or ("journal-article" if "%J" in fields else ""), reference.journal, reference.urls)
    reference.status = status_of(reference.title, type_raw, reference.type)
    return reference


def _set_identifiers(reference: ParsedReference, fields: Fields, raw: str) -> None:
    reference.database = clean(fields.first("%~", "%W"))
    reference.accession = clean(fields.first("%M", "%L"))
    texts = fields.all("%R", "%U", "%>", "%M")
    reference.doi = next(filter(None, map(doi_in, texts)), "")
    is_pubmed = re.search(r"medline|pubmed|nlm", reference.database, re.IGNORECASE)
    named = next(filter(None, map(pmid_in, [*fields.all("%M", "%U", "%2"), *reference.notes])), "")
    reference.pmid = named or (bare_pmid(fields.first("%M")) if is_pubmed else "")
    reference.pmcid = next(filter(None, map(pmcid_in, fields.all("%2", "%1", "%M", "%U", "%Z"))), "")
    reference.trial_ids = trial_ids_in(raw)


def _people(pairs: list[tuple[str, str]]) -> list[Person]:
    return [one for tag, value in pairs if tag in _ROLES for one in people(value, _ROLES[tag])]


READER = Reader(
    name="refer",
    label="Refer (.enw)",
    extensions=(".enw", ".ref", ".txt"),
    detect=detect,
    parse=parse,
    marks=(_MARK_TYPE, _MARK_TITLE),
    open_ended=True,
)

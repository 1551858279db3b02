"""Ovid's labelled text: records begin with their number, labels stand in lines of their own above indented values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from screening.formats.base import Head, ParsedReference, Person, Reader
from screening.formats.people import person
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
    serials_in,
    status_of,
    title_of,
    trial_ids_in,
    type_in,
    type_of,
)

_MARK = r"<\d+\. ?>|<\d+>"
_NUMBER = re.compile(rf"[ \t\ufeff]*(?:{_MARK})\s*\Z")
_BEGINS = re.compile(
    rf"(?:\A|[\r\n])[ \t\ufeff]*(?:{_MARK})[ \t]*[\r\n]+[A-Z][A-Za-z/() -]{{1,60}}[ \t]*[\r\n]+[ \t]+\S"
)
_LABEL = re.compile(r"[A-Z][^\r\n]{1,70}\Z")
_KIND = re.compile(r"\s*\[[A-Z][A-Za-z ,/&-]{2,40}\]\s*\Z")
_EDITOR = re.compile(r"\s*[\[(](?:ed|eds|editor|editors)\.?[\])]\s*\Z", re.IGNORECASE)
_BETWEEN = re.compile(r";\s{2,}|;\s*\n\s*|\n")
_AFTER_NAME = re.compile(
    r"[\s,]*(?:[\d*+#&~^|\[\]()-]+|\b(?:[A-Z]*[A-Z]D|Ph\.?D\.?|MPH|MSc|BSc|RN|FAAN|MS|MA|BA|MBA|DrPH|PharmD|DSc|MBBS|FRCP|FACS);?)\Z"
)

_TITLES = ("title", "chapter title", "original title", "book title")
_KEYWORDS = ("author keywords", "keywords", "key words", "key concepts", "mesh subject headings", "subject headings",
             "keyword heading", "heading word", "index terms", "candidate terms")  # fmt: skip


def detect(head: Head) -> float:
    """Sure when a number in angle brackets stands above a label with an indented value."""
    return 0.975 if _BEGINS.search(head.text) else 0.0


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
            continue
        if block is None:
            if text.strip("\ufeff"):
                source.warn(number, "text outside of any record was left out", text)
            continue
        block.lines.append(line)
        if text and line[0] not in " \t" and _LABEL.match(text):
            block.add(text, "")
        elif text:
            block.extend(text)
    if block is not None:
        yield block


def _reference(block: Block) -> ParsedReference:
    pairs = block.fields
    fields = Fields((label.casefold(), value) for label, value in pairs)
    raw = "".join(block.lines)

    def flow(*labels: str) -> str:
        return clean(fields.first(*labels).replace("\n", " "))

    cited = citation_in(flow("source"))
    type_raw = " · ".join(filter(None, (flow("publication type"), flow("document type"))))
    reference = ParsedReference(0, block.line, raw, pairs, type_raw=type_raw)
    reference.title = title_of(_KIND.sub("", flow(*_TITLES)))
    reference.title_original = title_of(flow("original title")) if fields.first("title") else ""
    reference.abstract = abstract_of(fields.first("abstract"))
    reference.year, reference.date_text = date_of(
        [
            *fields.all("year of publication", "publication year", "publication date", "date of publication"),
            cited.get("year", ""),
        ]
    )
    if reference.year is None:
        reference.year, reference.date_text = date_of([flow("source"), flow("status")])
    reference.journal = flow("journal name", "journal title", "journal") or cited.get(
        "journal", _unread(flow("source"))
    )
    reference.volume = flow("volume") or cited.get("volume", "")
    reference.issue = flow("issue", "issue part") or cited.get("issue", "")
    reference.pages = pages_of(flow("pages", "page range") or cited.get("pages", ""))
    reference.doi = next(filter(None, map(doi_in, fields.all("doi number", "doi", "digital object identifier"))), "")
    reference.database = flow("database")
    reference.accession = flow("accession number", "unique identifier").rstrip(".")
    is_pubmed = "medline" in reference.database.casefold()
    reference.pmid = bare_pmid(flow("pmid", "medline pmid")) or (bare_pmid(reference.accession) if is_pubmed else "")
    reference.issns, reference.isbns = serials_in(
        fields.all("issn", "issn print", "issn electronic", "issn linking", "print issn", "electronic issn", "isbn")
    )
    reference.trial_ids = trial_ids_in(raw)
    reference.urls = links_in(value for label, value in pairs if "://" in value and label != "References")
    reference.keywords = keywords_in(value.rstrip(".").replace("\n", " ") for value in fields.all(*_KEYWORDS))
    reference.language = flow("language").rstrip(".")
    reference.place = flow("country of publication", "country", "publisher location")
    reference.publisher = flow("publisher", "publisher name")
    reference.notes = [clean_lines(value) for value in fields.all("notes", "comments", "title comment")]
    reference.people = _people(fields)
    kind = type_in(type_raw) or ("chapter" if "chapter title" in fields else "")
    reference.type = type_of(kind or ("journal-article" if cited else ""), reference.journal)
    reference.status = status_of(reference.title, type_raw, reference.type)
    return reference


def _unread(source: str) -> str:
    """A source of another form: the words before its first full stop, when they are not too many for a journal."""
    name = source.partition(". ")[0].rstrip(". ")
    return name if len(name) < 120 and not name.startswith("(") else ""


def _people(fields: Fields) -> list[Person]:
    found: list[Person] = []
    for label, role in (("author", "author"), ("authors", "author"), ("editor", "editor"), ("book editor", "editor")):
        for value in fields.all(label):
            for name in _BETWEEN.split(value):
                is_editor = _EDITOR.search(name)
                one = person(_without_degrees(_EDITOR.sub("", name)), "editor" if is_editor else role)
                found += [one] if one else []
    return found


def _without_degrees(name: str) -> str:
    """The name without academic degrees and the signs that point to institutions."""
    shorter = _AFTER_NAME.sub("", name.strip().rstrip("."))
    while shorter != name:
        name, shorter = shorter, _AFTER_NAME.sub("", shorter.strip())
    return name.strip(" ;,")


READER = Reader(
    name="ovid-labelled",
    label="Ovid (labelled)",
    extensions=(".txt", ".ovd", ".cgi"),
    detect=detect,
    parse=parse,
    marks=(_MARK,),
    open_ended=True,
)

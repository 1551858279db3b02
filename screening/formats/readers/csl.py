"""CSL-JSON, as Zotero, Mendeley and this program write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from screening.formats.base import Head, ParsedReference, Person, Reader, UnreadableFile
from screening.formats.people import orcid_in
from screening.formats.source import Source
from screening.formats.tagged import count_and_yield
from screening.formats.values import (
    abstract_of,
    clean,
    clean_lines,
    doi_in,
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
    year_in,
)

_BEGINS = re.compile(r'\s*(?:\[\s*)?\{.{0,2000}?"(?:title|DOI|issued|container-title|itemType)"\s*:', re.DOTALL)
_TYPES = {
    "article-journal": "journal-article",
    "paper-conference": "conference",
    "article": "preprint",
    "document": "other",
}
_ROLES = ("author", "editor", "translator")


def detect(head: Head) -> float:
    """Sure when an array of objects with the usual names begins the file."""
    return 0.98 if head.text.lstrip()[:1] in ("[", "{") and _BEGINS.match(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """References of the array. Raises UnreadableFile, with the line, when the JSON is broken before the first."""
    return count_and_yield(source, _references(source))


def _references(source: Source) -> Iterator[tuple[ParsedReference, list[str]]]:
    """Entries one by one, so that each keeps its exact text and a damaged end does not take the rest along."""
    text = source.text()
    decoder = json.JSONDecoder()
    position = _skip(text, 0, "[")
    line, counted = 1, 0
    while position < len(text) and text[position] == "{":
        source.report.markers += 1
        line += text.count("\n", counted, position)
        counted = position
        try:
            values, end = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError):
            source.report.rejected += 1
            source.warn(line, "the JSON is damaged from here on and was not read", text[position:], "error")
            return
        yield _reference(values, text[position:end], line), []
        position = _skip(text, end, ",")
    if not source.report.markers:
        raise UnreadableFile("This JSON holds no array of references.")


def _skip(text: str, position: int, mark: str) -> int:
    while position < len(text) and (text[position].isspace() or text[position] in mark):
        position += 1
    return position


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value)))
    return "" if value is None or isinstance(value, (dict, bool)) else str(value)


def _reference(values: dict[str, Any], raw: str, line: int) -> ParsedReference:
    texts = {name: _text(value) for name, value in values.items()}
    pairs = [
        (name, texts[name] or (json.dumps(value, ensure_ascii=False) if value else ""))
        for name, value in values.items()
    ]
    reference = ParsedReference(0, line, raw, pairs, type_raw=texts.get("type", ""))

    def get(name: str) -> str:
        return clean(texts.get(name, ""))

    reference.title = title_of(get("title"))
    reference.title_original = title_of(get("original-title"))
    reference.abstract = abstract_of(texts.get("abstract", ""))
    reference.year, reference.date_text = _date(values.get("issued"))
    reference.journal, reference.journal_abbr = (
        get("container-title"),
        get("container-title-short") or get("journalAbbreviation"),
    )
    reference.volume, reference.issue, reference.pages = get("volume"), get("issue"), pages_of(get("page"))
    reference.article_no = get("number")
    if reference.article_no and get("page") == reference.article_no:
        reference.pages = ""
    reference.doi = doi_in(get("DOI")) or doi_in(get("URL"))
    reference.pmid = get("PMID") or pmid_in(get("note")) or pmid_in(get("URL"))
    reference.pmcid = pmcid_in(get("PMCID")) or pmcid_in(get("note"))
    reference.issns, reference.isbns = serials_in((get("ISSN"), get("ISBN")))
    reference.accession, reference.database = get("archive_location"), get("source")
    reference.trial_ids = trial_ids_in("\n".join(value for _, value in pairs))
    custom = values.get("custom")
    more = custom.get("urls") if isinstance(custom, dict) else None
    reference.urls = links_in([get("URL"), *(map(_text, more) if isinstance(more, list) else ())])
    reference.keywords = keywords_in((texts.get("keyword", ""),))
    reference.language, reference.place, reference.publisher = get("language"), get("publisher-place"), get("publisher")
    reference.notes = [note] if (note := clean_lines(texts.get("note", ""))) else []
    reference.people = [one for role in _ROLES for one in _people(values.get(role), role)]
    genre = type_in(get("genre"))
    kind = _TYPES.get(reference.type_raw) or type_in(reference.type_raw)
    kind = genre if kind in ("", "other", "preprint") and genre in ("preprint", "registration") else kind
    reference.type = type_of(kind, reference.journal, reference.urls)
    reference.status = status_of(reference.title, f"{reference.type_raw} {get('genre')}", reference.type)
    return reference


def _date(issued: Any) -> tuple[int | None, str]:
    if not isinstance(issued, dict):
        return None, ""
    parts = issued.get("date-parts")
    told = clean(_text(issued.get("raw") or issued.get("literal")))
    text = ""
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        text = "-".join(str(part).zfill(2) for part in parts[0] if part)
    return year_in(text) or year_in(told), told or text


def _people(names: Any, role: str) -> Iterator[Person]:
    for name in names if isinstance(names, list) else ():
        if not isinstance(name, dict):
            continue
        family = " ".join(
            filter(None, (clean(_text(name.get("non-dropping-particle"))), clean(_text(name.get("family")))))
        )
        literal = "" if family else clean(_text(name.get("literal") or name.get("given")))
        if family or literal:
            given = clean(_text(name.get("given"))) if family else ""
            yield Person(family, given, literal, role, orcid_in(_text(name.get("ORCID"))))


READER = Reader(name="csl", label="CSL-JSON", extensions=(".json",), detect=detect, parse=parse)

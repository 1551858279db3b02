"""References as files again: RIS, CSV and CSL-JSON, each of which our own readers take back."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from screening.formats.base import ParsedReference, Person

RIS_TYPES = {
    "journal-article": "JOUR",
    "conference": "CPAPER",
    "book": "BOOK",
    "chapter": "CHAP",
    "thesis": "THES",
    "report": "RPRT",
    "preprint": "UNPB",
    "registration": "GEN",
    "other": "GEN",
}
CSL_TYPES = {
    "journal-article": "article-journal",
    "conference": "paper-conference",
    "book": "book",
    "chapter": "chapter",
    "thesis": "thesis",
    "report": "report",
    "preprint": "article",
    "registration": "document",
    "other": "document",
}
CSV_COLUMNS = (
    "Title", "Original title", "Authors", "Editors", "Translators", "Year", "Date", "Journal", "Journal abbreviation", "Volume", "Issue",
    "Pages", "Article number", "DOI", "PubMed ID", "PMCID", "ISSN", "ISBN", "Accession number", "Database",
    "Trial registration", "URL", "Keywords", "Language", "Place", "Publisher", "Type", "Notes", "Abstract",
)  # fmt: skip
_RUNNABLE = ("=", "+", "-", "@", "\t", "\r")
_ENDS = re.compile(r"[\r\n\u2028\u2029\x0b\x0c]+")
# An indented line is never taken for a field of its own.
_CONTINUED = "\n      "


def to_ris(references: Iterable[ParsedReference]) -> Iterator[str]:
    """RIS, one string for each reference; lines end with CRLF, as the format has it."""
    for reference in references:
        lines = (f"{tag}  - {_CONTINUED.join(_paragraphs(value))}" for tag, value in _ris_fields(reference) if value)
        yield "\n".join((*lines, "ER  - ", "", "")).replace("\n", "\r\n")


def _paragraphs(value: str) -> list[str]:
    return [part.strip() for part in _ENDS.split(value) if part.strip()]


def _ris_fields(reference: ParsedReference) -> Iterator[tuple[str, str]]:
    yield "TY", RIS_TYPES[reference.type]
    for person in reference.people:
        yield {"editor": "A2", "translator": "A4"}.get(person.role, "AU"), _inverted(person)
    start, end = _page_range(reference.pages)
    yield "TI", reference.title
    yield "TT", reference.title_original
    yield "PY", str(reference.year or "")
    yield "DA", reference.date_text if reference.date_text != str(reference.year) else ""
    yield "JF" if reference.type == "book" else "T2", reference.journal
    yield "J2", reference.journal_abbr
    yield "VL", reference.volume
    yield "IS", reference.issue
    yield "SP", start
    yield "EP", end
    yield "C7", reference.article_no
    yield "DO", reference.doi
    yield "AN", reference.accession
    yield "DB", reference.database
    yield "C2", reference.pmcid
    yield "U1", f"{reference.pmid} [PMID]" if reference.pmid else ""
    for tag, values in (
        ("SN", [*reference.issns, *reference.isbns]),
        ("UR", reference.urls),
        ("KW", reference.keywords),
        ("N1", [*reference.notes, *_missing_trials(reference)]),
    ):
        for value in values:
            yield tag, value
    yield "LA", reference.language
    yield "CY", reference.place
    yield "PB", reference.publisher
    yield "M3", reference.type_raw if reference.type in ("preprint", "registration") else ""
    yield "AB", reference.abstract


def _page_range(pages: str) -> tuple[str, str]:
    match = re.fullmatch(r"(\w+)-(\w+)", pages)
    return (match[1], match[2]) if match else (pages, "")


def _missing_trials(reference: ParsedReference) -> list[str]:
    """Registration numbers that no other field of ours says."""
    said = " ".join((reference.title, reference.abstract, reference.accession, *reference.notes, *reference.urls))
    return [number for number in reference.trial_ids if number not in said]


def _inverted(person: Person) -> str:
    return person.literal or (f"{person.family}, {person.given}" if person.given else f"{person.family},")


def to_csv(references: Iterable[ParsedReference]) -> Iterator[str]:
    """CSV in UTF-8 with a byte order mark, so that spreadsheet programs read it as such; one string for each row.

    Cells a spreadsheet program would run are led in by an apostrophe, which our reader takes off again.
    """
    yield "\ufeff" + _csv_line(CSV_COLUMNS)
    for reference in references:
        yield _csv_line([guarded(cell) for cell in _csv_cells(reference)])


def guarded(cell: str) -> str:
    """The cell, led in by an apostrophe when a spreadsheet program would take it for a formula."""
    is_number = cell[:1] in "+-" and cell[1:].replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(_RUNNABLE) and not is_number else cell


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def _csv_cells(reference: ParsedReference) -> list[str]:
    authors, editors, translators = (
        "; ".join(_inverted(person) for person in reference.people if person.role == role)
        for role in ("author", "editor", "translator")
    )
    # A final semicolon tells one keyword with commas in it from several.
    keywords = "; ".join(reference.keywords) + (";" if len(reference.keywords) == 1 else "")
    return [
        reference.title, reference.title_original, authors, editors, translators, str(reference.year or ""), reference.date_text,
        reference.journal, reference.journal_abbr, reference.volume, reference.issue, reference.pages,
        reference.article_no, reference.doi, reference.pmid, reference.pmcid, "; ".join(reference.issns),
        "; ".join(reference.isbns), reference.accession, reference.database, "; ".join(reference.trial_ids),
        "\n".join(reference.urls), keywords, reference.language, reference.place,
        reference.publisher, reference.type, "\n".join(reference.notes), reference.abstract,
    ]  # fmt: skip


def to_csl_json(references: Iterable[ParsedReference]) -> Iterator[str]:
    """CSL-JSON: an array, one element for each reference."""
    before = "[\n"
    for reference in references:
        yield before + json.dumps(_csl(reference), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _csl(reference: ParsedReference) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": str(reference.position),
        "type": CSL_TYPES[reference.type],
        "title": reference.title,
        "abstract": reference.abstract,
        "container-title": reference.journal,
        "container-title-short": reference.journal_abbr,
        "volume": reference.volume,
        "issue": reference.issue,
        "page": reference.pages,
        "number": reference.article_no,
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "PMCID": reference.pmcid,
        "ISSN": "; ".join(reference.issns),
        "ISBN": "; ".join(reference.isbns),
        "URL": next(iter(reference.urls), ""),
        "keyword": "; ".join(reference.keywords),
        "language": reference.language,
        "publisher": reference.publisher,
        "publisher-place": reference.place,
        "source": reference.database,
        "archive_location": reference.accession,
        "note": "\n".join([*reference.notes, *_missing_trials(reference)]),
        "issued": {"date-parts": [[reference.year]]} if reference.year else None,
    }
    for role in ("author", "editor", "translator"):
        values[role] = [_csl_name(person) for person in reference.people if person.role == role]
    return {name: value for name, value in values.items() if value}


def _csl_name(person: Person) -> dict[str, str]:
    if person.literal:
        return {"literal": person.literal}
    name = {"family": person.family, "given": person.given}
    return {part: value for part, value in name.items() if value}

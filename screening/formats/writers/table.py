"""Tables: CSV and Excel, with the same columns."""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
from collections.abc import Iterable, Iterator

from xlsxwriter import Workbook

from screening.formats.base import ParsedReference
from screening.formats.writers.common import inverted, orcids, status_words

COLUMNS = (
    "Title", "Original title", "Authors", "Editors", "Translators", "Year", "Date", "Journal", "Journal abbreviation", "Volume", "Issue",
    "Pages", "Article number", "DOI", "PubMed ID", "PMCID", "ISSN", "ISBN", "Accession number", "Database",
    "Trial registration", "URL", "Keywords", "Language", "Place", "Publisher", "Type", "Publication status", "ORCID", "Notes", "Abstract",
)  # fmt: skip
_RUNNABLE = ("=", "+", "-", "@", "\t", "\r")
# What Excel takes in one cell.
LONGEST_CELL = 32_767
_PIECE = 1 << 16
_NO_DATE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def to_csv(references: Iterable[ParsedReference]) -> Iterator[str]:
    """CSV in UTF-8 with a byte order mark, so that spreadsheet programs read it as such; one string for each row.

    Cells a spreadsheet program would run are led in by an apostrophe, which our reader takes off again.
    """
    yield "\ufeff" + _csv_line(COLUMNS)
    for reference in references:
        yield _csv_line([guarded(cell) for cell in _cells(reference)])


def guarded(cell: str) -> str:
    """The cell, led in by an apostrophe when a spreadsheet program would take it for a formula.

    One that has such an apostrophe of its own gets another, so that reading takes off exactly what was put on.
    """
    is_number = cell[:1] in "+-" and cell[1:].replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.lstrip("'").startswith(_RUNNABLE) and not is_number else cell


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def _cells(reference: ParsedReference) -> list[str]:
    authors, editors, translators = (
        "; ".join(inverted(person) for person in reference.people if person.role == role)
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
        reference.publisher, reference.type, "; ".join(status_words(reference)),
        "; ".join(f"{name}/{orcid}" for name, orcid in orcids(reference)), "\n".join(reference.notes), reference.abstract,
    ]  # fmt: skip


def to_xlsx(references: Iterable[ParsedReference]) -> Iterator[bytes]:
    """An Excel file; cells are text, so that nothing in them is run. Abstracts beyond Excel's limit are cut."""
    with tempfile.TemporaryFile() as file:
        # Rows go to disk one by one, so that a large review is not held in memory.
        workbook = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        # The same references give the same file, whenever it is made.
        workbook.set_properties({"created": _NO_DATE})
        sheet = workbook.add_worksheet("References")
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name)
        for row, reference in enumerate(references, 1):
            for column, cell in enumerate(_cells(reference)):
                if cell:
                    sheet.write_string(row, column, cell[:LONGEST_CELL])
        workbook.close()
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece

"""Spreadsheets (.xlsx, .ods) by the same vocabulary of headings as other tables."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, ZipError

from screening.formats.archives import office_kind, opened
from screening.formats.base import Head, ParsedReference, Reader, UnreadableFile
from screening.formats.source import Source
from screening.formats.tables import (
    HEAD_ROWS,
    Heading,
    Row,
    begin,
    check_mapping,
    heading_among,
    heading_word,
    references,
)


def detect(head: Head) -> float:
    """Sure with a workbook's names in a ZIP file."""
    return 1.0 if office_kind(head.data) == "spreadsheet" else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each row below the heading row of each sheet that has one."""
    check_mapping(source.mapping)
    opened(source.data).close()
    found = False
    unknown: list[str] = []
    for name, sheet in _sheets(source.data):
        heading, first = _heading_of(sheet, source)
        if heading is not None:
            found = True
            begin(source, heading)
            yield from references(source, heading, _rows(source, sheet, first, len(heading.words)))
        elif sheet.height:
            unknown = unknown or next((words for words in map(_words, sheet.iter_rows()) if len(words) > 1), [])
            source.warn(0, f"the sheet “{name}” holds no row of headings and was left out")
    if not found:
        raise UnreadableFile("No sheet has a row of headings, such as Title, Authors, Abstract.", unknown)


def _sheets(data: bytes) -> Iterator[tuple[str, CalamineSheet]]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            for name in workbook.sheet_names:
                yield name, workbook.get_sheet_by_name(name)
    except PasswordError:
        raise UnreadableFile("The spreadsheet is locked with a password.") from None
    except (CalamineError, ZipError, OSError, ValueError) as error:
        raise UnreadableFile(f"The spreadsheet is damaged and could not be opened ({str(error)[:80]}).") from None


def _heading_of(sheet: CalamineSheet, source: Source) -> tuple[Heading | None, int]:
    """The heading and its index in the sheet; rows without any text do not count as rows before it."""
    rows: list[list[str]] = []
    indices: list[int] = []
    for index, cells in enumerate(sheet.iter_rows()):
        words = _words(cells)
        if words:
            rows.append(words)
            indices.append(index)
        if len(rows) == HEAD_ROWS:
            break
    heading = heading_among(rows, source.mapping)
    return heading, indices[heading.row] if heading else 0


def _words(cells: list[Any]) -> list[str]:
    return _trimmed([heading_word(_text(cell)) for cell in cells])


def _trimmed(words: list[str]) -> list[str]:
    """The words without empty cells at the end, which formatting leaves behind."""
    while words and not words[-1]:
        words.pop()
    return words


def _rows(source: Source, sheet: CalamineSheet, heading_index: int, width: int) -> Iterator[Row]:
    """Rows with text below the heading; the marks of records are counted here, before anything is made of a row."""
    first_line = (sheet.start[0] if sheet.start else 0) + 1
    for index, cells in enumerate(sheet.iter_rows()):
        if index <= heading_index:
            continue
        texts = _trimmed([_text(cell) for cell in cells])
        if any(text.strip() for text in texts):
            source.report.markers += 1
            # A sheet says nothing of empty cells at a row's end.
            yield Row(first_line + index, "\t".join(texts), texts + [""] * (width - len(texts)))


def _text(cell: Any) -> str:
    """The cell as it would be typed: whole numbers without decimals, dates as ISO 8601."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return str(cell)


READER = Reader(
    name="spreadsheet",
    label="Spreadsheet (XLSX, ODS)",
    extensions=(".xlsx", ".ods"),
    detect=detect,
    parse=parse,
    binary=True,
)

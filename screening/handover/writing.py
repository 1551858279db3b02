"""Rows of judgements as CSV, Excel or JSON, piece by piece."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from xlsxwriter import Workbook

from screening.formats.writers.table import LONGEST_CELL, guarded
from screening.handover.columns import COLUMNS, FORMAT, JUDGEMENT_COLUMNS, LISTS, RECORD_COLUMNS, VERSION, Row

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Head:
    """What the file says of itself: `about` is one sentence for people; `review` and `id` tell whose rows they are."""

    review: str
    id: str
    about: str


def to_csv(head: Head, rows: Iterable[Row]) -> Iterator[bytes]:
    """CSV in UTF-8 with a byte order mark; the first line says what is in it, the second has the headings."""
    yield b"\xef\xbb\xbf" + _line([f"# {head.about}"]) + _line(COLUMNS)
    for row in rows:
        yield _line([guarded(row.get(name, "")) for name in COLUMNS])


def _line(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode("utf-8", "replace")


def to_xlsx(head: Head, rows: Iterable[Row]) -> Iterator[bytes]:
    """An Excel file of text cells, with the same first line. Texts beyond Excel's limit are cut."""
    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        workbook = Workbook(file, options)
        workbook.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  # equal rows make equal files
        sheet = workbook.add_worksheet("Judgements")
        bold = workbook.add_format({"bold": True})
        sheet.write_string(0, 0, f"# {head.about}")
        for column, name in enumerate(COLUMNS):
            sheet.write_string(1, column, name, bold)
        for number, row in enumerate(rows, 2):
            for column, name in enumerate(COLUMNS):
                if cell := row.get(name):
                    sheet.write_string(number, column, guarded(cell)[:LONGEST_CELL])
        workbook.close()
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def to_json(head: Head, rows: Iterable[Row]) -> Iterator[bytes]:
    """An object with `records`, each with its `judgements`; empty values are left out. One record a line."""
    opening = {"format": FORMAT, "version": VERSION, "review": head.review, "review_id": head.id, "about": head.about}
    yield json.dumps(opening, ensure_ascii=False)[:-1].encode() + b', "records": [\n'
    comma = ""
    for _, judgements in groupby(rows, key=lambda row: row["record"]):
        told = list(judgements)
        record = _values(told[0], (*RECORD_COLUMNS, "abstract")) | {
            "judgements": [_values(row, JUDGEMENT_COLUMNS) for row in told]
        }
        yield f"{comma}{json.dumps(record, ensure_ascii=False)}".encode("utf-8", "replace")
        comma = ",\n"
    yield b"\n]}\n"


def _values(row: Row, names: Iterable[str]) -> dict[str, object]:
    return {name: row[name].split("\n") if name in LISTS else row[name] for name in names if row.get(name)}


@dataclass(frozen=True, slots=True)
class Form:
    media_type: str
    write: Callable[[Head, Iterable[Row]], Iterator[bytes]]


FORMS: dict[str, Form] = {
    "csv": Form("text/csv; charset=utf-8", to_csv),
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
    "json": Form("application/json", to_json),
}

"""Every value that stands in an export file, by a reader of its own that knows no meaning, to hold ours against."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

from screening.formats import ParsedReference, decode

_TAG = {
    "ris": r"\s{0,8}[A-Z][A-Z0-9][ \t\u00a0]{0,4}[-–]",
    "nbib": r"\s{0,2}[A-Z][A-Z0-9]{1,3} {0,3}-",
    "wos-tagged": r"[A-Z][A-Z0-9](?= |\Z)",
    "refer": r"\s{0,3}%.(?=\s|\Z)",
    "refworks-tagged": r"[A-Z][A-Z0-9](?= |\Z)",
    "ovid-tagged": r"\s?[A-Z][A-Z0-9]  -",
    "cochrane-text": r"[A-Z]{2,3}:",
}
# Marks of records and of the file, which are no values of a field.
_FRAME = re.compile(
    r"\s*(?:(?:ER|EF)\s{0,4}[-–]?|\d+\.|<\d+\. ?>|Record #\d+ of \d+|(?:FN|VR) .*|Provider: .*|Content: .*|Link to the .*)\s*\Z"
)
_LETTERS = re.compile(r"[\W_]+")


def values_in(data: bytes, kind: str) -> Iterator[str]:
    """The values of the file: what follows a tag or carries it on, cells, texts within XML, lines within BibTeX."""
    if kind == "xlsx":
        yield from _cells_of_sheets(data)
        return
    text, _, _ = decode(data)
    text = text.lstrip("\ufeff")
    if kind in ("csv", "tsv", "wos-tab"):
        yield from _cells(text)
    elif kind.endswith("-xml"):
        yield from _texts(text)
    elif kind == "csl-json":
        yield from _leaves(json.loads(text))
    elif kind == "bibtex":
        yield from _lines_of_bibtex(text)
    else:
        tag = re.compile(_TAG.get(kind, r"(?!)"))
        for line in io.StringIO(text, newline=None):
            if not _FRAME.match(line):
                found = tag.match(line)
                yield line[found.end() :] if found else line


def _cells(text: str) -> Iterator[str]:
    delimiter = "\t" if text.count("\t") > text.count("\n") else max(",;|", key=text[:4000].count)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield from row


def _cells_of_sheets(data: bytes) -> Iterator[str]:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for name in workbook.sheet_names:
            for row in workbook.get_sheet_by_name(name).iter_rows():
                yield from (
                    str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell) for cell in row
                )


def _texts(text: str) -> Iterator[str]:
    text = re.sub(r"<!DOCTYPE[^>]*>", "", text)
    try:
        root = ElementTree.fromstring(re.sub(r"<\?xml[^>]*\?>", "", text))  # noqa: S314 - files of one's own benchmark
    except ElementTree.ParseError:
        yield from (html.unescape(part) for part in re.split(r"<[^>]*>", text))
        return
    yield from root.itertext()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif value is not None:
        yield str(value)


def _lines_of_bibtex(text: str) -> Iterator[str]:
    inside = False
    for line in text.splitlines():
        if line.lstrip().startswith("@"):
            inside = not re.match(r"\s*@(?:comment|string|preamble)\b", line, re.IGNORECASE)
        elif inside and "=" in line:
            yield line.partition("=")[2]


def kept(data: bytes, kind: str, references: list[ParsedReference]) -> tuple[int, list[str]]:
    """How many values the file holds, and those that no reference has among its raw fields."""
    ours: Counter[str] = Counter()
    labels: set[str] = set()
    for reference in references:
        for tag, value in reference.raw_fields:
            ours[_squeezed(value)] += 1
            # Headings of columns and labels of fields stand in the file too.
            labels.add(_squeezed(tag))
            lines = value.split("\n")
            if len(lines) > 1:
                ours.update(map(_squeezed, lines))
            if kind == "bibtex":
                ours[_squeezed(f"{tag}{value}")] += 1
    whole = ""
    count, lost = 0, []
    for value in values_in(data, kind):
        squeezed = _squeezed(value)
        if not squeezed or squeezed in labels:
            continue
        count += 1
        if ours[squeezed] > 0:
            ours[squeezed] -= 1
            continue
        whole = whole or "\n".join(_squeezed(v) for reference in references for _, v in reference.raw_fields)
        if squeezed not in whole:
            lost.append(value.strip())
    return count, lost


def _squeezed(value: str) -> str:
    return _LETTERS.sub("", html.unescape(value))

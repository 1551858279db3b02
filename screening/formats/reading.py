"""From the bytes of an export file to its references and a report of everything that was noticed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from screening.formats.archives import office_kind
from screening.formats.base import Head, ParsedReference, ParseReport, Reader, UnreadableFile
from screening.formats.decoding import check_encoding, detect_encoding
from screening.formats.registry import FORMATS
from screening.formats.source import Source

# Nearly every file shows what it is at once; only what is still unclear is looked into further.
HEAD_SIZES = (1 << 12, 1 << 17)
SURE = 0.9
# Beginnings of files that hold no references, and what a person calls them.
_FOREIGN = (
    (b"%PDF-", "a PDF. Full texts are uploaded with their report; here an export file is needed"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (.xls or .doc). Save it as CSV or .xlsx first"),
    (b"\x1f\x8b", "compressed (gzip). Unpack it first"),
    (b"Rar!", "an archive (RAR). Unpack it first"),
    (b"7z\xbc\xaf", "an archive (7z). Unpack it first"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database file"),
)
CUT = "the last line has no end: if the export was cut short there, the last reference is incomplete and others may be missing"
_WEB_PAGE = re.compile(r"\s*(?:<!doctype html|<html)", re.IGNORECASE)


@dataclass(slots=True)
class ParsedFile:
    """A file being read: `references` yields one after the other; `report` is complete when they are exhausted."""

    references: Iterator[ParsedReference]
    report: ParseReport


def sniff(data: bytes, encoding: str | None = None) -> str:
    """Name of the format by content. Raises UnreadableFile, with the reason, when it is none we read."""
    _refuse_foreign(data)
    if office_kind(data) == "document":
        raise UnreadableFile(
            "This is an Office document. Export the references as RIS, or as a table, and upload that file."
        )
    encoding = encoding or detect_encoding(data)
    for size in HEAD_SIZES:
        head = _head(data, encoding, size)
        confidence, name = max((reader.detect(head), name) for name, reader in FORMATS.items())
        if confidence >= SURE:
            return name
    if confidence > 0:
        return name
    if _WEB_PAGE.match(head.text):
        raise UnreadableFile("This is a web page. Export the search results from the database and upload that file.")
    if b"\x00" in data[:4096] and "\x00" in head.text[:4096]:
        raise UnreadableFile("This is not a text file, and no kind of file that references are exported in.")
    start = " ".join(head.text[:200].split())[:80]
    labels = ", ".join(reader.label for reader in FORMATS.values())
    raise UnreadableFile(f"The format was not recognised (it begins “{start}”). Formats that can be read: {labels}.")


def read(
    data: bytes,
    *,
    format: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> ParsedFile:
    """Read a file; `format` and `encoding` are a person's choice, `mapping` says which field a column's heading is.

    Raises UnreadableFile at once, or while iterating, when nothing can be read.
    """
    _refuse_foreign(data)
    found = check_encoding(encoding) if encoding else detect_encoding(data)
    name = format or sniff(data, found)
    if name not in FORMATS:
        raise UnreadableFile(f"There is no reader for the format “{name[:40]}”.")
    reader = FORMATS[name]
    report = ParseReport(format=name, encoding="" if reader.binary else found)
    marks = tuple(re.compile(mark) for mark in reader.marks)
    return ParsedFile(_guarded(reader, Source(data, report, mapping, marks)), report)


def _guarded(reader: Reader, source: Source) -> Iterator[ParsedReference]:
    """The reader's references; afterwards the counts are compared, and a file without any is refused in words."""
    report = source.report
    yield from reader.parse(source)
    if reader.open_ended and report.kept and not source.ends_with_line_end:
        report.add(0, CUT)
    report.close()
    if not report.kept and not report.counted:
        raise UnreadableFile(f"No reference was found in the file, which was read as {reader.label}.")


def _refuse_foreign(data: bytes) -> None:
    if not data.strip(b" \t\r\n\x00\x1a\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile("The file is empty.")
    for start, name in _FOREIGN:
        if data.startswith(start):
            raise UnreadableFile(f"This file is {name}.")


def _head(data: bytes, encoding: str, size: int) -> Head:
    return Head(data, data[:size].decode(encoding, "replace").lstrip("\ufeff"))

"""Tables as text: CSV, TSV, semicolons. Quotation marks that never close are mended line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from screening.formats.base import Head, ParsedReference, Reader, UnreadableFile
from screening.formats.source import Source
from screening.formats.tables import Heading, Row, begin, check_mapping, find_heading, first_row, references

# A longer cell is a quotation mark that never closes.
LONGEST_CELL = 1_000_000


def detect(head: Head) -> float:
    """The surer, the more headings are known; surest when they stand in the first row."""
    heading = find_heading(head.text, None)
    if heading is None:
        return 0.0
    # Cells may hold lines that look like fields of another format, so a plain heading row comes before those.
    return 0.97 if heading.row == 0 and heading.known > 2 else min(0.5 + 0.05 * heading.known, 0.88)


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each row below the heading row."""
    check_mapping(source.mapping)
    heading = _heading_of(source)
    begin(source, heading)
    feed = _Feed(source.lines())
    yield from references(source, heading, _rows(source, feed, heading))
    # Marks inside unquoted cells throw this count off; then it is too low and csv's own stands.
    source.report.markers = max(feed.records - feed.above, source.report.counted)


def _heading_of(source: Source) -> Heading:
    head = next(iter(Source(source.data, source.report).blocks()), "").lstrip("\ufeff")
    heading = find_heading(head, source.mapping)
    if heading is None:
        start = " ".join(head[:200].split())[:80]
        raise UnreadableFile(
            f"No row of headings was found, such as Title, Authors, Abstract (it begins “{start}”).", first_row(head)
        )
    return heading


def _rows(source: Source, feed: _Feed, heading: Heading) -> Iterator[Row]:
    """Rows below the heading with their exact text."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(feed, delimiter=heading.delimiter)
    number = -1
    while True:
        cells: list[str] | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        line, lines = feed.take()
        if not "".join(lines).strip():
            continue
        if number < heading.row:
            # Rows without any text do not count as rows above the headings.
            number += cells is None or any(cell.strip() for cell in cells)
            feed.above = feed.records
            continue
        if cells is None or (len(lines) > 1 and len(cells) != len(heading.words)):
            yield from _mended(source, line, lines, cells, heading)
        else:
            yield Row(line, "".join(lines), cells)


def _mended(source: Source, line: int, lines: list[str], cells: list[str] | None, heading: Heading) -> Iterator[Row]:
    """Lines that one stray quotation mark made into a single row; kept as one when they are no rows by themselves."""
    width = len(heading.words)
    single = [next(csv.reader([text], delimiter=heading.delimiter, quoting=csv.QUOTE_NONE), []) for text in lines]
    if cells is not None and sum(1 for row in single if len(row) == width) < 0.8 * len(single):
        yield Row(line, "".join(lines), cells)
        return
    source.warn(line, "a quotation mark is never closed; the lines from here on were read one by one", lines[0])
    for offset, (text, row) in enumerate(zip(lines, single, strict=True)):
        if text.strip():
            yield Row(line + offset, text, [cell.strip('"') for cell in row], mended=True)


class _Feed:
    """Gives lines to the csv module, remembers those of the present row, and counts records by quotation marks."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._number = 0
        self._pending: list[str] = []
        self._quotes = 0
        self._text = False
        self.records = 0
        self.above = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        self._pending.append(line)
        self._quotes += line.count('"')
        self._text = self._text or not line.isspace()
        if self._quotes % 2 == 0:
            self.records += self._text
            self._quotes, self._text = 0, False
        return line.lstrip("\ufeff") if self._number == 1 else line

    def take(self) -> tuple[int, list[str]]:
        """First line number and lines of the row just read."""
        lines, self._pending = self._pending, []
        return self._number - len(lines) + 1, lines


READER = Reader(
    name="csv",
    label="Table (CSV, TSV)",
    extensions=(".csv", ".tsv", ".tab", ".txt"),
    detect=detect,
    parse=parse,
)

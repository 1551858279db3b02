"""References as rows of a CSV table (record_id, author, title, year, …), plain or gzipped."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from screening.duplicates.entries import Entry

FIELD_LIMIT = 10_000_000  # characters; csv's own limit cuts long abstracts off
NEEDED = frozenset(("record_id", "title"))


def open_text(path: Path) -> IO[str]:
    """The file as text, whether gzipped or not."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    if zipped:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def is_table(path: Path) -> bool:
    """Whether the first line names the columns this reader needs."""
    try:
        with open_text(path) as handle:
            return set(next(csv.reader([handle.readline()]), [])) >= NEEDED
    except (UnicodeDecodeError, csv.Error):
        return False


def read_table(path: Path) -> Iterator[Entry]:
    """One entry per row, with record_id as its key."""
    csv.field_size_limit(FIELD_LIMIT)
    with open_text(path) as handle:
        for row in csv.DictReader(handle):
            told = {name: value or "" for name, value in row.items() if isinstance(name, str)}
            if not told["record_id"].strip():
                raise csv.Error(f"A row has no record_id (title: {told['title'][:60]!r}).")
            yield entry_of(told)


def entry_of(row: dict[str, str]) -> Entry:
    """The entry a row tells of; columns that are missing are empty."""
    year = row.get("year", "").strip()[:4]
    return Entry(
        key=row["record_id"].strip(),
        title=row.get("title", ""),
        abstract=row.get("abstract", ""),
        authors=row.get("author", ""),
        year=int(year) if year.isdigit() else None,
        journal=row.get("journal") or row.get("booktitle", ""),
        volume=row.get("volume", ""),
        issue=row.get("number", ""),
        pages=row.get("pages", ""),
        doi=row.get("doi", ""),
        pmid=row.get("pmid", ""),
        isbn=row.get("isbn", ""),
        url=row.get("url", ""),
        type=row.get("type", ""),
    )

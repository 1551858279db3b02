"""A checklist as a file to hand in: a Word table with a column for the page or section, and CSV."""

import csv
import io
from collections.abc import Callable, Sequence

from reviewapp.reporting.checklists.queries import Row, rows_of
from reviewapp.reporting.checklists.shipped import Checklist
from reviewapp.reporting.choices import ItemStatus
from reviewapp.reporting.report.document import Document, Paragraph, Section, Table
from reviewapp.reporting.report.docx import to_docx
from reviewapp.reviews.models import Review
from screening.formats.writers import guarded

COLUMNS = (
    "item",
    "section",
    "topic",
    "what to report",
    "status",
    "authors' text",
    "from the data",
    "page or section",
    "reason",
)


def as_csv(review: Review, checklist: Checklist, rows: Sequence[Row]) -> bytes:
    """UTF-8 with a byte order mark, one item a row; the authors' words apart from those of the data."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        item, entry = row.item, row.entry
        cells = (
            item.number, item.section, item.name, item.asks, entry.get_status_display(), entry.text, row.said,
            entry.location, entry.reason,
        )  # fmt: skip
        table.writerow([guarded(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def as_docx(review: Review, checklist: Checklist, rows: Sequence[Row]) -> bytes:
    headings = ["Item", "Topic", "What to report", "Reported", "Page or section"]
    cells = [[row.item.number, row.item.name, row.item.asks, _reported(row), _location(row)] for row in rows]
    table = Table(
        f"{checklist.title} checklist", headings, cells, [checklist.note, checklist.citation], [1, 3, 5, 7, 2], 1
    )
    answered = sum(row.is_answered for row in rows)
    words = Paragraph.of(f"{answered} of {len(rows)} items are answered.")
    return to_docx(
        Document(
            review.title,
            f"{checklist.title} checklist",
            [Section("c", checklist.title, [words, table], landscape=True)],
        )
    )


def _reported(row: Row) -> list[str]:
    if row.entry.status == ItemStatus.NOT_APPLICABLE:
        return [f"Not applicable: {row.entry.reason}", row.entry.text]
    return [row.entry.text or row.said]


def _location(row: Row) -> str:
    return "–" if row.entry.status == ItemStatus.NOT_APPLICABLE and not row.entry.location else row.entry.location


FORMS: dict[str, tuple[str, Callable[[Review, Checklist, Sequence[Row]], bytes]]] = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", as_docx),
    "csv": ("text/csv; charset=utf-8", as_csv),
}


def checklist_file(review: Review, checklist: Checklist, form: str) -> tuple[str, bytes]:
    """Content type and bytes; `form` is one of FORMS."""
    content_type, write = FORMS[form]
    return content_type, write(review, checklist, rows_of(review, checklist))

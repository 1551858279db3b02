"""Tables as files: CSV, XLSX and DOCX of the matrix, of the characteristics, and of every independent answer."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import docx
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from appraisal.models import Instrument
from appraisal.queries.comparison import Compared
from appraisal.queries.matrix import Matrix, StudyTable
from appraisal.queries.wording import in_print
from appraisal.services.ratings import rule_in_words
from appraisal.visibility import names_of
from reviewapp.accounts.models import User
from screening.formats.writers import guarded

Cell = str | list[str] | None
LONGEST_CELL = 32_767  # of Excel


@dataclass(frozen=True)
class Table:
    """What a file holds: a caption, headings, rows, and notes below."""

    caption: str
    headings: list[str]
    rows: list[list[Cell]]
    notes: list[str]


# --- Which table ------------------------------------------------------------------------------------------------------


def appraisal_table(found: Matrix) -> Table:
    """A row a study, a column a question, and the rating when the team has a rule (the paper's Table 4)."""
    instrument = found.instrument
    headings = ["No.", "Study", *(f"{item.number}. {item.text}" if item.number else item.text for item in found.items)]
    rows: list[list[Cell]] = [
        [
            str(number),
            row.study.label,
            *(cell.label for cell in row.cells),
            *([row.rating] if found.has_ratings else []),
        ]
        for number, row in enumerate(found.rows, start=1)
    ]
    notes = [line for line in (instrument.attribution, *rule_in_words(instrument)) if line]
    return Table(
        f"Appraisal of the included studies: {instrument.title}",
        headings + (["Rating"] if found.has_ratings else []),
        rows,
        notes,
    )


def characteristics_table(found: StudyTable) -> Table:
    """A row a study, the chosen questions as columns (the paper's Table 3), abbreviations as notes."""
    rows: list[list[Cell]] = [
        [str(number), row.study.label, *row.cells] for number, row in enumerate(found.rows, start=1)
    ]
    notes = ["; ".join(f"{short}, {long}" for short, long in found.footnotes)] if found.footnotes else []
    headings = ["No.", "Study", *(item.text for item in found.columns)]
    return Table("Characteristics of the included studies", headings, rows, notes)


def answers_table(reader: User, instrument: Instrument, studies: Sequence[Compared]) -> Table:
    """Every independent answer on the compared studies and what stands, a row each; nothing that is still hidden."""
    rows: list[list[Cell]] = []
    for one in studies:
        names = names_of(reader, one.comparison, one.people, open_rows=bool(one.open_rows))
        for row in one.rows:
            stands = _flat(in_print(row.item, row.value))
            how = row.settlement.get_how_display() if row.settlement and row.settlement.settled_at else ""
            why = row.settlement.rationale if row.settlement and row.settlement.settled_at else ""
            for person, answer in sorted(zip(one.people, row.answers, strict=True), key=lambda pair: names[pair[0].pk]):
                given = _flat(in_print(row.item, answer.value)) if answer else ""
                texts = [answer.comment, answer.quotation, answer.page] if answer else ["", "", ""]
                rows.append(
                    [
                        one.comparison.study.label,
                        row.item.number,
                        row.item.text,
                        names[person.pk],
                        given,
                        *texts,
                        stands,
                        how,
                        why,
                    ]
                )
    headings = [
        "Study",
        "No.",
        "Question",
        "Answered by",
        "Answer",
        "Comment",
        "Quotation",
        "Page",
        "Stands",
        "Settled",
        "Reason",
    ]
    return Table(f"Independent answers: {instrument.title}", headings, rows, [])


def _flat(cell: Cell) -> str:
    return "; ".join(cell) if isinstance(cell, list) else cell or ""


# --- As which file ----------------------------------------------------------------------------------------------------


def to_csv(table: Table) -> bytes:
    """UTF-8 with a byte order mark, for the spreadsheet programs that need one."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(table.headings)
    for row in table.rows:
        rows.writerow([guarded(_flat(cell)) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(table: Table) -> bytes:
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("Table")
        bold, plain = (
            book.add_format({"bold": True, "text_wrap": True}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        for column, heading in enumerate(table.headings):
            sheet.write_string(0, column, heading, bold)
            sheet.set_column(column, column, 6 if column == 0 else 24)
        for place, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                text = "\n".join(cell) if isinstance(cell, list) else cell or ""
                sheet.write_string(place, column, guarded(text)[:LONGEST_CELL], plain)
        for place, note in enumerate(table.notes, start=len(table.rows) + 2):
            sheet.write_string(place, 0, note)
        sheet.freeze_panes(1, 2)
    return buffer.getvalue()


def to_docx(table: Table) -> bytes:
    """A plain Word table on a landscape page with its caption, so that authors can edit it; the heading row is repeated."""
    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.styles["Normal"].font.size = Pt(9)
    document.add_paragraph(table.caption, style="Caption")
    made = document.add_table(rows=1, cols=len(table.headings), style="Table Grid")
    for cell, heading in zip(made.rows[0].cells, table.headings, strict=True):
        cell.paragraphs[0].add_run(heading).bold = True
    _repeat(made.rows[0])
    for row in table.rows:
        for cell, content in zip(made.add_row().cells, row, strict=True):
            _fill(cell, content)
    for note in table.notes:
        document.add_paragraph(note)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _fill(cell: Any, content: Cell) -> None:
    lines = content if isinstance(content, list) else [content or ""]
    cell.paragraphs[0].add_run(_wordable(lines[0] if lines else ""))
    for line in lines[1:]:
        cell.add_paragraph(_wordable(line))


def _wordable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\n\t")


def _repeat(row: Any) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


FORMS: dict[str, tuple[str, Callable[[Table], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", to_docx),
}


def as_file(table: Table, form: str) -> tuple[str, bytes]:
    """Content type and bytes; `form` is one of FORMS."""
    content_type, write = FORMS[form]
    return content_type, write(table)

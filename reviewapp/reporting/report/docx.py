"""The report as a Word document that authors edit: real tables, captions counted by fields, pages turned where it helps."""

import io
from collections.abc import Callable, Iterable
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell

from reviewapp.lib.figures import to_png
from reviewapp.reporting.report.document import (
    LANDSCAPE_POINTS,
    PORTRAIT_POINTS,
    Block,
    Document,
    Figure,
    Heading,
    Listing,
    Paragraph,
    Section,
    Table,
    Verbatim,
    printable,
)

TYPEFACE, CODE = "Times New Roman", "Courier New"
MARGIN, LONG, SHORT = Cm(2.54), Cm(29.7), Cm(21)
TALLEST_FIGURE = 580  # points
BLACK = RGBColor(0, 0, 0)


def to_docx(document: Document) -> bytes:
    file = docx.Document()
    _set_styles(file)
    file.core_properties.title = printable(document.title)[:250]
    file.core_properties.author = file.core_properties.comments = ""
    file.add_paragraph(printable(document.title), style="Title")
    file.add_paragraph(printable(document.subtitle), style="Subtitle")
    turned = False
    for section in document.sections:
        if section.landscape != turned:
            _turn(file, section.landscape)
            turned = section.landscape
        _section(file, section)
    _number_pages(file)
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def _set_styles(file: Any) -> None:
    first = file.sections[0]
    first.page_width, first.page_height = SHORT, LONG
    first.left_margin = first.right_margin = first.top_margin = first.bottom_margin = MARGIN
    sizes = {"Normal": 11, "Title": 18, "Subtitle": 11, "Heading 1": 14, "Heading 2": 12, "Caption": 10}
    for name, size in sizes.items():
        style = file.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = TYPEFACE, Pt(size), BLACK
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TYPEFACE)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
    file.styles["Caption"].paragraph_format.keep_with_next = True
    file.styles["Subtitle"].font.italic = False
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    file.styles["Normal"].element.get_or_add_rPr().append(language)


def _turn(file: Any, landscape: bool) -> None:
    section = file.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if landscape else (SHORT, LONG)


def _section(file: Any, section: Section) -> None:
    file.add_heading(printable(section.title), level=1)
    if section.missing:
        file.add_paragraph().add_run(printable(f"To be filled in: {section.missing}")).italic = True
    for block in section.blocks:
        WRITERS[type(block)](file, block, section.landscape)


def _heading(file: Any, block: Heading, landscape: bool) -> None:
    file.add_heading(printable(block.text), level=2)


def _paragraph(file: Any, block: Paragraph, landscape: bool) -> None:
    _runs(file.add_paragraph(), block)


def _runs(place: Any, paragraph: Paragraph) -> None:
    for run in paragraph.runs:
        made = place.add_run(printable(run.text))
        made.italic, made.bold = run.italic or None, run.bold or None


def _verbatim(file: Any, block: Verbatim, landscape: bool) -> None:
    made = file.add_paragraph()
    for place, line in enumerate(block.lines):
        run = made.add_run(printable(line))
        run.font.name, run.font.size = CODE, Pt(9)
        if place < len(block.lines) - 1:
            run.add_break()


def _listing(file: Any, block: Listing, landscape: bool) -> None:
    for place, entry in enumerate(block.entries, start=1):
        made = file.add_paragraph()
        made.paragraph_format.left_indent, made.paragraph_format.first_line_indent = Cm(1), Cm(-1)
        made.paragraph_format.space_after = Pt(4)
        if block.numbered:
            made.paragraph_format.tab_stops.add_tab_stop(Cm(1))
            made.add_run(f"{place}.\t")
        _runs(made, entry)


def _caption(file: Any, kind: str, number: int, text: str) -> Any:
    """The caption with a field, so that Word counts on when authors add a table or figure of their own."""
    made = file.add_paragraph(style="Caption")
    made.add_run(f"{kind} ")
    _field(made, f"SEQ {kind} \\* ARABIC", str(number))
    made.add_run(printable(f". {text}"))
    return made


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = shown
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _table(file: Any, block: Table, landscape: bool) -> None:
    _caption(file, "Table", block.number, block.caption)
    width = LANDSCAPE_POINTS if landscape else PORTRAIT_POINTS
    widths = [Pt(share * width) for share in block.shares]
    made = file.add_table(rows=1, cols=len(block.headings))
    made.autofit = False
    _rules(made)
    for column, each in zip(made.columns, widths, strict=True):
        column.width = each
    size = Pt(8 if len(block.headings) > 6 else 9)
    for cell, heading, each in zip(made.rows[0].cells, block.headings, widths, strict=True):
        _lines(cell, [heading], each, size, bold=True)
    _mark(made.rows[0], "w:tblHeader")
    for row in block.printed:
        added = made.add_row()
        # `row.cells` walks the whole table each time; the row's own elements do not.
        for cell, lines, each in zip(_cells(added), row, widths, strict=True):
            _lines(cell, lines, each, size)
        if sum(len(line) for lines in row for line in lines) < 600:
            _mark(added, "w:cantSplit")
    for note in block.notes:
        below = file.add_paragraph()
        below.paragraph_format.space_after = Pt(2)
        below.add_run(printable(note)).font.size = Pt(9)
    file.add_paragraph().paragraph_format.space_after = Pt(6)


def _cells(row: Any) -> list[Any]:
    return [_Cell(tc, row) for tc in row._tr.tc_lst]


def _lines(cell: Any, lines: Iterable[str], width: Any, size: Any, *, bold: bool = False) -> None:
    cell.width = width
    for place, line in enumerate(lines):
        paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        run = paragraph.add_run(printable(line))
        run.font.size, run.bold = size, bold or None


def _rules(table: Any) -> None:
    """Lines as a journal sets them: above, below, and fine ones between the rows."""
    borders = OxmlElement("w:tblBorders")
    for side, size in (("top", 12), ("bottom", 12), ("insideH", 4)):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", str(size)), ("space", "0"), ("color", "auto")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    properties = table._tbl.tblPr
    layout = properties.find(qn("w:tblLayout"))
    if layout is not None:
        layout.addprevious(borders)
    else:
        properties.append(borders)


def _mark(row: Any, name: str) -> None:
    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _figure(file: Any, block: Figure, landscape: bool) -> None:
    width = LANDSCAPE_POINTS if landscape else PORTRAIT_POINTS
    picture = file.add_picture(io.BytesIO(to_png(block.svg, scale=3)))
    scale = min(width / picture.width.pt, TALLEST_FIGURE / picture.height.pt)
    picture.width, picture.height = Pt(picture.width.pt * scale), Pt(picture.height.pt * scale)
    properties = picture._inline.docPr
    properties.set("descr", printable(block.alt))
    properties.set("title", printable(block.caption))
    file.paragraphs[-1].paragraph_format.keep_with_next = True
    _caption(file, "Figure", block.number, block.caption).paragraph_format.keep_with_next = False


def _number_pages(file: Any) -> None:
    footer = file.sections[0].footer.paragraphs[0]
    footer.alignment = 1
    _field(footer, "PAGE", "1")


WRITERS: dict[type[Block], Callable[[Any, Any, bool], None]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Verbatim: _verbatim,
    Listing: _listing,
    Table: _table,
    Figure: _figure,
}

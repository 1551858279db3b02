"""The flow diagram as a Word file: a crisp picture, and below it every number in a table that authors can edit.

The figure is a picture, not shapes: connected shapes are drawn differently by every word processor.
"""

import io

import docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from reviewapp.lib.figures import to_png
from reviewapp.reporting.flow.words import Line, lines
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.prisma.layout import Template, flow_layout, footnote
from reviewapp.reporting.prisma.svg import description, to_svg
from reviewapp.reporting.report.document import printable

SHARPNESS = 3  # pixels for each pixel of the drawing: 300 to the inch on paper
MARGIN = Cm(1.8)
SHORT, LONG = Cm(21), Cm(29.7)


def to_docx(counts: PrismaCounts, template: Template, title: str) -> bytes:
    layout = flow_layout(counts, template, "")
    file = docx.Document()
    page = file.sections[0]
    if layout.width > layout.height:
        page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, LONG, SHORT
    else:
        page.page_width, page.page_height = SHORT, LONG
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    for name in ("Normal", "Caption"):
        style = file.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Times New Roman", Pt(10), RGBColor(0, 0, 0)
    file.core_properties.title, file.core_properties.author = printable(title)[:250], ""
    room = page.page_width - 2 * MARGIN, page.page_height - 2 * MARGIN - Cm(2.2)
    wide = min(room[0], int(room[1] * layout.width / layout.height))
    picture = file.add_picture(
        io.BytesIO(to_png(to_svg(counts, template, title=title, caption=""), SHARPNESS)), width=wide
    )
    picture._inline.docPr.set("descr", printable(description(layout)))
    picture._inline.docPr.set("title", printable(title)[:250])
    below = [title, footnote(counts, template), "Template: Page MJ, et al. BMJ 2021;372:n71."]
    file.add_paragraph(printable(" ".join(f"{text.rstrip('.')}." for text in below if text)), style="Caption")
    file.add_page_break()  # type: ignore[no-untyped-call]
    file.add_paragraph("The numbers of the flow diagram", style="Caption").paragraph_format.keep_with_next = True
    _table(file, lines(counts, template))
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _table(file: "docx.document.Document", rows: list[Line]) -> None:
    table = file.add_table(rows=1, cols=3, style="Table Grid")
    for cell, text in zip(table.rows[0].cells, ("Phase", "Box", "n"), strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for line in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text, cells[2].text = line.phase, printable(line.words), line.number
        cells[1].paragraphs[0].paragraph_format.left_indent = Cm(0.6 * line.depth)

"""The report as a PDF with the packaged typeface: tables that go on over pages with their headings, pages turned where it helps."""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    Image,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Set
from reportlab.platypus import Table as SetTable

from reviewapp.lib.figures import to_png
from reviewapp.lib.typeface import BOLD, REGULAR, register_family
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

MARGIN = 2.54 * cm
ELSEWHERE = "[…]"
SAID = f"{ELSEWHERE} stands for words in a script that this PDF has no letters for; the Word and HTML files have them."
TALLEST_FIGURE = 580
INK = "#1d1d1b"


def _style(name: str, size: float, *, bold: bool = False, **more: Any) -> ParagraphStyle:
    given: dict[str, Any] = {"leading": size * 1.3, "textColor": INK, "splitLongWords": 1} | more
    return ParagraphStyle(name, fontName=BOLD if bold else REGULAR, fontSize=size, **given)


TITLE = _style("title", 18, bold=True, spaceAfter=6)
SUBTITLE = _style("subtitle", 10, spaceAfter=14)
SECTION = _style("section", 14, bold=True, spaceBefore=16, spaceAfter=8, keepWithNext=1)
HEADING = _style("heading", 11, bold=True, spaceBefore=10, spaceAfter=4, keepWithNext=1)
BODY = _style("body", 10, spaceAfter=6)
CAPTION = _style("caption", 9.5, bold=True, spaceBefore=4, spaceAfter=4, keepWithNext=1)
NOTE = _style("note", 8, spaceBefore=3)
CODE = _style("code", 8.5, spaceAfter=6, backColor="#f4f2ec", borderPadding=4)
ENTRY = _style("entry", 9.5, leftIndent=22, firstLineIndent=-22, spaceAfter=4)
FOOT = _style("foot", 8, alignment=TA_CENTER)


def to_pdf(document: Document) -> bytes:
    register_family()
    buffer = io.BytesIO()
    made = BaseDocTemplate(buffer, pagesize=A4, title=document.title, lang="en", invariant=1)
    made.addPageTemplates([_page("portrait", A4), _page("landscape", landscape(A4))])
    story: list[Any] = [Set(_text(document.title), TITLE), Set(_text(document.subtitle), SUBTITLE)]
    turned = False
    for section in document.sections:
        if section.landscape != turned:
            story += [NextPageTemplate("landscape" if section.landscape else "portrait"), PageBreak()]
            turned = section.landscape
        story += _section(section)
    if any(isinstance(one, Set) and ELSEWHERE in one.text for one in _flat(story)):
        story.append(Set(SAID, NOTE))
    made.build(story)
    return buffer.getvalue()


def _flat(story: Iterable[Any]) -> Iterator[Any]:
    """Every paragraph, those in the cells of tables too."""
    for one in story:
        if isinstance(one, SetTable):
            yield from (
                part for row in one._cellvalues for cell in row for part in (cell if isinstance(cell, list) else [cell])
            )
        else:
            yield one


def _page(name: str, size: tuple[float, float]) -> PageTemplate:
    frame = Frame(MARGIN, MARGIN, size[0] - 2 * MARGIN, size[1] - 2 * MARGIN, 0, 0, 0, 0)

    def number(canvas: Any, made: Any) -> None:
        canvas.setFont(REGULAR, 8)
        canvas.drawCentredString(size[0] / 2, MARGIN / 2, str(made.page))

    return PageTemplate(name, [frame], onPage=number, pagesize=size)


def _section(section: Section) -> list[Any]:
    story: list[Any] = [Set(_text(section.title), SECTION)]
    if section.missing:
        story.append(Set(f"<i>{_text(f'To be filled in: {section.missing}')}</i>", BODY))
    for block in section.blocks:
        story += WRITERS[type(block)](block, LANDSCAPE_POINTS if section.landscape else PORTRAIT_POINTS)
    return story


def _text(text: str) -> str:
    return escape(_lacking().sub(ELSEWHERE, printable(text))).replace("\n", "<br/>")


@cache
def _lacking() -> re.Pattern[str]:
    """Words of which the typeface has no letters, such as Arabic or Chinese ones: blank places would not be noticed."""
    register_family()
    letters = "".join(re.escape(chr(code)) for code in sorted(pdfmetrics.getFont(REGULAR).face.charToGlyph))
    return re.compile(rf"[^{letters}\s]+(?:\s*[^{letters}\s]+)*")


def _heading(block: Heading, width: float) -> list[Any]:
    return [Set(_text(block.text), HEADING)]


def _paragraph(block: Paragraph, width: float) -> list[Any]:
    return [Set(_runs(block), BODY)]


def _runs(paragraph: Paragraph) -> str:
    made = []
    for run in paragraph.runs:
        text = _text(run.text)
        text = f"<i>{text}</i>" if run.italic else text
        made.append(f"<b>{text}</b>" if run.bold else text)
    return "".join(made)


def _verbatim(block: Verbatim, width: float) -> list[Any]:
    # Spaces at the beginning of a line are a part of the strategy.
    lines = [_text(line.replace("\t", "    ")) for line in block.lines]
    kept = ["&nbsp;" * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in lines]
    return [Set("<br/>".join(kept), CODE)]


def _listing(block: Listing, width: float) -> list[Any]:
    def entry(place: int, paragraph: Paragraph) -> Set:
        number = f"{place}." if block.numbered else ""
        return Set(_runs(paragraph), ENTRY, bulletText=number or None)

    return [entry(place, paragraph) for place, paragraph in enumerate(block.entries, start=1)]


def _table(block: Table, width: float) -> list[Any]:
    size = 7.0 if len(block.headings) > 6 else 8.5
    cell, head = _style("cell", size), _style("head", size, bold=True)
    rows = [[Set(_text(heading), head) for heading in block.headings]]
    rows += [[[Set(_text(line), cell) for line in lines] for lines in row] for row in block.printed]
    made = SetTable(
        rows,
        colWidths=[share * width for share in block.shares],
        repeatRows=1,
        splitInRow=1,
        hAlign="LEFT",
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEABOVE", (0, 0), (-1, 0), 1.1, INK),
            ("LINEBELOW", (0, 0), (-1, 0), 0.7, INK),
            ("LINEBELOW", (0, 1), (-1, -2), 0.25, "#c9c6bd"),
            ("LINEBELOW", (0, -1), (-1, -1), 1.1, INK),
            *((side, (0, 0), (-1, -1), 3) for side in ("LEFTPADDING", "RIGHTPADDING")),
            *((side, (0, 0), (-1, -1), 2) for side in ("TOPPADDING", "BOTTOMPADDING")),
        ],
    )
    caption = Set(_text(f"Table {block.number}. {block.caption}"), CAPTION)
    return [caption, made, *(Set(_text(note), NOTE) for note in block.notes), Spacer(1, 12)]


def _figure(block: Figure, width: float) -> list[Any]:
    picture = Image(io.BytesIO(to_png(block.svg, scale=3)))
    scale = min(width / picture.imageWidth, TALLEST_FIGURE / picture.imageHeight)
    picture.drawWidth, picture.drawHeight = picture.imageWidth * scale, picture.imageHeight * scale
    caption = _style("figure", 9.5, bold=True, spaceBefore=4, spaceAfter=12)
    picture.keepWithNext = 1
    return [picture, Set(_text(f"Figure {block.number}. {block.caption}"), caption)]


WRITERS: dict[type[Block], Callable[[Any, float], list[Any]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Verbatim: _verbatim,
    Listing: _listing,
    Table: _table,
    Figure: _figure,
}

"""The flow diagram as PNG and as PDF, drawn with the packaged typeface and never with the machine's own."""

from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from reviewapp.lib.typeface import face, register
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.prisma.layout import (
    CAPTION_LINE,
    CAPTION_SIZE,
    CITATION,
    FONT_SIZE,
    LINE_HEIGHT,
    MARGIN,
    Arrow,
    Box,
    Kind,
    Layout,
    PlacedEntry,
    Template,
    flow_layout,
)
from reviewapp.reporting.prisma.palette import PALETTES
from reviewapp.reporting.prisma.svg import BASELINE, arrow_head, description, shaft

POINTS_PER_PIXEL = 0.75


def to_pdf(
    counts: PrismaCounts, template: Template, title: str = "PRISMA 2020 flow diagram", caption: str = CITATION
) -> bytes:
    """The diagram as one vector page of its own size; the same counts give the same bytes."""
    register()
    layout = flow_layout(counts, template, caption)
    page = BytesIO()
    size = (layout.width * POINTS_PER_PIXEL, layout.height * POINTS_PER_PIXEL)
    canvas = Canvas(page, pagesize=size, invariant=1, lang="en")
    canvas.setTitle(title)
    canvas.setSubject(description(layout))
    canvas.scale(POINTS_PER_PIXEL, POINTS_PER_PIXEL)
    _Drawing(canvas, layout).draw()
    canvas.showPage()
    canvas.save()
    return page.getvalue()


class _Drawing:
    """Puts a layout on a canvas, whose y axis points upwards."""

    def __init__(self, canvas: Canvas, layout: Layout) -> None:
        self.canvas = canvas
        self.layout = layout
        self.palette = PALETTES["light"]

    def draw(self) -> None:
        for arrow in self.layout.arrows:
            self._arrow(arrow)
        for box in self.layout.boxes:
            self._rect(box)
            for placed in box.entries:
                self._bar_label(placed) if box.kind is Kind.BAR else self._lines(box, placed)
        self._caption()

    def _up(self, y: float) -> float:
        return self.layout.height - y

    def _rect(self, box: Box) -> None:
        self.canvas.setLineWidth(1)
        self.canvas.setStrokeColor(HexColor(self.palette.line))
        self.canvas.setFillColor(HexColor(self.palette.fills[box.kind]))
        radius = 0 if box.kind is Kind.BOX else 6
        self.canvas.roundRect(box.x, self._up(box.bottom), box.width, box.height, radius, stroke=1, fill=1)

    def _arrow(self, arrow: Arrow) -> None:
        self.canvas.setLineWidth(1.25)
        self.canvas.setStrokeColor(HexColor(self.palette.line))
        self._path(shaft(arrow.points), stroke=1, fill=0)
        self.canvas.setFillColor(HexColor(self.palette.line))
        self._path(arrow_head(arrow.points), stroke=0, fill=1)

    def _path(self, points: tuple[tuple[float, float], ...], *, stroke: int, fill: int) -> None:
        path = self.canvas.beginPath()
        path.moveTo(points[0][0], self._up(points[0][1]))
        for x, y in points[1:]:
            path.lineTo(x, self._up(y))
        self.canvas.drawPath(path, stroke=stroke, fill=fill)

    def _lines(self, box: Box, placed: PlacedEntry) -> None:
        self.canvas.setFont(face(placed.entry.bold), FONT_SIZE)
        self.canvas.setFillColor(HexColor(self.palette.muted if placed.entry.waiting else self.palette.text))
        write = self.canvas.drawString if box.kind is Kind.BOX else self.canvas.drawCentredString
        for position, line in enumerate(placed.lines):
            write(placed.x, self._up(placed.top + position * LINE_HEIGHT + BASELINE), line)

    def _bar_label(self, placed: PlacedEntry) -> None:
        self.canvas.saveState()
        self.canvas.translate(placed.x, self._up(placed.top))
        self.canvas.rotate(90)
        self.canvas.setFont(face(True), FONT_SIZE)
        self.canvas.setFillColor(HexColor(self.palette.text))
        self.canvas.drawCentredString(0, -FONT_SIZE * 0.36, placed.entry.text)
        self.canvas.restoreState()

    def _caption(self) -> None:
        self.canvas.setFont(face(False), CAPTION_SIZE)
        self.canvas.setFillColor(HexColor(self.palette.muted))
        top = self.layout.height - MARGIN / 2 - len(self.layout.caption) * CAPTION_LINE
        for position, line in enumerate(self.layout.caption):
            self.canvas.drawString(MARGIN, self._up(top + position * CAPTION_LINE + CAPTION_SIZE), line)

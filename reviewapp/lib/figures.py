"""Figures as SVG, PNG and PDF from the same shapes, in the packaged typeface and never the machine's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

import resvg_py
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from reviewapp.lib.typeface import FAMILY, face, font_files, register

POINTS_PER_PIXEL = 0.75
MIDDLE = 0.36  # of the type size: from the middle of a capital to its base line


@dataclass(frozen=True)
class Text:
    x: float
    y: float  # of the base line
    text: str
    size: float = 12
    bold: bool = False
    anchor: str = "start"  # start, middle, end
    colour: str = "#1d1d1b"


@dataclass(frozen=True)
class Disc:
    x: float
    y: float
    radius: float
    colour: str
    title: str = ""


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    colour: str
    title: str = ""


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = "#c9c6bd"


Shape = Text | Disc | Bar | Line


@dataclass(frozen=True)
class Figure:
    """Shapes on a white page; sizes in pixels."""

    width: float
    height: float
    title: str
    description: str
    shapes: Sequence[Shape]


def to_svg(figure: Figure) -> str:
    parts = "".join(_svg(shape) for shape in figure.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {figure.width:g} {figure.height:g}" '
        f'width="{figure.width:g}" height="{figure.height:g}" role="img" font-family="{FAMILY}, sans-serif">'
        f"<title>{escape(figure.title)}</title><desc>{escape(figure.description)}</desc>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>{parts}</svg>'
    )


def _svg(shape: Shape) -> str:
    if isinstance(shape, Text):
        weight = ' font-weight="bold"' if shape.bold else ""
        return (
            f'<text x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size:g}"{weight} text-anchor="{shape.anchor}" '
            f"fill={quoteattr(shape.colour)}>{escape(shape.text)}</text>"
        )
    if isinstance(shape, Line):
        return (
            f'<line x1="{shape.x1:g}" y1="{shape.y1:g}" x2="{shape.x2:g}" y2="{shape.y2:g}" stroke="{shape.colour}"/>'
        )
    title = f"<title>{escape(shape.title)}</title>" if shape.title else ""
    if isinstance(shape, Disc):
        return f'<circle cx="{shape.x:g}" cy="{shape.y:g}" r="{shape.radius:g}" fill="{shape.colour}">{title}</circle>'
    return (
        f'<rect x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" height="{shape.height:g}" '
        f'fill="{shape.colour}">{title}</rect>'
    )


def to_png(svg: str, scale: float = 2) -> bytes:
    """The SVG as PNG, `scale` pixels for each of its own; raises ValueError for a damaged SVG."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            skip_system_fonts=True,
            font_files=font_files(),
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    )


def to_pdf(figure: Figure) -> bytes:
    """The figure as one vector page of its own size; the same figure gives the same bytes."""
    register()
    page = BytesIO()
    size = (figure.width * POINTS_PER_PIXEL, figure.height * POINTS_PER_PIXEL)
    canvas = Canvas(page, pagesize=size, invariant=1, lang="en")
    canvas.setTitle(figure.title)
    canvas.setSubject(figure.description)
    canvas.scale(POINTS_PER_PIXEL, POINTS_PER_PIXEL)
    for shape in figure.shapes:
        _put(canvas, shape, figure.height)
    canvas.showPage()
    canvas.save()
    return page.getvalue()


def _put(canvas: Canvas, shape: Shape, height: float) -> None:
    """Put a shape on a canvas, whose y axis points upwards."""
    canvas.setFillColor(HexColor(shape.colour))
    if isinstance(shape, Text):
        canvas.setFont(face(shape.bold), shape.size)
        write = {"start": canvas.drawString, "middle": canvas.drawCentredString, "end": canvas.drawRightString}
        write[shape.anchor](shape.x, height - shape.y, shape.text)
    elif isinstance(shape, Disc):
        canvas.circle(shape.x, height - shape.y, shape.radius, stroke=0, fill=1)
    elif isinstance(shape, Bar):
        canvas.rect(shape.x, height - shape.y - shape.height, shape.width, shape.height, stroke=0, fill=1)
    else:
        canvas.setStrokeColor(HexColor(shape.colour))
        canvas.line(shape.x1, height - shape.y1, shape.x2, height - shape.y2)

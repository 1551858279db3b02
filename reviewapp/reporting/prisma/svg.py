"""The flow diagram as SVG: stand-alone, or inside a page that links its numbers and sets its colours.

Looks are presentation attributes, which any CSS rule overrides (`.prisma-rect`, `.prisma-text`, `.prisma-arrow` …); there is no
style element or attribute, so a strict content security policy lets the figure pass.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from reviewapp.lib.typeface import FAMILY
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
from reviewapp.reporting.prisma.palette import PALETTES, Palette, Theme

FONT_STACK = f"{FAMILY}, Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
BASELINE = 14.5  # from the top of a line's strip to its baseline
HEAD_LENGTH = 8.0
HEAD_HALF = 4.0
HIT_MARGIN = 4.0
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Point = tuple[float, float]


def to_svg(
    counts: PrismaCounts,
    template: Template,
    links: Mapping[str, str] | None = None,
    title: str = "PRISMA 2020 flow diagram",
    theme: Theme = "light",
    caption: str = CITATION,
) -> str:
    """The diagram as one `<svg>`; every entry whose key is in `links` (key → URL) becomes a link.

    Without links it is an image; with links a group, since an image would hide them from assistive technology.
    """
    layout = flow_layout(counts, template, caption)
    return "\n".join(_document(layout, links or {}, title, PALETTES[theme])) + "\n"


def description(layout: Layout) -> str:
    """The whole diagram in sentences."""
    boxes = [box for box in layout.boxes if box.kind is Kind.BOX]
    return " ".join("; ".join(placed.entry.text.rstrip(":") for placed in box.entries) + "." for box in boxes)


def arrow_head(points: tuple[Point, ...]) -> tuple[Point, Point, Point]:
    """Tip and both corners of the head at the end of a horizontal or vertical line."""
    (x0, y0), (x, y) = points[-2], points[-1]
    if x == x0:
        back = y - HEAD_LENGTH if y > y0 else y + HEAD_LENGTH
        return (x, y), (x - HEAD_HALF, back), (x + HEAD_HALF, back)
    back = x - HEAD_LENGTH if x > x0 else x + HEAD_LENGTH
    return (x, y), (back, y - HEAD_HALF), (back, y + HEAD_HALF)


def shaft(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The line itself, ending inside the head so that the tip stays sharp."""
    (x0, y0), (x, y) = points[-2], points[-1]
    inside = HEAD_LENGTH / 2
    if x == x0:
        return (*points[:-1], (x, y - inside if y > y0 else y + inside))
    return (*points[:-1], (x - inside if x > x0 else x + inside, y))


def _text(value: str) -> str:
    """Escaped for XML; characters that XML cannot hold become the replacement character."""
    return escape(_NOT_XML.sub("\ufffd", value))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _attributes(**values: str | float) -> str:
    pairs = ((name.rstrip("_").replace("_", "-"), value) for name, value in values.items())
    return "".join(f' {name}="{_text(value if isinstance(value, str) else _number(value))}"' for name, value in pairs)


def _document(layout: Layout, links: Mapping[str, str], title: str, palette: Palette) -> Iterator[str]:
    size = f"0 0 {_number(layout.width)} {_number(layout.height)}"
    root = _attributes(
        xmlns="http://www.w3.org/2000/svg",
        class_="prisma",
        viewBox=size,
        width=layout.width,
        height=layout.height,
        role="group" if links else "img",
        aria_labelledby="prisma-title",
        aria_describedby="prisma-desc",
        font_family=FONT_STACK,
        font_size=FONT_SIZE,
    )
    yield f"<svg{root}>"
    yield f'<title id="prisma-title">{_text(title)}</title>'
    yield f'<desc id="prisma-desc">{_text(description(layout))}</desc>'
    ground = _attributes(class_="prisma-background", width=layout.width, height=layout.height, fill=palette.background)
    yield f"<rect{ground}/>"
    for arrow in layout.arrows:
        yield from _arrow(arrow, palette)
    for box in layout.boxes:
        yield from _bar(box, palette) if box.kind is Kind.BAR else _box(box, links, palette)
    yield from _caption(layout, palette)
    yield "</svg>"


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _arrow(arrow: Arrow, palette: Palette) -> Iterator[str]:
    line = _attributes(
        class_="prisma-arrow", points=_points(shaft(arrow.points)), fill="none", stroke=palette.line, stroke_width=1.25
    )
    yield f"<polyline{line}/>"
    yield f"<polygon{_attributes(class_='prisma-head', points=_points(arrow_head(arrow.points)), fill=palette.line)}/>"


def _rect(box: Box, palette: Palette) -> str:
    attributes = _attributes(
        class_=f"prisma-rect prisma-rect-{box.kind.value}",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=0.0 if box.kind is Kind.BOX else 6.0,
        fill=palette.fills[box.kind],
        stroke=palette.line,
        stroke_width=1.0,
    )
    return f"<rect{attributes}/>"


def _bar(box: Box, palette: Palette) -> Iterator[str]:
    (placed,) = box.entries
    turn = f"rotate(-90 {_number(placed.x)} {_number(placed.top)})"
    attributes = _attributes(
        class_="prisma-text prisma-heading",
        x=placed.x,
        y=placed.top + FONT_SIZE * 0.36,
        transform=turn,
        text_anchor="middle",
        font_weight="bold",
        fill=palette.text,
    )
    yield _rect(box, palette)
    yield f"<text{attributes}>{_text(placed.entry.text)}</text>"


def _box(box: Box, links: Mapping[str, str], palette: Palette) -> Iterator[str]:
    yield f"<g{_attributes(class_='prisma-box', data_box=box.name)}>"
    yield _rect(box, palette)
    for placed in box.entries:
        if url := links.get(placed.entry.key):
            yield from _link(box, placed, url, palette)
        else:
            yield from _lines(box, placed, palette)
    yield "</g>"


def _link(box: Box, placed: PlacedEntry, url: str, palette: Palette) -> Iterator[str]:
    """The entry as a link, with the whole strip to click on; the only number of a box takes the whole box."""
    alone = len(box.entries) == 1
    top, height = (box.y, box.height) if alone else (placed.top - 1, placed.height + 2)
    left, width = (box.x, box.width) if alone else (box.x + HIT_MARGIN, box.width - 2 * HIT_MARGIN)
    yield f"<a{_attributes(class_='prisma-link', href=url, aria_label=placed.entry.text.rstrip(':'))}>"
    yield f"<rect{_attributes(class_='prisma-hit', x=left, y=top, width=width, height=height, fill='transparent')}/>"
    yield from _lines(box, placed, palette)
    yield "</a>"


def _lines(box: Box, placed: PlacedEntry, palette: Palette) -> Iterator[str]:
    entry, header = placed.entry, box.kind is not Kind.BOX
    names = ["prisma-text", *(["prisma-heading"] if entry.bold else []), *(["prisma-waiting"] if entry.waiting else [])]
    for position, line in enumerate(placed.lines):
        attributes = _attributes(
            class_=" ".join(names),
            x=placed.x,
            y=placed.top + position * LINE_HEIGHT + BASELINE,
            fill=palette.muted if entry.waiting else palette.text,
            **({"text_anchor": "middle"} if header else {}),
            **({"font_weight": "bold"} if entry.bold else {}),
        )
        yield f"<text{attributes}>{_text(line)}</text>"


def _caption(layout: Layout, palette: Palette) -> Iterator[str]:
    top = layout.height - MARGIN / 2 - len(layout.caption) * CAPTION_LINE
    for position, line in enumerate(layout.caption):
        y = top + position * CAPTION_LINE + CAPTION_SIZE
        attributes = _attributes(class_="prisma-caption", x=MARGIN, y=y, font_size=CAPTION_SIZE, fill=palette.muted)
        yield f"<text{attributes}>{_text(line)}</text>"

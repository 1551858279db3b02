"""Colours of the flow diagram, shared by SVG and PDF; contrast of text on every fill is at least 7 : 1."""

from dataclasses import dataclass
from typing import Literal

from reviewapp.reporting.prisma.layout import Kind

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Palette:
    """Fills and strokes as #rrggbb."""

    background: str
    text: str
    muted: str
    line: str
    fills: dict[Kind, str]


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        background="#ffffff",
        text="#1b1b1b",
        muted="#4a4a4a",
        line="#454545",
        fills={Kind.BOX: "#ffffff", Kind.HEADER: "#fbdf8d", Kind.OTHER_HEADER: "#e0e0de", Kind.BAR: "#bcd4ea"},
    ),
    "dark": Palette(
        background="#17181a",
        text="#f0efec",
        muted="#c6c5c1",
        line="#a9a8a4",
        fills={Kind.BOX: "#1f2123", Kind.HEADER: "#4d3f12", Kind.OTHER_HEADER: "#37393b", Kind.BAR: "#1f3b55"},
    ),
}

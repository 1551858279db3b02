"""The typeface of exported figures. It comes with a Python package, since a server may have no fonts at all."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FAMILY = "Roboto"
REGULAR = "TandemRoboto"
BOLD = "TandemRoboto-Bold"


def font_files() -> list[str]:
    """Paths of the regular and the bold face."""
    folder = Path(str(files("font_roboto"))) / "files"
    return [str(folder / name) for name in ("Roboto-Regular.ttf", "Roboto-Bold.ttf")]


@cache
def register() -> None:
    """Make both faces known to reportlab."""
    for name, path in zip((REGULAR, BOLD), font_files(), strict=True):
        pdfmetrics.registerFont(TTFont(name, path))


@cache
def register_family() -> None:
    """Make italics known as well, under the names that running text asks for."""
    register()
    folder = Path(font_files()[0]).parent
    for name in ("Italic", "BoldItalic"):
        pdfmetrics.registerFont(TTFont(f"TandemRoboto-{name}", str(folder / f"Roboto-{name}.ttf")))
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=f"{REGULAR}-Italic", boldItalic=f"{REGULAR}-BoldItalic"
    )


def face(bold: bool) -> str:
    return BOLD if bold else REGULAR


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in the unit of `size`."""
    register()
    return float(pdfmetrics.stringWidth(text, face(bold), size))

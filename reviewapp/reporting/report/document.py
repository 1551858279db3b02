"""What a report is made of, whatever file it becomes: sections of headings, paragraphs, lists, tables and figures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

Cell = str | Sequence[str] | None
"""A text, entries that stand below one another, or nothing."""

PORTRAIT_POINTS, LANDSCAPE_POINTS = 451, 698  # what A4 leaves between margins of 2.54 cm


@dataclass(frozen=True)
class Run:
    """Some words set in one way."""

    text: str
    italic: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar = "heading"
    text: str


@dataclass(frozen=True)
class Paragraph:
    kind: ClassVar = "paragraph"
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, text: str) -> "Paragraph":
        return cls((Run(text),))

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Verbatim:
    """Text that keeps its lines and every character, such as a search strategy."""

    kind: ClassVar = "verbatim"
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines() or [""]


@dataclass(frozen=True)
class Listing:
    """Entries below one another; `numbered` puts 1, 2, … before them."""

    kind: ClassVar = "listing"
    entries: tuple[Paragraph, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption; `widths` are shares of the page, `notes` stand below (abbreviations, attributions)."""

    kind: ClassVar = "table"
    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    widths: Sequence[float] = ()
    number: int = 0

    @property
    def shares(self) -> list[float]:
        """The widths as shares of 1."""
        widths = list(self.widths) or [1.0] * len(self.headings)
        return [width / sum(widths) for width in widths]

    @property
    def printed(self) -> list[list[list[str]]]:
        """Every cell as its lines."""
        return [[lines_of(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption, and in words for those who do not see it."""

    kind: ClassVar = "figure"
    caption: str
    svg: str
    alt: str
    number: int = 0


Block = Heading | Paragraph | Verbatim | Listing | Table | Figure


@dataclass(frozen=True)
class Section:
    """A part of the report. `missing` says what it lacks, and `link` leads where that can be mended."""

    key: str
    title: str
    blocks: Sequence[Block] = ()
    landscape: bool = False
    missing: str = ""
    link: str = ""
    link_label: str = ""


@dataclass(frozen=True)
class Document:
    title: str
    subtitle: str
    sections: Sequence[Section] = field(default_factory=tuple)

    @property
    def blocks(self) -> Iterator[Block]:
        for section in self.sections:
            yield from section.blocks


def lines_of(cell: Cell) -> list[str]:
    if cell is None or cell == "":
        return []
    return [cell] if isinstance(cell, str) else [entry for entry in cell if entry]


def numbered(sections: Iterable[Section]) -> list[Section]:
    """Tables and figures counted through, in the order in which they stand."""
    counts = {Table: 0, Figure: 0}
    found = []
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table | Figure):
                counts[type(block)] += 1
                blocks.append(replace(block, number=counts[type(block)]))
            else:
                blocks.append(block)
        found.append(replace(section, blocks=tuple(blocks)))
    return found


def widths_for(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[float]:
    """Shares that follow how much each column has to say; none is narrower than its longest word, within reason."""
    widths = []
    for column, heading in enumerate(headings):
        texts = [" ".join(lines_of(row[column])) for row in rows] or [""]
        words = [len(word) for text in (heading, *texts) for word in text.split()]
        said = sum(map(len, texts)) / len(texts)
        widths.append(max(min(max(words, default=1), 18) + 1.0, min(40.0, said**0.72)))
    return widths


def printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if (c >= " " and c not in "\ufffe\uffff") or c in "\n\t")

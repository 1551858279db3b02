"""The overlap of sources as a picture: a bar for each combination of sources, dots below it saying which."""

from dataclasses import dataclass

from screening.queries.yields import SourceSet, Yields

LEFT, STEP, ROW = 170, 34, 22  # pixels: names of sources, a combination, a source
TOP, BARS = 18, 96  # pixels: room for the largest number, height of the tallest bar
LONGEST_NAME = 22  # letters


@dataclass(frozen=True)
class Dot:
    y: int
    on: bool


@dataclass(frozen=True)
class Column:
    x: int
    bar_x: int
    bar_y: int
    bar_height: int
    number: str
    number_y: int
    words: str
    dots: list[Dot]
    line_from: int
    line_to: int


@dataclass(frozen=True)
class Line:
    name: str
    y: int
    striped: bool
    stripe_y: int


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    base: int
    left: int
    row: int
    columns: list[Column]
    lines: list[Line]


def upset(found: Yields) -> Picture:
    """Columns by falling number of records, lines by falling number of records of the source."""
    names = [row.source for row in found.sources]
    first = TOP + BARS + ROW
    lines = [
        Line(_short(name), first + at * ROW, at % 2 == 0, first + at * ROW - ROW // 2) for at, name in enumerate(names)
    ]
    tallest = max((one.records for one in found.shown), default=1)
    columns = [_column(one, at, names, tallest) for at, one in enumerate(found.shown)]
    width = LEFT + max(len(columns), 1) * STEP
    return Picture(width, first + len(names) * ROW - ROW // 2 + 2, TOP + BARS, LEFT, ROW, columns, lines)


def _column(one: SourceSet, at: int, names: list[str], tallest: int) -> Column:
    x = LEFT + at * STEP + STEP // 2
    height = max(1, round(BARS * one.records / tallest))
    dots = [Dot(TOP + BARS + ROW + line * ROW, name in one.sources) for line, name in enumerate(names)]
    on = [dot.y for dot in dots if dot.on]
    return Column(
        x=x,
        bar_x=x - 10,
        bar_y=TOP + BARS - height,
        bar_height=height,
        number=f"{one.records:,}",
        number_y=TOP + BARS - height - 4,
        words=f"{' and '.join(one.sources)}{' only' if len(one.sources) == 1 else ''}: {one.records:,}",
        dots=dots,
        line_from=min(on, default=0),
        line_to=max(on, default=0),
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"

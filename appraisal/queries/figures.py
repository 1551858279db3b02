"""The matrix as a figure in the manner of robvis: shape and letter as well as colour, and the shares of each answer below."""

from appraisal.queries.matrix import Cell, Matrix
from reviewapp.lib.figures import Bar, Disc, Figure, Line, Shape, Text

# robvis's "cochrane" colours; each goes with a sign, so that nothing hangs on colour alone.
TONES = {"good": "#02c100", "unsure": "#e2df07", "bad": "#bf0000", "none": "#cccccc", "open": "#4ea1f7"}
INK = {"bad": "#ffffff"}
ROW, COLUMN, LEFT, TOP, RIGHT, MARGIN = 26, 34, 200, 56, 110, 14
LONGEST_NAME = 28
BAR_HEIGHT, BAR_STEP = 14, 20


def traffic_light(found: Matrix) -> Figure:
    """Rows studies, columns questions, and the rating behind them when the team has a rule."""
    columns, rows = len(found.items), len(found.rows)
    right = RIGHT if found.has_ratings else MARGIN
    width = LEFT + columns * COLUMN + right
    legend_at = TOP + rows * ROW + 26
    shapes: list[Shape] = [Text(MARGIN, 24, found.instrument.title, 15, bold=True)]
    for place, item in enumerate(found.items):
        shapes.append(Text(_x(place), TOP - 10, item.number or f"{place + 1}", 12, bold=True, anchor="middle"))
    if found.has_ratings:
        shapes.append(Text(LEFT + columns * COLUMN + 10, TOP - 10, "Rating", 12, bold=True))
    for place, row in enumerate(found.rows):
        y = TOP + place * ROW + ROW / 2
        shapes.append(Line(MARGIN, y + ROW / 2, width - MARGIN, y + ROW / 2))
        shapes.append(Text(MARGIN, y + 4, _short(row.study.label), 12))
        for at, cell in enumerate(row.cells):
            shapes += _light(
                _x(at), y, cell, f"{row.study.label}, {found.items[at]}: {cell.label or 'not compared yet'}"
            )
        if row.rating:
            shapes.append(Text(LEFT + columns * COLUMN + 10, y + 4, row.rating, 12))
    legend, height = _legend(found, legend_at)
    shares = _shares(found, height + 18, width)
    described = f"{rows} studies by {columns} questions: {found.instrument.title}."
    return Figure(
        width,
        height + 18 + len(found.items) * BAR_STEP + 20,
        found.instrument.title,
        described,
        [*shapes, *legend, *shares],
    )


def _x(place: int) -> float:
    return LEFT + place * COLUMN + COLUMN / 2


def _light(x: float, y: float, cell: Cell, title: str) -> list[Shape]:
    if not cell.tone:
        return [Text(x, y + 4, "·", 12, anchor="middle", colour="#77746b")]
    return [
        Disc(x, y, 9.5, TONES[cell.tone], title),
        Text(x, y + 4.5, cell.symbol, 12, True, "middle", INK.get(cell.tone, "#1d1d1b")),
    ]


def _legend(found: Matrix, top: float) -> tuple[list[Shape], float]:
    seen: dict[str, Cell] = {}
    for item in found.items:
        for answer in item.answers_offered:
            seen.setdefault(answer["label"], Cell(answer["label"], answer["symbol"], answer["tone"]))
    shapes: list[Shape] = []
    x = float(MARGIN + 10)
    for cell in seen.values():
        shapes += [*_light(x, top, cell, cell.label), Text(x + 15, top + 4, cell.label, 12)]
        x += 40 + 7 * len(cell.label)
    height = top + 20
    for item in found.items:
        shapes.append(Text(MARGIN, height + 12, f"{item.number}  {item.text}"[:110], 10, colour="#55524a"))
        height += 14
    return shapes, height


def _shares(found: Matrix, top: float, width: float) -> list[Shape]:
    """A bar for each question: which share of the settled studies has which answer."""
    shapes: list[Shape] = []
    room = width - LEFT - MARGIN
    tones = {answer["code"]: answer for item in found.items for answer in item.answers_offered}
    for place, (item, counts) in enumerate(found.shares()):
        y, x, total = top + place * BAR_STEP, float(LEFT), sum(counts.values())
        shapes.append(Text(LEFT - 8, y + 11, item.number or f"{place + 1}", 11, anchor="end"))
        for code, count in counts.items():
            if count:
                part = room * count / total
                label = f"{tones[code]['label']}: {count} of {total}"
                shapes.append(Bar(x, y, part, BAR_HEIGHT, TONES[tones[code]["tone"]], label))
                if part > 24:
                    ink = INK.get(tones[code]["tone"], "#1d1d1b")
                    shapes.append(
                        Text(x + part / 2, y + 11, f"{tones[code]['symbol']} {count}", 10, True, "middle", ink)
                    )
                x += part
    return shapes


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"

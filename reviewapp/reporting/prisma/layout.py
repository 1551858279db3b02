"""Where the boxes and arrows of a PRISMA 2020 flow diagram stand (Page et al. 2021), in pixels from the top left.

Text is wrapped by measured width; a box grows with its text and everything below moves down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import ceil

from reviewapp.lib.typeface import text_width
from reviewapp.reporting.prisma.counts import Count, Pending, PrismaCounts, Sources, number_text

CITATION = "PRISMA 2020 flow diagram. Page MJ, et al. BMJ 2021;372:n71. doi:10.1136/bmj.n71"

FONT_SIZE = 14.0
CAPTION_SIZE = 11.0
LINE_HEIGHT = 20.0
CAPTION_LINE = 16.0
ENTRY_GAP = 3.0
PADDING = 12.0
INDENT = 14.0
MARGIN = 16.0
BAR_WIDTH = 36.0
GAP = 16.0
ROW_GAP = 30.0
ARROW_GAP = 36.0
HEADER_PADDING = 8.0
# A page shows the figure in the reader's own typeface, which may run wider than the measured one.
RESERVE = 1.12


class Template(StrEnum):
    """New or updated review, from databases and registers only (v1) or from other methods as well (v2)."""

    V1 = "v1"
    V2 = "v2"
    UPDATED_V1 = "updated_v1"
    UPDATED_V2 = "updated_v2"

    @classmethod
    def of(cls, *, updated: bool, other_methods: bool) -> "Template":
        return cls(("updated_" if updated else "") + ("v2" if other_methods else "v1"))

    @property
    def updated(self) -> bool:
        """Whether it shows the studies of a previous version."""
        return self in {Template.UPDATED_V1, Template.UPDATED_V2}

    @property
    def other_methods(self) -> bool:
        return self in {Template.V2, Template.UPDATED_V2}


class Kind(StrEnum):
    """What a box is for; decides its colours."""

    BOX = "box"
    HEADER = "header"
    OTHER_HEADER = "other-header"  # what is left out of a figure without other methods or previous studies
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence of a box; `key` names the count it shows, headings have none."""

    text: str
    key: str = ""
    bold: bool = False
    depth: int = 0
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry with its wrapped lines; `top` is where the first line's strip begins."""

    entry: Entry
    lines: tuple[str, ...]
    x: float
    top: float

    @property
    def height(self) -> float:
        return len(self.lines) * LINE_HEIGHT


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with text; in bars the text is rotated to read upwards."""

    name: str
    kind: Kind
    x: float
    y: float
    width: float
    height: float
    entries: tuple[PlacedEntry, ...]

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line through these points, with its head at the last one."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole figure."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    caption: tuple[str, ...]

    def box(self, name: str) -> Box:
        return next(box for box in self.boxes if box.name == name)


def numbered(text: str, value: Count) -> str:
    """The text with its count as PRISMA writes it: (n = 1,956)."""
    return f"{text} (n = {number_text(value)})"


def wrap(text: str, width: float, *, bold: bool = False, size: float = FONT_SIZE) -> tuple[str, ...]:
    """Lines no wider than `width`; a count stays in one piece, a word that is too long is broken."""
    limit = width / RESERVE
    lines: list[str] = []
    line = ""
    for word in _words(text):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size, bold=bold) <= limit:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _broken(word, limit, size, bold)
        lines += full
    return (*lines, line)


def _words(text: str) -> list[str]:
    """Words; a trailing "(n = 12)" is one of them."""
    head, mark, count = text.rpartition(" (n = ")
    return [*head.split(), f"(n = {count}"] if mark else text.split()


def _broken(word: str, limit: float, size: float, bold: bool) -> Iterable[str]:
    """The word in pieces that fit."""
    piece = ""
    for letter in word:
        if piece and text_width(piece + letter, size, bold=bold) > limit:
            yield piece
            piece = ""
        piece += letter
    yield piece


# What the boxes say


def _listed(text: str, key: str, value: Count, parts: Sources) -> list[Entry]:
    """A count and, below it, the named parts it is made of."""
    return [
        Entry(numbered(text, value), key),
        *(Entry(numbered(name, n), f"{key_of_parts(key)}/{name}", depth=1) for name, n in parts.items()),
    ]


def key_of_parts(key: str) -> str:
    """The row key of the list that details a row: database_results → database_specific_results."""
    return key.replace("_results", "_specific_results")


def _waiting(counts: PrismaCounts, what: Pending, words: str) -> list[Entry]:
    """What still waits, only while something does."""
    number = counts.waiting(what)
    return [Entry(numbered(words, number), f"pending/{what.value}", waiting=True)] if number else []


def _identified(counts: PrismaCounts) -> list[Entry]:
    return [
        Entry("Records identified from:"),
        *_listed("Databases", "database_results", counts.database_results, counts.database_specific_results),
        *_listed("Registers", "register_results", counts.register_results, counts.register_specific_results),
    ]


def _removed(counts: PrismaCounts) -> list[Entry]:
    return [
        Entry("Records removed before screening:"),
        Entry(numbered("Duplicate records removed", counts.duplicates), "duplicates"),
        Entry(
            numbered("Records marked as ineligible by automation tools", counts.excluded_automatic),
            "excluded_automatic",
        ),
        Entry(numbered("Records removed for other reasons", counts.excluded_other), "excluded_other"),
    ]


def _other_identified(counts: PrismaCounts) -> list[Entry]:
    rows = (
        ("Websites", "website_results"),
        ("Organisations", "organisation_results"),
        ("Citation searching", "citations_results"),
    )
    return [
        Entry("Records identified from:"),
        *(Entry(numbered(text, getattr(counts, key)), key) for text, key in rows),
    ]


def _excluded(key: str, total: Count, reasons: Sources) -> list[Entry]:
    """Reports excluded and the reasons, one a line."""
    colon = ":" if reasons else ""
    return [
        Entry(numbered("Reports excluded", total) + colon, key),
        *(Entry(numbered(name, n), f"{key}/{name}", depth=1) for name, n in reasons.items()),
    ]


def _included(counts: PrismaCounts, *, updated: bool) -> list[Entry]:
    studies = "New studies included in review" if updated else "Studies included in review"
    reports = "Reports of new included studies" if updated else "Reports of included studies"
    return [
        Entry(numbered(studies, counts.new_studies), "new_studies"),
        Entry(numbered(reports, counts.new_reports), "new_reports"),
    ]


def _previous(counts: PrismaCounts) -> list[Entry]:
    version = "included in previous version of review"
    return [
        Entry(numbered(f"Studies {version}", counts.previous_studies), "previous_studies"),
        Entry(numbered(f"Reports of studies {version}", counts.previous_reports), "previous_reports"),
    ]


def _total(counts: PrismaCounts) -> list[Entry]:
    return [
        Entry(numbered("Total studies included in review", counts.total_studies), "total_studies"),
        Entry(numbered("Reports of total included studies", counts.total_reports), "total_reports"),
    ]


def _screened(counts: PrismaCounts) -> list[Entry]:
    return [
        Entry(numbered("Records screened", counts.records_screened), "records_screened"),
        *_waiting(counts, Pending.SCREENING, "Awaiting screening"),
    ]


def _records_excluded(counts: PrismaCounts) -> list[Entry]:
    """The total, and the reasons where the team wants them shown."""
    reasons = counts.records_excluded_reasons
    total = numbered("Records excluded", counts.records_excluded) + (":" if reasons else "")
    return [
        Entry(total, "records_excluded"),
        *(Entry(numbered(name, n), f"records_excluded_reasons/{name}", depth=1) for name, n in reasons.items()),
    ]


def _lane(counts: PrismaCounts, lane: str, retrieval: Pending, assessment: Pending) -> dict[str, list[Entry]]:
    """The four boxes between sought and excluded, which both lanes have."""
    sought, missing, assessed = f"{lane}_sought_reports", f"{lane}_notretrieved_reports", f"{lane}_assessed"
    reasons = getattr(counts, f"{lane}_excluded")
    known = getattr(counts, assessed) is not None or reasons
    total = getattr(counts, f"{lane}_excluded_total") if known else None
    return {
        f"{lane}_sought": [
            Entry(numbered("Reports sought for retrieval", getattr(counts, sought)), sought),
            *_waiting(counts, retrieval, "Awaiting retrieval"),
        ],
        f"{lane}_missing": [Entry(numbered("Reports not retrieved", getattr(counts, missing)), missing)],
        f"{lane}_assessed": [
            Entry(numbered("Reports assessed for eligibility", getattr(counts, assessed)), assessed),
            *_waiting(counts, assessment, "Awaiting assessment"),
        ],
        f"{lane}_excluded": _excluded(f"{lane}_excluded", total, reasons),
    }


LAYERS = {
    "removed": ("removed",),
    "screening": ("screened", "excluded"),
    "retrieval": ("dbr_sought", "dbr_missing", "other_sought", "other_missing"),
}
BY_HAND = "†"


def contents(counts: PrismaCounts, template: Template) -> dict[str, list[Entry]]:
    """The text of every box by the box's name; numbers that people entered carry a dagger."""
    left_out = {name for layer in counts.without for name in LAYERS[layer]}
    return {
        name: [_marked(entry) if entry.key in counts.by_hand else entry for entry in entries]
        for name, entries in _texts(counts, template).items()
        if name not in left_out
    }


def _marked(entry: Entry) -> Entry:
    head, bracket, rest = entry.text.rpartition(")")
    return replace(entry, text=f"{head}{bracket}{BY_HAND}{rest}")


def footnote(counts: PrismaCounts, template: Template) -> str:
    """Which numbers of the figure people entered, and why."""
    said = [
        f"{entry.text.rpartition(' (n = ')[0]}: {counts.by_hand[entry.key]}"
        for entries in contents(counts, template).values()
        for entry in entries
        if entry.key in counts.by_hand
    ]
    return f"{BY_HAND} Entered by hand, not counted. {' · '.join(said)}" if said else ""


def _texts(counts: PrismaCounts, template: Template) -> dict[str, list[Entry]]:
    texts = {
        "identified": _identified(counts),
        "removed": _removed(counts),
        "screened": _screened(counts),
        "excluded": _records_excluded(counts),
        **_lane(counts, "dbr", Pending.RETRIEVAL, Pending.ASSESSMENT),
        "included": _included(counts, updated=template.updated),
    }
    if template.updated:
        texts |= {"previous": _previous(counts), "total": _total(counts)}
    if template.other_methods:
        texts["other_identified"] = _other_identified(counts)
        texts |= _lane(counts, "other", Pending.OTHER_RETRIEVAL, Pending.OTHER_ASSESSMENT)
    return texts


def keys(counts: PrismaCounts, template: Template) -> list[str]:
    """Keys of all numbers the figure shows, in reading order: what a page can link."""
    return [entry.key for entries in contents(counts, template).values() for entry in entries if entry.key]


# Where they stand

ROWS = (
    ("previous", "identified", "removed", "other_identified"),
    ("screened", "excluded"),
    ("dbr_sought", "dbr_missing", "other_sought", "other_missing"),
    ("dbr_assessed", "dbr_excluded", "other_assessed", "other_excluded"),
    ("included",),
    ("total",),
)
# Previous studies stand in a column of their own, left of the first.
COLUMNS = dict.fromkeys(("identified", "screened", "dbr_sought", "dbr_assessed", "included", "total"), 0)
COLUMNS |= dict.fromkeys(("removed", "excluded", "dbr_missing", "dbr_excluded"), 1)
COLUMNS |= dict.fromkeys(("other_identified", "other_sought", "other_assessed"), 2)
COLUMNS |= dict.fromkeys(("other_missing", "other_excluded"), 3)
COLUMNS["previous"] = -1
BARS = (("Identification", 0, 0), ("Screening", 1, 3), ("Included", 4, 5))
PREVIOUS_WIDTH = 230.0
COLUMN_WIDTHS = {False: (310.0, 340.0), True: (280.0, 290.0, 276.0, 260.0)}  # by whether other methods are shown
CHAINS = (
    ("identified", "screened", "dbr_sought", "dbr_assessed", "included", "total"),
    ("other_identified", "other_sought", "other_assessed"),
)
ACROSS = (
    ("identified", "removed"),
    ("screened", "excluded"),
    ("dbr_sought", "dbr_missing"),
    ("dbr_assessed", "dbr_excluded"),
    ("other_sought", "other_missing"),
    ("other_assessed", "other_excluded"),
)


def flow_layout(counts: PrismaCounts, template: Template, caption: str = CITATION) -> Layout:
    """Boxes, bars and arrows of the template filled with these counts."""
    first = 1 if template.updated else 0  # the column of what is identified
    widths = (PREVIOUS_WIDTH,) * first + COLUMN_WIDTHS[template.other_methods]
    lefts = _column_lefts(widths)
    right = lefts[-1] + widths[-1]
    headers = _headers(template, lefts, widths)
    y = max(box.bottom for box in headers) + GAP
    boxes: dict[str, Box] = {}
    spans: dict[int, tuple[float, float]] = {}
    texts = contents(counts, template)
    for place, names in enumerate(ROWS):
        row = [
            _filled(name, lefts[first + COLUMNS[name]], y, widths[first + COLUMNS[name]], texts[name])
            for name in names
            if name in texts
        ]
        if not row:
            continue
        height = max(max(box.height for box in row), _least_height(names))
        boxes |= {box.name: _moved(box, (height - box.height) / 2) for box in row}
        spans[place] = (y, y + height)
        y += height + ROW_GAP
    bottom = y - ROW_GAP + GAP
    below = [text for text in (footnote(counts, template), caption) if text]
    lines = tuple(line for text in below for line in wrap(text, right - MARGIN, size=CAPTION_SIZE))
    return Layout(
        width=right + MARGIN,
        height=ceil(bottom + len(lines) * CAPTION_LINE + MARGIN / 2),  # whole, so that no half pixel shows at the edge
        boxes=(*headers, *_bars(spans), *boxes.values()),
        arrows=tuple(_arrows(boxes)),
        caption=lines,
    )


def _column_lefts(widths: Sequence[float]) -> list[float]:
    """Left edges; the first column stands beside the bars."""
    lefts = [MARGIN + BAR_WIDTH + GAP]
    for width in widths[:-1]:
        lefts.append(lefts[-1] + width + ARROW_GAP)
    return lefts


def _headers(template: Template, lefts: Sequence[float], widths: Sequence[float]) -> list[Box]:
    """A header over each lane, equally high."""
    first, new = (1, "new ") if template.updated else (0, "")
    end = lefts[first + 1] + widths[first + 1]
    text = f"Identification of {new}studies via databases and registers"
    headers = [_header("newstud", Kind.HEADER, lefts[first], end - lefts[first], text)]
    if template.updated:
        headers.append(_header("prevstud", Kind.OTHER_HEADER, lefts[0], widths[0], "Previous studies"))
    if template.other_methods:
        left, end = lefts[first + 2], lefts[first + 3] + widths[first + 3]
        text = f"Identification of {new}studies via other methods"
        headers.append(_header("othstud", Kind.OTHER_HEADER, left, end - left, text))
    height = max(box.height for box in headers)
    return [replace(box, height=height) for box in headers]


def _header(name: str, kind: Kind, x: float, width: float, text: str) -> Box:
    lines = wrap(text, width - 2 * PADDING, bold=True)
    placed = PlacedEntry(Entry(text, bold=True), lines, x + width / 2, MARGIN + HEADER_PADDING)
    return Box(name, kind, x, MARGIN, width, placed.height + 2 * HEADER_PADDING, (placed,))


def _filled(name: str, x: float, y: float, width: float, entries: Sequence[Entry]) -> Box:
    """A box as high as its text needs."""
    placed = []
    top = y + PADDING
    for entry in entries:
        inset = PADDING + entry.depth * INDENT
        lines = wrap(entry.text, width - inset - PADDING, bold=entry.bold)
        placed.append(PlacedEntry(entry, lines, x + inset, top))
        top += len(lines) * LINE_HEIGHT + ENTRY_GAP
    return Box(name, Kind.BOX, x, y, width, top - ENTRY_GAP + PADDING - y, tuple(placed))


def _moved(box: Box, by: float) -> Box:
    entries = tuple(replace(entry, top=entry.top + by) for entry in box.entries)
    return replace(box, y=box.y + by, entries=entries)


def _bar_label_length(label: str) -> float:
    return text_width(label, FONT_SIZE, bold=True) * RESERVE + 2 * PADDING


def _least_height(names: Sequence[str]) -> float:
    """A row that has a bar to itself is at least as high as the bar's label is long."""
    own = [label for label, first, last in BARS if names == ROWS[first] and (first == last or label == "Included")]
    return max(map(_bar_label_length, own), default=0.0)


def _bars(spans: Mapping[int, tuple[float, float]]) -> Iterable[Box]:
    """The three bands at the far left, beside the rows that are there."""
    for label, first, last in BARS:
        beside = [span for place, span in spans.items() if first <= place <= last]
        top, bottom = beside[0][0], beside[-1][1]
        placed = PlacedEntry(Entry(label, bold=True), (label,), MARGIN + BAR_WIDTH / 2, (top + bottom) / 2)
        yield Box(label.lower() + "-bar", Kind.BAR, MARGIN, top, BAR_WIDTH, bottom - top, (placed,))


def _arrows(boxes: dict[str, Box]) -> Iterable[Arrow]:
    for chain in CHAINS:
        present = [boxes[name] for name in chain if name in boxes]
        for a, b in pairwise(present):
            yield Arrow(((a.centre, a.bottom), (b.centre, b.y)))
    for main, side in ACROSS:
        if main in boxes and side in boxes:
            a, b = boxes[main], boxes[side]
            yield Arrow(((a.right, a.middle), (b.x, a.middle)))
    if last := boxes.get("other_assessed"):
        target = boxes["included"]
        yield Arrow(((last.centre, last.bottom), (last.centre, target.middle), (target.right, target.middle)))
    if previous := boxes.get("previous"):
        target = boxes["total"]
        yield Arrow(((previous.centre, previous.bottom), (previous.centre, target.middle), (target.x, target.middle)))

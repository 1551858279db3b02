"""Bars for days and for reasons, as places on drawings that the template draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.reporting.statistics.queries import Day, Reason

WIDTH, HEIGHT = 640, 150
LEFT, TOP, BOTTOM = 44, 18, 24
MOST_DAYS = 60
LINE, NAMES, MOST_REASONS, LONGEST = 24, 250, 12, 40


@dataclass(frozen=True)
class DayBar:
    x: float
    y: float
    width: float
    height: float
    day: Day
    dated: bool


@dataclass(frozen=True)
class Pace:
    bars: list[DayBar]
    top: int
    ground: int


def pace_of(days: Sequence[Day]) -> Pace | None:
    """The last two months, a bar a day."""
    shown = list(days)[-MOST_DAYS:]
    if not shown:
        return None
    most = max(each.records for each in shown) or 1
    step, ground = (WIDTH - LEFT - 12) / len(shown), HEIGHT - BOTTOM
    wide = min(round(step * 0.8, 1), 40)
    every = -(-len(shown) // 8)
    bars = []
    for place, each in enumerate(shown):
        high = round((ground - TOP) * each.records / most, 1)
        x = round(LEFT + place * step + (step - wide) / 2, 1)
        bars.append(DayBar(x, round(ground - high, 1), wide, high, each, place % every == 0))
    return Pace(bars, most, ground)


@dataclass(frozen=True)
class ReasonBar:
    y: int
    width: float
    label: str
    reason: Reason

    @property
    def end(self) -> float:
        return NAMES + self.width + 6


@dataclass(frozen=True)
class Reasons:
    height: int
    bars: list[ReasonBar]


def reasons_of(reasons: Sequence[Reason]) -> Reasons | None:
    """The most frequent reasons, a bar each."""
    shown = list(reasons)[:MOST_REASONS]
    if not shown:
        return None
    most = max(each.records for each in shown)
    bars = [
        ReasonBar(place * LINE, round((WIDTH - NAMES - 60) * each.records / most, 1), _short(each.label), each)
        for place, each in enumerate(shown)
    ]
    return Reasons(len(shown) * LINE, bars)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

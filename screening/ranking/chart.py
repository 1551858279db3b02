"""Curves as points of an SVG polyline, from numbers that the page has anyway."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 10, 26
MOST_POINTS = 320


@dataclass(frozen=True)
class Mark:
    """A line of the grid: where, and what it stands for."""

    place: float
    words: str


@dataclass(frozen=True)
class Axes:
    """From numbers to places in the drawing."""

    across: float
    up: float

    def x(self, value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * value / max(self.across, 1e-9), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / max(self.up, 1e-9), 1)

    def line(self, points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)


def found_curve(labels: Sequence[bool]) -> list[tuple[float, float]]:
    """(records read, includes found), thinned out to as many points as can be seen."""
    running = np.concatenate([[0], np.cumsum(np.asarray(labels, dtype=np.int64))])
    at = np.unique(np.linspace(0, len(labels), min(len(labels), MOST_POINTS) + 1).round().astype(int))
    return [(float(read), float(running[read])) for read in at]


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    at = np.unique(np.linspace(0, len(points) - 1, min(len(points), MOST_POINTS)).round().astype(int))
    return [(float(points[place][0]), float(points[place][1])) for place in at]


def marks(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 up to at most `most`, about so many."""
    if most <= 0:
        return [0.0]
    rough = most / count
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    if most >= count:
        step = max(step, 1.0)
    return [float(value) for value in np.arange(0, most + step / 1000, step)]

"""A small chart of agreement over the weeks, as places on a drawing that the template draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.reporting.agreement import Week

WIDTH, HEIGHT = 640, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 24


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    week: Week
    dated: bool  # only as many dates as there is room for


@dataclass(frozen=True)
class Chart:
    points: list[Point]
    grid: list[tuple[float, str]]

    @property
    def line(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def chart_of(weeks: Sequence[Week]) -> Chart | None:
    """Percent agreement a week; one week alone shows no drift and has no chart."""
    shown = [(week, week.observed) for week in weeks if week.observed is not None]
    if len(shown) < 2:
        return None
    step = (WIDTH - LEFT - RIGHT) / (len(shown) - 1)
    every = -(-len(shown) // 8)
    points = [
        Point(round(LEFT + number * step, 1), _height(share), week, number % every == 0)
        for number, (week, share) in enumerate(shown)
    ]
    return Chart(points, [(_height(share), f"{share:.0%}") for share in (0.0, 0.5, 1.0)])


def _height(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)

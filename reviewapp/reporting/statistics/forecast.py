"""Until when, from how many records became complete on each of the last days. Plain functions over plain values.

The sum of many days is taken as normally distributed with the mean and the spread of the days observed, days of rest among
them: D days bring at least the rest with probability p where D·m − z·s·√D equals the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import fmean, stdev

DAYS_LOOKED_AT = 28
LEAST_WORKING_DAYS = 5
Z80 = 1.2815515655446004  # a tenth lies beyond it on either side
FURTHEST = 3650


@dataclass(frozen=True)
class Forecast:
    """Days from today: in one of ten cases sooner than `soonest`, in one of ten later than `latest`."""

    per_day: float
    soonest: int
    expected: int
    latest: int


def forecast(daily: Sequence[int], left: int) -> Forecast | None:
    """`daily` are the records completed on each of the last days, in order. None while too few days tell anything."""
    days = list(daily)[-DAYS_LOOKED_AT:]
    if left <= 0 or sum(n > 0 for n in days) < LEAST_WORKING_DAYS:
        return None
    mean, spread = fmean(days), stdev(days)
    soonest, latest = (_days_for(left, mean, sign * Z80 * spread) for sign in (-1, 1))
    return Forecast(mean, soonest, min(ceil(left / mean), FURTHEST), latest)


def _days_for(left: int, mean: float, swing: float) -> int:
    """The D for which D·mean − swing·√D reaches what is left."""
    root = (swing + sqrt(swing * swing + 4 * mean * left)) / (2 * mean)
    return min(max(1, ceil(root * root)), FURTHEST)

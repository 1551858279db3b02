"""How often detection errs, estimated from a sample that people judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log

LEVEL = 0.95
STEPS = 60  # halvings; more than a double's digits


@dataclass(frozen=True, slots=True)
class Estimate:
    """Errors among the judged of a sample, with the exact interval of their share (0 to 1)."""

    errors: int
    judged: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.errors / self.judged if self.judged else 0.0

    @property
    def percent(self) -> float:
        return 100 * self.share

    @property
    def low_percent(self) -> float:
        return 100 * self.low

    @property
    def high_percent(self) -> float:
        return 100 * self.high


def estimate(errors: int, judged: int) -> Estimate:
    """Share of errors with its two-sided 95 % interval after Clopper & Pearson (1934). Raises ValueError for impossible counts."""
    if not 0 <= errors <= judged:
        raise ValueError("There cannot be more errors than judged pairs.")
    tail = (1 - LEVEL) / 2
    low = _where(lambda p: 1 - _at_most(errors - 1, judged, p), tail, rising=True) if errors else 0.0
    high = _where(lambda p: _at_most(errors, judged, p), tail, rising=False) if errors < judged else 1.0
    return Estimate(errors, judged, low, high)


def _where(chance: Callable[[float], float], wanted: float, *, rising: bool) -> float:
    """The share at which a monotone chance is the wanted one, by halving."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if (chance(middle) < wanted) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(errors: int, judged: int, p: float) -> float:
    """Chance of at most so many errors when each has the chance p (0 < p < 1)."""
    return sum(exp(_log_choices(judged, k) + k * log(p) + (judged - k) * log(1 - p)) for k in range(errors + 1))


def _log_choices(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

"""When may a team stop? The test of Callaghan and Müller-Hansen (2020), doi:10.1186/s13643-020-01521-4, with bias 1.

Look back from now to any earlier moment. If the records judged since then had been drawn at random from those unread at that moment, how likely would
it be to find so few includes among them, had the target been missed? Records served by a ranking hold more includes than random ones, so the true
probability is smaller still. The smallest value over all moments counts; only moments just after an include need looking at, since from
there to the next one the window merely loses an exclude.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

FEWEST_INCLUDES = 10  # below this there is no telling
TARGET = 0.95
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Statement:
    """What can be said about the share of includes found so far."""

    total: int
    read: int
    found: int
    excludes_in_a_row: int
    target: float
    confidence: float
    p: float | None  # None: nothing can be told yet
    recall: float | None  # the highest that can be claimed at the confidence
    more_reads: int | None  # how many more, if none of them is an include; None when nothing can be told

    @property
    def unread(self) -> int:
        return self.total - self.read

    @property
    def can_tell(self) -> bool:
        return self.p is not None

    @property
    def is_met(self) -> bool:
        return self.p is not None and self.p <= 1 - self.confidence


def statement(
    labels: Sequence[bool], total: int, *, target: float = TARGET, confidence: float = CONFIDENCE
) -> Statement:
    """What the labels, in the order in which the records were judged, say about `total` records."""
    windows = Windows.of(labels, total)
    found = windows.found
    tells = found >= FEWEST_INCLUDES
    return Statement(
        total=total,
        read=len(labels),
        found=found,
        excludes_in_a_row=windows.excludes_in_a_row,
        target=target,
        confidence=confidence,
        p=windows.p_of_missing(target) if tells else None,
        recall=_recall_claimable(windows, confidence) if tells else None,
        more_reads=_more_reads(windows, target, confidence) if tells else None,
    )


@dataclass(frozen=True)
class Windows:
    """The moments to look back to: the beginning, and just after each include."""

    total: int
    read: int
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, labels: Sequence[bool], total: int) -> "Windows":
        after_includes = np.flatnonzero(np.asarray(labels, dtype=bool)) + 1
        return cls(total, len(labels), np.concatenate([[0], after_includes]).astype(np.int64))

    @property
    def found(self) -> int:
        return len(self.starts) - 1

    @property
    def excludes_in_a_row(self) -> int:
        return self.read - int(self.starts[-1])

    def p_of_missing(self, target: float, *, further: int = 0) -> float:
        """How likely so few includes would be if recall were below the target, after `further` excludes."""
        return self.p_of_at_least(fewest_includes_missing(target, self.found), further=further)

    def p_of_at_least(self, includes: int, *, further: int = 0) -> float:
        """The same for a set that holds at least so many includes."""
        before = np.arange(self.found + 1)
        sizes = self.read + further - self.starts
        open_then = self.total - self.starts
        looked_at = sizes > 0
        if not looked_at.any():
            return 1.0
        missing = np.minimum(includes - before, open_then)
        p = hypergeom.cdf((self.found - before)[looked_at], open_then[looked_at], missing[looked_at], sizes[looked_at])
        return float(np.min(p))


def fewest_includes_missing(target: float, found: int) -> int:
    """The smallest number of includes in the whole set of which `found` would be less than the target share."""
    # A product that is a whole number must not fall short of it by a rounding error.
    return int(np.floor(found / target + 1e-9)) + 1


def _recall_claimable(windows: Windows, confidence: float) -> float:
    """Found, divided by the largest number of includes that the test cannot rule out."""
    lowest, highest = windows.found, windows.found + windows.total - windows.read  # the second is always possible
    while lowest < highest:
        middle = (lowest + highest) // 2
        if windows.p_of_at_least(middle + 1) <= 1 - confidence:
            highest = middle
        else:
            lowest = middle + 1
    return windows.found / lowest


def _more_reads(windows: Windows, target: float, confidence: float) -> int:
    """The fewest further excludes after which the target may be claimed; reading everything always suffices."""
    lowest, highest = 0, windows.total - windows.read
    while lowest < highest:
        middle = (lowest + highest) // 2
        if windows.p_of_missing(target, further=middle) <= 1 - confidence:
            highest = middle
        else:
            lowest = middle + 1
    return lowest

"""How good an order was, from the labels in that order (1 include, 0 exclude); each figure as ASReview defines it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 1000  # of a curve


class OneClassOnly(ValueError):
    """Without both includes and excludes an order is neither good nor bad."""


@dataclass(frozen=True)
class Figures:
    wss95: float  # work saved over random order when 95 % of the includes are found
    recall10: float  # share of the includes within the first tenth
    loss: float  # 0: all includes first; 1: all last
    ndcg: float
    atd: float  # mean place of an include, as a share of all records


def figures_of(labels: Sequence[int]) -> Figures:
    """Raises OneClassOnly."""
    found = np.asarray(labels, dtype=np.int64)
    count, includes = len(found), int(found.sum())
    if includes in (0, count):
        raise OneClassOnly("An order can be measured only when there are both includes and excludes.")
    running = np.cumsum(found)
    places = np.flatnonzero(found) + 1
    return Figures(
        wss95=0.95 - float(reads_for(found, 0.95)) / count,
        recall10=float(running[max(round(count / 10), 1) - 1]) / includes,
        loss=float((includes * (count - (includes - 1) / 2) - running.sum()) / (includes * (count - includes))),
        ndcg=float((1 / np.log2(places + 1)).sum() / (1 / np.log2(np.arange(2, includes + 2))).sum()),
        atd=float(places.mean()) / count,
    )


def reads_for(labels: Sequence[int] | NDArray[np.int64], recall: float) -> int:
    """How many records are read when that share of the includes is found."""
    running = np.cumsum(labels)
    needed = int(np.ceil(recall * running[-1] - 1e-9))
    return int(np.searchsorted(running, needed)) + 1 if needed else 0


def curve_of(labels: Sequence[int]) -> list[tuple[int, float]]:
    """(records read, recall) from nothing to everything, thinned out to so many points that a chart loses nothing."""
    running = np.cumsum(labels)
    at = np.unique(np.linspace(0, len(running), min(len(running), MOST_POINTS) + 1).round().astype(int))
    total = int(running[-1])
    return [(int(read), float(running[read - 1]) / total if read else 0.0) for read in at]

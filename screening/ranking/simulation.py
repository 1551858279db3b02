"""What ranking would have saved: labelled records are screened once more in the order that ranking would have given."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.ranking.features import Features
from screening.ranking.metrics import Figures, OneClassOnly, curve_of, figures_of
from screening.ranking.model import step_of, train

Heard = Callable[[int], None]


@dataclass(frozen=True)
class Simulation:
    """The order of reading after the two records that were known beforehand, and what it cost to find it."""

    order: list[int]
    labels: list[int]
    priors: tuple[int, int]
    retrain_ms: float

    @property
    def figures(self) -> Figures:
        return figures_of(self.labels)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self.figures) | {"retrain_ms": self.retrain_ms, "curve": curve_of(self.labels)}


def simulate(features: Features, labels: Sequence[int], seed: int, *, heard: Heard = lambda read: None) -> Simulation:
    """Screen everything from one include and one exclude that the seed draws. Raises OneClassOnly.

    The places that the product gives to chance are left to the ranking here, as rivals are measured. `heard` is told of progress.
    """
    included = np.asarray(labels, dtype=np.int64)
    priors = _drawn(included, seed)
    read = [*priors]
    spent: list[float] = []
    for rows, seconds in _steps(features, included, read, seed):
        read.extend(rows.tolist())
        spent.append(seconds)
        heard(len(read))
    order = read[2:]
    return Simulation(order, included[order].tolist(), priors, 1000 * sum(spent) / max(len(spent), 1))


def _drawn(included: NDArray[np.int64], seed: int) -> tuple[int, int]:
    chance = np.random.default_rng(seed)
    kinds = [np.flatnonzero(included == kind) for kind in (1, 0)]
    if min(map(len, kinds)) < 2:
        raise OneClassOnly("A simulation needs at least two includes and two excludes.")
    include, exclude = (int(chance.choice(kind)) for kind in kinds)
    return include, exclude


def _steps(
    features: Features, included: NDArray[np.int64], read: list[int], seed: int
) -> Iterator[tuple[NDArray[np.int64], float]]:
    """The next rows to read after each training, and its CPU seconds; `read` grows between the steps."""
    while len(read) < len(features):
        began = time.process_time()
        unread = np.setdiff1d(np.arange(len(features)), read)
        scores = train(features, read, included[read], unread=unread, seed=seed).scores(features)[unread]
        best = np.argsort(-scores, kind="stable")[: step_of(len(read))]
        yield unread[best], time.process_time() - began

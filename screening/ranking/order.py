"""From scores to an order of reading. Nothing is ever left out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

EXPLORE = (
    20  # every so-manieth place is drawn at random, so that the share of includes among the unread can be estimated
)
SHORTEST_HEAD = 20


@dataclass(frozen=True)
class Order:
    """Rows in the order of reading; `drawn` says which places were drawn at random."""

    rows: NDArray[np.int64]
    drawn: NDArray[np.bool_]


def by_score(rows: Sequence[int] | NDArray[np.int64], scores: NDArray[np.floating], seed: int) -> Order:
    """Rows by falling score, equal ones as they came, every twentieth place drawn at random from all of them."""
    waiting = np.asarray(rows, dtype=np.int64)
    places = np.zeros(len(waiting), dtype=bool)
    places[EXPLORE - 1 :: EXPLORE] = True
    lot = np.random.default_rng(seed).choice(waiting, size=int(places.sum()), replace=False)
    rest = waiting[~np.isin(waiting, lot)]
    order = np.empty_like(waiting)
    order[places] = lot
    order[~places] = rest[np.argsort(-scores[rest], kind="stable")]
    return Order(order, places)


def shuffled(keys: Sequence[int], seed: int) -> list[int]:
    """The keys by lot: the seed gives each its place among any others, so that new ones come in between and move nobody else."""
    return sorted(keys, key=lambda key: sha256(f"{seed}:{key}".encode()).digest())


def after_head(head: Order, order: Order) -> Order:
    """The head keeps its places: a colleague who is behind meets the records that another has just read."""
    new = ~np.isin(order.rows, head.rows)
    return Order(np.concatenate([head.rows, order.rows[new]]), np.concatenate([head.drawn, order.drawn[new]]))


def head_length(settled: int) -> int:
    return max(SHORTEST_HEAD, settled // EXPLORE)


BANDS = 5


def bands_of(scores: NDArray[np.floating]) -> NDArray[np.int16]:
    """1 for the fifth of the records with the highest scores, 5 for the lowest; a score is no percentage and is not shown as one."""
    places = np.empty(len(scores), dtype=np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return (1 + places * BANDS // max(len(scores), 1)).astype(np.int16)
